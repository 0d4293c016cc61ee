"""Where a refund's money goes: the way it came, and by how much another way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.payout import Source, offer, otherwise_minor, sources
from localdb.domain.records import Payment
from localdb.domain.tender import Tender
from tests.localdb.domain.build import EUR, numbered_id

CARD_OWNER, CUSTOMER = numbered_id(71), numbered_id(72)


def payment(method: str, minor: int, account_id: str | None = None) -> Payment:
    return Payment(
        id=numbered_id(900),
        store_id=numbered_id(11),
        sale_id=numbered_id(12),
        position=0,
        method=method,
        amount_minor=minor,
        tendered_minor=minor,
        account_id=account_id,
    )


def paid_out(due_minor: int, found: tuple[Source, ...], step: int = 1) -> Tender:
    """The refund as it goes when the cashier only ever takes what is offered."""
    tender = Tender(due_minor, EUR, step)
    while (part := offer(tender, found)) is not None:
        tender = tender.pay(part.method, part.amount_minor, account_id=part.account_id)
    return tender


def test_a_card_gets_its_money_back_before_cash_is_paid_out() -> None:
    """Whatever was paid first, cash comes last, and the sum is what is due."""
    found = sources([payment("cash", 400), payment("card", 600)], ())
    assert [(s.method, s.left_minor) for s in found] == [("card", 600), ("cash", 400)]
    tender = paid_out(-700, found)
    assert [(p.method, p.amount_minor) for p in tender.payments] == [("card", -600), ("cash", -100)]
    assert otherwise_minor(tender.payments, found) == 0


def test_what_an_earlier_refund_gave_back_is_gone() -> None:
    """Two gift cards are two sources, and what one got back it does not get again."""
    paid = [payment("gift_card", 500, CARD_OWNER), payment("gift_card", 300, CUSTOMER)]
    found = sources(paid, [payment("gift_card", -500, CARD_OWNER)])
    assert found == (Source("gift_card", 300, CUSTOMER),)


@pytest.mark.parametrize(
    ("method", "other"), [("cash", 500), ("store_credit", 0), ("upi", 500), ("card", 0)]
)
def test_only_cash_and_strange_methods_are_another_way(method: str, other: int) -> None:
    """What a card paid may go to the card or to credit, and to nothing else without leave."""
    found = sources([payment("card", 500)], ())
    account = CUSTOMER if method == "store_credit" else None
    tender = Tender(-500, EUR).pay(method, account_id=account)
    assert otherwise_minor(tender.payments, found) == other


def test_money_from_an_exchange_does_not_become_cash_without_leave() -> None:
    """Else a card's money would be cash after two exchanges; credit stays open to it."""
    found = sources([payment("exchange", 500)], ())
    assert otherwise_minor(paid_out(-500, found).payments, found) == 500


def test_what_no_payment_covers_goes_out_in_cash() -> None:
    """Goods of 5.00 were sold while a deposit of 2.00 came back: 3.00 were paid by card."""
    found = sources([payment("card", 300)], ())
    tender = paid_out(-500, found)
    assert [(p.method, p.amount_minor) for p in tender.payments] == [("card", -300), ("cash", -200)]
    assert otherwise_minor(tender.payments, found) == 0


def test_points_go_back_in_whole_points() -> None:
    """A part of a point cannot be given: it is left for the next way."""
    found = sources([payment("points", 1000, CUSTOMER)], ())
    part = offer(Tender(-257, EUR), found, point_minor=10)
    assert part is not None
    assert part.amount_minor == -250


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["cash", "card", "upi", "coupon", "wallet"]), st.integers(1, 900)
        ),
        min_size=1,
        max_size=6,
    ),
    st.integers(0, 100),
    st.sampled_from([1, 5]),
)
def test_what_is_offered_needs_no_leave(
    paid: list[tuple[str, int]], percent: int, step: int
) -> None:
    """However a sale was paid and however much comes back, the offered way is the allowed one."""
    payments = [payment(method, minor) for method, minor in paid]
    found = sources(payments, ())
    due = sum(minor for _, minor in paid) * percent // 100
    tender = paid_out(-due, found, step)
    assert tender.is_complete
    assert sum(p.amount_minor for p in tender.payments) == -due + tender.rounding_minor
    assert otherwise_minor(tender.payments, found) <= step // 2
