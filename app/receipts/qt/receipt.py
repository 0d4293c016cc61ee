"""A receipt on the screen, as the paper would show it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from app.devices.pdf import write_pdf
from app.devices.ports import PrinterFault
from app.kit.paper import SCREEN_COLUMNS
from app.kit.qt.basic import Button, label
from app.kit.qt.files import ask_where_to_save
from app.kit.qt.page import reachable
from app.kit.qt.paper import paper
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme
from app.kit.translation import translate
from app.receipts.receipt import ReceiptView


@dataclass(frozen=True, slots=True)
class ReceiptAction:
    """A button below the receipt; it closes the sheet first."""

    words: str
    icon: str
    run: Callable[[], object]


_IN_A_ROW = 3
_BUTTON_ROW_PX = 56
_AROUND_PX = 250
"""Title, margins and the button that closes."""


class ReceiptSheet(Sheet):
    """Shows a receipt; offers to save it as a PDF, and what else can be done with it."""

    def __init__(
        self, host: QWidget, theme: Theme, view: ReceiptView, actions: Sequence[ReceiptAction] = ()
    ) -> None:
        super().__init__(
            host, theme, translate("Orders", "Receipt {number}", number=view.number), 680
        )
        self._view = view
        self.paper = paper(view.lines, translate("Orders", "Receipt {number}", number=view.number))
        area = QScrollArea()
        area.setWidget(self.paper)
        area.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFrameShape(QFrame.Shape.NoFrame)
        self._area = area
        self._around_px = _AROUND_PX + (1 + len(actions) // _IN_A_ROW) * _BUTTON_ROW_PX
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.body.addWidget(area, 1)
        self.body.addWidget(self.problem)
        self.body.addLayout(self._buttons(actions))
        self.body.addWidget(
            reachable(Button(translate("Orders", "Close"), "primary")).doing(self.cancel)
        )
        self.open()

    def accept(self) -> None:
        self.cancel()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As much of the paper as the window has room for beside the buttons."""
        room = self.height() - self._around_px
        self._area.setMinimumHeight(min(self.paper.sizeHint().height() + 4, room))
        super().resizeEvent(event)

    def save_pdf(self, path: Path) -> None:
        """Write the receipt as a PDF; what goes wrong is said on the sheet."""
        try:
            write_pdf(path, self._view.number, list(self._view.lines), SCREEN_COLUMNS)
        except PrinterFault as fault:
            self.problem.setText(str(fault))
            self.problem.show()

    def _buttons(self, actions: Sequence[ReceiptAction]) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(8)
        save = Button("Save PDF").with_icon(self.theme, "pdf")
        buttons = [reachable(save.doing(self._ask_where))]
        for action in actions:
            button = reachable(Button(action.words)).with_icon(self.theme, action.icon)
            buttons.append(button.doing(partial(self._run, action)))
        for number, button in enumerate(buttons):
            grid.addWidget(button, number // _IN_A_ROW, number % _IN_A_ROW)
        return grid

    def _run(self, action: ReceiptAction) -> None:
        self.close_sheet()
        action.run()

    def _ask_where(self) -> None:
        title = translate("Orders", "Save receipt")
        chosen = ask_where_to_save(self, title, f"{self._view.number}.pdf")
        if chosen is not None:
            self.save_pdf(chosen)
