"""The card terminal as the till uses it: one question at a time, and nothing charged by mistake.

What was given up is asked after until the terminal says that it does not stand; a payment that was
approved too late is reversed without anybody's doing. It is never taken into a sale.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from app.devices.terminal import Answer, CardTerminal, OnAnswer
from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.domain.charge import Operation, Outcome, TerminalRequest
from localdb.errors import EvertillError
from localdb.queries import payments as payment_queries
from localdb.services import payments
from localdb.services.till import Till


@dataclass(frozen=True, slots=True)
class CardNote:
    """Something about a card payment that the cashier must hear, whatever is on the screen."""

    tone: Literal["success", "info", "warning"]
    text: str
    stuck_id: str = ""
    """A payment that the terminal does not give back: to be tried again, or done by hand."""


class CardDesk:
    """Lives as long as the till's window; every call is made on the screen's thread."""

    def __init__(self, till: Till, formats: Formats, tell: Callable[[CardNote], None]) -> None:
        self._till = till
        self._formats = formats
        self._tell = tell
        self._terminal: CardTerminal | None = None
        self._awaited: dict[str, OnAnswer] = {}
        self._in_flight: set[str] = set()
        self._reversing: set[str] = set()
        self._vouched: dict[str, TerminalRequest] = {}
        self._told_of: set[str] = set()

    @property
    def has_terminal(self) -> bool:
        """Whether the till asks a terminal; else the cashier types what a stand-alone one did.

        In training none is asked for money; what was given up before is still undone.
        """
        return self._terminal is not None and not self._till.is_training

    def use(self, terminal: CardTerminal | None) -> None:
        """Change to another terminal, or to a stand-alone one."""
        self._terminal = terminal

    def ask(self, request: TerminalRequest, answer: OnAnswer) -> None:
        """Ask for a payment or a reversal; ``answer`` is called once, unless ``leave`` comes first.

        The request is on disk already: whatever happens now, it is asked after.
        """
        self._awaited[request.id] = answer
        if self._terminal is None:
            self._said(request.id, Answer(request.id, Outcome.SILENT))
            return
        if request.ask is Operation.REVERSE:
            self._reversing.add(request.id)
            self._terminal.reverse(request.id, lambda said: self._reversal_said(request.id, said))
            return
        self._in_flight.add(request.id)
        asked = (
            self._terminal.refund if request.ask is Operation.REFUND else self._terminal.purchase
        )
        asked(request.id, request.charged_minor, lambda said: self._paid(request.id, said))

    def ask_after(self, request: TerminalRequest, answer: OnAnswer) -> None:
        """Ask what became of a request."""
        self._awaited[request.id] = answer
        if self._terminal is None:
            self._said(request.id, Answer(request.id, Outcome.SILENT))
        else:
            self._terminal.status(request.id, lambda said: self._said(request.id, said))

    def is_reversing(self, request: TerminalRequest) -> bool:
        """Whether the terminal is at a reversal: what it said of the payment meanwhile is stale."""
        return request.ask is Operation.REVERSE and request.id in self._reversing

    def expect(self, request: TerminalRequest, answer: OnAnswer) -> None:
        """Ask nothing, but hear an answer that is still to come."""
        self._awaited[request.id] = answer

    def leave(self, request: TerminalRequest) -> None:
        """Nobody waits for this answer any more; what is not to stand is abandoned before."""
        self._awaited.pop(request.id, None)

    def cancel(self, request: TerminalRequest, *, tell: bool = False) -> None:
        """Ask the terminal to stop; `tell` the cashier also that it charged nothing."""
        if tell:
            self._told_of.add(request.id)
        if self._terminal is not None:
            self._terminal.cancel(request.id)

    def vouch(self, request: TerminalRequest) -> None:
        """The cashier says that the terminal took it; should it say otherwise, that is told."""
        self._vouched[request.id] = request

    def undo_abandoned(self) -> None:
        """Ask after every payment that was given up; at the start, and from time to time."""
        for request in self._till.ask(payment_queries.abandoned):
            if self._terminal is None:
                self._tell_stuck(request)
            else:
                self._terminal.status(request.id, self._settle)

    def undone_by_hand(self, payment_id: str) -> None:
        """The cashier gave it back on the terminal itself, or saw that nothing was taken."""
        self._till.write(payments.undone, payment_id, Outcome.REVERSED, by_hand=True)

    def _paid(self, payment_id: str, said: Answer) -> None:
        self._in_flight.discard(payment_id)
        self._said(payment_id, said)

    def _reversal_said(self, payment_id: str, said: Answer) -> None:
        self._reversing.discard(payment_id)
        self._said(payment_id, said)

    def _said(self, payment_id: str, said: Answer) -> None:
        awaited = self._awaited.pop(payment_id, None)
        if awaited is not None:
            awaited(said)
        else:
            self._settle(said)

    def _settle(self, said: Answer) -> None:
        """An answer nobody waits for: if the payment was given up, it must not stand."""
        request = self._abandoned(said.payment_id)
        if request is None:
            self._compare(said)
            return
        match said.outcome:
            case Outcome.TAKEN:
                assert self._terminal is not None, "who else should have answered"
                self._terminal.reverse(said.payment_id, self._reversed)
            case Outcome.REVERSED:
                self._close(request, said.outcome)
            case Outcome.REFUSED | Outcome.UNKNOWN if said.payment_id not in self._in_flight:
                self._close(request, said.outcome)
            case _:
                pass  # still at it: asked after again

    def _reversed(self, said: Answer) -> None:
        request = self._abandoned(said.payment_id)
        if request is None:
            return
        if said.outcome is Outcome.REVERSED:
            self._close(request, said.outcome)
            amount = self._formats.money(request.charged_minor)
            words = translate(
                "Charge",
                "The card was charged {amount} after you cancelled. It has been refunded.",
                amount=amount,
            )
            self._tell(CardNote("success", words))
        else:
            self._tell_stuck(request)

    def _close(self, request: TerminalRequest, outcome: Outcome) -> None:
        try:
            self._till.write(payments.undone, request.id, outcome)
        except EvertillError as error:
            # It stays on the list and is asked after again.
            self._tell(CardNote("warning", str(error)))
            return
        if request.id in self._told_of and outcome is not Outcome.REVERSED:
            words = translate("Charge", "Card payment cancelled. The card was not charged.")
            self._tell(CardNote("info", words))
        self._told_of.discard(request.id)

    def _compare(self, said: Answer) -> None:
        request = self._vouched.pop(said.payment_id, None)
        if request is not None and said.outcome in (Outcome.REFUSED, Outcome.UNKNOWN):
            amount = self._formats.money(request.charged_minor)
            self._tell(
                CardNote(
                    "warning",
                    translate(
                        "Charge",
                        "The terminal says it did not take {amount}. Correct the sale.",
                        amount=amount,
                    ),
                )
            )

    def _tell_stuck(self, request: TerminalRequest) -> None:
        amount = self._formats.money(request.charged_minor)
        self._tell(
            CardNote(
                "warning",
                translate("Charge", "{amount} must not stand on the card terminal.", amount=amount),
                request.id,
            )
        )

    def _abandoned(self, payment_id: str) -> TerminalRequest | None:
        waiting = self._till.ask(payment_queries.abandoned)
        return next((one for one in waiting if one.id == payment_id), None)
