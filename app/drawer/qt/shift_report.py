"""An X or Z report over the window: to read, print and keep as a PDF."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.devices.pdf import write_pdf
from app.devices.ports import PrinterFault
from app.drawer.qt.report import ReportPaper
from app.drawer.shift_report import ReportView, paper
from app.kit.paper import SCREEN_COLUMNS
from app.kit.qt.basic import Button, columns, label, rows
from app.kit.qt.files import ask_where_to_save
from app.kit.qt.page import Scroll, reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme
from app.kit.translation import translate


class ShiftReportSheet(Sheet):
    """Enter and Esc close it; nothing depends on its being read."""

    def __init__(
        self,
        host: QWidget,
        theme: Theme,
        view: ReportView,
        print_it: Callable[[], object] | None,
    ) -> None:
        super().__init__(host, theme, view.title, 560)
        self.view = view
        self.paper = ReportPaper()
        self.paper.show_view(view)
        inside = rows()
        inside.addWidget(self.paper)
        self.area = area = Scroll(inside)
        area.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        area.setMinimumHeight(min(self.paper.sizeHint().height() + 4, host.height() - 230))
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.body.addWidget(area, 1)
        self.body.addWidget(self.problem)
        buttons = columns(gap=8)
        buttons.addWidget(
            reachable(Button("Save PDF").with_icon(theme, "pdf")).doing(self._ask_where), 1
        )
        if print_it is not None:
            buttons.addWidget(
                reachable(Button("Print").with_icon(theme, "print")).doing(print_it), 1
            )
        buttons.addWidget(
            reachable(Button(translate("Cash", "Close"), "primary")).doing(self.cancel), 1
        )
        self.body.addLayout(buttons)
        self.open(area)

    def accept(self) -> None:
        self.cancel()

    def save_pdf(self, path: Path) -> None:
        """Write the report as a PDF; what goes wrong is said on the sheet."""
        self.problem.setText(save_report(self.view, path))
        self.problem.setVisible(bool(self.problem.text()))

    def _ask_where(self) -> None:
        path = ask_pdf_path(self, self.view)
        if path is not None:
            self.save_pdf(path)


def save_report(view: ReportView, path: Path) -> str:
    """Write a report as a PDF; what went wrong in words, empty when nothing did."""
    try:
        write_pdf(path, view.title, paper(view, SCREEN_COLUMNS), SCREEN_COLUMNS)
    except PrinterFault as fault:
        return str(fault)
    return ""


def ask_pdf_path(parent: QWidget, view: ReportView) -> Path | None:
    """Where to put the PDF; None when nothing was chosen."""
    return ask_where_to_save(parent, translate("Cash", "Save report"), f"{view.name}.pdf")
