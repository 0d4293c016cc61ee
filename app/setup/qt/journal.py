"""The journal's page: how long it is, whether it holds, and a copy of it."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QLineEdit, QProgressBar, QWidget

from app.kit.qt.basic import Button, columns, frame, label, rows
from app.kit.qt.bridge import Reader
from app.kit.qt.page import Page, reachable
from app.kit.qt.theme import restyle
from app.kit.qt.workplace import Workplace
from app.setup.journal import ABOUT, JournalPresenter, JournalState


class JournalScreen(Page):
    """Thin; `folder` is where exports are suggested to go."""

    def __init__(self, place: Workplace, folder: Path) -> None:
        super().__init__(place.theme, "Journal", " ")
        self._reader = Reader(place.bridge)
        self.presenter = JournalPresenter(
            place.till,
            place.formats,
            place.now_us,
            self.show_state,
            worker=self._reader,
            folder=folder,
        )
        self.verify = reachable(
            Button("Verify", "primary").with_icon(place.theme, "check", "on_primary")
        ).doing(self.presenter.verify)
        self.export = reachable(Button("Export…").with_icon(place.theme, "export")).doing(
            self._ask_where
        )
        self.cancel = reachable(Button("Cancel")).doing(self.presenter.cancel)
        self.code = QLineEdit()
        self.code.setPlaceholderText("Code from a receipt, such as 7K4M-Q2XP")
        self.code.setAccessibleName("Journal code")
        self.code.setMaxLength(16)
        self.code.returnPressed.connect(self._look_up)
        self.look = reachable(Button("Look up").with_icon(place.theme, "search")).doing(
            self._look_up
        )
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.progress = label("", "muted")
        self.headline = label("", "heading", wrap=True)
        self.detail = label("", "muted", wrap=True)
        self._lay_out()

    def open(self) -> None:
        """Say how much there is."""
        self.presenter.open()
        self.verify.setFocus()

    def stop(self) -> None:
        """Cancel what is running and end the thread; for the window when it closes."""
        self.presenter.cancel()
        self._reader.close()

    def show_state(self, state: JournalState) -> None:
        """Show the presenter's state."""
        self.subtitle.setText(state.extent)
        working = bool(state.working)
        for button in (self.verify, self.export, self.look):
            button.setEnabled(not working)
        self._working.setVisible(working)
        self.bar.setValue(state.permille)
        self.progress.setText(state.progress)
        self.cancel.setEnabled(not state.is_cancelling)
        self.cancel.setText("Stopping …" if state.is_cancelling else "Cancel")
        self._result.setVisible(bool(state.headline))
        self.headline.setText(state.headline)
        self.detail.setText(state.detail)
        self._mark.setVisible(bool(state.tone))
        restyle(self._mark, "tone", state.tone)
        words = {"success": "It holds", "danger": "Attention", "warning": "Please note"}
        self._mark.setText(words.get(state.tone, ""))

    def _look_up(self) -> None:
        self.presenter.look_up(self.code.text())

    def _ask_where(self) -> None:
        suggested = self.presenter.folder
        suggested.mkdir(parents=True, exist_ok=True)
        chosen = QFileDialog.getExistingDirectory(self, "Export the journal to", str(suggested))
        if chosen:
            self.presenter.export(Path(chosen))

    def _lay_out(self) -> None:
        about = frame("card")
        inside = rows(margin=18, gap=14)
        inside.addWidget(label(ABOUT, wrap=True))
        buttons = columns(gap=10)
        buttons.addWidget(self.verify)
        buttons.addWidget(self.export)
        buttons.addStretch(1)
        inside.addLayout(buttons)
        paper = columns(gap=10)
        paper.addWidget(self.code, 1)
        paper.addWidget(self.look)
        paper.addStretch(1)
        inside.addLayout(paper)
        about.setLayout(inside)
        self._working = self._card_of_work()
        self._result = self._card_of_result()
        for card in (about, self._working, self._result):
            self.body.addWidget(card)
        self.body.addStretch(1)

    def _card_of_work(self) -> QWidget:
        card = frame("card")
        line = columns(gap=12)
        line.addWidget(self.progress, 1)
        line.addWidget(self.cancel)
        inside = rows(margin=18, gap=12)
        inside.addWidget(self.bar)
        inside.addLayout(line)
        card.setLayout(inside)
        card.hide()
        return card

    def _card_of_result(self) -> QWidget:
        card = frame("card")
        self._mark = label("", "badge")
        head = columns(gap=12)
        head.addWidget(self.headline, 1)
        head.addWidget(self._mark)
        inside = rows(margin=18, gap=10)
        inside.addLayout(head)
        inside.addWidget(self.detail)
        card.setLayout(inside)
        card.hide()
        return card
