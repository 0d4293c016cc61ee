"""The server's word, asked for on another thread."""

import threading

from pytestqt.qtbot import QtBot

from app.bootstrap.server_claims import ServerClaims
from app.kit.qt.bridge import Bridge
from localdb.domain.claims import NO_WORD, Wish, Word

WISH = Wish("held_cart", "one")


def test_the_word_arrives_on_the_ui_thread(needs_qt: None, qtbot: QtBot) -> None:
    """It is asked for elsewhere, and nothing waits here."""
    threads: list[threading.Thread] = []
    words: list[tuple[Word, threading.Thread]] = []

    def ask(wish: Wish) -> Word:
        threads.append(threading.current_thread())
        return Word(wish.amount)

    claims = ServerClaims(Bridge(), lambda: ask)
    claims.ask(WISH, lambda word: words.append((word, threading.current_thread())))
    assert words == []
    qtbot.waitUntil(lambda: bool(words))
    assert words == [(Word(1), threading.current_thread())]
    assert threads[0] is not threading.current_thread()
    claims.close()


def test_with_nobody_to_ask_there_is_no_word(needs_qt: None) -> None:
    """At once: a till on its own never waits."""
    claims = ServerClaims(Bridge(), lambda: None)
    words: list[Word] = []
    claims.ask(WISH, words.append)
    assert words == [NO_WORD]
    claims.close()


def test_after_the_end_nobody_is_answered(needs_qt: None, qtbot: QtBot) -> None:
    """The window may be gone by then."""
    bridge, gate = Bridge(), threading.Event()
    words: list[Word] = []

    def ask(wish: Wish) -> Word:
        gate.wait(10)
        return Word(1)

    claims = ServerClaims(bridge, lambda: ask)
    claims.ask(WISH, words.append)
    gate.set()
    claims.close()
    after: list[bool] = []
    bridge.post(lambda: after.append(True))
    qtbot.waitUntil(lambda: bool(after))
    assert words == []
