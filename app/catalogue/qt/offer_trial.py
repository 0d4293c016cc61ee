"""The sheet on which a promotion is tried on past sales."""

from PySide6.QtWidgets import QGridLayout, QWidget

from app.catalogue.offer_trial import DAYS, TrialPresenter, TrialState
from app.kit.listing import Column
from app.kit.qt.basic import columns, label, progress_bar
from app.kit.qt.bridge import Reader
from app.kit.qt.choice import Choice
from app.kit.qt.sheet import Sheet
from app.kit.qt.strip import MessageStrip
from app.kit.qt.table import Table
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from localdb.domain.records import Promotion

_WIDTH = 860
_TABLE_PX = 250


class TrialSheet(Sheet):
    """Begins with the last 30 days; leaving it gives up what is under way."""

    def __init__(self, host: QWidget, place: Workplace, promotion: Promotion) -> None:
        super().__init__(host, place.theme, translate("Trial", "Try on past sales"), _WIDTH)
        self._reader = Reader(place.bridge)
        self.presenter = TrialPresenter(
            place.till, place.formats, promotion, self.show_state, self._reader
        )
        words = [translate("Trial", "{days} days", days=days) for days in DAYS]
        self.period = Choice(words, chosen=1)
        self.period.changed.connect(lambda number: self.presenter.start(DAYS[number]))
        self.bar = progress_bar(translate("Trial", "Progress"))
        self.headline = label("", "strong", wrap=True)
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(24)
        self._facts.setColumnStretch(1, 1)
        self._values = []
        for row in range(3):
            caption, value = label("", "muted"), label("", "strong")
            self._facts.addWidget(caption, row, 0)
            self._facts.addWidget(value, row, 1)
            self._values.append((caption, value))
        self.strip = MessageStrip(place.theme)
        self.table = Table(place.theme, translate("Trial", "Products"), _columns())
        self.table.setFixedHeight(_TABLE_PX)
        self._lay_out()
        self.on_cancel(self._stop)
        self.open(self)
        self.presenter.start(DAYS[1])

    def accept(self) -> None:
        """Enter closes it: nothing is changed here."""
        self.cancel()

    def show_state(self, state: TrialState) -> None:
        """Show the presenter's state."""
        self.bar.setValue(state.permille)
        self.bar.setEnabled(state.is_running)
        self.headline.setText(state.headline)
        shown = (*state.facts, *((("", ""),) * (len(self._values) - len(state.facts))))
        for (caption, value), (said, amount) in zip(self._values, shown, strict=True):
            caption.setText(said)
            value.setText(amount)
        self.table.show_rows(state.rows)
        if state.error:
            self.strip.say("error", state.error)
        else:
            self.strip.clear()

    def _stop(self) -> None:
        self.presenter.stop()
        self._reader.close()

    def _lay_out(self) -> None:
        line = columns()
        line.addWidget(self.period)
        line.addStretch(1)
        self.body.addLayout(line)
        self.body.addWidget(self.headline)
        self.body.addWidget(self.bar)
        self.body.addLayout(self._facts)
        self.body.addWidget(self.strip)
        self.body.addWidget(self.table)


def _columns() -> tuple[Column, ...]:
    return (
        Column(translate("Trial", "Product")),
        Column(translate("Trial", "Sold"), 90, right=True),
        Column(translate("Trial", "Sales"), 130, right=True),
        Column(translate("Trial", "Saved"), 130, right=True),
        Column(translate("Trial", "Margin after"), 140, right=True),
    )
