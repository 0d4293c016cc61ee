"""Refunds and exchanges at the charge screen: paid out the way the money came."""

import json
from dataclasses import dataclass, replace

from app.kit.formats import Formats
from app.kit.translation import translate
from app.paying.payable import PaysBack
from app.selling.cart_view import LineView
from localdb.domain.cart import Cart
from localdb.domain.exchange import check_size, due_minor
from localdb.domain.payout import Offer, offer, otherwise_minor
from localdb.domain.permissions import Approval, Request
from localdb.domain.refund import Part, RefundPlan
from localdb.domain.returns import NO_LEAVE, Leave, Pending, Return
from localdb.domain.tender import Tender
from localdb.domain.terms import Terms
from localdb.domain.terms_json import kept, terms_of
from localdb.domain.totals import totals
from localdb.queries import returnable, settings
from localdb.queries.returnable import Returnable
from localdb.services import returns
from localdb.services.checkout import Completed
from localdb.services.till import Till

REFUND, EXCHANGE = "refund", "exchange"


@dataclass(frozen=True, slots=True)
class Refund:
    """Picked parts of a sale, to be given back."""

    till: Till
    formats: Formats
    wanted: Return
    found: Returnable
    plan: RefundPlan
    leave: Leave = NO_LEAVE
    kind: str = REFUND
    tip_minor: int = 0
    rounds_cash: bool = True

    @classmethod
    def of(cls, till: Till, formats: Formats, wanted: Return, leave: Leave = NO_LEAVE) -> "Refund":
        """The refund of what was picked; raises Refusal for more than is left."""
        found, plan = till.ask(returnable.planned, wanted)
        return cls(till, formats, wanted, found, plan, leave)

    @classmethod
    def again(cls, till: Till, formats: Formats, pending: Pending) -> "Refund":
        """The refund that was under way when the till was last used."""
        return cls.of(till, formats, pending.wanted, pending.leave)

    @property
    def subject(self) -> str:
        return Pending(self.wanted, self.leave).to_json()

    @property
    def title(self) -> str:
        return translate(
            "Refund",
            "Refund of {receipt_number}",
            receipt_number=self.found.original.sale.receipt_number,
        )

    @property
    def due_minor(self) -> int:
        return self.plan.due_minor

    @property
    def carried_minor(self) -> int:
        return self.plan.carried_minor

    @property
    def customer_id(self) -> str | None:
        return self.found.original.sale.customer_id

    @property
    def lines(self) -> tuple[LineView, ...]:
        """What comes back, as the basket shows it."""
        return tuple(_line(part, self.formats) for part in self.plan.parts)

    def offer(self, tender: Tender) -> Offer | None:
        return _offer(self.till, self.found, tender)

    def request(self, tender: Tender) -> Request | None:
        return _request(self.formats, self.found, self.leave, tender)

    def allowed(self, approval: Approval) -> PaysBack:
        return replace(self, leave=replace(self.leave, otherwise=approval))

    def store(self, tender: Tender) -> Completed:
        return self.till.write(returns.refund, self.wanted, tender, self.leave)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What comes back for what is in the cart; the difference is paid, or paid out."""

    back: Refund
    cart: Cart
    terms: Terms
    due_minor: int
    kind: str = EXCHANGE
    tip_minor: int = 0
    rounds_cash: bool = True
    carried_minor: int = 0
    """What is carried is in the difference already."""

    @classmethod
    def of(cls, back: Refund, cart: Cart, terms: Terms) -> "Exchange":
        """Raises Refusal where nothing is bought, nothing comes back, or too much at once."""
        check_size(len(back.plan.parts), len(cart.lines))
        sale_due = totals(cart, terms).total_minor
        return cls(back, cart, terms, due_minor(back.due_minor, sale_due, back.carried_minor))

    @classmethod
    def again(cls, till: Till, formats: Formats, subject: str, cart: Cart) -> "Exchange":
        """The exchange that was under way, with the cart that was open."""
        body = json.loads(subject)
        back = Refund.again(till, formats, Pending.from_json(body["back"]))
        return cls.of(back, cart, terms_of(body["terms"]))

    @property
    def subject(self) -> str:
        return json.dumps({"back": self.back.subject, "terms": kept(self.terms, self.cart)})

    @property
    def title(self) -> str:
        return translate(
            "Refund",
            "Exchange for {receipt_number}",
            receipt_number=self.back.found.original.sale.receipt_number,
        )

    @property
    def customer_id(self) -> str | None:
        return self.cart.customer_id or self.back.customer_id

    @property
    def lines(self) -> tuple[LineView, ...]:
        """What comes back; what is bought is in the cart."""
        return self.back.lines

    def offer(self, tender: Tender) -> Offer | None:
        return self.back.offer(tender)

    def request(self, tender: Tender) -> Request | None:
        return self.back.request(tender)

    def allowed(self, approval: Approval) -> PaysBack:
        return replace(
            self, back=replace(self.back, leave=replace(self.back.leave, otherwise=approval))
        )

    def store(self, tender: Tender) -> Completed:
        back = self.back
        return back.till.write(
            returns.exchange, back.wanted, self.cart, tender, back.leave, terms=self.terms
        )


def _offer(till: Till, found: Returnable, tender: Tender) -> Offer | None:
    if tender.due_minor >= 0:
        return None
    return offer(tender, found.sources, till.ask(settings.in_force).point_minor)


def _request(formats: Formats, found: Returnable, leave: Leave, tender: Tender) -> Request | None:
    other = otherwise_minor(tender.payments, found.sources)
    if not other or leave.otherwise is not None:
        return None
    words = translate(
        "Refund", "Refund {amount} to a different payment type", amount=formats.money(other)
    )
    return Request(permission=returns.OTHERWISE, words=words, amount_minor=other)


def _line(part: Part, formats: Formats) -> LineView:
    line = part.line
    quantity = formats.quantity(-part.quantity_milli, line.unit)
    return LineView(
        id=line.id,
        name=line.name,
        detail=f"{quantity} × {formats.money(line.unit_price_minor)}",
        saved="",
        total=formats.money(-part.total_minor),
        is_linked=False,
    )
