"""What is wrong with a layout, told from the widgets: clipped, overlapping, sideways, too small."""

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QPushButton,
    QWidget,
)

from app.kit.qt.focus import TEXT_FIELDS
from app.kit.qt.sheet import Sheet

TAP_PX = 48
"""Nothing to tap may be smaller, either way."""
SLACK_PX = 2
"""Rounding of fonts and of distances."""


def faults(window: QWidget) -> list[str]:
    """Everything a designer would send back, in words that name the widget."""
    on_top = _on_top(window)
    shown = [w for w in on_top.findChildren(QWidget) if w.isVisible() and _in_layout(w)]
    return [
        *(fault for widget in shown for fault in _of_one(widget, window)),
        *(fault for widget in (on_top, *shown) for fault in _overlapping(widget)),
        *_greedy(on_top),
    ]


def _on_top(window: QWidget) -> QWidget:
    """The newest sheet, or the window while there is none: what is below it is not looked at."""
    sheets = [sheet for sheet in window.findChildren(Sheet) if sheet.isVisible()]
    return sheets[-1] if sheets else window


def _of_one(widget: QWidget, window: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel) and widget.text():
        yield from _clipped_label(widget)
    if isinstance(widget, QPushButton):
        yield from _clipped_button(widget)
    if isinstance(widget, QAbstractButton) and min(widget.width(), widget.height()) < TAP_PX:
        yield f"{_name(widget)} is {widget.width()}x{widget.height()}, too small to tap"
    if (
        isinstance(widget, QAbstractScrollArea)
        and widget.horizontalScrollBar().maximum() > 0
        and not widget.property("scrolls_sideways")
    ):
        yield f"{_name(widget)} scrolls sideways"
    if not _may_scroll(widget) and not _placed(widget, window):
        yield f"{_name(widget)} reaches out of the window"


def _greedy(on_top: QWidget) -> Iterator[str]:
    """What a click would give the keyboard to while there is a field to type into."""
    shown = [w for w in (on_top, *on_top.findChildren(QWidget)) if w.isVisible()]
    if any(_takes_text(widget) for widget in shown):
        for widget in shown:
            if widget.focusPolicy() & Qt.FocusPolicy.ClickFocus and not _takes_text(widget):
                yield f"{_name(widget)} takes the keyboard by a click"


def _takes_text(widget: QWidget) -> bool:
    return isinstance(widget, TEXT_FIELDS) or (
        isinstance(widget, QComboBox) and widget.isEditable()
    )


def _clipped_label(label: QLabel) -> Iterator[str]:
    if label.wordWrap():
        needed = label.heightForWidth(label.width())
        if needed > label.height() + SLACK_PX:
            yield f"{_name(label)} needs {needed} px of height and has {label.height()}"
    elif label.minimumSizeHint().width() > label.width() + SLACK_PX:
        yield (f"{_name(label)} needs {label.minimumSizeHint().width()} px and has {label.width()}")


def _clipped_button(button: QPushButton) -> Iterator[str]:
    words = button.fontMetrics().horizontalAdvance(button.text().replace("&&", "&"))
    icon = 0 if button.icon().isNull() else button.iconSize().width()
    if words and words + icon > button.width() + SLACK_PX:
        yield f"{_name(button)} needs {words + icon} px and has {button.width()}"


def _overlapping(widget: QWidget) -> Iterator[str]:
    """Two parts of one layout on the same place."""
    children = [w for w in widget.children() if isinstance(w, QWidget) and w.isVisible()]
    placed = [w for w in children if _in_layout(w) and not isinstance(w, Sheet)]
    for i, one in enumerate(placed):
        for other in placed[i + 1 :]:
            both = one.geometry().intersected(other.geometry())
            if both.width() > SLACK_PX and both.height() > SLACK_PX:
                yield f"{_name(one)} lies over {_name(other)}"


def _in_layout(widget: QWidget) -> bool:
    """Whether a layout of its parent placed it; what floats on purpose was placed by hand."""
    parent = widget.parentWidget()
    layout = parent.layout() if parent is not None else None
    return (layout is not None and layout.indexOf(widget) >= 0) or _nested(widget)


def _nested(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    layout = parent.layout() if parent is not None else None
    if layout is None:
        return False
    waiting = [layout]
    while waiting:
        current = waiting.pop()
        for index in range(current.count()):
            item = current.itemAt(index)
            if item is None:
                continue
            if item.widget() is widget:
                return True
            inner = item.layout()
            if inner is not None:
                waiting.append(inner)
    return False


def _may_scroll(widget: QWidget) -> bool:
    """Whether it stands in something that scrolls."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QAbstractScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def _placed(widget: QWidget, window: QWidget) -> bool:
    place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
    return window.rect().adjusted(-1, -1, 1, 1).contains(place)


def _name(widget: QWidget) -> str:
    words = widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
    said = words.strip() or widget.accessibleName() or widget.objectName()
    return f"{type(widget).__name__} {said[:40]!r}"
