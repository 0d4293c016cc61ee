"""Running totals of a shift."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.cart import Cart
from localdb.domain.records import Record, ShiftEvent
from localdb.domain.sale import complete
from localdb.domain.shift import (
    Shift,
    check_event,
    opened,
)
from localdb.domain.tender import Tender
from localdb.domain.totals import totals
from localdb.errors import Refusal
from tests.localdb.domain.build import EUR, TERMS, carts, context, line, numbered_id, paid


def event(kind: str, amount: int = 0, **fields: Any) -> ShiftEvent:
    return ShiftEvent(
        id=numbered_id(1),
        store_id=numbered_id(11),
        device_id=numbered_id(12),
        shift_id=numbered_id(13),
        kind=kind,
        amount_minor=amount,
        user_id=numbered_id(14),
        at_us=5,
        **fields,
    )


def sale_of(cart: Cart, step: int = 1) -> tuple[Record, ...]:
    return complete(cart, paid(totals(cart, TERMS).total_minor, step), context())


def test_a_day_at_the_drawer() -> None:
    """Float, cash, paid in and out and drops make up what should be there."""
    shift = opened(event("open", 10_000)).with_sale(sale_of(Cart().add(line(1, 1250))))
    by_card = complete(Cart().add(line(2, 900)), Tender(900, EUR).pay_card(), context())
    shift = shift.with_sale(by_card)
    for kind, amount in (("paid_in", 500), ("paid_out", 200), ("drop", 5_000), ("no_sale", 0)):
        shift = shift.with_event(event(kind, amount))
    assert shift.expected_cash_minor == 10_000 + 1250 + 500 - 200 - 5_000
    assert shift.payments_minor == {"cash": 1250, "card": 900}
    assert (shift.sale_count, shift.sales_minor, shift.no_sale_count) == (2, 2150, 1)
    assert shift.over_short_minor == 0
    closed = shift.with_event(event("close", 6_500, z_number=7))
    assert (closed.over_short_minor, closed.z_number, closed.is_open) == (-50, 7, False)


def test_a_closed_shift_takes_no_more() -> None:
    """Nothing is added to what a Z report has shown."""
    closed = opened(event("open")).with_event(event("close", 0, z_number=1))
    with pytest.raises(Refusal, match="closed"):
        closed.with_event(event("drop", 1))
    with pytest.raises(Refusal, match="closed"):
        closed.with_sale(sale_of(Cart().add(line())))


def test_one_open_at_a_time() -> None:
    """A shift begins with its open event, once."""
    with pytest.raises(Refusal, match="already open"):
        opened(event("open")).with_event(event("open"))
    with pytest.raises(Refusal, match="Open a shift"):
        opened(event("drop", 1))


@given(st.lists(carts(), max_size=5), st.sampled_from([1, 5]))
def test_running_totals_equal_the_sum(sold: list[Cart], step: int) -> None:
    """After any sales, payments are sales and refunds with cash rounding, and taxes agree."""
    shift = opened(event("open", 10_000))
    for cart in sold:
        shift = shift.with_sale(sale_of(cart, step))
    taken = shift.sales_minor + shift.refunds_minor + shift.rounding_minor
    assert sum(shift.payments_minor.values()) == taken
    assert sum(row.tax_minor for row in shift.taxes) == shift.tax_minor
    assert shift.sale_count + shift.refund_count == len(sold)
    assert shift.expected_cash_minor == 10_000 + taken
    assert Shift.from_json(shift.to_json()) == shift


@pytest.mark.parametrize(
    ("kind", "amount", "reason"),
    [
        ("paid_in", 0, "x"),
        ("paid_out", 5, " "),
        ("drop", 0, ""),
        ("open", -1, ""),
        ("no_sale", 0, ""),
    ],
)
def test_senseless_events_are_refused(kind: str, amount: int, reason: str) -> None:
    """Amounts are given, and money in or out has a reason."""
    with pytest.raises(Refusal):
        check_event(kind, amount, reason)


def test_sensible_events_pass() -> None:
    """An empty float, a count of nothing and a drop without a reason are fine."""
    for kind, amount in (("open", 0), ("close", 0), ("drop", 5)):
        check_event(kind, amount, "")


def test_tips_in_cash_lie_in_the_drawer() -> None:
    """They are no sales, but the drawer holds those that came in cash."""
    shift = opened(event("open", 1000))
    for tender in (
        Tender(900, EUR).with_tip(100).pay_cash(2000),
        Tender(900, EUR).with_tip(50).pay_card(),
    ):
        shift = shift.with_sale(complete(Cart().add(line(1, 900)), tender, context()))
    assert (shift.payments_minor, shift.tips_minor) == (
        {"cash": 900, "card": 900},
        {"cash": 100, "card": 50},
    )
    assert (shift.sales_minor, shift.expected_cash_minor) == (1800, 2000)
    assert Shift.from_json(shift.to_json()) == shift
