"""Opening, moving through and closing a shift, with what stays for ever."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, event

from localdb.domain.charge import Charge
from localdb.domain.journal import verify
from localdb.domain.records import ShiftEvent, Store
from localdb.domain.shift import Shift, closed_shift
from localdb.domain.tender import Tender
from localdb.domain.totals import totals
from localdb.errors import Refusal
from localdb.queries import carts as cart_queries
from localdb.queries import journals, offers, shift_reports
from localdb.queries import shifts as shift_queries
from localdb.services import carts, payments, shifts
from localdb.services.checkout import Completed, checkout
from tests.support.shops import Shop, small_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop with a shift opened with 100.00."""
    with small_shop(tmp_path) as made:
        yield made


def sell(shop: Shop) -> Completed:
    """A bottle of milk for 1.29 in cash."""
    cart = shop.cart(shop.milk)
    due = totals(cart, shop.till.ask(offers.terms, shop.clock())).total_minor
    return shop.till.write(checkout, cart, Tender(due, shop.till.currency).pay_cash())


def events(shop: Shop, kind: str) -> list[ShiftEvent]:
    """The drawer's events of a kind, the oldest first."""
    return shop.till.write(lambda uow: uow.find(ShiftEvent, kind=kind))


def current(shop: Shop) -> Shift:
    """The open shift."""
    shift = shop.till.ask(shift_queries.current)
    assert shift is not None
    return shift


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL that is run meanwhile."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, sql: str, *_: object) -> None:
        seen.append(sql)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_a_close_keeps_what_was_expected_counted_and_reported(shop: Shop) -> None:
    """The event holds the count by notes and coins, earlier counts and the whole report."""
    sell(shop)
    pieces = {5000: 2, 100: 1, 20: 1}
    closed = shop.till.write(shifts.close_shift, 10_120, pieces=pieces, recounted=(10_020,))
    (kept,) = events(shop, "close")
    detail = json.loads(kept.detail)
    assert (kept.amount_minor, kept.expected_minor, kept.z_number) == (10_120, 10_129, 1)
    assert detail["count"] == {"5000": 2, "100": 1, "20": 1}
    assert detail["recounted"] == [10_020]
    assert closed_shift(kept.detail) == closed
    assert closed.over_short_minor == -9


def test_a_float_by_notes_keeps_them_and_what_was_left(shop: Shop) -> None:
    """The next open event says what was counted at the close before it."""
    shop.till.write(shifts.close_shift, 8_000)
    shop.till.write(shifts.open_shift, 5_000, pieces={5000: 1})
    assert json.loads(events(shop, "open")[-1].detail) == {"count": {"5000": 1}, "left_minor": 8000}


def test_pieces_that_do_not_add_up_are_refused(shop: Shop) -> None:
    """An amount and its notes are one thing."""
    with pytest.raises(Refusal, match="do not come to"):
        shop.till.write(shifts.drop, 5_000, pieces={2000: 2})
    assert events(shop, "drop") == []


def test_every_event_is_in_the_journal_with_its_detail(shop: Shop) -> None:
    """The chain covers amount, expected cash, reason, person and, by its hash, the report."""
    shop.till.write(shifts.paid_in, 500, "change")
    shop.till.write(shifts.no_sale, "a look")
    shop.till.write(shifts.close_shift, 10_000)
    entries = shop.till.ask(journals.own_entries)
    kinds = [entry.kind for entry in entries if entry.kind.startswith("shift_")]
    assert kinds == ["shift_open", "shift_paid_in", "shift_no_sale", "shift_close"]
    last = json.loads(entries[-1].payload)
    assert (last["amount"], last["expected"], last["z"]) == (10_000, 10_500, 1)
    assert len(last["detail_sha256"]) == 64
    assert verify(entries) is None


def test_closing_after_many_sales_reads_none_of_them(shop: Shop) -> None:
    """Failure 31: the close runs the same statements after a day as after nothing."""
    with statements() as after_nothing:
        shop.till.write(shifts.close_shift, 10_000)
    shop.till.write(shifts.open_shift, 10_000)
    for _ in range(40):
        sell(shop)
    with statements() as after_sales:
        closed = shop.till.write(shifts.close_shift, 10_000)
    assert closed.sale_count == 40
    assert after_sales == after_nothing
    for table in ("sale", "sale_line", "payment", "sale_tax", "sale_discount"):
        assert not any(f"FROM {table} " in f"{sql} " for sql in after_sales), table


def test_the_report_reads_no_sales_either(shop: Shop) -> None:
    """Failure 31: showing and reprinting a Z asks for its event and for names."""
    sell(shop)
    closed = shop.till.write(shifts.close_shift, 10_000)
    event_id = shop.till.ask(shift_reports.last_close, closed.id)
    assert event_id is not None
    with statements() as seen:
        assert shop.till.ask(shift_reports.z_report, event_id).shift == closed
    assert not any(f"FROM {table}" in sql for sql in seen for table in ("sale", "payment "))


def test_an_open_cart_outlives_the_close(shop: Shop) -> None:
    """Failure 32: the cart at closing time stays and is sold in the next shift."""
    cart = shop.cart(shop.milk, shop.bread)
    shop.till.jot(carts.save_open, cart)
    first = shop.till.write(shifts.close_shift, 10_000)
    assert shop.till.ask(cart_queries.open_cart) == cart
    with pytest.raises(Refusal, match="No shift is open"):
        sell(shop)
    second = shop.till.write(shifts.open_shift, 10_000)
    kept = shop.till.ask(cart_queries.open_cart)
    due = totals(kept, shop.till.ask(offers.terms, shop.clock())).total_minor
    shop.till.write(checkout, kept, Tender(due, shop.till.currency).pay_cash())
    assert second.id != first.id
    assert (current(shop).sale_count, first.sale_count) == (1, 0)
    assert shop.till.ask(cart_queries.open_cart).is_empty


def test_a_payment_under_way_is_finished_first(shop: Shop) -> None:
    """Money that was taken belongs to a sale of this shift."""
    tender = Tender(129, shop.till.currency).pay_cash(100)
    shop.till.write(payments.keep, Charge("sale", "", tender))
    with pytest.raises(Refusal, match="under way"):
        shop.till.write(shifts.close_shift, 10_000)
    assert current(shop).is_open


def test_a_later_sale_changes_no_closed_shift(shop: Shop) -> None:
    """Failure 25: a sale counts in the shift that rang it, whenever it is looked at or sent."""
    sell(shop)
    closed = shop.till.write(shifts.close_shift, 10_129)
    event_id = shop.till.ask(shift_reports.last_close, closed.id)
    assert event_id is not None
    before = shop.till.ask(shift_reports.z_report, event_id)
    shop.till.write(shifts.open_shift, 10_129)
    sell(shop)
    assert shop.till.ask(shift_reports.z_report, event_id) == before
    assert current(shop).sale_count == 1


def test_a_clock_set_back_moves_no_z(shop: Shop) -> None:
    """The list is by number: a Z closed "yesterday" is still the newest."""
    for number in range(1, 4):
        shop.clock.advance_s(-30 * 3600)
        assert shop.till.write(shifts.close_shift, 10_000).z_number == number
        shop.till.write(shifts.open_shift, 10_000)
    listed = shop.till.ask(shift_reports.closed)
    assert [one.z_number for one in listed] == [3, 2, 1]
    assert listed[0].closed_at_us < listed[-1].closed_at_us


@pytest.mark.parametrize(
    ("local_hour", "day"), [(1, 20261024), (3, 20261024), (4, 20261025), (23, 20261025)]
)
def test_a_shift_belongs_to_the_store_s_business_day(shop: Shop, local_hour: int, day: int) -> None:
    """By the store's zone and cut-off, also in the night that has one hour twice."""
    zone = ZoneInfo("Europe/Berlin")
    store_id = shop.till.identity.store_id
    shop.till.write(lambda uow: uow.edit(Store, store_id, timezone=zone.key, day_cutoff_min=240))
    shop.till.write(shifts.close_shift, 10_000)
    moment = datetime(2026, 10, 25, local_hour, 30, tzinfo=zone)
    shop.clock.us = int(moment.timestamp()) * 1_000_000
    assert shop.till.write(shifts.open_shift, 10_000).business_day == day


def test_a_shift_is_the_drawer_s_and_a_sale_its_cashier_s(shop: Shop) -> None:
    """Two cashiers sell in one shift; the report says who rang what."""
    sell(shop)
    shop.till.sign_in(shop.cashier)
    sell(shop)
    sell(shop)
    rung = current(shop).cashiers
    assert {user: sums.sale_count for user, sums in rung.items()} == {
        shop.manager.id: 1,
        shop.cashier.id: 2,
    }
    assert rung[shop.cashier.id].sales_minor == 258


def test_a_close_of_an_older_program_is_listed_and_says_that_it_kept_no_report(shop: Shop) -> None:
    """Its event holds the number, the count and nothing else."""
    old = ShiftEvent(
        id=shop.till.write(lambda uow: uow.new_id()),
        store_id=shop.till.identity.store_id,
        device_id=shop.till.identity.device_id,
        shift_id=shop.till.write(lambda uow: uow.new_id()),
        kind="close",
        amount_minor=900,
        user_id=shop.cashier.id,
        at_us=1,
        z_number=41,
    )
    shop.till.write(lambda uow: uow.insert(old))
    (listed,) = shop.till.ask(shift_reports.closed)
    assert (listed.z_number, listed.closed_by, listed.is_own) == (41, "Grace", True)
    with pytest.raises(Refusal, match="older program"):
        shop.till.ask(shift_reports.z_report, old.id)
