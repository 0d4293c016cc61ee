"""Being paid, step by step: what is kept on disk before a card terminal is asked for money.

    open ── ask ──> asked ── answered ──> open | complete
                      │ nobody knows
                      └──> doubtful ── the terminal's word, or the cashier's ──> open | complete

Every step is stored before the next one begins, so that after a power cut the till knows what was
taken and what it does not know. A request has an id of its own, under which a terminal charges
once and can be asked what became of it; the payment's record gets that id. Storing the sale ends
the charge: its id is the tender's, so a sale is stored once.
"""

import json
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Self

from localdb.domain.methods import Method
from localdb.domain.tender import Paid, Tender
from localdb.errors import Refusal


class Outcome(StrEnum):
    """What a card terminal says about a request."""

    TAKEN = "taken"
    """The money moved."""
    REFUSED = "refused"
    """For certain no money moved; said of a reversal, the payment stands."""
    REVERSED = "reversed"
    """It was given back, or cancelled on the terminal."""
    UNKNOWN = "unknown"
    """The terminal never heard of it."""
    SILENT = "silent"
    """No answer, or it is still at it: nobody knows."""


class Operation(StrEnum):
    """What is asked of a terminal."""

    PURCHASE = "purchase"
    REFUND = "refund"
    """Pay money out to a card."""
    REVERSE = "reverse"
    """Undo a purchase or a refund of before."""


@dataclass(frozen=True, slots=True)
class TerminalRequest:
    """Something asked of the terminal: a new payment, or the reversal of one that was taken."""

    ask: Operation
    paid: Paid
    """The payment it would make, or undo; its id is the request's."""

    @property
    def id(self) -> str:
        return self.paid.id

    @property
    def charged_minor(self) -> int:
        """What is asked of the card, tip included; 0 or more."""
        return abs(self.paid.amount_minor + self.paid.tip_minor)

    def to_json(self) -> str:
        """The request as compact JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The request in a JSON text of ``to_json``; raises ValueError for anything else."""
        try:
            values = json.loads(text)
            return cls(Operation(values["ask"]), Paid(**values["paid"]))
        except (TypeError, KeyError, RecursionError) as error:
            raise ValueError("this is not a request to a terminal") from error


class Step(StrEnum):
    """Where a charge stands."""

    OPEN = "open"
    ASKED = "asked"
    """The terminal was asked and has not answered: nothing else can be paid meanwhile."""
    DOUBTFUL = "doubtful"
    """Nobody knows whether the terminal did it: the cashier is asked to look."""
    COMPLETE = "complete"
    """Only storing is left."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A tender under way with what is being paid; immutable, each step gives a new one."""

    kind: str
    """What is being paid, by a name that says who can go on with it: ``sale``, ``refund``."""
    subject: str
    """What is needed to go on with it after a power cut, as its kind writes it."""
    tender: Tender
    request: TerminalRequest | None = None
    is_doubtful: bool = False

    @property
    def step(self) -> Step:
        if self.request is not None:
            return Step.DOUBTFUL if self.is_doubtful else Step.ASKED
        return Step.COMPLETE if self.tender.is_complete else Step.OPEN

    @property
    def is_begun(self) -> bool:
        """Whether anything was taken, or may have been: then it must not be forgotten."""
        return bool(self.tender.payments) or self.request is not None

    def with_tender(self, tender: Tender) -> Self:
        """The charge after a payment that needed no terminal, or was taken back; free only."""
        self._check_free()
        return replace(self, tender=tender)

    def ask_payment(
        self, method: Method, amount_minor: int | None, payment_id: str, reference: str = ""
    ) -> Self:
        """Ask the terminal for a payment; refused like the payment itself would be."""
        self._check_free()
        paid = self.tender.take(method, amount_minor, reference, payment_id=payment_id).payments[-1]
        ask = Operation.PURCHASE if paid.amount_minor > 0 else Operation.REFUND
        return replace(self, request=TerminalRequest(ask, paid))

    def ask_reversal(self, position: int) -> Self:
        """Ask the terminal to undo a payment that it took."""
        self._check_free()
        payments = self.tender.payments
        if not 0 <= position < len(payments) or not payments[position].id:
            raise Refusal("There is no card terminal payment to cancel.")
        return replace(self, request=TerminalRequest(Operation.REVERSE, payments[position]))

    def answered(self, request_id: str, outcome: Outcome, reference: str = "") -> Self:
        """The charge after the terminal's answer, or the cashier's word for it.

        An answer to another request is a bug: late ones are not this charge's (see ``forsake``).
        """
        request = self.request
        assert request is not None, "nobody asked this"
        assert request.id == request_id, "an answer to another request"
        if outcome is Outcome.SILENT:
            return replace(self, is_doubtful=True)
        if request.ask is Operation.REVERSE:
            return self._after_reversal(request, outcome)
        free = replace(self, request=None, is_doubtful=False)
        if outcome is not Outcome.TAKEN:
            return free
        return replace(free, tender=_with_payment(self.tender, request.paid, reference))

    def forsake(self) -> tuple[Self, TerminalRequest]:
        """Give a payment up: the charge goes on, and the request is to be undone if it was taken.

        A reversal cannot be given up: whether the payment still counts must be known.
        """
        request = self.request
        if request is None or request.ask is Operation.REVERSE:
            raise Refusal("Wait for the terminal, or look at it and say what it did.")
        return replace(self, request=None, is_doubtful=False), request

    def to_json(self) -> str:
        """The charge as compact JSON."""
        values = {
            "kind": self.kind,
            "subject": self.subject,
            "tender": self.tender.to_json(),
            "request": self.request.to_json() if self.request else None,
            "is_doubtful": self.is_doubtful,
        }
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The charge in a JSON text of ``to_json``; raises ValueError for anything else."""
        try:
            values = json.loads(text)
            request = values["request"]
            return cls(
                str(values["kind"]),
                str(values["subject"]),
                Tender.from_json(values["tender"]),
                TerminalRequest.from_json(request) if request else None,
                bool(values["is_doubtful"]),
            )
        except (TypeError, KeyError, RecursionError) as error:
            raise ValueError("this is not a charge") from error

    def _after_reversal(self, request: TerminalRequest, outcome: Outcome) -> Self:
        if outcome is Outcome.UNKNOWN:
            return replace(self, is_doubtful=True)
        free = replace(self, request=None, is_doubtful=False)
        if outcome is not Outcome.REVERSED:
            return free
        at = [paid.id for paid in self.tender.payments].index(request.id)
        return replace(free, tender=self.tender.remove(at))

    def _check_free(self) -> None:
        if self.request is not None:
            raise Refusal("The card terminal is being asked. Wait for its answer, or cancel it.")


def _with_payment(tender: Tender, paid: Paid, reference: str) -> Tender:
    """The tender with a payment as the terminal took it: nothing else was paid meanwhile."""
    paid = replace(paid, reference=reference or paid.reference)
    tip = 0 if paid.tip_minor else tender.tip_minor
    return replace(tender, payments=(*tender.payments, paid), tip_minor=tip)
