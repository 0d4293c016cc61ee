"""What is suspicious about stored facts, judged without a database."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from localdb.domain import journal
from localdb.domain.records import BalanceMovement, Fact, JournalEntry, Payment, Sale, SaleLine
from sync.protocol.validation import insert_errors
from sync.server.jobs.flags import Account, FactGroup, Flag, Known, judge, questions
from tests.sync.server.deciding import HERE, NEW_ID, STORE, THERE


def sale(number: str = "S01-T01-000001", total: int = 400, **changes: Any) -> Sale:
    values: dict[str, Any] = {
        "id": NEW_ID(), "store_id": STORE, "device_id": HERE, "shift_id": NEW_ID(),
        "cashier_id": NEW_ID(), "receipt_number": number, "currency": "EUR",
        "total_minor": total, "tax_minor": 64, "line_count": 1, "rung_at_us": 5,
        "business_day": 20260101,
    }  # fmt: skip
    return Sale(**values | changes)


def line(of: Sale, total: int = 400, **changes: Any) -> SaleLine:
    values: dict[str, Any] = {
        "id": NEW_ID(), "store_id": STORE, "sale_id": of.id, "position": 0, "name": "Beans",
        "quantity_milli": 1000, "unit_price_minor": total, "total_minor": total,
    }  # fmt: skip
    return SaleLine(**values | changes)


def paid(of: Sale, amount: int = 400) -> Payment:
    return Payment(
        id=NEW_ID(), store_id=STORE, sale_id=of.id, position=0, method="card",
        amount_minor=amount, tendered_minor=amount,
    )  # fmt: skip


def group_of(*facts: Fact, device: str = HERE) -> FactGroup:
    """One group of these facts."""
    by_type: dict[str, list[dict[str, Any]]] = {}
    for fact in facts:
        by_type.setdefault(fact.TYPE, []).append(fact.values())
    return FactGroup(device, 7, None, 9, by_type)


def numbered(*sales: Sale) -> Known:
    return Known(sales=[one.values() for one in sales])


def test_a_sale_that_adds_up_is_left_alone() -> None:
    """Tax may be contained in the lines or come on top; cash rounding is part of what is paid."""
    plain, taxed, cash = sale("1"), sale("2", 464), sale("3", 398, rounding_minor=2)
    groups = [
        group_of(plain, line(plain), paid(plain)),
        group_of(taxed, line(taxed), paid(taxed, 464)),
        group_of(cash, line(cash, 398), paid(cash, 400)),
    ]
    assert judge(groups, numbered(plain, taxed, cash)) == []


def test_a_sale_that_does_not_add_up_is_flagged_once_with_every_reason() -> None:
    """Its lines, their number and its payments are each compared with what was printed."""
    one = sale(total=500, line_count=2)
    (flag,) = judge([group_of(one, line(one, 400), paid(one, 450))], numbered(one))
    assert flag.odd == {"line_count": (1, 2), "total_minor": (400, 500), "paid_minor": (450, 500)}
    assert flag.title == one.receipt_number


def test_an_unknown_product_is_flagged_once_however_often_it_is_sold() -> None:
    """A known one, also a deleted one, is not; a line without a product says nothing."""
    missing, known = NEW_ID(), NEW_ID()
    sales = [sale(str(number)) for number in range(3)]
    goods = [missing, missing, known]
    groups = [
        group_of(one, line(one, product_id=product), paid(one))
        for one, product in zip(sales, goods, strict=True)
    ]
    assert questions(groups).products == {missing, known}
    (flag,) = judge(groups, Known(frozenset({known}), sales=[one.values() for one in sales]))
    assert (flag.record_type, flag.record_id, flag.title) == ("product", missing, "Beans")
    assert flag.odd == {"id": ("0", None)}


def refunded(*quantities: int, sold: int = 2000) -> tuple[list[FactGroup], Known]:
    """Refunds of one line that was sold once, each by a group of its own."""
    first = sale()
    original = line(first, quantity_milli=sold)
    groups, lines = [], []
    for number, quantity in enumerate(quantities):
        back = sale(f"R{number}", -400, kind="refund", tax_minor=0)
        lines.append(line(back, -400, quantity_milli=-quantity, refund_of=original.id))
        groups.append(group_of(back, lines[-1], paid(back, -400), device=THERE))
    known = Known(sold=[original.values()], refunds=[one.values() for one in lines])
    assert questions(groups).refunded == {original.id}
    return groups, known


def test_a_line_refunded_beyond_what_was_sold_is_flagged() -> None:
    """Two tills that both gave the whole line back offline: facts stand, a manager is told."""
    groups, known = refunded(2000, 1000)
    (flag,) = judge(groups, known)
    assert flag.odd == {"quantity_milli": (3000, 2000)}
    assert flag.by.device_id == THERE


def test_a_line_given_back_in_parts_is_not_flagged() -> None:
    """Up to what was sold, in as many parts as it took."""
    groups, known = refunded(500, 500, 1000)
    assert judge(groups, known) == []


def test_a_further_refund_beyond_is_a_further_notice() -> None:
    """A notice that was settled does not hide what happened after it."""
    groups, known = refunded(2000, 1000)
    more, later = refunded(2000, 1000, 1000)
    assert len({flag.id for flag in judge(groups, known)}) == 1
    flags = judge(more, later)
    assert [flag.odd for flag in flags] == [{"quantity_milli": (4000, 2000)}]


def test_two_sales_under_one_number_are_flagged() -> None:
    """Failure 30: both are kept, and the later one is named with the earlier one's till."""
    first, second = sale(), sale(device_id=THERE)
    group = group_of(second, line(second), paid(second), device=THERE)
    (flag,) = judge([group], numbered(second, first))
    assert (flag.record_id, *flag.odd) == (second.id, "receipt_number")
    conflict = flag.conflict()
    assert (conflict.device_id, conflict.remote_device_id) == (THERE, HERE)


def chain(length: int, device: str = HERE) -> list[JournalEntry]:
    """A journal that holds."""
    entries: list[JournalEntry] = []
    for _ in range(length):
        entries.append(
            journal.link(
                entries[-1] if entries else None, entry_id=NEW_ID(), store_id=STORE,
                device_id=device, kind="sale", payload={}, at_us=len(entries),
            )
        )  # fmt: skip
    return entries


def journal_flags(stored: Sequence[JournalEntry], new: Sequence[JournalEntry]) -> list[Flag]:
    groups = [group_of(entry) for entry in new]
    return judge(groups, Known(journal=[entry.values() for entry in stored]))


def test_a_journal_that_goes_on_is_left_alone() -> None:
    """Entry after entry, from the first; that of another till is another journal."""
    entries = [*chain(5), *chain(5, THERE)]
    assert journal_flags(entries, entries) == []
    asked = questions([group_of(entries[2])]).journal
    assert asked == {HERE: {2, 3}}


def test_a_hole_in_a_journal_is_flagged_once() -> None:
    """The entry after the hole is named; what follows it is in order."""
    entries = chain(6)
    held = [entry for entry in entries if entry.seq != 3]
    (flag,) = journal_flags(held, held)
    assert flag.odd == {"seq": (4, 3)}


def test_a_journal_that_forks_is_flagged() -> None:
    """Failure 17: two machines went on with one journal, each by itself."""
    entries = chain(4)
    clone = journal.link(
        entries[2], entry_id=NEW_ID(), store_id=STORE, device_id=HERE, kind="drawer",
        payload={}, at_us=99,
    )  # fmt: skip
    flags = journal_flags([*entries, clone], [clone])
    assert [(*flag.odd, flag.record_id) for flag in flags] == [("previous_hash", clone.id)]


def test_a_journal_of_a_till_enrolled_anew_begins_with_the_old_head() -> None:
    """Its first entry cites another journal; nothing is missing."""
    old = chain(3)[-1]
    first = journal.link(
        None, entry_id=NEW_ID(), store_id=STORE, device_id=THERE, kind="reenrolled",
        payload={"head": old.hash}, at_us=1,
    )  # fmt: skip
    assert journal_flags([first], [first]) == []


def test_the_same_facts_raise_the_same_flags() -> None:
    """The id follows from what is odd; another suspicion about the same record has its own."""
    one, other = sale(total=500), sale(total=500)
    group = group_of(other, line(other, 400), paid(other, 450))
    once, again = (judge([group], numbered(one, other)) for _ in range(2))
    assert [flag.id for flag in once] == [flag.id for flag in again]
    assert len({flag.id for flag in once}) == 2
    assert {flag.record_id for flag in once} == {other.id}


@given(st.integers(0, 2**80 - 1), st.text(max_size=20))
def test_every_flag_is_a_valid_conflict(low: int, title: str) -> None:
    """Whatever the id it is about: a canonical id, and values that the wire accepts."""
    text = f"{low:032x}"
    record_id = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
    flag = Flag("sale", record_id, title.replace("\x00", ""), {"seq": (1, None)}, group_of())
    conflict = flag.conflict()
    assert insert_errors(type(conflict), conflict.values()) == []
    assert conflict.id[:13] == record_id[:13]


# ---------------------------------------------------------------- collisions of two tills


def test_a_held_cart_that_was_sold_twice_is_flagged() -> None:
    """The later sale, whichever arrives first; sold once it is as it should be."""
    cart = NEW_ID()
    first, second = sale("1", held_cart_id=cart), sale("2", held_cart_id=cart, rung_at_us=6)
    known = [one.values() for one in (second, first)]
    for group in (group_of(first), group_of(second)):
        assert questions([group]).held_carts == {cart}
        (flag,) = judged([group], Known(sold_carts=known), "held_cart_id")
        assert (flag.record_type, flag.record_id, flag.title) == ("sale", second.id, "2")
        assert flag.odd == {"held_cart_id": ("1", None)}
        assert flag.conflict().remote_at_us == first.rung_at_us
    assert judged([group_of(first)], Known(sold_carts=known[1:]), "held_cart_id") == []


def test_a_till_that_goes_on_after_it_was_revoked_is_flagged_once() -> None:
    """What it rang before is as it should be; the facts stand either way."""
    early, late, again = sale("1"), sale("2"), sale("3")
    groups = [replace(group_of(one), at_us=at) for one, at in ((early, 9), (late, 11), (again, 12))]
    assert questions(groups).devices == {HERE}
    known = Known(revoked={HERE: (10, "T07")})
    (flag,) = judged(groups, known, "revoked_at")
    assert (flag.record_type, flag.record_id, flag.title) == ("till", HERE, "Till T07")
    assert flag.odd == {"revoked_at": ("2", 10)}
    assert judged(groups[:1], known, "revoked_at") == []
    assert judged(groups, Known(), "revoked_at") == []


def judged(groups: list[FactGroup], known: Known, odd: str) -> list[Flag]:
    """The flags about one thing."""
    return [flag for flag in judge(groups, known) if odd in flag.odd]


CARD, MARY = NEW_ID(), NEW_ID()


def moved(kind: str, amount: int, reason: str = "paid") -> BalanceMovement:
    return BalanceMovement(
        id=NEW_ID(), store_id=STORE, kind=kind, account_id=CARD if kind == "gift_card" else MARY,
        amount=amount, reason=reason, user_id=NEW_ID(), at_us=1,
    )  # fmt: skip


def overdrawn(kind: str, amount: int, account: Account, reason: str = "paid") -> list[Flag]:
    """The flags about an account after a movement of an amount."""
    movement = moved(kind, amount, reason)
    accounts = {(kind, movement.account_id): account}
    return judge([group_of(movement, movement)], Known(accounts=accounts))


def test_a_card_that_paid_too_much_is_flagged() -> None:
    """Once for a depth; by the till whose payment it was found with."""
    (flag,) = overdrawn("gift_card", -500, Account(-200, "GC-1"))
    assert (flag.record_type, flag.record_id, flag.title) == ("gift_card", CARD, "GC-1")
    assert (flag.odd, flag.by.device_id) == ({"gift_card": (-200, 0)}, HERE)
    (deeper,) = overdrawn("gift_card", -500, Account(-700, "GC-1"))
    assert deeper.id != flag.id
    assert overdrawn("gift_card", -500, Account(0, "GC-1")) == []


def test_credit_and_points_are_looked_at_alike() -> None:
    """A customer's; each kind by itself."""
    for kind in ("store_credit", "points"):
        (flag,) = overdrawn(kind, -500, Account(-1, "Mary"))
        assert (flag.record_type, flag.record_id, flag.odd) == ("customer", MARY, {kind: (-1, 0)})


def test_an_account_may_owe_up_to_its_limit() -> None:
    """Buying beyond it is flagged, paying off never."""
    (flag,) = overdrawn("on_account", 500, Account(1200, "Mary", 1000))
    assert flag.odd == {"on_account": (1200, 1000)}
    assert overdrawn("on_account", 500, Account(1000, "Mary", 1000)) == []
    assert overdrawn("on_account", -500, Account(1200, "Mary", 1000)) == []


def test_points_that_went_back_with_goods_are_no_overdraft() -> None:
    """The customer spent them before; that is the shop's own rule, not two tills colliding."""
    assert overdrawn("points", -500, Account(-200, "Mary"), reason="earned") == []
    assert questions([group_of(moved("points", -500, "earned"))]).accounts == frozenset()
    assert questions([group_of(moved("points", -500))]).accounts == {("points", MARY)}
