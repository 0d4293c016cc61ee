"""The methods of payment a till offers."""

from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.methods import EXCHANGE, METHODS, TIP_KEY, known, offered
from localdb.domain.records import PaymentMethod
from tests.localdb.domain.build import numbered_id


def own(number: int, code: str, name: str = "", **fields: object) -> PaymentMethod:
    """A method of the shop's own."""
    return PaymentMethod(id=numbered_id(number), code=code, name=name or code, **fields)  # type: ignore[arg-type]


def codes(*records: PaymentMethod, currency: str = "EUR", takes_points: bool = False) -> list[str]:
    return [m.code for m in offered(records, currency, takes_points=takes_points)]


def test_what_a_new_shop_offers() -> None:
    """Cash first; UPI at home in India only, points where they are worth something."""
    assert codes() == [
        "cash", "card", "wallet", "gift_card", "coupon", "store_credit", "on_account",
    ]  # fmt: skip
    assert "upi" in codes(currency="INR")
    assert "points" in codes(takes_points=True)
    assert EXCHANGE not in codes(own(1, EXCHANGE))


def test_a_record_changes_a_built_in_method() -> None:
    """Renamed, offered where it is not at home, or left out; cash always stays."""
    shown = offered([own(1, "card", "Debit card"), own(2, "upi", "UPI")], "EUR")
    assert [m.name for m in shown[:2]] == ["Cash", "Debit card"]
    assert "upi" in [m.code for m in shown]
    gone = [own(n, code, active=False) for n, code in enumerate(("cash", "wallet", "coupon"))]
    assert codes(*gone) == ["cash", "card", "gift_card", "store_credit", "on_account"]


def test_own_methods_follow_in_their_order() -> None:
    """Inactive and deleted ones are not offered, but old receipts still name them."""
    records = [
        own(1, "b", "Meal voucher", position=2, asks_reference=True),
        own(2, "a", "Bitcoin", position=1, opens_drawer=True),
        own(3, "c", "Cheque", active=False),
        own(4, "d", "Token", deleted=True),
    ]
    assert codes(*records)[-2:] == ["a", "b"]
    assert {"c", "d"} <= set(known(records))
    assert known(records)["b"].asks_reference
    assert known(records)["a"].opens_drawer


def test_of_two_with_one_code_the_older_counts() -> None:
    """Two tills may have made the same method offline."""
    assert known([own(2, "x", "Later"), own(1, "x", "First")])["x"].name == "First"


def test_what_carries_a_tip() -> None:
    """Money paid now does, also by the shop's own methods; balances and coupons do not."""
    carrying = {m.code for m in known([own(1, "x")]).values() if m.carries_tip}
    assert carrying == {"cash", "card", "upi", "wallet", "x"}


names = st.text(st.sampled_from("abcÄ 12"), min_size=1, max_size=6)


@given(st.lists(names, max_size=30))
def test_every_method_has_a_letter_of_its_own(called: list[str]) -> None:
    """No two share a letter, none has the tip's; beyond the alphabet there is none left."""
    records = [own(n, f"own{n}", name) for n, name in enumerate(called)]
    keys = [m.key for m in offered(records, "INR", takes_points=True) if m.key]
    assert len(keys) == len(set(keys))
    assert TIP_KEY not in keys
    assert len(keys) == min(25, len(called) + len(METHODS) - 2)
