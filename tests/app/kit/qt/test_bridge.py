"""Answers of other threads on the UI thread."""

import threading

from pytestqt.qtbot import QtBot

from app.kit.qt.bridge import Bridge, Reader


def test_only_the_newest_question_is_answered(needs_qt: None, qtbot: QtBot) -> None:
    """A slow search that was overtaken never reaches the screen."""
    bridge = Bridge()
    reader = Reader(bridge)
    gate = threading.Event()
    answers: list[str] = []
    reader.ask(lambda: str(gate.wait(5)), answers.append)
    reader.ask(lambda: "new", answers.append)
    gate.set()
    qtbot.waitUntil(lambda: answers == ["new"])
    reader.close()


def test_answers_arrive_on_the_ui_thread(needs_qt: None, qtbot: QtBot) -> None:
    """The question runs elsewhere, the answer here."""
    bridge = Bridge()
    reader = Reader(bridge)
    seen: list[tuple[bool, bool]] = []
    here = threading.current_thread()
    reader.ask(
        lambda: threading.current_thread() is here,
        lambda asked_here: seen.append((asked_here, threading.current_thread() is here)),
    )
    qtbot.waitUntil(lambda: seen == [(False, True)])
    reader.close()
