"""The CSV import: choose a file, map its columns, look, start, read the outcome."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLineEdit,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.catalogue.import_products import ImportPresenter
from app.catalogue.import_state import (
    ENCODINGS,
    FIELDS,
    MARKS,
    ImportState,
    PreviewLine,
    field_names,
)
from app.kit.listing import Cell, Column, Tone
from app.kit.qt.basic import Button, Icon, columns, frame, label, rows
from app.kit.qt.bridge import Reader
from app.kit.qt.files import ask_products_file
from app.kit.qt.focus import DropDown
from app.kit.qt.page import Empty, Page, Scroll, fact, reachable
from app.kit.qt.strip import MessageStrip
from app.kit.qt.table import Table
from app.kit.qt.workplace import Workplace

NOT_IN_FILE = "– none –"
_COLUMNS = (
    Column("Product"),
    Column("Price", 100, right=True),
    Column("Result"),
)


class ImportScreen(Page):
    """Thin; `folder` is where the file of refused rows goes."""

    def __init__(self, place: Workplace, folder: Path) -> None:
        super().__init__(place.theme, "Import products", "From a CSV file, plain or gzip")
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
        self._add_parts()
        self._lay_out()

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
        self._file_words.setText(state.file_words)
        self._show_stage(state)
        self._show_mapping(state)
        if state.lines != self._shown.lines:
            self.table.show_rows([_cells(line) for line in state.lines])
        self.mark.setCurrentIndex(self.mark.findData(state.decimal_mark))
        self._preview_words.setText(state.missing or state.preview_words)
        self.start.setEnabled(state.can_start)
        self._show_progress(state)
        if state.stage == "done" and state != self._shown:
            self._show_outcome(state)
        self._shown = state

    # ------------------------------------------------------------ showing

    def _show_stage(self, state: ImportState) -> None:
        pages = {
            "choose": self._empty,
            "reading": self._empty,
            "ready": self._ready,
            "running": self._running,
            "done": self._outcome,
        }
        reading = state.stage == "reading"
        self._empty.words.setText("Reading the file …" if reading else _HINT)
        self._stack.setCurrentWidget(pages[state.stage])
        choosing = state.stage in ("choose", "reading", "ready")
        self._file_card.setVisible(choosing)
        self.back.setEnabled(state.stage != "running")

    def _show_mapping(self, state: ImportState) -> None:
        for field, box in self.boxes.items():
            if state.columns != self._shown.columns or box.count() == 0:
                box.blockSignals(True)
                box.clear()
                box.addItem(NOT_IN_FILE, "")
                for column in state.columns:
                    box.addItem(column, column)
                box.blockSignals(False)
            column = dict(state.mapping).get(field, "")
            box.setCurrentIndex(max(0, box.findData(column)))

    def _show_progress(self, state: ImportState) -> None:
        self.bar.setValue(state.permille)
        self._progress.setText(state.progress)
        self._rate.setText(state.rate)
        self.cancel.setEnabled(not state.is_cancelling)
        self.cancel.setText("Stopping …" if state.is_cancelling else "Cancel")

    def _show_outcome(self, state: ImportState) -> None:
        self._headline.setText(state.headline)
        fine = not state.refused_file
        self._done_icon.show_icon("check" if fine else "alert", "success" if fine else "warning")
        _clear(self._summary)
        for name, said in state.summary:
            line = QWidget()
            line.setLayout(fact(name, label(said, "strong")))
            self._summary.addWidget(line)
        self._refused.setVisible(bool(state.refused_file))
        self._refused_path.setText(Path(state.refused_file).name)
        self._refused_path.setToolTip(state.refused_file)
        self._warnings.setText("\n".join(state.warnings))
        self._warnings.setVisible(bool(state.warnings))

    # ------------------------------------------------------------ doing

    def _browse(self) -> None:
        chosen = ask_products_file(self, self.path.text())
        if chosen is not None:
            self.path.setText(str(chosen))
            self._choose()

    def _choose(self) -> None:
        self.presenter.choose(self.path.text())

    def _mapped(self, field: str) -> None:
        self.presenter.map(field, self.boxes[field].currentData() or "")

    def _open_folder(self) -> None:
        folder = str(Path(self.presenter.state.refused_file).parent)
        QDesktopServices.openUrl(QUrl.fromLocalFile(folder))

    # ------------------------------------------------------------ looks

    def _add_parts(self) -> None:
        theme = self.theme
        self.path = QLineEdit()
        self.path.setPlaceholderText("Path of the file")
        self.path.setAccessibleName("Path of the file")
        self.path.returnPressed.connect(self._choose)
        self.browse = Button("Browse …").with_icon(theme, "search")
        reachable(self.browse).doing(self._browse)
        self.read = reachable(Button("Open", "primary")).doing(self._choose)
        self.strip = MessageStrip(theme)
        self.encoding = DropDown()
        self.encoding.setAccessibleName("Encoding")
        for words, encoding in ENCODINGS:
            self.encoding.addItem(words, encoding)
        self.encoding.activated.connect(
            lambda: self.presenter.choose_encoding(self.encoding.currentData())
        )
        self._file_words = label("", "muted", wrap=True)
        self.mark = DropDown()
        self.mark.setAccessibleName("How numbers are written")
        self.mark.setPlaceholderText("Choose")
        for words, mark in MARKS:
            self.mark.addItem(words, mark)
        self.mark.activated.connect(lambda: self.presenter.choose_mark(self.mark.currentData()))
        self.boxes: dict[str, QComboBox] = {}
        for field, words in field_names().items():
            box = DropDown()
            box.setAccessibleName(words)
            box.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.setMinimumContentsLength(4)
            box.activated.connect(partial(self._mapped, field))
            self.boxes[field] = box
        self.table = Table(theme, "Preview", _COLUMNS)
        self._preview_words = label("", "strong", wrap=True)
        self.start = Button("Start import", "primary").with_icon(theme, "import", "on_primary")
        reachable(self.start).doing(self.presenter.start)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress")
        self._progress = label("", "heading")
        self._rate = label("", "muted")
        self.cancel = reachable(Button("Cancel")).doing(self.presenter.cancel)
        self._empty = Empty(theme, "import")

    def _lay_out(self) -> None:
        self._file_card = self._choosing()
        self._ready = self._mapping_and_preview()
        self._running = self._progress_page()
        self._outcome = self._outcome_page()
        self._stack = QStackedWidget()
        for page in (self._empty, self._ready, self._running, self._outcome):
            self._stack.addWidget(page)
        self.body.addWidget(self._file_card)
        self.body.addWidget(self.strip)
        self.body.addWidget(self._stack, 1)

    def _choosing(self) -> QWidget:
        card = frame("card")
        line = columns(gap=8)
        line.addWidget(self.path, 1)
        line.addWidget(self.browse)
        line.addWidget(self.read)
        self._encoding_box = QWidget()
        choice = columns(gap=12)
        choice.addWidget(label("File encoding", "muted"))
        choice.addWidget(self.encoding, 1)
        self._encoding_box.setLayout(choice)
        layout = rows(margin=12, gap=8)
        layout.addLayout(line)
        layout.addWidget(self._encoding_box)
        card.setLayout(layout)
        return card

    def _mapping_and_preview(self) -> QWidget:
        page = QWidget()
        mapping = frame("card")
        mapping.setFixedWidth(340)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 10, 0)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for number, (field, words) in enumerate(field_names().items()):
            grid.addWidget(label(words, "strong" if FIELDS[number][1] else ""), number, 0)
            grid.addWidget(self.boxes[field], number, 1)
        inside = rows()
        inside.addLayout(grid)
        inside.addStretch(1)
        left = rows(margin=14, gap=10)
        left.addWidget(label("Columns", "heading"))
        left.addWidget(Scroll(inside), 1)
        mapping.setLayout(left)
        foot = columns(gap=12)
        foot.addWidget(self._preview_words, 1)
        foot.addWidget(self.start)
        right = rows(gap=10)
        facts = columns(gap=12)
        facts.addWidget(self._file_words, 1)
        facts.addWidget(label("Numbers are written", "muted"))
        facts.addWidget(self.mark)
        right.addLayout(facts)
        right.addWidget(self.table, 1)
        right.addLayout(foot)
        layout = columns(gap=14)
        layout.addWidget(mapping)
        layout.addLayout(right, 1)
        page.setLayout(layout)
        return page

    def _progress_page(self) -> QWidget:
        inside = rows(gap=12)
        inside.addWidget(self._progress)
        inside.addWidget(self.bar)
        foot = columns()
        foot.addWidget(self._rate, 1)
        foot.addWidget(self.cancel)
        inside.addLayout(foot)
        return _centred(inside, 640)

    def _outcome_page(self) -> QWidget:
        self._done_icon = Icon(self.theme, "check", "success", 40)
        self._headline = label("", "title", wrap=True)
        self._summary = rows(gap=6)
        self._refused_path = label("", "", wrap=True)
        self._refused_path.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.open_folder = reachable(Button("Open folder").doing(self._open_folder))
        self._refused = frame("sunken")
        refused = columns(gap=12)
        refused.setContentsMargins(16, 12, 12, 12)
        words = rows(gap=4)
        words.addWidget(label("Skipped rows, each with its reasons", "strong"))
        words.addWidget(self._refused_path)
        refused.addLayout(words, 1)
        refused.addWidget(self.open_folder)
        self._refused.setLayout(refused)
        self._warnings = label("", "muted", wrap=True)
        head = columns(gap=14)
        head.addWidget(self._done_icon)
        head.addWidget(self._headline, 1)
        again = reachable(Button("Import another file").doing(self.open))
        foot = columns(gap=8)
        foot.addStretch(1)
        foot.addWidget(again)
        foot.addWidget(reachable(Button("Done", "primary").doing(self.leave)))
        inside = rows(gap=16)
        inside.addLayout(head)
        inside.addLayout(self._summary)
        inside.addWidget(self._refused)
        inside.addWidget(self._warnings)
        inside.addLayout(foot)
        return _centred(inside, 720)


_HINT = (
    "Choose a CSV file. You'll preview it before anything is imported. Products that are here "
    "already, by ID, SKU or barcode, are updated."
)


_FATES: dict[str, tuple[str, Tone]] = {
    "added": ("Will add", "success"),
    "changed": ("Will change", "info"),
    "unchanged": ("No change", "primary"),
    "skipped": ("Skipped", "danger"),
}


def _cells(line: PreviewLine) -> tuple[Cell, ...]:
    words, badge = _FATES[line.fate]
    fate = Cell(words, badge=badge)
    if line.said:
        fate = Cell(words, below=line.said, strong=line.fate == "skipped")
    return (
        Cell(line.name, below=f"Line {line.line} · {line.code}", strong=True),
        Cell(line.price, right=True),
        fate,
    )


def _centred(inside: QVBoxLayout, width: int) -> QWidget:
    page, card = QWidget(), frame("card")
    card.setFixedWidth(width)
    inside.setContentsMargins(28, 24, 28, 24)
    card.setLayout(inside)
    # Between stretches and not aligned: its height is then reckoned for its own width.
    line = columns()
    line.addStretch(1)
    line.addWidget(card)
    line.addStretch(1)
    layout = rows()
    layout.addStretch(2)
    layout.addLayout(line)
    layout.addStretch(3)
    page.setLayout(layout)
    return page


def _clear(layout: QVBoxLayout) -> None:
    while item := layout.takeAt(0):
        if widget := item.widget():
            widget.hide()
            widget.deleteLater()
