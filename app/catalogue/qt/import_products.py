"""The CSV import: choose a file, map its columns, look, start, read the outcome."""

from functools import cached_property
from pathlib import Path
from typing import TypeVar

from PySide6.QtWidgets import QLineEdit, QStackedWidget, QWidget

from app.catalogue.import_products import ImportPresenter
from app.catalogue.import_state import ENCODINGS, ImportState
from app.catalogue.qt.import_parts import MappingPart, OutcomePart, ProgressPart
from app.kit.qt.basic import Button, columns, frame, label, rows
from app.kit.qt.bridge import Reader
from app.kit.qt.files import ask_products_file
from app.kit.qt.focus import DropDown
from app.kit.qt.page import Empty, Page, reachable
from app.kit.qt.strip import MessageStrip
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate

P = TypeVar("P", bound=QWidget)


class ImportScreen(Page):
    """Thin; `folder` is where the file of refused rows goes.

    Its parts are made when they are first shown: the page opens at once.
    """

    def __init__(self, place: Workplace, folder: Path) -> None:
        super().__init__(
            place.theme,
            translate("Import", "Import products"),
            translate("Import", "From a CSV file, plain or gzip"),
        )
        self._reader = Reader(place.bridge)
        self.presenter = ImportPresenter(
            place.till,
            place.formats,
            place.now_us,
            self.show_state,
            worker=self._reader,
            folder=folder,
        )
        self._shown = ImportState()
        self.strip = MessageStrip(place.theme)
        self._empty = Empty(place.theme, "import")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._file_card = self._choosing()
        self.body.addWidget(self._file_card)
        self.body.addWidget(self.strip)
        self.body.addWidget(self._stack, 1)

    @cached_property
    def mapping(self) -> MappingPart:
        """Columns and preview."""
        return self._added(MappingPart(self.theme, self.presenter))

    @cached_property
    def progress(self) -> ProgressPart:
        """How far an import is."""
        return self._added(ProgressPart(self.presenter))

    @cached_property
    def outcome(self) -> OutcomePart:
        """What an import did."""
        return self._added(OutcomePart(self.theme, self.open, self.leave))

    def open(self) -> None:
        """Begin anew, unless an import is running."""
        self.presenter.open()
        self.path.setFocus()

    def stop(self) -> None:
        """Cancel what is running and end the thread; for the window when it closes."""
        self.presenter.cancel()
        self._reader.close()

    def show_state(self, state: ImportState) -> None:
        """Show the presenter's state."""
        if self.path.text() != state.path and not self.path.hasFocus():
            self.path.setText(state.path)
        if state.error:
            self.strip.say("error", state.error)
        else:
            self.strip.clear()
        self._encoding_box.setVisible(state.asks_encoding)
        self.encoding.setCurrentIndex(max(0, self.encoding.findData(state.encoding)))
        self._file_card.setVisible(state.stage in ("choose", "reading", "ready"))
        self.back.setEnabled(state.stage != "running")
        self._show_stage(state)
        self._shown = state

    def _show_stage(self, state: ImportState) -> None:
        match state.stage:
            case "ready":
                self.mapping.show_state(state)
                self._stack.setCurrentWidget(self.mapping)
            case "running":
                self.progress.show_state(state)
                self._stack.setCurrentWidget(self.progress)
            case "done":
                if state != self._shown:
                    self.outcome.show_state(state)
                self._stack.setCurrentWidget(self.outcome)
            case _:
                reading = state.stage == "reading"
                self._empty.words.setText(_reading() if reading else _hint())
                self._stack.setCurrentWidget(self._empty)

    def _added(self, part: P) -> P:
        self._stack.addWidget(part)
        return part

    # ------------------------------------------------------------ choosing the file

    def _browse(self) -> None:
        chosen = ask_products_file(self, self.path.text())
        if chosen is not None:
            self.path.setText(str(chosen))
            self._choose()

    def _choose(self) -> None:
        self.presenter.choose(self.path.text())

    def _choosing(self) -> QWidget:
        self.path = QLineEdit()
        words = translate("Import", "Path of the file")
        self.path.setPlaceholderText(words)
        self.path.setAccessibleName(words)
        self.path.returnPressed.connect(self._choose)
        browse = Button(translate("Import", "Browse …")).with_icon(self.theme, "search")
        self.browse = reachable(browse).doing(self._browse)
        self.read = reachable(Button(translate("Import", "Open"), "primary")).doing(self._choose)
        self.encoding = DropDown()
        self.encoding.setAccessibleName(translate("Import", "File encoding"))
        for said, encoding in ENCODINGS:
            self.encoding.addItem(said, encoding)
        self.encoding.activated.connect(
            lambda: self.presenter.choose_encoding(self.encoding.currentData())
        )
        line = columns(gap=8)
        line.addWidget(self.path, 1)
        line.addWidget(self.browse)
        line.addWidget(self.read)
        self._encoding_box = QWidget()
        choice = columns(gap=12)
        choice.addWidget(label(translate("Import", "File encoding"), "muted"))
        choice.addWidget(self.encoding, 1)
        self._encoding_box.setLayout(choice)
        layout = rows(margin=12, gap=8)
        layout.addLayout(line)
        layout.addWidget(self._encoding_box)
        card = frame("card")
        card.setLayout(layout)
        return card


def _hint() -> str:
    return translate(
        "Import",
        "Choose a CSV file. You'll preview it before anything is imported. Products that are here "
        "already, by ID, SKU or barcode, are updated.",
    )


def _reading() -> str:
    return translate("Import", "Reading the file …")
