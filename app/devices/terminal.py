"""The card terminal behind a port: asked on a thread of its own, answered by a callback.

A driver blocks and may never return; the till neither waits for it nor trusts that it answers.
Each payment has an id: a terminal charges once under one id, however often it is asked, and can
say what became of it. A till without a driver has a stand-alone terminal: the cashier types.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from localdb.domain.charge import Outcome
from localdb.errors import EnvironmentFault


class TerminalFault(EnvironmentFault):
    """The terminal cannot be reached, or broke off: nobody knows what it did."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a terminal said about the payment with an id."""

    payment_id: str
    outcome: Outcome
    reference: str = ""
    """Card and authorisation, as printed on the receipt."""
    message: str = ""
    """Why it was refused, in the terminal's words."""


OnAnswer = Callable[[Answer], None]


class TerminalDriver(Protocol):
    """Talks to one make of terminal; every call may block, and raises TerminalFault.

    Amounts are minor units, tip included, 0 or more.
    """

    def purchase(self, payment_id: str, amount_minor: int) -> Answer:
        """Take money; under an id that was taken before, the answer of before."""

    def refund(self, payment_id: str, amount_minor: int) -> Answer:
        """Pay money out; likewise once under one id."""

    def reverse(self, payment_id: str) -> Answer:
        """Undo a purchase or refund: REVERSED, also when it was before; REFUSED if it stands."""

    def status(self, payment_id: str) -> Answer:
        """What became of it: any outcome; SILENT while it is still at it."""

    def cancel(self, payment_id: str) -> None:
        """Ask the terminal to stop; what it did is said by the answer to the payment."""


class CardTerminal(Protocol):
    """The same without waiting: each answer comes once, later, on the thread of the screen."""

    def purchase(self, payment_id: str, amount_minor: int, answer: OnAnswer) -> None: ...

    def refund(self, payment_id: str, amount_minor: int, answer: OnAnswer) -> None: ...

    def reverse(self, payment_id: str, answer: OnAnswer) -> None: ...

    def status(self, payment_id: str, answer: OnAnswer) -> None: ...

    def cancel(self, payment_id: str) -> None: ...


class ThreadedTerminal:
    """A driver on threads of its own; what it raises is no answer.

    One thread a call, never joined: a driver that hangs keeps neither a second question nor the
    program's end waiting.
    """

    def __init__(self, driver: TerminalDriver, post: Callable[[Callable[[], None]], None]) -> None:
        self._driver = driver
        self._post = post

    def purchase(self, payment_id: str, amount_minor: int, answer: OnAnswer) -> None:
        self._ask(payment_id, lambda: self._driver.purchase(payment_id, amount_minor), answer)

    def refund(self, payment_id: str, amount_minor: int, answer: OnAnswer) -> None:
        self._ask(payment_id, lambda: self._driver.refund(payment_id, amount_minor), answer)

    def reverse(self, payment_id: str, answer: OnAnswer) -> None:
        self._ask(payment_id, lambda: self._driver.reverse(payment_id), answer)

    def status(self, payment_id: str, answer: OnAnswer) -> None:
        self._ask(payment_id, lambda: self._driver.status(payment_id), answer)

    def cancel(self, payment_id: str) -> None:
        def stop() -> Answer:
            self._driver.cancel(payment_id)
            return Answer(payment_id, Outcome.SILENT)

        self._ask(payment_id, stop, lambda _: None)

    def _ask(self, payment_id: str, call: Callable[[], Answer], answer: OnAnswer) -> None:
        def run() -> None:
            try:
                said = call()
            except TerminalFault as fault:
                said = Answer(payment_id, Outcome.SILENT, message=str(fault))
            except Exception:
                # A driver's bug leaves the same doubt; the crash report still gets it.
                self._post(lambda: answer(Answer(payment_id, Outcome.SILENT)))
                raise
            self._post(lambda: answer(said))

        threading.Thread(target=run, name="terminal", daemon=True).start()
