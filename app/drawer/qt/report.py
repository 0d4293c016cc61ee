"""A report to read: sections of names and figures, one below the other."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.drawer.shift_report import NO_TRAINING, ReportView, Section
from app.kit.qt.basic import frame, label, rows

WIDTH_MAX = 720
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop


class ReportPaper(QWidget):
    """Draws a report; `show_view` replaces it."""

    def __init__(self) -> None:
        super().__init__()
        self._body = rows(gap=12)
        self.setLayout(self._body)
        self.setMaximumWidth(WIDTH_MAX)
        self.view: ReportView | None = None

    def show_view(self, view: ReportView) -> None:
        """Show another report."""
        self.view = view
        while (item := self._body.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._body.addWidget(label(view.subtitle, "muted", wrap=True))
        for section in view.sections:
            self._body.addWidget(_card(section))
        self._body.addWidget(label(NO_TRAINING, "caption"))
        self._body.addStretch(1)

    def words(self) -> list[str]:
        """What is shown, a line each: `Turnover | 12.50`."""
        sections = self.view.sections if self.view else ()
        return [
            " | ".join(part for part in (line.name, line.middle, line.value) if part)
            for section in sections
            for line in section.lines
        ]


def _card(section: Section) -> QWidget:
    card = frame("card")
    inside = rows(margin=14, gap=8)
    if section.title:
        inside.addWidget(label(section.title, "heading"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(0, 1)
    for row, line in enumerate(section.lines):
        role = "strong" if line.strong else ""
        grid.addWidget(label(line.name.strip(), role or _quiet(line.name), wrap=True), row, 0)
        for column, text in ((1, line.middle), (2, line.value)):
            figure = label(text, role)
            figure.setAlignment(_RIGHT)
            grid.addWidget(figure, row, column)
    inside.addLayout(grid)
    card.setLayout(inside)
    return card


def _quiet(name: str) -> str:
    """What is set in on paper is a part of the line above it."""
    return "muted" if name.startswith(" ") else ""
