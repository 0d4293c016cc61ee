"""The look: applies the tokens of `resources` to the application, and serves coloured icons."""

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QWidget

import resources
from resources import iconset
from resources.styling import Scheme, Tokens, palette, stylesheet, tokens


class Theme(QObject):
    """One per application: `changed` tells whoever paints by hand to fetch colours again."""

    changed = Signal()

    def __init__(self, application: QApplication, scheme: Scheme = "light") -> None:
        super().__init__(application)
        self._application = application
        self._icons: dict[tuple[str, str, int], QIcon] = {}
        application.setStyle("Fusion")
        self.tokens = tokens(scheme)
        _load_fonts()
        self._apply()

    @property
    def scheme(self) -> Scheme:
        return self.tokens.scheme

    def show(self, scheme: Scheme) -> None:
        """Change to another scheme; everything on screen follows at once."""
        if scheme == self.tokens.scheme:
            return
        self.tokens = tokens(scheme)
        self._apply()
        self.changed.emit()

    def toggle(self) -> None:
        """From light to dark and back."""
        self.show("dark" if self.scheme == "light" else "light")

    def colour(self, role: str) -> QColor:
        """A colour by its token's name, such as `text_muted`."""
        return QColor(getattr(self.tokens.colour, role))

    def accent(self, name: str) -> tuple[QColor, QColor]:
        """A category's fill and its strong tone; a neutral pair for an unknown name."""
        accent = self.tokens.accents.get(name)
        if accent is None:
            return self.colour("surface"), self.colour("text_muted")
        return QColor(accent.tint), QColor(accent.strong)

    def icon(self, name: str, role: str = "text", size: int = 24) -> QIcon:
        """An icon in the colour of a token's name or in `#RRGGBB`; drawn once per colour."""
        colour = role if role.startswith("#") else str(getattr(self.tokens.colour, role))
        key = (name, colour, size)
        if key not in self._icons:
            self._icons[key] = QIcon(_drawn(iconset.svg(name, colour), size, self._ratio()))
        return self._icons[key]

    def pixmap(self, name: str, role: str = "text", size: int = 24) -> QPixmap:
        """An icon as a picture `size` pixels square."""
        return self.icon(name, role, size).pixmap(QSize(size, size), self._ratio())

    def font(self, size_pt: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """The bundled font with tabular figures."""
        font = QFont(self.tokens.font_family, size_pt, weight)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def _ratio(self) -> float:
        return self._application.devicePixelRatio()

    def _apply(self) -> None:
        self._application.setFont(self.font(self.tokens.font_pt.body))
        self._application.setPalette(_palette(self.tokens.scheme))
        self._application.setStyleSheet(stylesheet(self.tokens.scheme))


def restyle(widget: QWidget, name: str, value: str) -> None:
    """Set a property that the style sheet selects by, and apply it."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def _load_fonts() -> None:
    for name in resources.FONT_FILES:
        QFontDatabase.addApplicationFont(str(resources.path(name)))


def _palette(scheme: Scheme) -> QPalette:
    shades = QPalette()
    for role, colour in palette(scheme).items():
        shades.setColor(QPalette.ColorRole[role], QColor(colour))
    return shades


def _drawn(svg: str, size: int, ratio: float) -> QPixmap:
    picture = QPixmap(QSize(size, size) * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg.encode())).render(painter)
    painter.end()
    return picture


__all__ = ["Theme", "Tokens", "restyle"]
