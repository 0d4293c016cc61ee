"""Who has the keyboard: a click never takes it from the field that is being typed into.

Buttons, sheets and pages take no focus by a click; lists do while nobody is typing.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QScroller,
    QStyledItemDelegate,
    QWidget,
)

TEXT_FIELDS = (QLineEdit, QPlainTextEdit)


def focus_by_click(widget: QWidget) -> None:
    """Give a list that was clicked the keyboard, unless somebody is typing into a field."""
    typing = widget.window().focusWidget()
    if not (isinstance(typing, TEXT_FIELDS) and typing.isVisible()):
        widget.setFocus(Qt.FocusReason.MouseFocusReason)


class DropDown(QComboBox):
    """A list that drops down: Tab reaches it, a click opens it and leaves the keyboard.

    Turning the wheel over it scrolls what it stands on, and chooses nothing. A long list is
    scrolled by dragging it: a finger that is lifted at the end of a drag chooses nothing either.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._is_draggable = False

    def showPopup(self) -> None:
        if not self._is_draggable:
            # Made when it is first opened: most lists never are.
            self._is_draggable = True
            view = self.view()
            # Its own draws no row as the style sheet has it, and rows too low for a finger.
            self.setItemDelegate(QStyledItemDelegate(self))
            view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
            # Touches come to a pop-up as presses of the left button.
            left = QScroller.ScrollerGestureType.LeftMouseButtonGesture
            QScroller.grabGesture(view.viewport(), left)
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
