"""Taking payment."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.methods import BUILT_IN
from localdb.domain.money import Currency
from localdb.domain.tender import PAYMENTS_MAX, Tender, TenderState, tip_of, tip_rates
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


def test_split_evenly_each_gets_change_of_their_own_share() -> None:
    """10.00 in three: 3.34 by card, a twenty for 3.33, and the rest takes what rounding left."""
    tender = Tender(1000, EUR).split(3).pay_card()
    assert tender.cash_share_minor == 333
    tender = tender.pay_cash(2000).pay("coupon")
    assert [(p.amount_minor, p.change_minor) for p in tender.payments] == [
        (334, 0),
        (333, 1667),
        (333, 0),
    ]
    assert tender.is_complete


def test_a_share_taken_back_is_to_be_paid_again() -> None:
    """Removing a payment of the split, or one from before it, leaves the others' shares."""
    tender = Tender(1000, EUR).pay_card(400).split(2).pay_card()
    assert (tender.share_minor, tender.shares_left) == (300, 1)
    again = tender.remove(1)
    assert (again.share_minor, again.shares_left) == (300, 2)
    without_first = tender.remove(0)
    assert (without_first.share_minor, without_first.shares_left) == (700, 1)


@given(
    due=st.integers(1, 10**7),
    step=st.sampled_from([1, 5, 10, 100]),
    into=st.integers(1, PAYMENTS_MAX),
    by_cash=st.lists(st.booleans(), min_size=PAYMENTS_MAX, max_size=PAYMENTS_MAX),
)
def test_even_shares_always_come_to_the_whole(
    due: int, step: int, into: int, by_cash: list[bool]
) -> None:
    """However it is split and by whatever it is paid: never more payments than asked, all is paid,
    and no share is more than a coin and a rounding above another.
    """
    tender = Tender(due, EUR, step).split(into)
    for cash in by_cash:
        if not tender.is_complete:
            tender = tender.pay_cash() if cash else tender.pay_card()
    assert tender.is_complete
    assert len(tender.payments) <= into
    assert abs(tender.rounding_minor) <= step
    assert Tender.from_json(tender.to_json()) == tender
    assert max(paid.amount_minor for paid in tender.payments) <= -(-due // into) + 2 * step


def test_what_cannot_be_split_is_refused() -> None:
    """A refund, nothing left, no payments, and more than a sale takes."""
    for tender, into in (
        (Tender(-1000, EUR), 2),
        (Tender(1000, EUR).pay_cash(), 2),
        (Tender(1000, EUR), 0),
        (Tender(1000, EUR).pay_card(10), PAYMENTS_MAX),
    ):
        with pytest.raises(Refusal):
            tender.split(into)


@pytest.mark.parametrize("method", ["card", "coupon", "store_credit"])
def test_only_cash_gives_change(method: str) -> None:
    """More than is due is refused for anything but cash."""
    with pytest.raises(Refusal, match="Only cash"):
        Tender(1250, EUR).pay(method, 1251)


@pytest.mark.parametrize("amount", [0, -5, 10**15 + 1])
def test_absurd_amounts_are_refused(amount: int) -> None:
    """Nothing, less than nothing and more than money exists are no payment."""
    for pay in (Tender(1250, EUR).pay_cash, Tender(1250, EUR).pay_card):
        with pytest.raises(Refusal):
            pay(amount)


def test_a_barcode_is_no_cash() -> None:
    """Change that nobody could count was mistyped; a large note is not."""
    assert Tender(150, EUR).pay_cash(50_000).change_minor == 49_850
    with pytest.raises(Refusal, match="far more than is due"):
        Tender(150, EUR).pay_cash(4_006_381_333_931)
    assert Tender(150, Currency.of("JPY")).pay_cash(10_000).is_complete


@pytest.mark.parametrize(
    ("currency", "due", "note"),
    [
        ("VND", 50_000, 500_000),
        ("UZS", 30_000, 200_000),
        ("PYG", 40_000, 100_000),
        ("LBP", 1, 1000),
    ],
)
def test_the_largest_note_pays_the_smallest_thing(currency: str, due: int, note: int) -> None:
    """In every currency: what is handed over is taken, and is not even odd."""
    unit = Currency.of(currency).unit_minor
    tender = Tender(due * unit, Currency.of(currency))
    assert not tender.is_odd_cash(note * unit)
    assert tender.pay_cash(note * unit).change_minor == (note - due) * unit
    assert tender.is_odd_cash(note * unit * 100_000)


def test_unknown_method_is_refused() -> None:
    """Only known methods are recorded."""
    with pytest.raises(Refusal, match="cannot take"):
        Tender(100, EUR).pay("shells")


def test_the_last_payment_can_be_taken_back() -> None:
    """Taking back returns to the payment before, and with none left it is refused."""
    split = Tender(1250, EUR).pay_card(1000)
    assert split.pay_cash().remove(1) == split
    with pytest.raises(Refusal):
        split.remove(0).remove(0)


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
        (12_345, "KWD", 1, (12_345, 13_000, 15_000, 20_000)),
    ],
)
def test_quick_cash(due: int, currency: str, step: int, suggested: tuple[int, ...]) -> None:
    """Quick cash offers the exact amount and the next notes, rising."""
    assert Tender(due, Currency.of(currency), step).quick_cash() == suggested


def test_a_tip_rides_on_the_next_payment_that_can_carry_it() -> None:
    """It is neither part of what is due nor of the change; a coupon leaves it for the next."""
    tender = Tender(1000, EUR).with_tip(150).pay("coupon", 400)
    assert (tender.tip_minor, tender.remaining_minor) == (150, 600)
    assert tender.quick_cash()[0] == 750
    card = tender.pay_card()
    assert (card.tips_minor, card.paid_minor, card.tip_minor) == (150, 1000, 0)
    assert (card.payments[-1].amount_minor, card.payments[-1].tendered_minor) == (600, 750)
    cash = tender.pay_cash(2000)
    assert (cash.tips_minor, cash.change_minor, cash.paid_minor) == (150, 1250, 1000)
    assert tender.pay_card(200).with_tip(50).pay_cash().tips_minor == 200


def test_a_tip_is_never_lost_silently() -> None:
    """Cash that covers the sale only, or a last payment that carries no tip, is refused."""
    tender = Tender(1000, EUR).with_tip(150)
    for tendered in (1000, 1149):
        with pytest.raises(Refusal, match="cover the tip"):
            tender.pay_cash(tendered)
    with pytest.raises(Refusal, match="takes no tip"):
        tender.pay("gift_card")
    assert tender.with_tip(0).pay("gift_card").is_complete
    assert tender.pay_cash(999).tip_minor == 150


def test_no_tip_on_what_is_paid_out_or_paid() -> None:
    """A refund carries no tip, nor does a sale that is paid; a tip is never negative."""
    for tender in (Tender(-100, EUR), Tender(0, EUR), Tender(100, EUR).pay_card()):
        with pytest.raises(Refusal, match="tip"):
            tender.with_tip(10)
        assert tender.with_tip(0) == tender
    with pytest.raises(Refusal):
        Tender(100, EUR).with_tip(-1)


def test_tips_offered() -> None:
    """Rates between commas, at most four, rounded to coins that exist; nonsense is left out."""
    assert tip_rates("50000, 100000,x,0,2000000") == (50_000, 100_000)
    assert tip_rates("") == ()
    assert (tip_of(1234, 100_000), tip_of(1234, 100_000, 5)) == (123, 125)


def test_a_balance_pays_no_more_than_it_has() -> None:
    """Nothing typed takes what is there; more is refused, and so is an empty card."""
    gift, due = BUILT_IN["gift_card"], Tender(1000, EUR)
    assert due.take(gift, limit_minor=300).paid_minor == 300
    assert due.take(gift, limit_minor=3000).paid_minor == 1000
    for amount, limit in ((301, 300), (None, 0), (None, -5)):
        with pytest.raises(Refusal, match="more than is left on it"):
            due.take(gift, amount, limit_minor=limit)
    assert Tender(-1000, EUR).take(gift, limit_minor=0).is_complete


def test_any_payment_can_be_taken_back() -> None:
    """Not only the last one; what was there before and after stays."""
    tender = Tender(1000, EUR).pay_card(300, "A").pay("coupon", 200).pay_cash(100)
    assert [p.method for p in tender.remove(1).payments] == ["card", "cash"]
    assert tender.remove(0).remaining_minor == 700
    with pytest.raises(Refusal):
        tender.remove(3)


steps = st.lists(
    st.tuples(
        st.sampled_from(["cash", "card", "coupon", "gift_card", "tip", "back"]),
        st.integers(-3_000, 6_000),
    ),
    max_size=12,
)


@given(st.integers(-5_000, 5_000), st.sampled_from([1, 5, 10]), steps)
def test_no_path_creates_or_destroys_a_cent(
    due: int, step: int, attempts: list[tuple[str, int]]
) -> None:
    """Whatever is paid, tipped and taken back, payments sum to what is due but for rounding."""
    tender = Tender(due, EUR, step)
    for what, amount in attempts:
        tender = _attempted(tender, what, amount)
        handed = sum(p.tendered_minor - p.change_minor for p in tender.payments)
        assert handed == tender.paid_minor + tender.tips_minor
        assert Tender.from_json(tender.to_json()) == tender
    if not tender.is_complete:
        tender = tender.with_tip(0).pay_cash()
    assert tender.is_complete
    assert tender.paid_minor == due + tender.rounding_minor
    assert abs(tender.rounding_minor) * 2 <= step
    assert all(p.change_minor == 0 for p in tender.payments if p.method != "cash")
    assert tender.change_minor >= 0
    assert tender.tips_minor >= 0


def _attempted(tender: Tender, what: str, amount: int) -> Tender:
    try:
        match what:
            case "tip":
                return tender.with_tip(amount - amount % tender.cash_step_minor)
            case "back":
                return tender.remove(amount % max(len(tender.payments), 1))
            case "cash":
                return tender.pay_cash(amount - amount % tender.cash_step_minor)
            case _:
                return tender.pay(what, amount)
    except Refusal:
        return tender


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"due_minor":1}', '{"due_minor":"1","currency":{"code":"EUR"}}']
)
def test_what_is_no_tender_is_not_read(text: str) -> None:
    """A damaged text is said to be one, never taken for money."""
    with pytest.raises(ValueError, match=r"\w"):
        Tender.from_json(text)


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
