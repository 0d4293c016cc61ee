"""The recovery sheet as paper, with what puts it on paper: for the first run and the menu."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.devices.pdf import write_pdf
from app.kit.qt.basic import Button, columns, label, rows
from app.kit.qt.files import ask_where_to_save
from app.kit.qt.page import reachable
from app.kit.qt.paper import paper
from app.kit.qt.theme import Theme
from app.kit.translation import translate
from app.setup.recovery import COLUMNS, Recovery
from localdb.errors import EvertillError


class RecoveryPanel(QWidget):
    """Shows the sheet; what goes wrong on the way to paper is said below it."""

    def __init__(self, theme: Theme, recovery: Recovery) -> None:
        super().__init__()
        self._recovery = recovery
        self.paper = paper(recovery.lines(), translate("Recovery", "Recovery sheet"))
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.print = reachable(
            Button(translate("Recovery", "Print")).with_icon(theme, "print").doing(self._print)
        )
        self.print.setVisible(recovery.can_print)
        self.save = reachable(
            Button(translate("Recovery", "Save PDF")).with_icon(theme, "pdf").doing(self._ask_where)
        )
        self.buttons = columns(gap=8)
        self.buttons.addWidget(self.print)
        self.buttons.addWidget(self.save)
        self.buttons.addStretch(1)
        inside = rows(gap=10)
        inside.addWidget(self.paper, 0, Qt.AlignmentFlag.AlignHCenter)
        inside.addWidget(self.problem)
        inside.addLayout(self.buttons)
        self.setLayout(inside)

    def save_pdf(self, path: Path) -> None:
        """Write the sheet as a PDF, but not beside the data that its key opens."""
        self._tried(lambda: self._write(path))

    def _write(self, path: Path) -> None:
        self._recovery.check_place(path)
        write_pdf(path, self._recovery.name, self._recovery.lines(), COLUMNS)
        self._recovery.note_kept()

    def _print(self) -> None:
        self._tried(self._recovery.print)

    def _tried(self, action: Callable[[], object]) -> None:
        self.problem.hide()
        try:
            action()
        except EvertillError as error:
            self.problem.setText(str(error))
            self.problem.show()

    def _ask_where(self) -> None:
        title = translate("Recovery", "Save recovery sheet")
        chosen = ask_where_to_save(self, title, f"{self._recovery.name}.pdf")
        if chosen is not None:
            self.save_pdf(chosen)
