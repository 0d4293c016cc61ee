"""Draw the proof sheet of the theme: `python -m tests.resources.proof_sheet OUT_DIR`."""

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QTabBar,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

import resources
from resources import iconset, styling
from resources.styling import Scheme

GOODS = (
    ("bread", "Country loaf"),
    ("bread", "Butter croissant"),
    ("milk", "Whole milk 1 l"),
    ("fruit", "Apples, red"),
    ("coffee", "House espresso"),
    ("cheese", "Mountain cheese"),
    ("bottle", "Orange juice 1 l"),
    ("wine", "Pilsner 0.5 l"),
    ("soap", "Hand soap"),
    ("frozen", "Peas 450 g"),
    ("sweets", "Dark chocolate"),
    ("service", "Postage stamp"),
)
KEYS = (*"789", "Qty", *"456", "Price", *"123", "%", "0", "00", ",", "Enter")


def use_theme(app: QApplication, scheme: Scheme) -> None:
    """Give an application the bundled font, the palette and the style sheet of a scheme."""
    app.setStyle("Fusion")
    for file in resources.FONT_FILES:
        if not QFontDatabase.applicationFontFamilies(
            QFontDatabase.addApplicationFont(str(resources.path(file)))
        ):
            raise RuntimeError(f"font not loaded: {file}")
    design = styling.tokens(scheme)
    font = QFont(design.font_family, design.font_pt.body)
    font.setFeature(QFont.Tag("tnum"), 1)
    app.setFont(font)
    colours = QPalette()
    for role, colour in styling.palette(scheme).items():
        colours.setColor(QPalette.ColorRole[role], QColor(colour))
    app.setPalette(colours)
    app.setStyleSheet(styling.stylesheet(scheme))


def picture(name: str, colour: str, size_px: int = 24) -> QPixmap:
    """Return an icon drawn at a size."""
    pixmap = QPixmap(QSize(size_px, size_px))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(iconset.svg(name, colour).encode())).render(painter)
    painter.end()
    return pixmap


def label(words: str, role: str = "", tone: str = "") -> QLabel:
    """Return a label of a role."""
    made = QLabel(words)
    made.setProperty("role", role)
    made.setProperty("tone", tone)
    return made


def button(words: str, variant: str = "", icon: str = "", colour: str = "") -> QPushButton:
    """Return a button of a variant."""
    made = QPushButton(words)
    if variant:
        made.setProperty("variant", variant)
    if icon:
        made.setIcon(QIcon(picture(icon, colour)))
        made.setIconSize(QSize(22, 22))
    return made


def row(*widgets: QWidget, stretch: bool = True, gap: int = 8) -> QWidget:
    """Return widgets side by side."""
    box = QWidget()
    layout = QHBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(gap)
    for widget in widgets:
        layout.addWidget(widget)
    if stretch:
        layout.addStretch(1)
    return box


def framed(role: str, icon: str, colour: str, words: str, *more: QWidget) -> QFrame:
    """Return a strip or chip: icon, words, perhaps buttons."""
    frame = QFrame()
    frame.setProperty("role", role)
    layout = QHBoxLayout(frame)
    layout.setContentsMargins(12, 0, 4, 0)
    mark = QLabel()
    mark.setPixmap(picture(icon, colour, 20))
    layout.addWidget(mark)
    layout.addWidget(QLabel(words))
    layout.addStretch(1)
    for widget in more:
        layout.addWidget(widget)
    return frame


class Sheet(QWidget):
    """The proof sheet: a selling screen at the left, everything else at the right."""

    def __init__(self, scheme: Scheme) -> None:
        super().__init__()
        self.design = styling.tokens(scheme)
        self.c = self.design.colour
        self.setProperty("role", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QHBoxLayout(self)
        layout.setSpacing(16)
        layout.addWidget(self._goods(), 5)
        layout.addWidget(self._sale(), 4)
        layout.addWidget(self._controls(), 5)
        layout.addWidget(self._tables(), 5)

    def _goods(self) -> QWidget:
        box = QWidget()
        layout = QVBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        search = QLineEdit(placeholderText="Scan or search")
        search.setProperty("role", "search")
        search.addAction(
            QIcon(picture("search", self.c.text_muted)), QLineEdit.ActionPosition.LeadingPosition
        )
        layout.addWidget(search)
        chips = [button(words, "chip") for words in ("Favourites", "Bakery", "Dairy", "Drinks")]
        group = QButtonGroup(box)
        for chip in chips:
            chip.setCheckable(True)
            group.addButton(chip)
        chips[0].setChecked(True)
        layout.addWidget(row(*chips))
        layout.addWidget(self._tiles())
        layout.addWidget(self._icons())
        layout.addStretch(1)
        return box

    def _tiles(self) -> QWidget:
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        for place, (accent, (icon, name)) in enumerate(
            zip(self.design.accents, GOODS, strict=True)
        ):
            grid.addWidget(self._tile(name, accent, icon, place), place // 4, place % 4)
        return box

    def _tile(self, name: str, accent: str, icon: str, place: int) -> QAbstractButton:
        tile = button("", "tile")
        tile.setProperty("accent", accent)
        layout = QVBoxLayout(tile)
        layout.setContentsMargins(12, 10, 12, 10)
        mark = QLabel()
        mark.setPixmap(picture(icon, self.design.accents[accent].strong, 22))
        price = label(f"{1 + place * 0.37:.2f}", "tile-price")
        price.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        marks = [mark, label("0", "badge", "danger"), price] if place == 5 else [mark, price]
        layout.addWidget(row(*marks, stretch=False, gap=4))
        layout.addStretch(1)
        words = label(name, "tile-name")
        words.setWordWrap(True)
        layout.addWidget(words)
        return tile

    def _icons(self) -> QWidget:
        card = QFrame()
        card.setProperty("role", "card")
        grid = QGridLayout(card)
        for place, name in enumerate(iconset.names()):
            mark = QLabel()
            mark.setPixmap(picture(name, self.c.text))
            grid.addWidget(mark, place // 14, place % 14)
        return card

    def _sale(self) -> QWidget:
        panel = QFrame()
        panel.setProperty("role", "card")
        layout = QVBoxLayout(panel)
        layout.addWidget(row(label("Walk-in customer", "strong"), button("F3", "ghost")))
        cart = QTableWidget(4, 3)
        cart.horizontalHeader().hide()
        cart.verticalHeader().hide()
        cart.setShowGrid(False)
        cart.verticalHeader().setDefaultSectionSize(52)
        cart.setColumnWidth(0, 76)
        cart.setColumnWidth(1, 190)
        for line, cells in enumerate(
            (
                ("2", "Country loaf", "7.80"),
                ("0.412", "Mountain cheese", "8.20"),
                ("6", "Pilsner 0.5 l", "5.34"),
                ("6", "Deposit 0.08", "0.48"),
            )
        ):
            for column, words in enumerate(cells):
                cart.setItem(line, column, QTableWidgetItem(words))
        cart.selectRow(2)
        layout.addWidget(cart, 1)
        layout.addWidget(row(label("Saved 1.20", "success"), label("Tax 1.37", "muted")))
        total = label("EUR 21.82", "total")
        total.setAlignment(Qt.AlignmentFlag.AlignRight)
        layout.addWidget(row(label("Total", "heading"), total, stretch=False))
        layout.addWidget(self._keypad())
        layout.addWidget(button("Charge EUR 21.82", "charge"))
        return panel

    def _keypad(self) -> QWidget:
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        for place, words in enumerate(
            [
                "7",
                "8",
                "9",
                "Qty",
                "4",
                "5",
                "6",
                "Price",
                "1",
                "2",
                "3",
                "%",
                "0",
                "00",
                ",",
                "Enter",
            ]
        ):
            key = button(words, "key")
            if place % 4 == 3:
                key.setProperty("tone", "strong" if words == "Enter" else "quiet")
            grid.addWidget(key, place // 4, place % 4)
        return box

    def _controls(self) -> QWidget:
        c = self.c
        box = QWidget()
        layout = QVBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        off = button("Disabled", "primary")
        off.setEnabled(False)
        layout.addWidget(label("Settings and words", "title"))
        layout.addWidget(label("Heading of a section", "heading"))
        layout.addWidget(label("Muted words explain what happens next.", "muted"))
        layout.addWidget(
            row(button("Save", "primary", "check", c.on_primary), button("Cancel"), off)
        )
        layout.addWidget(
            row(
                button("Void sale", "danger", "void", c.on_danger_fill),
                button("More", "ghost"),
                button("Print", "", "print", c.text),
            )
        )
        edit = QLineEdit("Typed words")
        wrong = QLineEdit("12,3,4")
        wrong.setProperty("state", "error")
        layout.addWidget(row(edit, wrong, stretch=False))
        layout.addWidget(label("Not a price: write 12.34", "error"))
        combo = QComboBox()
        combo.addItems(["Reduced 7 %", "Standard 19 %"])
        spin = QSpinBox(value=12)
        spin.lineEdit().setTextMargins(9, 0, 0, 0)
        layout.addWidget(row(combo, spin, stretch=False))
        ticked, half = QCheckBox("Ticked"), QCheckBox("Some")
        ticked.setChecked(True)
        half.setTristate(True)
        half.setCheckState(Qt.CheckState.PartiallyChecked)
        radio = QRadioButton("One of")
        radio.setChecked(True)
        layout.addWidget(row(ticked, half, QCheckBox("Not"), radio, gap=16))
        badges = [label(t, "badge", t) for t in ("primary", "success", "warning", "danger", "info")]
        layout.addWidget(row(label("F12", "key-hint"), *badges))
        layout.addWidget(row(label("Low stock", "warning"), label("Saved", "success")))
        layout.addWidget(framed("chip-ok", "sync-ok", c.on_success_soft, "Synced"))
        layout.addWidget(framed("chip-busy", "sync-busy", c.on_info_soft, "Syncing 12"))
        layout.addWidget(
            framed(
                "chip-warning",
                "sync-offline",
                c.on_warning_soft,
                "Offline - selling normally, 14 sales waiting",
            )
        )
        layout.addWidget(framed("chip-error", "conflict", c.on_danger_soft, "Needs attention: 2"))
        layout.addStretch(1)
        return box

    def _tables(self) -> QWidget:
        c = self.c
        box = QWidget()
        layout = QVBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(
            framed(
                "strip-error",
                "alert",
                c.on_danger_soft,
                "Not found: 4006381333931.",
                button("Search"),
            )
        )
        layout.addWidget(framed("strip-info", "info", c.on_info_soft, "Sale saved."))
        layout.addWidget(
            framed("strip-warning", "print", c.on_warning_soft, "Receipt not printed.")
        )
        layout.addWidget(framed("strip-training", "help", c.on_training, "Training"))
        tabs = QTabBar()
        for words in ("Sales", "Tax", "Shifts"):
            tabs.addTab(words)
        layout.addWidget(tabs)
        table = QTableWidget(8, 3)
        table.setHorizontalHeaderLabels(["Product", "Tax", "Price"])
        table.verticalHeader().hide()
        table.setShowGrid(False)
        for line in range(8):
            for column, words in enumerate((f"Product {line}", "7 %", f"{line * 1.11 + 1:.2f}")):
                table.setItem(line, column, QTableWidgetItem(words))
            table.setRowHeight(line, 48)
        table.selectRow(1)
        layout.addWidget(table, 1)
        nav = QListWidget()
        nav.setProperty("role", "nav")
        nav.ensurePolished()  # rows measured before the style is known would stay low
        nav.addItems(["Today", "Catalogue", "Stock"])
        nav.setCurrentRow(1)
        nav.setFixedHeight(170)
        layout.addWidget(nav)
        bar = QProgressBar(value=60, textVisible=False)
        layout.addWidget(bar)
        layout.addWidget(label("EUR 8.18", "change"))
        focused = button("Focused", "primary")
        focused.setObjectName("focused")
        layout.addWidget(row(focused, button("Next")))
        return box


def draw(app: QApplication, scheme: Scheme, folder: Path) -> Path:
    """Draw one scheme's sheet into a folder and return the file."""
    use_theme(app, scheme)
    sheet = Sheet(scheme)
    sheet.resize(1920, 1000)
    sheet.show()
    focused = sheet.findChild(QPushButton, "focused")
    if focused is not None:
        focused.setFocus()
    app.processEvents()
    file = folder / f"proof-{scheme}.png"
    sheet.grab().save(str(file))
    sheet.close()
    return file


def main() -> None:
    """Draw both schemes into the folder named on the command line."""
    app = QApplication(sys.argv[:1])
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for scheme in schemes:
        print(draw(app, scheme, folder))


if __name__ == "__main__":
    main()
