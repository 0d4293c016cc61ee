"""What can be paid at the charge screen: a cart, and whatever else has an amount due."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from app.kit.translation import translate
from app.selling.cart_view import LineView
from localdb.domain.cart import Cart
from localdb.domain.charge import Charge
from localdb.domain.payout import Offer
from localdb.domain.permissions import Approval, Request
from localdb.domain.tender import Tender
from localdb.domain.terms import Terms
from localdb.domain.terms_json import kept
from localdb.errors import Refusal
from localdb.services.checkout import Completed, checkout
from localdb.services.till import Till


class Payable(Protocol):
    """Something with an amount due; a negative one is paid out.

    The charge screen takes the money, keeps each step on disk, and hands over a complete tender
    once. After a power cut ``kind`` says who makes this again from ``subject``.
    """

    @property
    def kind(self) -> str:
        """A name of its own for this sort of thing: ``sale``, ``refund``, ``correction``."""

    @property
    def subject(self) -> str:
        """What is needed to go on with it after a power cut."""

    @property
    def title(self) -> str:
        """What is being paid, in words; empty for a plain sale."""

    @property
    def due_minor(self) -> int: ...

    @property
    def tip_minor(self) -> int:
        """A tip that is to go with it from the start; 0 as a rule."""

    @property
    def customer_id(self) -> str | None:
        """Whose credit, points or account may pay."""

    @property
    def rounds_cash(self) -> bool:
        """Whether cash is rounded to the coins in use."""

    @property
    def carried_minor(self) -> int:
        """Of a refund: cash rounding that is settled with it; see ``refund.RefundPlan``."""

    def store(self, tender: Tender) -> Completed:
        """Make it a fact, in one transaction; raises EvertillError, and nothing is stored."""


@runtime_checkable
class PaysBack(Payable, Protocol):
    """A payable that may be paid out: where its money goes, and what needs somebody's leave."""

    def offer(self, tender: Tender) -> Offer | None:
        """What Enter pays out next; None while the customer is the one who pays."""

    def request(self, tender: Tender) -> Request | None:
        """The leave that a tender needs which nobody gave yet."""

    def allowed(self, approval: Approval) -> "PaysBack":
        """The same, with that leave."""


SALE = "sale"


@dataclass(frozen=True, slots=True)
class CartSale:
    """The open cart, which is on disk by itself; ``terms`` are those it is priced under."""

    till: Till
    cart: Cart
    terms: Terms
    due_minor: int
    kind: str = SALE
    title: str = ""
    tip_minor: int = 0
    rounds_cash: bool = True
    carried_minor: int = 0

    @property
    def subject(self) -> str:
        """The terms: an offer that is changed before the power is back must not change the due."""
        return kept(self.terms, self.cart)

    @property
    def customer_id(self) -> str | None:
        return self.cart.customer_id

    def store(self, tender: Tender) -> Completed:
        return self.till.write(checkout, self.cart, tender, terms=self.terms)


@dataclass(frozen=True, slots=True)
class Overtaken:
    """What was being paid and no longer can be: all that is left is to give back what was taken."""

    kind: str
    subject: str
    due_minor: int
    reason: str
    title: str = "Return what was paid"
    tip_minor: int = 0
    customer_id: str | None = None
    rounds_cash: bool = True
    carried_minor: int = 0

    def store(self, tender: Tender) -> Completed:
        raise Refusal(self.reason)


Remake = Callable[[Charge], Payable]


class Payables:
    """How each kind of payable is made again from what is kept on disk, after a power cut."""

    def __init__(self) -> None:
        self._remakes: dict[str, Remake] = {}
        self._carts: set[str] = set()
        self._lines: dict[str, Callable[[Any], tuple[LineView, ...]]] = {}

    def add(
        self,
        kind: str,
        remake: Remake,
        *,
        is_cart: bool = False,
        lines: Callable[[Any], tuple[LineView, ...]] | None = None,
    ) -> None:
        """Add a kind; `is_cart` when the open cart is paid with it, and is over then.

        `lines` writes out what else is paid with it, given such a payable: what comes back.
        """
        assert kind not in self._remakes, f"two payables are called {kind}"
        self._remakes[kind] = remake
        if is_cart:
            self._carts.add(kind)
        if lines is not None:
            self._lines[kind] = lines

    def kinds(self) -> frozenset[str]:
        """All that can be made again."""
        return frozenset(self._remakes)

    def is_cart(self, kind: str) -> bool:
        """Whether the open cart was paid with it."""
        return kind in self._carts

    def lines(self, payable: Payable) -> tuple[LineView, ...]:
        """What is paid for beside the open cart, or instead of it."""
        write = self._lines.get(payable.kind)
        # One that was overtaken has the kind, but no longer the goods.
        return write(payable) if write is not None and not isinstance(payable, Overtaken) else ()

    def again(self, charge: Charge) -> Payable:
        """What was being paid; raises EvertillError where it cannot be paid any more."""
        remake = self._remakes.get(charge.kind)
        if remake is None:
            raise Refusal(translate("Charge", "Update Evertill to finish this payment."))
        return remake(charge)
