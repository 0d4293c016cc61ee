"""The keyboard in every sheet there is: no click takes it from a field, Enter presses the focus."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from pathlib import Path
from pkgutil import walk_packages

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QFileDialog,
    QFrame,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

import app
from app.kit.qt.sheet import Sheet
from tests.screens.manager import Stand, stand
from tests.screens.sheets import OPENERS, kinds
from tests.screens.studio import settle

SIZE = (1024, 768)
ACTING = (QAbstractButton, QComboBox, QAbstractScrollArea)
BARE = 4
FIELDS = (QLineEdit, QPlainTextEdit)
MOVES_ON = {("count-pieces", "Next")}
"""Keys whose purpose is the next field."""
TABS_MAX = 60
ALL = pytest.mark.parametrize("name", OPENERS)
_key_at_ms = count(1_000_000, 1_000)


@pytest.fixture(autouse=True)
def no_file_dialog(monkeypatch: pytest.MonkeyPatch) -> None:
    """What asks for a file is not answered."""
    monkeypatch.setattr(QFileDialog, "exec", lambda _dialog: 0)


@contextmanager
def opened(name: str, folder: Path, qapp: QApplication) -> Iterator[tuple[Stand, Sheet]]:
    """A sheet over a stand of its own, with the keyboard."""
    with stand(qapp, "light", folder, SIZE) as at:
        at.host.activateWindow()
        sheet = OPENERS[name](at)
        settle(2)
        try:
            yield at, sheet
        finally:
            _close(at)


def press(host: QWidget, key: Qt.Key, text: str = "") -> None:
    """A key as the window system delivers it, slowly enough to be no scan."""
    handle = host.windowHandle()
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text)
        event.setTimestamp(next(_key_at_ms))
        QCoreApplication.sendEvent(handle, event)


def clickable(sheet: Sheet) -> list[QWidget]:
    """What a finger could land on, but for text fields; of bare words and surfaces a few."""
    parts = [w for w in sheet.findChildren(QWidget) if w.isVisible() and w.isEnabled()]
    others = [w for w in parts if not _in_a_field(w)]
    acting = [w for w in others if isinstance(w, ACTING)]
    bare = [w for w in others if isinstance(w, QFrame) and w not in acting]
    return [sheet, *acting, *bare[:BARE]]


def _in_a_field(widget: QWidget) -> bool:
    up: QWidget | None = widget
    while up is not None:
        if isinstance(up, FIELDS):
            return True
        up = up.parentWidget()
    return False


def click(part: QWidget) -> None:
    """Press the left button on a part: on its first row, or beside what lies on it."""
    if isinstance(part, QAbstractItemView):
        row = part.visualRect(part.model().index(0, 0)).center()
        QTest.mouseClick(part.viewport(), Qt.MouseButton.LeftButton, pos=row)
    elif isinstance(part, QAbstractScrollArea):
        QTest.mouseClick(part.viewport(), Qt.MouseButton.LeftButton)
    elif isinstance(part, QAbstractButton | QComboBox):
        QTest.mouseClick(part, Qt.MouseButton.LeftButton)
    else:
        QTest.mouseClick(part, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()
    settle(2)


def on_top(host: QWidget) -> Sheet | None:
    """The newest sheet that is shown."""
    sheets = [sheet for sheet in host.findChildren(Sheet) if sheet.isVisible()]
    return sheets[-1] if sheets else None


def typed(field: QWidget) -> str:
    """What stands in a field."""
    return field.toPlainText() if isinstance(field, QPlainTextEdit) else field.text()  # type: ignore[attr-defined]


def lost(name: str, at: Stand, sheet: Sheet, part: QWidget) -> str:
    """What is wrong with the keyboard after a click on one part; empty when nothing is."""
    before = at.host.focusWidget()
    said = f"{type(part).__name__} {part.accessibleName() or getattr(part, 'text', str)()!r}"
    moves_on = (name, part.accessibleName()) in MOVES_ON
    click(part)
    while (newest := on_top(at.host)) not in (None, sheet):
        assert newest is not None
        newest.cancel()
        settle(1)
    if newest is None:
        return ""
    now = at.host.focusWidget()
    typing = isinstance(before, FIELDS) and before.isVisible() and before.isEnabled()
    if typing and not moves_on and now is not before:
        return f"{said}: a field lost the keyboard to {type(now).__name__}"
    if now is not sheet and not sheet.isAncestorOf(now):
        return f"{said}: the keyboard is with {type(now).__name__}"
    if isinstance(now, FIELDS):
        stood = typed(now)
        press(at.host, Qt.Key.Key_7, "7")
        if typed(now) == stood and stood != "7":
            return f"{said}: what was typed did not arrive"
    return ""


def test_every_kind_of_sheet_is_tried(tmp_path: Path, qapp: QApplication) -> None:
    """Who adds a sheet says in `tests/screens/sheets.py` how it is opened."""
    for module in walk_packages(app.__path__, "app."):
        if ".qt." in module.name:
            import_module(module.name)
    tried = set()
    for name in OPENERS:
        with opened(name, tmp_path / name, qapp) as (_, sheet):
            tried.add(type(sheet))
    ours = {kind for kind in kinds() if kind.__module__.startswith("app.")}
    assert {kind.__name__ for kind in ours - tried} == set()


@ALL
@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_click_leaves_the_keyboard_where_it_is(
    name: str, tmp_path: Path, qapp: QApplication
) -> None:
    """Whatever is clicked, the next key goes into the field that was being typed into."""
    with opened(name, tmp_path, qapp) as (at, sheet):
        parts = len(clickable(sheet))
        said = [_tried(name, at, number) for number in range(parts)]
    assert [words for words in said if words] == []


def _tried(name: str, at: Stand, number: int) -> str:
    """Click one part of a sheet that has just been opened."""
    sheet = _reopened(name, at)
    return lost(name, at, sheet, clickable(sheet)[number])


def _reopened(name: str, at: Stand) -> Sheet:
    _close(at)
    sheet = OPENERS[name](at)
    settle(1)
    return sheet


def _close(at: Stand) -> None:
    for left in at.host.findChildren(Sheet):
        left.cancel()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@ALL
def test_enter_presses_the_button_that_has_the_focus(
    name: str, tmp_path: Path, qapp: QApplication
) -> None:
    """By Tab to each button there is, then Enter: that button, once, and nothing else."""
    with opened(name, tmp_path, qapp) as (at, sheet):
        for number in range(len(_by_tab(sheet))):
            sheet = _reopened(name, at)
            button = _by_tab(sheet)[number]
            pressed: list[str] = []
            button.clicked.connect(lambda _on=False, p=pressed: p.append("pressed"))
            for _ in range(TABS_MAX):
                if button.hasFocus():
                    break
                press(at.host, Qt.Key.Key_Tab, "\t")
            assert button.hasFocus(), f"Tab does not reach {button.text()!r}"
            press(at.host, Qt.Key.Key_Return, "\r")
            assert pressed == ["pressed"], f"Enter on {button.text()!r}"


def _by_tab(sheet: Sheet) -> list[QPushButton]:
    buttons = [b for b in sheet.findChildren(QPushButton) if b.isVisible() and b.isEnabled()]
    return [b for b in buttons if b.focusPolicy() & Qt.FocusPolicy.TabFocus]
