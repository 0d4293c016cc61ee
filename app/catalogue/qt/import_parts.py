"""The parts of the import's page, each made when it is first shown: columns, progress, outcome."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QGridLayout, QVBoxLayout, QWidget

from app.catalogue.import_products import ImportPresenter
from app.catalogue.import_state import FIELDS, MARKS, ImportState, PreviewLine, field_names
from app.kit.listing import Cell, Column, Tone
from app.kit.qt.basic import Button, Icon, columns, frame, label, progress_bar, rows
from app.kit.qt.focus import DropDown
from app.kit.qt.page import Scroll, fact, reachable
from app.kit.qt.table import Table
from app.kit.qt.theme import Theme
from app.kit.translation import translate


class MappingPart(QWidget):
    """Which column is what, what its first rows come to, and the button that starts it."""

    def __init__(self, theme: Theme, presenter: ImportPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._columns: tuple[str, ...] | None = None
        self._lines: tuple[PreviewLine, ...] = ()
        self._file_words = label("", "muted", wrap=True)
        self.mark = DropDown()
        self.mark.setAccessibleName(translate("Import", "How numbers are written"))
        self.mark.setPlaceholderText(translate("Import", "Choose"))
        for words, mark in MARKS:
            self.mark.addItem(words, mark)
        self.mark.activated.connect(lambda: presenter.choose_mark(self.mark.currentData()))
        self.boxes = {field: self._box(field, words) for field, words in field_names().items()}
        self.table = Table(theme, translate("Import", "Preview"), _preview_columns())
        self._preview_words = label("", "strong", wrap=True)
        self.start = Button(translate("Import", "Start import"), "primary")
        reachable(self.start.with_icon(theme, "import", "on_primary")).doing(presenter.start)
        self._lay_out()

    def show_state(self, state: ImportState) -> None:
        """Show the presenter's state; what has not changed is not drawn anew."""
        self._file_words.setText(state.file_words)
        for field, box in self.boxes.items():
            if state.columns != self._columns:
                _fill(box, state.columns)
            box.setCurrentIndex(max(0, box.findData(dict(state.mapping).get(field, ""))))
        if state.lines != self._lines:
            self.table.show_rows([_cells(line) for line in state.lines])
        self.mark.setCurrentIndex(self.mark.findData(state.decimal_mark))
        self._preview_words.setText(state.missing or state.preview_words)
        self.start.setEnabled(state.can_start)
        self._columns, self._lines = state.columns, state.lines

    def _box(self, field: str, words: str) -> QComboBox:
        box = DropDown()
        box.setAccessibleName(words)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(4)
        box.activated.connect(partial(self._mapped, field))
        return box

    def _mapped(self, field: str) -> None:
        self._presenter.map(field, self.boxes[field].currentData() or "")

    def _lay_out(self) -> None:
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
        left.addWidget(label(translate("Import", "Columns"), "heading"))
        left.addWidget(Scroll(inside), 1)
        mapping.setLayout(left)
        foot = columns(gap=12)
        foot.addWidget(self._preview_words, 1)
        foot.addWidget(self.start)
        right = rows(gap=10)
        facts = columns(gap=12)
        facts.addWidget(self._file_words, 1)
        facts.addWidget(label(translate("Import", "Numbers are written"), "muted"))
        facts.addWidget(self.mark)
        right.addLayout(facts)
        right.addWidget(self.table, 1)
        right.addLayout(foot)
        layout = columns(gap=14)
        layout.addWidget(mapping)
        layout.addLayout(right, 1)
        self.setLayout(layout)


class ProgressPart(QWidget):
    """How far it is, and the way to stop it."""

    def __init__(self, presenter: ImportPresenter) -> None:
        super().__init__()
        self.bar = progress_bar(translate("Import", "Progress"))
        self._progress = label("", "heading")
        self.cancel = reachable(Button(translate("Import", "Cancel"))).doing(presenter.cancel)
        inside = rows(gap=12)
        inside.addWidget(self._progress)
        inside.addWidget(self.bar)
        foot = columns()
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        inside.addLayout(foot)
        self.setLayout(_centred(inside, 640))

    def show_state(self, state: ImportState) -> None:
        """Show the presenter's state."""
        self.bar.setValue(state.permille)
        self._progress.setText(state.progress)
        self.cancel.setEnabled(not state.is_cancelling)
        stopping = translate("Import", "Stopping …")
        self.cancel.setText(stopping if state.is_cancelling else translate("Import", "Cancel"))


class OutcomePart(QWidget):
    """What was added and changed, and where the rows are that were not."""

    def __init__(
        self, theme: Theme, again: Callable[[], object], leave: Callable[[], object]
    ) -> None:
        super().__init__()
        self._refused_file = ""
        self._done_icon = Icon(theme, "check", "success", 40)
        self._headline = label("", "title", wrap=True)
        self._summary = rows(gap=6)
        self._refused_path = label("", "", wrap=True)
        self._refused_path.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        open_folder = Button(translate("Import", "Open folder")).doing(self._open_folder)
        self.open_folder = reachable(open_folder)
        self._warnings = label("", "muted", wrap=True)
        self._refused = self._refused_card()
        head = columns(gap=14)
        head.addWidget(self._done_icon)
        head.addWidget(self._headline, 1)
        foot = columns(gap=8)
        foot.addStretch(1)
        self.again = reachable(Button(translate("Import", "Import another file")).doing(again))
        self.done = reachable(Button(translate("Import", "Done"), "primary").doing(leave))
        foot.addWidget(self.again)
        foot.addWidget(self.done)
        inside = rows(gap=16)
        inside.addLayout(head)
        inside.addLayout(self._summary)
        inside.addWidget(self._refused)
        inside.addWidget(self._warnings)
        inside.addLayout(foot)
        self.setLayout(_centred(inside, 720))

    def show_state(self, state: ImportState) -> None:
        """Show the presenter's state."""
        self._headline.setText(state.headline)
        fine = not state.refused_file
        self._done_icon.show_icon("check" if fine else "alert", "success" if fine else "warning")
        _clear(self._summary)
        for name, said in state.summary:
            line = QWidget()
            line.setLayout(fact(name, label(said, "strong")))
            self._summary.addWidget(line)
        self._refused_file = state.refused_file
        self._refused.setVisible(bool(state.refused_file))
        self._refused_path.setText(Path(state.refused_file).name)
        self._refused_path.setToolTip(state.refused_file)
        self._warnings.setText("\n".join(state.warnings))
        self._warnings.setVisible(bool(state.warnings))

    def _refused_card(self) -> QWidget:
        card = frame("sunken")
        refused = columns(gap=12)
        refused.setContentsMargins(16, 12, 12, 12)
        words = rows(gap=4)
        said = translate("Import", "Skipped rows, each with its reasons")
        words.addWidget(label(said, "strong"))
        words.addWidget(self._refused_path)
        refused.addLayout(words, 1)
        refused.addWidget(self.open_folder)
        card.setLayout(refused)
        return card

    def _open_folder(self) -> None:
        folder = str(Path(self._refused_file).parent)
        QDesktopServices.openUrl(QUrl.fromLocalFile(folder))


def _preview_columns() -> tuple[Column, ...]:
    return (
        Column(translate("Import", "Product")),
        Column(translate("Import", "Price"), 100, right=True),
        Column(translate("Import", "Result")),
    )


def _fates() -> dict[str, tuple[str, Tone]]:
    return {
        "added": (translate("Import", "Will add"), "success"),
        "changed": (translate("Import", "Will change"), "info"),
        "unchanged": (translate("Import", "No change"), "primary"),
        "skipped": (translate("Import", "Skipped"), "danger"),
    }


def _cells(line: PreviewLine) -> tuple[Cell, ...]:
    words, badge = _fates()[line.fate]
    fate = Cell(words, badge=badge)
    if line.said:
        fate = Cell(words, below=line.said, strong=line.fate == "skipped")
    below = translate("Import", "Line {line} · {code}", line=line.line, code=line.code)
    return (Cell(line.name, below=below, strong=True), Cell(line.price, right=True), fate)


def _fill(box: QComboBox, names: tuple[str, ...]) -> None:
    box.blockSignals(True)
    box.clear()
    box.addItem(translate("Import", "– none –"), "")
    for name in names:
        box.addItem(name, name)
    box.blockSignals(False)


def _centred(inside: QVBoxLayout, width: int) -> QVBoxLayout:
    card = frame("card")
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
    return layout


def _clear(layout: QVBoxLayout) -> None:
    while item := layout.takeAt(0):
        if widget := item.widget():
            widget.hide()
            widget.deleteLater()
