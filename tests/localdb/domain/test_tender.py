"""Taking payment."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.money import Currency
from localdb.domain.tender import PAYMENTS_MAX, Tender, TenderState
from localdb.errors import Refusal
from tests.localdb.domain.build import EUR, vectors


def test_cash_gives_change() -> None:
    """Twenty for 12.50 gives 7.50 back and counts 12.50."""
    tender = Tender(1250, EUR).pay_cash(2000)
    assert (tender.change_minor, tender.paid_minor, tender.remaining_minor) == (750, 1250, 0)
    assert tender.state is TenderState.COMPLETE


def test_paid_once() -> None:
    """A second press of pay, by any method, is refused."""
    tender = Tender(1250, EUR).pay_cash(2000)
    for again in (tender.pay_cash, tender.pay_card):
        with pytest.raises(Refusal, match="already paid"):
            again(1250)
        with pytest.raises(Refusal, match="already paid"):
            again()


def test_split() -> None:
    """Several methods share one sale; the rest is shown in between."""
    tender = Tender(1250, EUR).pay_card(1000, "4711")
    assert (tender.remaining_minor, tender.is_complete) == (250, False)
    tender = tender.pay("coupon", 50).pay_cash(500)
    assert [p.amount_minor for p in tender.payments] == [1000, 50, 200]
    assert (tender.change_minor, tender.payments[0].reference) == (300, "4711")


@pytest.mark.parametrize("method", ["card", "coupon", "store_credit"])
def test_only_cash_gives_change(method: str) -> None:
    """More than is due is refused for anything but cash."""
    with pytest.raises(Refusal, match="only cash"):
        Tender(1250, EUR).pay(method, 1251)


@pytest.mark.parametrize("amount", [0, -5, 10**15 + 1])
def test_absurd_amounts_are_refused(amount: int) -> None:
    """Nothing, less than nothing and more than money exists are no payment."""
    for pay in (Tender(1250, EUR).pay_cash, Tender(1250, EUR).pay_card):
        with pytest.raises(Refusal):
            pay(amount)


def test_unknown_method_is_refused() -> None:
    """Only known methods are recorded."""
    with pytest.raises(Refusal, match="cannot take"):
        Tender(100, EUR).pay("shells")


def test_the_last_payment_can_be_taken_back() -> None:
    """Taking back returns to the payment before, and with none left it is refused."""
    split = Tender(1250, EUR).pay_card(1000)
    assert split.pay_cash().remove_last() == split
    with pytest.raises(Refusal):
        split.remove_last().remove_last()


def test_nothing_due_is_complete() -> None:
    """A sale that totals zero needs no payment and takes none."""
    tender = Tender(0, EUR)
    assert tender.is_complete
    assert tender.quick_cash() == ()
    with pytest.raises(Refusal):
        tender.pay_cash()


def test_paying_out() -> None:
    """What is owed to the customer goes out in negative amounts, never more than owed."""
    tender = Tender(-1250, EUR)
    assert tender.quick_cash() == (-1250,)
    assert tender.pay_cash().paid_minor == -1250
    assert tender.pay_card(-250).pay_cash().is_complete
    for pay in (tender.pay_cash, tender.pay_card):
        with pytest.raises(Refusal):
            pay(-1251)
        with pytest.raises(Refusal):
            pay(1250)


def test_cash_rounding_touches_cash_only() -> None:
    """At a step of 0.05, 10.02 is 10.00 in cash and 10.02 by card; a split rounds its cash part."""
    due = Tender(1002, EUR, 5)
    cash, card, split = due.pay_cash(), due.pay_card(), due.pay_card(499).pay_cash()
    assert (cash.paid_minor, cash.rounding_minor) == (1000, -2)
    assert (card.paid_minor, card.rounding_minor) == (1002, 0)
    assert (split.paid_minor, split.rounding_minor) == (1004, 2)


def test_less_than_the_smallest_coin() -> None:
    """A rest that no coin can pay is settled by taking nothing, or change for a coin."""
    due = Tender(2, EUR, 5)
    assert not due.is_complete
    assert (due.pay_cash().rounding_minor, due.pay_cash().is_complete) == (-2, True)
    assert due.pay_cash(100).change_minor == 100
    with pytest.raises(Refusal):
        due.pay_cash(-5)


def test_no_coin_pays_that() -> None:
    """Cash that is no multiple of the smallest coin was mistyped."""
    with pytest.raises(Refusal, match="coins"):
        Tender(1000, EUR, 5).pay_cash(1001)


def test_payments_are_bounded() -> None:
    """A sale takes so many payments and no more."""
    tender = Tender(10_000, EUR)
    for _ in range(PAYMENTS_MAX):
        tender = tender.pay_cash(1)
    with pytest.raises(Refusal, match="at most"):
        tender.pay_cash(1)


@pytest.mark.parametrize(
    ("due", "currency", "step", "suggested"),
    [
        (1250, "EUR", 1, (1250, 1500, 2000, 5000)),
        (5000, "EUR", 1, (5000, 6000, 10_000)),
        (1234, "USD", 1, (1234, 1300, 1500, 2000)),
        (1203, "CHF", 5, (1205, 2000, 5000, 10_000)),
        (3200, "JPY", 1, (3200, 4000, 5000, 10_000)),
        (12_345, "KWD", 1, (12_345, 13_000, 14_000, 15_000)),
    ],
)
def test_quick_cash(due: int, currency: str, step: int, suggested: tuple[int, ...]) -> None:
    """Quick cash offers the exact amount and the next notes, rising."""
    assert Tender(due, Currency.of(currency), step).quick_cash() == suggested


pays = st.lists(
    st.tuples(st.sampled_from(["cash", "card", "coupon"]), st.integers(-3_000, 6_000)), max_size=6
)


@given(st.integers(-5_000, 5_000), st.sampled_from([1, 5, 10]), pays)
def test_no_path_creates_or_destroys_a_cent(
    due: int, step: int, attempts: list[tuple[str, int]]
) -> None:
    """Whatever is tried, payments sum to what is due but for cash rounding."""
    tender = Tender(due, EUR, step)
    for method, amount in attempts:
        try:
            tender = tender.pay(method, amount - amount % step if method == "cash" else amount)
        except Refusal:
            continue
    if not tender.is_complete:
        tender = tender.pay_cash()
    assert tender.is_complete
    assert tender.paid_minor == due + tender.rounding_minor
    assert abs(tender.rounding_minor) * 2 <= step
    tendered = sum(payment.tendered_minor for payment in tender.payments)
    assert tendered - tender.change_minor == tender.paid_minor
    assert all(p.change_minor == 0 for p in tender.payments if p.method != "cash")
    assert tender.change_minor >= 0


def test_cash_rounding_vectors() -> None:
    """Published cash roundings come out the same."""
    for vector in vectors("tax_vectors.json", "cash_rounding"):
        given_ = vector["input"]
        if "rule" in given_:
            continue  # two instalments, each rounded; a till takes one
        tender = Tender(_cents(given_["total"]), EUR, _cents(given_["step"]))
        assert tender.pay_cash().paid_minor == _cents(vector["expected"]), vector["id"]


def _cents(text: str) -> int:
    return int(Fraction(text) * 100)
