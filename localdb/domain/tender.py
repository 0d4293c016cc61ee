"""Taking payment: what is due, what was tendered, and the change; a paid cart takes no more."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from localdb.domain.fields import MINOR_MAX
from localdb.domain.methods import METHODS
from localdb.domain.money import Currency, round_to_step
from localdb.errors import Refusal

PAYMENTS_MAX = 20
QUICK_CASH_MAX = 4
_NOTES = {
    "CHF": (10, 20, 50, 100),
    "EUR": (5, 10, 20, 50, 100),
    "GBP": (5, 10, 20, 50),
    "INR": (10, 20, 50, 100, 200, 500),
    "JPY": (1000, 5000, 10_000),
    "USD": (1, 5, 10, 20, 50, 100),
}
"""Notes a customer is likely to hand over, in whole units."""
_NOTES_ELSEWHERE = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


class TenderState(StrEnum):
    """Where a payment stands; ``complete`` is the only state a sale can be stored from."""

    OPEN = "open"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment taken; ``amount_minor`` counts towards the sale: tendered less change."""

    method: str
    amount_minor: int
    tendered_minor: int
    change_minor: int = 0
    reference: str = ""
    account_id: str | None = None
    """The gift card or customer whose balance pays; see ``methods.FROM_BALANCE``."""


@dataclass(frozen=True, slots=True)
class Tender:
    """The payments against one amount due; immutable, each payment gives a new one.

    A negative ``due_minor`` is paid out, in negative amounts. ``cash_step_minor`` is the smallest
    coin in use: what is left for cash is rounded to it, other methods are always exact.
    """

    due_minor: int
    currency: Currency
    cash_step_minor: int = 1
    payments: tuple[Paid, ...] = ()

    @property
    def paid_minor(self) -> int:
        return sum(payment.amount_minor for payment in self.payments)

    @property
    def state(self) -> TenderState:
        """Complete when paid to the unit, or when cash has paid its rounded part."""
        settled = self.paid_minor == self.due_minor or (self._has_cash and not self._cash_left)
        return TenderState.COMPLETE if settled else TenderState.OPEN

    @property
    def is_complete(self) -> bool:
        return self.state is TenderState.COMPLETE

    @property
    def remaining_minor(self) -> int:
        """What is still to pay (to pay out when negative), exact; 0 once complete."""
        return 0 if self.is_complete else self.due_minor - self.paid_minor

    @property
    def cash_due_minor(self) -> int:
        """What is still to pay if the rest is paid in cash."""
        return 0 if self.is_complete else self._cash_left

    @property
    def change_minor(self) -> int:
        """What goes back to the customer, 0 or more."""
        return sum(payment.change_minor for payment in self.payments)

    @property
    def rounding_minor(self) -> int:
        """Cash rounding: what the payments sum to, less what is due; 0 until complete."""
        return self.paid_minor - self.due_minor if self.is_complete else 0

    def pay_cash(self, tendered_minor: int | None = None) -> Self:
        """Take cash; nothing given means exactly what is due.

        More than is due gives change, less leaves a rest. When paying out, ``tendered_minor`` is
        negative and never more than is owed.
        """
        due = self.cash_due_minor
        tendered = due if tendered_minor is None else tendered_minor
        self._check_cash(tendered, due)
        counted = min(tendered, due) if due >= 0 else tendered
        return self._with(Paid("cash", counted, tendered, tendered - counted))

    def pay_card(self, amount_minor: int | None = None, reference: str = "") -> Self:
        """Record a card payment; nothing given means all that remains."""
        return self.pay("card", amount_minor, reference)

    def pay(
        self,
        method: str,
        amount_minor: int | None = None,
        reference: str = "",
        account_id: str | None = None,
    ) -> Self:
        """Take a payment by any method; all but cash are exact and never give change."""
        if method == "cash":
            return self.pay_cash(amount_minor)
        if method not in METHODS:
            raise Refusal(f"This till cannot take {method}.")
        rest = self.remaining_minor
        amount = rest if amount_minor is None else amount_minor
        _check_sign(amount, rest)
        if abs(amount) > abs(rest):
            raise Refusal("That is more than is due, and only cash gives change.")
        return self._with(Paid(method, amount, amount, reference=reference, account_id=account_id))

    def remove_last(self) -> Self:
        """Take the last payment back, before the sale is stored."""
        if not self.payments:
            raise Refusal("There is no payment to take back.")
        return replace(self, payments=self.payments[:-1])

    def quick_cash(self) -> tuple[int, ...]:
        """What a customer is likely to hand over: exact, then the next notes; rising, at most 4."""
        due = self.cash_due_minor
        if due <= 0:
            return (due,) if self.remaining_minor else ()
        notes = _NOTES.get(self.currency.code, _NOTES_ELSEWHERE)
        next_up = {-(-due // note) * note for note in self._minor(notes)}
        return tuple(sorted({due, *next_up}))[:QUICK_CASH_MAX]

    @property
    def _has_cash(self) -> bool:
        return any(payment.method == "cash" for payment in self.payments)

    @property
    def _cash_left(self) -> int:
        """Cash's part of what is due, rounded to the smallest coin, less the cash taken."""
        cash = sum(p.amount_minor for p in self.payments if p.method == "cash")
        part = self.due_minor - (self.paid_minor - cash)
        return round_to_step(part, self.cash_step_minor) - cash

    def _minor(self, notes: tuple[int, ...]) -> list[int]:
        units = (note * self.currency.unit_minor for note in notes)
        return [note for note in units if note % self.cash_step_minor == 0]

    def _check_cash(self, tendered: int, due: int) -> None:
        if tendered % self.cash_step_minor:
            raise Refusal("That amount cannot be paid in coins. Check what was typed.")
        if due == 0 and tendered == 0:
            return
        _check_sign(tendered, due or self.remaining_minor)
        if due <= 0 and tendered < due:
            raise Refusal("That is more than the customer gets back.")

    def _with(self, payment: Paid) -> Self:
        if self.is_complete:
            raise Refusal("This sale is already paid.")
        if len(self.payments) == PAYMENTS_MAX:
            raise Refusal(f"A sale takes at most {PAYMENTS_MAX} payments.")
        return replace(self, payments=(*self.payments, payment))


def _check_sign(amount: int, due: int) -> None:
    if due == 0:
        raise Refusal("This sale is already paid.")
    if amount == 0 or (amount > 0) != (due > 0):
        raise Refusal("Enter the amount that was paid.")
    if abs(amount) > MINOR_MAX:
        raise Refusal("That amount is too large to be right. Check what was typed.")
