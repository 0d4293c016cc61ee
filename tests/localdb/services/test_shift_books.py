"""The running totals of a shift equal its stored rows, whatever was done in it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localdb.domain import refund, refund_records
from localdb.domain.balances import card_line
from localdb.domain.cart import Cart
from localdb.domain.corrections import correct, effective
from localdb.domain.money import Currency
from localdb.domain.permissions import Permission, Request
from localdb.domain.pricing import Discount
from localdb.domain.records import (
    GiftCard,
    Payment,
    Promotion,
    Sale,
    SaleDiscount,
    SaleLine,
    SaleTax,
)
from localdb.domain.tender import Tender
from localdb.domain.totals import totals
from localdb.errors import Refusal
from localdb.queries import offers, shift_reports, taxes
from localdb.queries import shifts as shift_queries
from localdb.services import people, shifts
from localdb.services.checkout import checkout, sale_context, store_sale
from localdb.store.unit_of_work import UnitOfWork
from tests.support.shift_books import differences
from tests.support.shops import MANAGER_PIN, Shop, line_of, small_shop

EUR = Currency.of("EUR")
Act = Callable[[Shop, int], None]


def _sell(shop: Shop, dice: int) -> None:
    """Milk and bread, by cash or card or both, with or without a tip and a discount."""
    goods = (shop.milk, shop.bread)[: 1 + dice % 2]
    cart = shop.cart(*goods)
    if dice % 3 == 0:
        cart = cart.discount_cart(Discount(rate_ppm=50_000))
    _charge(shop, cart, dice)


def _sell_card(shop: Shop, dice: int) -> None:
    """A gift card beside a bottle of milk."""
    card = GiftCard(id=shop.till.write(UnitOfWork.new_id), code=f"G{dice}")
    line = card_line(shop.till.write(UnitOfWork.new_id), card, 500 + dice, is_new=True)
    _charge(shop, shop.cart(shop.milk).add(line), dice)


def _bring_back(shop: Shop, dice: int) -> None:
    """Goods without a receipt: a sale below zero."""
    cart = Cart().add(line_of(shop.till, shop.bread, -1000 * (1 + dice % 3)))
    _charge(shop, cart, 1)


def _charge(shop: Shop, cart: Cart, dice: int) -> None:
    terms = shop.till.ask(offers.terms, shop.clock())
    due = totals(cart, terms).total_minor
    tender = Tender(due, EUR, 5 if dice % 5 == 0 else 1)
    if due > 10 and dice % 2:
        tender = tender.with_tip(dice % 50).pay_card(due // 2) if dice % 4 == 1 else tender
        tender = tender if tender.is_complete else tender.pay_card(tender.due_minor // 3)
    if not tender.is_complete:
        tender = tender.pay_cash()
    shop.till.write(checkout, cart, tender, terms=terms)


def _refund(shop: Shop, dice: int) -> None:
    """All that is left of some sale, as a return or as a void."""

    def job(uow: UnitOfWork) -> None:
        sales = [s for s in uow.find(Sale, kind="sale") if s.total_minor > 0]
        if not sales:
            return
        original = _receipt(uow, sales[dice % len(sales)])
        earlier = [_receipt(uow, s) for s in uow.find(Sale, refund_of=original.sale.id)]
        planned = refund.plan(original, earlier, taxes.in_force(uow.connection), None)
        tender = Tender(planned.due_minor, EUR).pay_cash()
        shift = shifts.current(uow)
        context = sale_context(uow, shift, uow.now_us)
        sale, *others = refund_records.complete(planned, tender, context)
        assert isinstance(sale, Sale)
        reason = "void" if dice % 2 else "return"
        store_sale(uow, shift, (replace(sale, reason=reason), *others))

    try:
        shop.till.write(job)
    except Refusal:
        return  # Everything of it has come back already.


def _receipt(uow: UnitOfWork, sale: Sale) -> refund.Receipt:
    lines, rows = uow.find(SaleLine, sale_id=sale.id), uow.find(SaleTax, sale_id=sale.id)
    found = refund.Receipt(sale, tuple(lines), tuple(rows), frozenset())
    return replace(found, discounts=tuple(uow.find(SaleDiscount, sale_id=sale.id)))


def _correct(shop: Shop, dice: int) -> None:
    """A payment of this shift that was taken by another method than was typed."""

    def job(uow: UnitOfWork) -> None:
        sales = uow.find(Sale, shift_id=shifts.current(uow).id)
        if not sales:
            return
        payments = uow.find(Payment, sale_id=sales[dice % len(sales)].id)
        # One with a tip is refused another way, which has a test of its own.
        plain = (p for p in effective(payments) if p.amount_minor > 0 and not p.tip_minor)
        wrong = next(plain, None)
        if wrong is None:
            return
        anew = Tender(wrong.amount_minor, EUR).pay("wallet")
        added = correct(payments, wrong.id, anew, uow.new_id)
        uow.insert(*added)
        shifts.add_payments(uow, added)

    shop.till.write(job)


def _override(shop: Shop, dice: int) -> None:
    request = Request(permission=Permission.PAID_OUT, words="a test", amount_minor=dice)
    shop.till.write(people.approve, request, shop.manager.id, MANAGER_PIN)


ACTS: dict[str, Act] = {
    "sell": _sell,
    "card": _sell_card,
    "back": _bring_back,
    "refund": _refund,
    "correct": _correct,
    "override": _override,
    "paid in": lambda shop, dice: _quiet(shop, shifts.paid_in, 1 + dice, "change"),
    "paid out": lambda shop, dice: _quiet(shop, shifts.paid_out, 1 + dice, "postage"),
    "drop": lambda shop, dice: _quiet(shop, shifts.drop, 1 + dice),
    "no sale": lambda shop, dice: _quiet(shop, shifts.no_sale, "a look"),
    "cashier": lambda shop, dice: shop.till.sign_in((shop.manager, shop.cashier)[dice % 2]),
}


def _quiet(shop: Shop, service: Callable[..., object], *given: object) -> None:
    """Done where the person signed in may."""
    try:
        shop.till.write(service, *given)
    except Refusal:
        return


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> object:
    with small_shop(Path(tmp_path_factory.mktemp("books"))) as made:
        made.till.write(
            lambda uow: uow.insert(
                Promotion(id=uow.new_id(), name="Bread 10 %", kind="percent", rate_ppm=100_000)
            )
        )
        yield made


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    acts=st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 999)), max_size=14),
    counted=st.integers(0, 30_000),
)
def test_running_totals_are_the_rows(shop: Shop, acts: list[tuple[str, int]], counted: int) -> None:
    """Sales, returns, voids, corrections, cards, overrides and cash moves of several cashiers."""
    till, device = shop.till, shop.till.identity.device_id
    for name, dice in acts:
        ACTS[name](shop, dice)
    open_one = till.ask(shift_queries.current)
    assert open_one is not None
    assert till.ask(lambda connection: differences(open_one, connection, device)) == {}
    closed = till.write(shifts.close_shift, counted)
    assert till.ask(lambda connection: differences(closed, connection, device)) == {}
    event_id = till.ask(shift_reports.last_close, closed.id)
    assert event_id is not None
    assert till.ask(shift_reports.z_report, event_id).shift == closed
    till.write(shifts.open_shift, counted)
