"""``evertill``: one till with its window."""

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import resources
from app.bootstrap import qt_libraries
from app.bootstrap.logs import logging_to
from app.bootstrap.memory import give_back_large_blocks
from app.bootstrap.pace import favour_screen
from app.bootstrap.paths import default_data_dir
from app.bootstrap.restore_command import put_key_back
from app.bootstrap.session import Session, open_session
from localdb.errors import DatabaseKeyWrong, EvertillError, Refusal
from localdb.store.keys import from_recovery_text

if TYPE_CHECKING:
    from app.bootstrap.window import TillWindow

    Connect = Callable[[TillWindow], object]

STDIN_BYTES = 4096


def run(
    data_dir: Path | None,
    pin_hint: str = "",
    *,
    connect: "Connect | None" = None,
    until_stdin_ends: bool = False,
) -> int:
    """Open the till in a data folder (the platform's by default) until its window is closed.

    ``connect`` starts the sync of the window; the demonstration has its own. With
    ``until_stdin_ends`` also until whoever started it is gone, however that came about.
    Raises Refusal, saying why, when no window can open, and the environment faults of the
    database.
    """
    give_back_large_blocks()
    reason = qt_libraries.why_no_window()
    if reason:
        raise Refusal(reason)
    folder = data_dir or default_data_dir()
    try:
        return _open(folder, pin_hint, connect, until_stdin_ends)
    except EvertillError as error:
        if _has_no_terminal():
            _say(str(error))
        raise


def _open(folder: Path, pin_hint: str, connect: "Connect | None", until_stdin_ends: bool) -> int:
    try:
        with logging_to(folder), open_session(folder) as session:
            return _show(session, pin_hint, connect, until_stdin_ends)
    except DatabaseKeyWrong as error:
        if not (_has_no_terminal() and key_typed(folder, str(error))):
            raise
    return _open(folder, pin_hint, connect, until_stdin_ends)


def _has_no_terminal() -> bool:
    """An installed till: what is said and asked needs a window."""
    return bool(getattr(sys, "frozen", False))


def key_typed(folder: Path, why: str) -> bool:
    """Ask for the key of the recovery sheet until it opens the data; False when given up."""
    from PySide6.QtWidgets import QApplication, QInputDialog

    application = QApplication.instance() or QApplication(sys.argv[:1])
    while True:
        words = f"{why}\n\nOr type the key here:"
        text, is_given = QInputDialog.getMultiLineText(None, "Evertill", words)
        if not is_given:
            del application
            return False
        try:
            put_key_back(folder, from_recovery_text(text))
        except EvertillError as error:
            why = str(error)
        else:
            return True


def _say(text: str) -> None:
    from PySide6.QtWidgets import QApplication, QMessageBox

    application = QApplication.instance() or QApplication(sys.argv[:1])
    QMessageBox.critical(None, "Evertill", text)
    del application


def _end_with_stdin() -> None:
    # Not through the buffer: its lock, held here for ever, would abort the interpreter's end.
    while os.read(sys.stdin.fileno(), STDIN_BYTES):
        pass
    signal.raise_signal(signal.SIGTERM)


def _show(
    session: Session, pin_hint: str, connect: "Connect | None", until_stdin_ends: bool
) -> int:
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QApplication

    from app.bootstrap.window import TillWindow
    from app.kit.qt.theme import Theme

    application = QApplication(sys.argv[:1])
    application.setApplicationName("Evertill")
    application.setWindowIcon(QIcon(str(resources.path("app-icon/evertill-256.png"))))
    theme = Theme(application)
    # Qt's loop runs no Python of its own: without a tick, Ctrl+C would wait for the next event.
    tick = QTimer()
    tick.timeout.connect(lambda: None)
    tick.start(200)
    for number in (signal.SIGINT, signal.SIGTERM):
        # Through the loop: a quit before the loop runs would be forgotten.
        signal.signal(number, lambda *_: QTimer.singleShot(0, application.quit))
    if until_stdin_ends:
        threading.Thread(target=_end_with_stdin, name="stdin", daemon=True).start()
    if not session.till.is_set_up:
        gc.enable()
        from app.bootstrap.first_run import set_up

        if not set_up(application, theme, session):
            return 0
    till = TillWindow(application, theme, session, pin_hint)
    # The network half is loaded once the first screen takes keys.
    QTimer.singleShot(0, favour_screen)
    QTimer.singleShot(0, lambda: (connect or TillWindow.connect)(till))
    try:
        # Where nobody manages windows, as in a kiosk, maximising does nothing.
        till.window.setGeometry(application.primaryScreen().availableGeometry())
        till.window.showMaximized()
        return application.exec()
    finally:
        till.close()
