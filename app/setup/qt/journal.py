"""The journal's page: how long it is, whether it holds, and a copy of it."""

from pathlib import Path

from PySide6.QtWidgets import QLineEdit, QWidget

from app.kit.qt.basic import Button, columns, frame, label, progress_bar, rows
from app.kit.qt.bridge import Reader
from app.kit.qt.files import ask_folder
from app.kit.qt.page import Page, reachable
from app.kit.qt.theme import restyle
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from app.setup.journal import JournalPresenter, JournalState
from app.setup.journal_words import about as about_words


class JournalScreen(Page):
    """Thin; `folder` is where exports are suggested to go."""

    def __init__(self, place: Workplace, folder: Path) -> None:
        super().__init__(place.theme, translate("Journal", "Journal"), " ")
        self._reader = Reader(place.bridge)
        self.presenter = JournalPresenter(
            place.till,
            place.formats,
            place.now_us,
            self.show_state,
            worker=self._reader,
            folder=folder,
        )
        theme = place.theme
        verify = Button(translate("Journal", "Verify"), "primary")
        self.verify = reachable(verify.with_icon(theme, "check", "on_primary"))
        self.verify.doing(self.presenter.verify)
        export = Button(translate("Journal", "Export…"))
        self.export = reachable(export.with_icon(theme, "export")).doing(self._ask_where)
        self.cancel = reachable(Button(translate("Journal", "Cancel")))
        self.cancel.doing(self.presenter.cancel)
        self.code = QLineEdit()
        example = translate("Journal", "Code from a receipt, such as 7K4M-Q2XP")
        self.code.setPlaceholderText(example)
        self.code.setAccessibleName(translate("Journal", "Journal code"))
        self.code.setMaxLength(16)
        self.code.returnPressed.connect(self._look_up)
        look = Button(translate("Journal", "Look up"))
        self.look = reachable(look.with_icon(theme, "search")).doing(self._look_up)
        self.bar = progress_bar(translate("Journal", "Progress"))
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
        stopping = translate("Journal", "Stopping …")
        self.cancel.setText(stopping if state.is_cancelling else translate("Journal", "Cancel"))
        self._result.setVisible(bool(state.headline))
        self.headline.setText(state.headline)
        self.detail.setText(state.detail)
        self._mark.setVisible(bool(state.tone))
        restyle(self._mark, "tone", state.tone)
        words = {
            "success": translate("Journal", "Verified"),
            "danger": translate("Journal", "Attention"),
            "warning": translate("Journal", "Please note"),
        }
        self._mark.setText(words.get(state.tone, ""))

    def _look_up(self) -> None:
        self.presenter.look_up(self.code.text())

    def _ask_where(self) -> None:
        suggested = self.presenter.folder
        suggested.mkdir(parents=True, exist_ok=True)
        chosen = ask_folder(self, translate("Journal", "Export the journal to"), suggested)
        if chosen is not None:
            self.presenter.export(chosen)

    def _lay_out(self) -> None:
        about = frame("card")
        inside = rows(margin=18, gap=14)
        inside.addWidget(label(about_words(), wrap=True))
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
