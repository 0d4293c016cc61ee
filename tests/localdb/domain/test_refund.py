"""Giving sales back."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from localdb.domain.cart import Cart
from localdb.domain.pricing import Discount
from localdb.domain.records import Payment, Sale, SaleLine, SaleTax, StockMovement
from localdb.domain.refund import Receipt, plan, refundable
from localdb.domain.refund_records import complete, void
from localdb.domain.sale import complete as complete_sale
from localdb.domain.tax import Taxes
from localdb.domain.tender import Tender
from localdb.domain.terms import Terms
from localdb.domain.totals import totals
from localdb.domain.validate import problems
from localdb.errors import Refusal
from tests.localdb.domain.build import (
    COMPOUND,
    EUR,
    EXCLUDED_5,
    TAXES,
    TERMS,
    baskets,
    carts,
    check_sums,
    context,
    discounts,
    line,
    of_type,
    on_offer,
    paid,
    receipt,
)


def sold(cart: Cart) -> Receipt:
    """The receipt of a cart paid in cash."""
    return receipt(complete_sale(cart, paid(totals(cart, TERMS).total_minor), context()))


def refund(original: Receipt, earlier: list[Receipt], quantities: Any = None) -> Receipt:
    """One refund, checked and stored under ids of its own."""
    planned = plan(original, earlier, TAXES, quantities)
    first_id = 2_000_000 + 10_000 * len(earlier)
    records = complete(planned, paid(planned.due_minor), context(first_id=first_id))
    check_sums(records)
    assert all(not problems(type(record), record.values()) for record in records)
    return receipt(records)


def tax_table(*receipts: Receipt) -> dict[tuple[str, int, int], tuple[int, int]]:
    """The tax rows of receipts summed, without those that come to nothing."""
    sums: dict[tuple[str, int, int], tuple[int, int]] = {}
    for row in (row for one in receipts for row in one.taxes):
        key = (row.name, row.rate_ppm, row.per_unit_minor)
        base, tax = sums.get(key, (0, 0))
        sums[key] = (base + row.base_minor, tax + row.tax_minor)
    return {key: value for key, value in sums.items() if value != (0, 0)}


def sale_carts() -> st.SearchStrategy[Cart]:
    return carts().filter(lambda cart: totals(cart, TERMS).total_minor >= 0)


@given(sale_carts())
def test_a_refund_of_everything_undoes_the_sale(cart: Cart) -> None:
    """Total, tax, discount, every line and the tax table come back to zero."""
    original = sold(cart)
    back = refund(original, [])
    for name in ("total_minor", "tax_minor", "discount_minor"):
        assert getattr(back.sale, name) == -getattr(original.sale, name)
    for item, returned in zip(original.lines, back.lines, strict=True):
        assert (returned.quantity_milli, returned.total_minor, returned.tax_minor) == (
            -item.quantity_milli,
            -item.total_minor,
            -item.tax_minor,
        )
        assert returned.refund_of == item.id
    assert tax_table(original, back) == {}
    assert refundable(original, [back]) == ()


@given(sale_carts(), st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_refunds_in_parts_sum_to_the_sale(cart: Cart, tenths: list[int]) -> None:
    """However a sale is given back piece by piece, not a cent is created or lost."""
    original = sold(cart)
    refunds: list[Receipt] = []
    for tenth in tenths:
        wanted = {
            part.line.id: part.quantity_milli * tenth // 10
            for part in refundable(original, refunds)
        }
        wanted = {key: quantity for key, quantity in wanted.items() if quantity}
        assume(wanted)
        refunds.append(refund(original, refunds, wanted))
    if refundable(original, refunds):
        refunds.append(refund(original, refunds))
    assert sum(r.sale.total_minor for r in refunds) == -original.sale.total_minor
    assert sum(r.sale.tax_minor for r in refunds) == -original.sale.tax_minor
    assert sum(r.sale.discount_minor for r in refunds) == -original.sale.discount_minor
    assert tax_table(original, *refunds) == {}


def off_by_name(*receipts: Receipt) -> dict[tuple[str, str], int]:
    """What each offer and each discount took off, refunds taken back."""
    sums: dict[tuple[str, str], int] = {}
    for row in (row for one in receipts for row in one.discounts):
        key = (row.kind, row.name)
        sums[key] = sums.get(key, 0) + row.amount_minor
    return {key: minor for key, minor in sums.items() if minor}


@given(baskets(), on_offer(), st.none() | discounts(), st.integers(1, 3))
def test_what_saved_what_closes_too(
    basket: Cart, terms: Terms, discount: Discount | None, first: int
) -> None:
    """After the last piece came back, no offer and no discount has saved anything."""
    cart = basket.discount_cart(discount)
    due = totals(cart, terms).total_minor
    assume(due >= 0)
    original = receipt(complete_sale(cart, paid(due), context(terms)))
    wanted = {part.line.id: part.quantity_milli for part in refundable(original, [])[:first]}
    one = refund(original, [], {key: quantity // 2 or quantity for key, quantity in wanted.items()})
    refunds = [one] + ([refund(original, [one])] if refundable(original, [one]) else [])
    assert off_by_name(original, *refunds) == {}


def test_a_sale_of_an_older_till_names_no_savings() -> None:
    """What came off is taken back as the cart's, so that the sum still closes."""
    original = sold(Cart().add(line(1, 1000, discount=Discount(amount_minor=100))))
    back = refund(replace(original, discounts=()), [])
    (row,) = back.discounts
    assert (row.kind, row.line_id, row.amount_minor) == ("cart", None, -100)


def test_part_of_a_line_with_added_taxes() -> None:
    """Half of what was sold under two taxes gives back half of both, on top of the price."""
    # 2 x 100.00 carried 10.00 and 20.95; half of the 30.95 is 15.48 to the cent.
    original = sold(Cart().add(line(1, 10_000, quantity_milli=2000, tax_class_id=COMPOUND)))
    (item,) = original.lines
    back = refund(original, [], {item.id: 1000})
    assert back.sale.total_minor == -11_548
    assert {row.name: row.tax_minor for row in back.taxes} == {"GST": -500, "QST": -1048}


def test_rates_that_changed_since_do_not_matter() -> None:
    """A refund gives back the tax that was printed, not today's."""
    original = sold(Cart().add(line(1, 1000, quantity_milli=2000, tax_class_id=EXCLUDED_5)))
    (item,) = original.lines
    planned = plan(original, [], Taxes({}), {item.id: 1000})
    assert planned.due_minor == -1050
    assert [(row.name, row.tax_minor) for row in planned.rows] == [("GST", 50)]


@pytest.mark.parametrize("quantity", [2001, -1000, 0])
def test_never_more_than_was_sold(quantity: int) -> None:
    """More than is left, less than nothing, and nothing are refused."""
    original = sold(Cart().add(line(1, 100, quantity_milli=2000)))
    with pytest.raises(Refusal):
        plan(original, [], TAXES, {original.lines[0].id: quantity})


def test_never_twice() -> None:
    """What was refunded is not refunded again, in part or in whole."""
    original = sold(Cart().add(line(1, 100, quantity_milli=2000)))
    item = original.lines[0].id
    first = refund(original, [], {item: 1000})
    with pytest.raises(Refusal, match=r"still be refunded|refunded already"):
        plan(original, [first], TAXES, {item: 2000})
    second = refund(original, [first])
    with pytest.raises(Refusal, match="nothing to refund"):
        plan(original, [first, second], TAXES)


def test_a_line_two_tills_refunded_offline_is_used_up() -> None:
    """After a double refund the other lines still come back, at their own price."""
    original = sold(Cart().add(line(1, 100)).add(line(2, 500)))
    item = original.lines[0].id
    twice = [refund(original, [], {item: 1000}), refund(original, [], {item: 1000})]
    assert refund(original, twice).sale.total_minor == -500


def test_a_refund_is_not_refunded() -> None:
    """A refund's receipt points the cashier to the sale."""
    back = refund(sold(Cart().add(line(1, 100))), [])
    with pytest.raises(Refusal, match="refund already"):
        plan(back, [], TAXES)


def test_goods_go_back_on_the_shelf_unless_damaged() -> None:
    """Restocking is a choice, and services never return to a shelf."""
    cart = Cart().add(line(1, 100)).add(line(2, 100, kind="service"))
    original = sold(cart)
    planned = plan(original, [], TAXES)
    kept = complete(planned, paid(-200), context())
    (movement,) = of_type(kept, StockMovement)
    assert (movement.quantity_milli, movement.reason) == (1000, "refund")
    damaged = complete(
        planned, paid(-200), context(), damaged=[original.lines[0].id], note="broken"
    )
    assert not of_type(damaged, StockMovement)
    assert of_type(damaged, Sale)[0].note == "broken"


def test_a_refund_is_paid_out_first() -> None:
    """An unpaid refund, or one paid for another amount, is refused."""
    planned = plan(sold(Cart().add(line(1, 100))), [], TAXES)
    with pytest.raises(Refusal, match="not fully paid out"):
        complete(planned, Tender(-100, EUR), context())
    with pytest.raises(Refusal, match="changed"):
        complete(planned, paid(-50), context())


def test_records_of_a_refund() -> None:
    """A refund names its sale, and keeps what each line was."""
    original = sold(Cart().add(line(1, 100, barcode="96385074")))
    records = complete(plan(original, [], TAXES), paid(-100), context(first_id=5_000))
    (sale,), (item,) = of_type(records, Sale), of_type(records, SaleLine)
    assert (sale.kind, sale.refund_of) == ("refund", original.sale.id)
    assert (item.barcode, item.unit_price_minor, item.sale_id) == ("96385074", 100, sale.id)
    assert of_type(records, SaleTax)[0].base_minor == -84


def voided(original: Receipt, payments: tuple[Payment, ...]) -> tuple[Any, ...]:
    """The records of a void, checked."""
    records = void(plan(original, [], TAXES), payments, context(first_id=5_000_000))
    check_sums(records)
    assert all(not problems(type(record), record.values()) for record in records)
    return records


@given(sale_carts())
def test_a_void_leaves_nothing_of_the_sale(cart: Cart) -> None:
    """Lines, tax, discounts, payments and rounding come back to zero, in the same ways."""
    due = totals(cart, TERMS).total_minor
    rung = complete_sale(cart, paid(due, step=5), context())
    records = voided(receipt(rung), of_type(rung, Payment))
    sale, back = of_type(rung, Sale)[0], of_type(records, Sale)[0]
    assert back.reason == "void"
    for name in ("total_minor", "tax_minor", "discount_minor", "rounding_minor"):
        assert getattr(back, name) == -getattr(sale, name)
    assert tax_table(receipt(rung), receipt(records)) == {}
    assert [(p.method, p.amount_minor) for p in of_type(records, Payment)] == [
        (p.method, -p.amount_minor) for p in of_type(rung, Payment)
    ]


def test_a_void_gives_the_tip_back_too() -> None:
    """The card is reversed in full; a refund, in contrast, never touches the tip."""
    cart = Cart().add(line(1, 1000))
    tender = Tender(1000, EUR).with_tip(150).pay_card(reference="1234")
    rung = complete_sale(cart, tender, context())
    records = voided(receipt(rung), of_type(rung, Payment))
    (payment,) = of_type(records, Payment)
    assert (payment.amount_minor, payment.tip_minor, payment.tendered_minor) == (-1000, -150, -1150)
    assert (of_type(records, Sale)[0].tip_minor, payment.reference) == (-150, "1234")
    assert plan(receipt(rung), [], TAXES).due_minor == -1000


def test_what_was_refunded_in_part_or_exchanged_is_not_voided() -> None:
    """The cashier is told to refund the rest."""
    cart = Cart().add(line(1, 100, quantity_milli=2000))
    rung = complete_sale(cart, paid(200), context())
    original = receipt(rung)
    first = refund(original, [], {original.lines[0].id: 1000})
    with pytest.raises(Refusal, match="already refunded"):
        void(plan(original, [first], TAXES), of_type(rung, Payment), context())
    exchanged = Tender(200, EUR).pay("exchange")
    rung = complete_sale(cart, exchanged, context())
    with pytest.raises(Refusal, match="exchange"):
        void(plan(receipt(rung), [], TAXES), of_type(rung, Payment), context())
