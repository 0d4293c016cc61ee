"""The card terminal's port, on its own threads, and the simulator behind it."""

import queue
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.devices.terminal import Answer, TerminalFault, ThreadedTerminal
from app.devices.terminal_simulator import BY_CENTS, Conduct, SimulatedTerminal
from localdb.domain.charge import Outcome

PATIENCE_S = 10.0


class Screen:
    """The thread of the screen: runs what is posted, when it gets to it."""

    def __init__(self) -> None:
        self._jobs: queue.Queue[Callable[[], None]] = queue.Queue()
        self.answers: list[Answer] = []

    def post(self, job: Callable[[], None]) -> None:
        self._jobs.put(job)

    def turn(self) -> None:
        """Wait for one answer."""
        self._jobs.get(timeout=PATIENCE_S)()


def simulator(*script: Conduct, file: Path | None = None) -> SimulatedTerminal:
    return SimulatedTerminal(file, script, sleep=lambda _: None)


def test_the_screen_never_waits_for_a_driver() -> None:
    """A purchase that hangs keeps neither a status nor the screen; each is answered once."""
    going_on = threading.Event()

    class Hanging(SimulatedTerminal):
        def purchase(self, payment_id: str, amount_minor: int) -> Answer:
            assert going_on.wait(PATIENCE_S)
            return super().purchase(payment_id, amount_minor)

    screen = Screen()
    terminal = ThreadedTerminal(Hanging(sleep=lambda _: None), screen.post)
    terminal.purchase("p1", 100, screen.answers.append)
    terminal.status("p1", screen.answers.append)
    screen.turn()
    assert screen.answers == [Answer("p1", Outcome.UNKNOWN)]
    going_on.set()
    screen.turn()
    assert screen.answers[1].outcome is Outcome.TAKEN
    terminal.reverse("p1", screen.answers.append)
    screen.turn()
    assert screen.answers[2].outcome is Outcome.REVERSED


def test_what_a_driver_raises_is_no_answer() -> None:
    """A broken connection leaves a doubt, with the driver's words."""
    screen = Screen()
    terminal = ThreadedTerminal(simulator(Conduct.DIE), screen.post)
    terminal.refund("p1", 100, screen.answers.append)
    screen.turn()
    (answer,) = screen.answers
    assert (answer.outcome, answer.message) == (
        Outcome.SILENT,
        "The connection to the card terminal broke.",
    )


def test_a_drivers_bug_is_no_answer_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes to the crash report, and the cashier is asked like after any silence."""

    class Buggy(SimulatedTerminal):
        def purchase(self, payment_id: str, amount_minor: int) -> Answer:
            raise ZeroDivisionError

    reported: queue.Queue[type[BaseException]] = queue.Queue()
    monkeypatch.setattr(threading, "excepthook", lambda args: reported.put(args.exc_type))
    screen = Screen()
    terminal = ThreadedTerminal(Buggy(sleep=lambda _: None), screen.post)
    terminal.purchase("p1", 100, screen.answers.append)
    screen.turn()
    assert screen.answers == [Answer("p1", Outcome.SILENT)]
    assert reported.get(timeout=PATIENCE_S) is ZeroDivisionError


def test_a_terminal_charges_once_under_one_id() -> None:
    """Asked again it answers as before; reversed it stays so."""
    terminal = simulator()
    first = terminal.purchase("p1", 500)
    assert terminal.purchase("p1", 500) == first
    assert terminal.charged_minor == 500
    assert terminal.reverse("p1").outcome is Outcome.REVERSED
    assert terminal.reverse("p1").outcome is Outcome.REVERSED
    assert terminal.purchase("p1", 500).outcome is Outcome.REVERSED
    assert terminal.charged_minor == 0


def test_what_it_does_by_the_last_digits() -> None:
    """Each conduct can be had by an amount; money moved or not is what its status says."""
    moved = {Conduct.DECLINE: False, Conduct.TIME_OUT: False, Conduct.LATE: True, Conduct.DIE: True}
    for cents, conduct in BY_CENTS.items():
        terminal = simulator()
        try:
            said = terminal.purchase("p1", 1000 + cents).outcome
        except TerminalFault:
            assert conduct in (Conduct.TIME_OUT, Conduct.DIE)
        else:
            assert said is (Outcome.TAKEN if conduct is Conduct.LATE else Outcome.REFUSED)
        status = terminal.status("p1").outcome
        assert status is (Outcome.TAKEN if moved[conduct] else Outcome.UNKNOWN)


def test_money_paid_out_counts_against(tmp_path: Path) -> None:
    """And the terminal remembers across the till's restarts."""
    file = tmp_path / "terminal.json"
    terminal = simulator(file=file)
    terminal.purchase("p1", 500)
    terminal.refund("p2", 200)
    terminal.purchase("p3", 100)
    terminal.reverse("p3")
    again = simulator(file=file)
    assert again.charged_minor == 300
    outcomes = [again.status(one).outcome for one in ("p1", "p2", "p3", "p4")]
    assert outcomes == [Outcome.TAKEN, Outcome.TAKEN, Outcome.REVERSED, Outcome.UNKNOWN]


def test_what_it_never_heard_of_is_unknown() -> None:
    """Nothing can be reversed that was not taken."""
    assert simulator().reverse("p1").outcome is Outcome.UNKNOWN
