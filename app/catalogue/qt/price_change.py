"""The sheet on which many prices are changed."""

from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QLineEdit, QWidget

from app.catalogue.price_change import PriceChangePresenter, PriceChangeState
from app.kit.listing import Column
from app.kit.qt.basic import Button, columns, label, progress_bar
from app.kit.qt.bridge import Reader
from app.kit.qt.choice import Choice
from app.kit.qt.page import reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.strip import MessageStrip
from app.kit.qt.table import Table
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from localdb.domain.records import Product

_WIDTH = 760
_TABLE_PX = 250


class PriceChangeSheet(Sheet):
    """Changes nothing before its button was pressed; calls `closed` once when it is gone."""

    def __init__(
        self,
        host: QWidget,
        place: Workplace,
        products: Iterable[Product],
        closed: Callable[[], object],
    ) -> None:
        super().__init__(host, place.theme, translate("Price change", "Change prices"), _WIDTH)
        self._closed = closed
        self._reader = Reader(place.bridge)
        self._shown = PriceChangeState()
        self.way = Choice(
            (
                translate("Price change", "By a percentage"),
                translate("Price change", "By an amount"),
                translate("Price change", "To one price"),
            )
        )
        self.number = QLineEdit()
        self.number.setPlaceholderText(translate("Price change", "Such as 5, or -5 to lower"))
        self.number.setAccessibleName(translate("Price change", "By how much"))
        self.said = label("", "strong", wrap=True)
        self.strip = MessageStrip(place.theme)
        self.table = Table(place.theme, translate("Price change", "New prices"), _columns())
        self.table.setFixedHeight(_TABLE_PX)
        self.bar = progress_bar(translate("Price change", "Progress"))
        self.go = reachable(Button(translate("Price change", "Change prices"), "primary"))
        self.undo = reachable(Button(translate("Price change", "Undo")))
        self.leave = reachable(Button(translate("Price change", "Close")).doing(self.cancel))
        self.go.setEnabled(False)
        self.undo.setEnabled(False)
        self.presenter = PriceChangePresenter(
            place.till, place.formats, products, self.show_state, self._reader
        )
        self.endings = Choice([words for words, _step, _end in self.presenter.endings()])
        self._connect()
        self._lay_out()
        self.on_cancel(self._left)
        self.open(self.number)

    def accept(self) -> None:
        """Enter changes nothing: many prices are changed by the button alone."""

    def show_state(self, state: PriceChangeState) -> None:
        """Show the presenter's state."""
        if state.rows != self._shown.rows:
            self.table.show_rows(state.rows)
        self.said.setText(state.said)
        self.bar.setValue(state.permille if state.stage == "running" else 0)
        if state.error:
            self.strip.say("error", state.error)
        else:
            self.strip.clear()
        words = translate("Price change", "Change {count} prices", count=f"{state.count:,}")
        self.go.setText(words if state.count else translate("Price change", "Change prices"))
        self.go.setEnabled(state.stage == "ready" and state.count > 0)
        self.undo.setEnabled(state.can_undo)
        self._shown = state

    def _left(self) -> None:
        self.presenter.stop()
        self._reader.close()
        self._closed()

    def _connect(self) -> None:
        self.way.changed.connect(self.presenter.choose_way)
        self.endings.changed.connect(self.presenter.choose_ending)
        self.number.textEdited.connect(self.presenter.type)
        self.go.doing(self.presenter.start)
        self.undo.doing(self.presenter.undo)

    def _lay_out(self) -> None:
        for part in (self.way, self.number, self.endings, self.said, self.strip, self.table):
            self.body.addWidget(part)
        self.body.addWidget(self.bar)
        buttons = columns(gap=8)
        buttons.addWidget(self.undo)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        buttons.addWidget(self.go)
        self.body.addLayout(buttons)


def _columns() -> tuple[Column, ...]:
    return (
        Column(translate("Price change", "Product")),
        Column(translate("Price change", "Price now"), 150, right=True),
        Column(translate("Price change", "New price"), 150, right=True),
    )
