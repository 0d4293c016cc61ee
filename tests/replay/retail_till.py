"""The gift shop's till: sells, gives back on a receipt or without one, and corrects stock."""

from collections.abc import Mapping
from dataclasses import dataclass

from localdb.domain import refund, refund_records
from localdb.domain.money import Currency
from localdb.domain.records import Product
from localdb.domain.sale import STOCKED_KINDS
from localdb.domain.tender import Tender
from localdb.domain.terms import Terms
from localdb.domain.totals import totals
from localdb.errors import Refusal
from localdb.queries import receipts, taxes
from localdb.services import catalogue, customers, shifts
from localdb.services.checkout import checkout, sale_context, store_sale
from localdb.store.unit_of_work import UnitOfWork
from tests.replay.chain import ReplayTill
from tests.replay.retail import Invoice, Line, cart_of
from tests.replay.returns import Plan


@dataclass(slots=True)
class GivenBack:
    """What comes back on one receipt, by the line's position on it."""

    invoice: Invoice
    sale_id: str
    lines: Mapping[int, Line]
    earlier: tuple[str, ...]
    """The refunds of this sale so far."""


class Desk:
    """Rings planned invoices; remembers which receipts an invoice was rung on."""

    def __init__(self, goods: Mapping[str, Product]) -> None:
        self._goods = goods
        self._stocked = frozenset(p.id for p in goods.values() if p.kind in STOCKED_KINDS)
        self._receipts: dict[str, list[str]] = {}
        """Invoice -> the sale it was rung as, then the refunds of that sale."""
        self._customers: dict[str, str] = {}

    def ring(self, till: ReplayTill, plan: Plan) -> None:
        """Everything an invoice stands for, each receipt in a transaction of its own."""
        for sold_on, lines in plan.returned.items():
            self._give_back(till, plan.invoice, sold_on, lines)
        if plan.rung:
            self._sell(till, plan)
        for line in plan.invoice.write_offs():
            product = self._goods[line.code]
            till.session.till.write(catalogue.adjust_stock, product.id, 1000 * line.quantity)

    def _sell(self, till: ReplayTill, plan: Plan) -> None:
        shop, invoice = till.session.till, plan.invoice
        cart = cart_of(invoice.number, plan.rung, self._goods, till.session.new_id)
        cart = cart.set_customer(self._customer(till, invoice.customer))
        due_minor = totals(cart, Terms(shop.ask(taxes.in_force))).total_minor
        tender = _paid(Tender(due_minor, shop.currency), invoice.method)
        done = shop.write(checkout, cart, tender, at_us=invoice.at_us)
        self._receipts[invoice.number] = [done.sale_id]

    def _give_back(
        self, till: ReplayTill, invoice: Invoice, sold_on: str, lines: Mapping[int, Line]
    ) -> None:
        if sold_on not in self._receipts:
            raise Refusal("The sale that it gives back was not rung.")
        sale_id, *earlier = self._receipts[sold_on]
        wanted = GivenBack(invoice, sale_id, lines, tuple(earlier))
        refund_id = till.session.till.write(give_back, wanted, self._stocked)
        self._receipts[sold_on].append(refund_id)

    def _customer(self, till: ReplayTill, number: str) -> str | None:
        if number and number not in self._customers:
            name = f"Customer {number}"
            made = till.session.till.write(customers.create, name, card=number)
            self._customers[number] = made.id
        return self._customers.get(number)


def give_back(uow: UnitOfWork, wanted: GivenBack, stocked: frozenset[str]) -> str:
    """Refund lines of a stored sale and pay them out; gives the refund's id."""
    original = _receipt(uow, wanted.sale_id, stocked)
    earlier = [_receipt(uow, refund_id, stocked) for refund_id in wanted.earlier]
    quantities = {original.lines[at].id: -1000 * line.quantity for at, line in wanted.lines.items()}
    shift = shifts.current(uow)
    context = sale_context(uow, shift, wanted.invoice.at_us)
    plan = refund.plan(original, earlier, context.terms.taxes, quantities)
    tender = _paid(Tender(plan.due_minor, Currency.of(context.currency)), wanted.invoice.method)
    records = refund_records.complete(plan, tender, context, note=wanted.invoice.number)
    return store_sale(uow, shift, records).id


def _receipt(uow: UnitOfWork, sale_id: str, stocked: frozenset[str]) -> refund.Receipt:
    held = receipts.load(uow.connection, sale_id)
    return refund.Receipt(held.sale, held.lines, held.taxes, stocked)


def _paid(tender: Tender, method: str) -> Tender:
    return tender if tender.is_complete else tender.pay(method)
