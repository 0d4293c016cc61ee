"""A receipt on the screen, as the paper would show it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QFileDialog, QFrame, QLabel, QScrollArea, QWidget

from app.devices.pdf import write_pdf
from app.devices.ports import PrinterFault
from app.presenters.receipt import SCREEN_COLUMNS, ReceiptView
from app.theme import Theme
from app.widgets.basic import Button, columns, label
from app.widgets.sheet import Sheet


class ReceiptSheet(Sheet):
    """Shows a receipt; offers to save it as a PDF and, where there is a printer, to print it."""

    def __init__(
        self, host: QWidget, theme: Theme, view: ReceiptView, print_it: Callable[[], object] | None
    ) -> None:
        super().__init__(host, theme, f"Receipt {view.number}", 520)
        self._view = view
        self.paper = _paper(view)
        area = QScrollArea()
        area.setWidget(self.paper)
        area.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setMinimumHeight(min(self.paper.sizeHint().height() + 4, host.height() - 230))
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.body.addWidget(area, 1)
        self.body.addWidget(self.problem)
        buttons = columns(gap=8)
        buttons.addWidget(Button("Save PDF").with_icon(theme, "pdf").doing(self._ask_where), 1)
        if print_it is not None:
            buttons.addWidget(Button("Print").with_icon(theme, "print").doing(print_it), 1)
        buttons.addWidget(Button("Close", "primary").doing(self.cancel), 1)
        self.body.addLayout(buttons)
        self.open()

    def accept(self) -> None:
        self.cancel()

    def save_pdf(self, path: Path) -> None:
        """Write the receipt as a PDF; what goes wrong is said on the sheet."""
        try:
            write_pdf(path, self._view.number, list(self._view.lines), SCREEN_COLUMNS)
        except PrinterFault as fault:
            self.problem.setText(str(fault))
            self.problem.show()

    def _ask_where(self) -> None:
        documents = QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        suggested = str(Path(documents) / f"{self._view.number}.pdf")
        chosen, _kind = QFileDialog.getSaveFileName(self, "Save receipt", suggested, "PDF (*.pdf)")
        if chosen:
            self.save_pdf(Path(chosen))


def _paper(view: ReceiptView) -> QLabel:
    """The receipt as paper: dark on white in both colour schemes."""
    paper = QLabel("\n".join(view.lines))
    paper.setTextFormat(Qt.TextFormat.PlainText)
    paper.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    paper.setStyleSheet("background: #FDFDFB; color: #1A1A1A; padding: 18px; font-size: 10pt;")
    paper.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    paper.setAccessibleName(f"Receipt {view.number}")
    return paper
