"""Taking payment: what is due, what was tendered, and the change; a paid cart takes no more."""

import json
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self

from localdb.domain import currencies
from localdb.domain.fields import MINOR_MAX
from localdb.domain.methods import BUILT_IN, CASH, Method
from localdb.domain.money import PPM, Currency, rate_of, round_to_step
from localdb.errors import Refusal

PAYMENTS_MAX = 20
QUICK_CASH_MAX = 4
TIP_OFFERS_MAX = 4
CHANGE_MAX_NOTES = 10
"""More change than so many of the largest notes is asked about: it may be a code, mistyped."""
CHANGE_MAX_ODD = 1000
"""More change than so many of the amounts that are odd for one line is refused: it is a code."""


class TenderState(StrEnum):
    """Where a payment stands; ``complete`` is the only state a sale can be stored from."""

    OPEN = "open"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment taken: ``amount_minor`` counts towards the sale, the tip comes on top.

    What was tendered, less change and tip, is the amount.
    """

    method: str
    amount_minor: int
    tendered_minor: int
    change_minor: int = 0
    reference: str = ""
    tip_minor: int = 0
    account_id: str | None = None
    """The gift card or customer whose balance pays; see ``methods.FROM_BALANCE``."""
    id: str = ""
    """Of the payment's record, where a card terminal was asked under it; else given when stored."""


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
    tip_minor: int = 0
    """The tip the customer wishes to give: it rides on the next payment that can carry one."""
    id: str = ""
    """The id the sale will have, so that it can be stored once only; none: any id."""
    carried_minor: int = 0
    """Of a refund: what cash rounding left of its sale; see ``refund.RefundPlan``."""
    split_into: int = 1
    """Into how many even payments the customers asked to split what was left to pay."""
    split_after: int = 0
    """How many payments had been taken before that."""

    @property
    def exact_minor(self) -> int:
        """What is paid, or paid out, before this tender's own cash rounding.

        A refund settles what the rounding of its sale, and of its other parts, left; where that
        is more than it is worth, nothing is paid out.
        """
        return self.due_minor if self.due_minor >= 0 else owed(self.due_minor, self.carried_minor)

    @property
    def paid_minor(self) -> int:
        return sum(payment.amount_minor for payment in self.payments)

    @property
    def state(self) -> TenderState:
        """Complete when paid to the unit, or when cash has paid its rounded part."""
        settled = self.paid_minor == self.exact_minor or (self._has_cash and not self._cash_left)
        return TenderState.COMPLETE if settled else TenderState.OPEN

    @property
    def is_complete(self) -> bool:
        return self.state is TenderState.COMPLETE

    @property
    def remaining_minor(self) -> int:
        """What is still to pay (to pay out when negative), exact, without the tip; 0 at the end."""
        return 0 if self.is_complete else self.exact_minor - self.paid_minor

    @property
    def cash_due_minor(self) -> int:
        """What is still to pay if the rest is paid in cash, without the tip."""
        return 0 if self.is_complete else self._cash_left

    @property
    def shares_left(self) -> int:
        """How many even payments are still to come; 1 where nothing is split."""
        return max(self.split_into - (len(self.payments) - self.split_after), 1)

    @property
    def share_minor(self) -> int:
        """What the next payment is for: all that remains, or its even share of it, rounded up."""
        return -(-self.remaining_minor // self.shares_left)

    @property
    def cash_share_minor(self) -> int:
        """What the next payment is for if it is made in cash, in coins that exist."""
        if self.shares_left == 1:
            return self.cash_due_minor
        step = self.cash_step_minor
        return min(-(-self.share_minor // step) * step, self.cash_due_minor)

    @property
    def change_minor(self) -> int:
        """What goes back to the customer, 0 or more."""
        return sum(payment.change_minor for payment in self.payments)

    @property
    def rounding_minor(self) -> int:
        """Cash rounding: what the payments sum to, less what is due; 0 until complete."""
        return self.paid_minor - self.due_minor if self.is_complete else 0

    @property
    def tips_minor(self) -> int:
        """The tips that were taken with the payments; no part of what is due."""
        return sum(payment.tip_minor for payment in self.payments)

    def pay_cash(self, tendered_minor: int | None = None) -> Self:
        """Take cash; nothing given means exactly what is due, with the tip.

        What is due is the share of this payment where the sale is split. More gives change, less
        leaves a rest. When paying out, ``tendered_minor`` is negative and never more than is owed.
        """
        due = self.cash_share_minor
        asked = due + self.tip_minor
        tendered = asked if tendered_minor is None else tendered_minor
        self._check_cash(tendered, due)
        if due < 0 or tendered < due:
            return self._with(Paid(CASH, tendered, tendered))
        if tendered < asked:
            raise Refusal("That does not cover the tip. Change the tip, or take more cash.")
        if tendered - asked > CHANGE_MAX_ODD * currencies.facts(self.currency.code).odd_minor:
            raise Refusal("That is far more than is due. Check what was typed.")
        tip = self.tip_minor
        return self._with(Paid(CASH, due, tendered, tendered - asked, tip_minor=tip))

    def is_odd_cash(self, tendered_minor: int) -> bool:
        """Whether so much cash is worth a question before it is taken; nothing is refused."""
        largest = currencies.facts(self.currency.code).largest_note * self.currency.unit_minor
        over = tendered_minor - self.cash_share_minor - self.tip_minor
        return over > CHANGE_MAX_NOTES * largest

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
        """Take a payment by a built-in method; all but cash are exact and never give change."""
        built_in = BUILT_IN.get(method)
        if built_in is None:
            raise Refusal(f"This till cannot take {method}.")
        return self.take(built_in, amount_minor, reference, account_id=account_id)

    def take(
        self,
        method: Method,
        amount_minor: int | None = None,
        reference: str = "",
        *,
        account_id: str | None = None,
        limit_minor: int | None = None,
        payment_id: str = "",
    ) -> Self:
        """Take a payment by any method; nothing given means all that remains, or its share of it.

        ``limit_minor`` is the most that a balance pays. Raises Refusal, and nothing has changed.
        """
        if method.code == CASH:
            return self.pay_cash(amount_minor)
        rest = self.remaining_minor
        amount = self.share_minor if amount_minor is None else amount_minor
        if limit_minor is not None and rest > 0:
            if amount_minor is None:
                amount = min(amount, max(limit_minor, 0))
            if amount > limit_minor or not amount:
                raise Refusal("That is more than is left on it. Take the rest another way.")
        _check_sign(amount, rest)
        if abs(amount) > abs(rest):
            raise Refusal("Only cash can be more than the amount due.")
        if self.tip_minor and amount == rest and not method.carries_tip:
            raise Refusal(f"{method.name} takes no tip. Remove the tip, or pay a part.")
        tip = self.tip_minor if method.carries_tip else 0
        return self._with(
            Paid(
                method.code,
                amount,
                amount + tip,
                reference=reference,
                tip_minor=tip,
                account_id=account_id,
                id=payment_id,
            )
        )

    def with_tip(self, tip_minor: int) -> Self:
        """The tip that the next payment is to carry, 0 for none; never on money paid out."""
        if tip_minor and (self.is_complete or self.due_minor <= 0):
            raise Refusal("There is nothing left to pay that a tip could be added to.")
        if not 0 <= tip_minor <= MINOR_MAX:
            raise Refusal("Enter the tip as an amount of 0 or more.")
        return replace(self, tip_minor=tip_minor)

    def split(self, into: int) -> Self:
        """Let what remains be paid in so many even payments, 1 for all at once.

        The last one takes what rounding left. Each may be made by another method.
        """
        if self.is_complete or self.due_minor <= 0:
            raise Refusal("There is nothing left to pay that could be split.")
        if not 1 <= into <= PAYMENTS_MAX - len(self.payments):
            most = PAYMENTS_MAX - len(self.payments)
            raise Refusal(f"Split it into 1 to {most} payments.")
        return replace(self, split_into=into, split_after=len(self.payments))

    def remove(self, position: int) -> Self:
        """Take one of the payments back, before the sale is stored."""
        if not 0 <= position < len(self.payments):
            raise Refusal("There is no payment to remove.")
        kept = self.payments[:position] + self.payments[position + 1 :]
        before = self.split_after - 1 if position < self.split_after else self.split_after
        return replace(self, payments=kept, split_after=before)

    def quick_cash(self) -> tuple[int, ...]:
        """What a customer is likely to hand over: exact, then the next notes; rising, at most 4."""
        due = self.cash_share_minor
        if due <= 0 and not self.tip_minor:
            return (due,) if self.remaining_minor else ()
        asked = due + self.tip_minor
        if asked % self.cash_step_minor:
            return ()
        next_up = {-(-asked // note) * note for note in self._minor(self._notes)}
        return tuple(sorted({asked, *next_up}))[:QUICK_CASH_MAX]

    def to_json(self) -> str:
        """The tender as compact JSON, to keep it on disk."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The tender in a JSON text of ``to_json``; raises ValueError for anything else."""
        try:
            values = _known(cls, json.loads(text))
            values["currency"] = Currency(**values["currency"])
            values["payments"] = tuple(Paid(**_known(Paid, paid)) for paid in values["payments"])
            tender = cls(**values)
            _check_types(tender)
            for paid in tender.payments:
                _check_types(paid)
        except (TypeError, KeyError, RecursionError) as error:
            raise ValueError("this is not a tender") from error
        return tender

    @property
    def _notes(self) -> tuple[int, ...]:
        return currencies.facts(self.currency.code).notes

    @property
    def _has_cash(self) -> bool:
        return any(payment.method == CASH for payment in self.payments)

    @property
    def _cash_left(self) -> int:
        """Cash's part of what is due, rounded to the smallest coin, less the cash taken."""
        cash = sum(p.amount_minor for p in self.payments if p.method == CASH)
        part = self.exact_minor - (self.paid_minor - cash)
        return round_to_step(part, self.cash_step_minor) - cash

    def _minor(self, notes: tuple[int, ...]) -> list[int]:
        units = (note * self.currency.unit_minor for note in notes)
        return [note for note in units if note % self.cash_step_minor == 0]

    def _check_cash(self, tendered: int, due: int) -> None:
        if tendered % self.cash_step_minor:
            raise Refusal("No coins make up that amount. Check what you typed.")
        if due == 0 and tendered == 0:
            return
        _check_sign(tendered, due or self.remaining_minor)
        if due <= 0 and tendered < due:
            raise Refusal("That is more than the customer gets back. Enter a smaller amount.")

    def _with(self, payment: Paid) -> Self:
        if self.is_complete:
            raise Refusal("This sale is already paid. Start a new sale.")
        if len(self.payments) == PAYMENTS_MAX:
            raise Refusal(f"A sale takes at most {PAYMENTS_MAX} payments. Pay the rest in one.")
        tip = 0 if payment.tip_minor else self.tip_minor
        return replace(self, payments=(*self.payments, payment), tip_minor=tip)


def owed(due_minor: int, carried_minor: int) -> int:
    """What a refund pays out, as a negative amount: its due and what is carried, or nothing."""
    return min(due_minor + carried_minor, 0)


def tip_rates(text: str) -> tuple[int, ...]:
    """The rates of the setting ``tip_ppm``; what is no rate is left out, and so is a fifth."""
    parts = (part.strip() for part in text.split(","))
    rates = (int(part) for part in parts if part.isdecimal() and len(part) < 10)
    return tuple(rate for rate in rates if 0 < rate <= PPM)[:TIP_OFFERS_MAX]


def tip_of(due_minor: int, rate_ppm: int, cash_step_minor: int = 1) -> int:
    """The tip at a rate, in coins that exist."""
    return round_to_step(rate_of(due_minor, rate_ppm), cash_step_minor)


def _check_sign(amount: int, due: int) -> None:
    if due == 0:
        raise Refusal("This sale is already paid. Start a new sale.")
    if amount == 0 or (amount > 0) != (due > 0):
        raise Refusal("Enter the amount that was paid.")
    if abs(amount) > MINOR_MAX:
        raise Refusal("That amount looks too high. Check it and try again.")


def _known(part: type[Any], values: dict[str, Any]) -> dict[str, Any]:
    """The values that this program knows."""
    return {f.name: values[f.name] for f in fields(part) if f.name in values}


def _check_types(part: "Tender | Paid") -> None:
    for field in fields(part):
        value: object = getattr(part, field.name)
        whole = field.name.endswith(("_minor", "split_into", "split_after"))
        if whole and (not isinstance(value, int) or isinstance(value, bool)):
            raise TypeError(f"{field.name} cannot be {value!r}")
        if field.name in ("method", "reference", "id") and not isinstance(value, str):
            raise TypeError(f"{field.name} cannot be {value!r}")
