"""What nobody caught is logged and told calmly."""

import logging
import sys
import threading

import pytest
from pytestqt.qtbot import QtBot

from app.shell.crash import UNEXPECTED, CrashGuard, message
from localdb.errors import DiskFull


def test_our_own_errors_speak_for_themselves() -> None:
    """A known fault is told in its own words, a bug in calm ones."""
    assert message(DiskFull("The disk is full.")) == "The disk is full."
    assert message(ZeroDivisionError()) == UNEXPECTED


def test_a_bug_is_logged_and_told(
    needs_qt: None, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug on any thread reaches the log with its trace, and the cashier."""
    told: list[str] = []
    guard = CrashGuard(told.append)
    before = sys.excepthook, threading.excepthook
    guard.install()
    try:
        with caplog.at_level(logging.CRITICAL):
            thread = threading.Thread(target=lambda: 1 // 0, name="printer")
            thread.start()
            thread.join()
        qtbot.waitUntil(lambda: told == [UNEXPECTED])
    finally:
        guard.remove()
        sys.excepthook, threading.excepthook = before
    assert "uncaught in printer" in caplog.text
    assert "ZeroDivisionError" in caplog.text
