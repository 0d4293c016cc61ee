"""Taking payment: a small state machine over the domain's tender, so that a sale is paid once."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from app.formats import Formats
from localdb.domain.cart import Cart
from localdb.domain.tender import Paid, Tender
from localdb.errors import EvertillError
from localdb.services.checkout import Completed, checkout
from localdb.services.till import Till

METHOD_NAMES = {
    "cash": "Cash",
    "card": "Card",
    "coupon": "Coupon",
    "store_credit": "Store credit",
}


@dataclass(frozen=True, slots=True)
class QuickCash:
    """A button for an amount a customer is likely to hand over."""

    minor: int
    label: str
    is_exact: bool


@dataclass(frozen=True, slots=True)
class ChargeState:
    """What the charge screen shows."""

    total: str = ""
    remaining: str = ""
    is_refund: bool = False
    quick: tuple[QuickCash, ...] = ()
    payments: tuple[tuple[str, str], ...] = ()
    """Method and amount of what was taken so far."""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A paid and stored sale."""

    sale_id: str
    receipt_number: str
    total: str
    change: str
    has_change: bool


class ChargePresenter:
    """One payment at a time, from `open` to `done` or `back`; keeps the sync off meanwhile."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        show: Callable[[ChargeState], None],
        done: Callable[[Done], None],
    ) -> None:
        self._till = till
        self._formats = formats
        self._show = show
        self._done = done
        self._cart = Cart()
        self._tender: Tender | None = None
        self._hold = ExitStack()
        self.state = ChargeState()

    @property
    def is_open(self) -> bool:
        return self._tender is not None

    def open(self, cart: Cart, due_minor: int) -> None:
        """Begin to take payment for a cart."""
        self.back()
        self._hold.enter_context(self._till.hold_sync())
        self._cart = cart
        self._take_over(Tender(due_minor, self._till.currency))

    def back(self) -> None:
        """Return to the cart; payments recorded so far are forgotten."""
        self._tender = None
        self._hold.close()

    def pay_cash(self, typed: str = "") -> None:
        """Cash as typed; nothing typed means exactly what is due."""
        minor = self._formats.parse_money(typed) if typed else None
        if typed and minor is None:
            self._set(error="That is not an amount. Type it like 12.50.")
            return
        self.pay("cash", minor)

    def pay_card(self, typed: str = "", reference: str = "") -> None:
        """A card payment as typed, or of all that remains."""
        minor = self._formats.parse_money(typed) if typed else None
        if typed and minor is None:
            self._set(error="That is not an amount. Type it like 12.50.")
            return
        self.pay("card", minor, reference)

    def pay(self, method: str, minor: int | None, reference: str = "") -> None:
        """Take one payment; the one that completes the sale stores it. Ignored once paid."""
        if self._tender is None:
            return
        try:
            if not self._tender.is_complete:
                self._take_over(self._tender.pay(method, self._signed(minor), reference))
            if self._tender.is_complete:
                self._store()
        except EvertillError as error:
            self._set(error=str(error))

    def written(self, typed: str) -> str:
        """What a payment of the typed amount would come to; nothing typed is all that remains."""
        minor = self._formats.parse_money(typed)
        return self.state.remaining if minor is None else self._formats.money(minor)

    def remove_last(self) -> None:
        """Take the last payment back."""
        if self._tender is not None and self._tender.payments:
            self._take_over(self._tender.remove_last())

    def _store(self) -> None:
        """Store the sale; when that fails the last payment is taken back, to try again."""
        tender = self._tender
        assert tender is not None, "nothing to store"
        try:
            completed = self._till.write(checkout, self._cart, tender)
        except EvertillError:
            if tender.payments:
                self._take_over(tender.remove_last())
            raise
        self.back()
        self._done(self._written(completed))

    def _signed(self, minor: int | None) -> int | None:
        """What is typed has no sign; paying out is negative."""
        assert self._tender is not None
        return -minor if minor is not None and self._tender.due_minor < 0 else minor

    def _take_over(self, tender: Tender) -> None:
        self._tender = tender
        self._set(
            total=self._formats.money(tender.due_minor),
            remaining=self._formats.money(abs(tender.remaining_minor)),
            is_refund=tender.due_minor < 0,
            quick=self._quick(tender),
            payments=tuple(self._payment(paid) for paid in tender.payments),
            error="",
        )

    def _quick(self, tender: Tender) -> tuple[QuickCash, ...]:
        return tuple(
            QuickCash(abs(minor), self._formats.money(abs(minor)), minor == tender.cash_due_minor)
            for minor in tender.quick_cash()
        )

    def _payment(self, paid: Paid) -> tuple[str, str]:
        name = METHOD_NAMES.get(paid.method, paid.method)
        return name, self._formats.money(paid.tendered_minor)

    def _written(self, completed: Completed) -> Done:
        return Done(
            sale_id=completed.sale_id,
            receipt_number=completed.receipt_number,
            total=self._formats.money(completed.total_minor),
            change=self._formats.money(completed.change_minor),
            has_change=completed.change_minor > 0,
        )

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)
