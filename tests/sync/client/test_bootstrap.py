"""Loading everything afresh beside a till that sells."""

import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localdb.domain.records import RECORDS, Category, Customer, StockMovement
from localdb.store import images, outbox, rows, stock_levels, sync_state
from localdb.store.folder import COPIES_KEPT, DataFolder
from localdb.store.unit_of_work import UnitOfWork
from sync.client.bootstrap import load_now
from sync.client.load_pace import FORGET_S, WAIT_FIRST_S, LoadPace
from sync.client.page_size import GROW_AFTER, PageSize
from sync.client.status import Progress
from sync.protocol.folded import fields_of, folded_fact, folded_reference
from sync.protocol.gateway import (
    AuthFault,
    BrokenOff,
    CursorExpired,
    NetworkFault,
    ProtocolFault,
    RequestRefused,
)
from sync.protocol.limits import SNAPSHOT_ROWS_MAX
from sync.protocol.messages import Problem, SnapshotPage, StockPage
from tests.sync.client.conftest import PRODUCT, Road
from tests.sync.client.fake_server import OTHER_TILL, STORE, FakeServer
from tests.sync.client.test_pull import customer, held

OFFLINE = NetworkFault("The server cannot be reached.")


def fill(server: FakeServer, customers: int = 7) -> None:
    """Give the server some data, over both streams and several pages."""
    for number in range(customers):
        server.changed_elsewhere(customer(number))
    server.changed_elsewhere(Category(id=OTHER_TILL, name="Bread"))
    for number, quantity in enumerate((5_000, -2_000)):
        server.changed_elsewhere(
            StockMovement(
                id=f"01900000-0000-7000-9000-{number:012x}", store_id=STORE, product_id=PRODUCT,
                quantity_milli=quantity, reason="adjust", at_us=0,
            )
        )  # fmt: skip


def names(road: Road) -> list[str]:
    return sorted(found.name for found in held(Customer, road))


def stock(road: Road) -> int:
    with road.database.read() as conn:
        return stock_levels.level(conn, STORE, PRODUCT)


def test_the_first_load_brings_everything(new_road: Road) -> None:
    """An enrolled empty till holds what the server holds, stock too, and pulls on from there."""
    fill(new_road.server)
    seen: list[Progress] = []
    load_now(new_road.database, new_road.server, seen.append)
    assert len(held(Customer, new_road)) == 7
    assert stock(new_road) == 3_000
    assert seen[-1] == Progress(10, 10)
    new_road.server.changed_elsewhere(customer(99, "New"))
    new_road.run(1)
    assert "New" in names(new_road)
    assert new_road.count("snapshot_heads") == 1


class FoldingServer(FakeServer):
    """Sends its pages folded, with a column ``more``; ``spoil`` changes the first customer."""

    more: tuple[str, Any] | None = None
    cut_off = 0
    spoil: Callable[[list[Any]], None] | None = None
    swapped: tuple[str, ...] = ()

    def snapshot_page(
        self, record_type: str, after: str, limit: int, bucket: str = ""
    ) -> SnapshotPage:
        page = super().snapshot_page(record_type, after, limit, bucket)
        fields = fields_of(RECORDS[record_type])
        table = [folded_reference(fields, r.values, r.version, r.vector) for r in page.rows]
        table += [folded_fact(fields, fact.values) for fact in page.facts]
        if self.more is not None:
            fields = [self.more[0], *fields]
            table = [[self.more[1], *row] for row in table]
        if self.swapped and record_type == "customer":
            places = [fields.index(name) for name in self.swapped]
            for row in (fields, *table):
                row[places[0]], row[places[1]] = row[places[1]], row[places[0]]
        if self.spoil is not None and record_type == "customer":
            self.spoil(table[0])
        cells = list(itertools.chain.from_iterable(table))
        if record_type == "customer":
            cells = cells[: len(cells) - self.cut_off]
        folded = {"rows": [], "facts": [], "fields": fields, "cells": cells}
        return page.model_copy(update=folded)


def loaded_from(road: Road, server: FoldingServer) -> Road:
    road.server = server
    fill(server)
    load_now(road.database, server, lambda _: None)
    return road


def test_folded_pages_bring_the_same(new_road: Road) -> None:
    """Rows, versions, facts and stock are those of pages that are not folded."""
    road = loaded_from(new_road, FoldingServer(new_road.clock.now_us))
    assert len(held(Customer, road)) == 7
    assert stock(road) == 3_000
    with road.database.read() as conn:
        found = rows.load(conn, "customer", [customer(3).id])[customer(3).id]
    sent = road.server.rows["customer", customer(3).id]
    assert images.server_values("customer", found) == sent.values
    assert (found["version"], json.loads(found["vector"])) == (sent.version, sent.vector)
    assert (found["extra"], found["image"]) == (None, None)


def test_folded_pages_of_a_newer_server_keep_what_they_bring(new_road: Road) -> None:
    """A column this program does not know is kept beside the row, as in any other page."""
    server = FoldingServer(new_road.clock.now_us)
    server.more = ("loyalty_tier", "gold")
    road = loaded_from(new_road, server)
    assert len(held(Customer, road)) == 7
    with road.database.read() as conn:
        extras = {row[0] for row in conn.exec_driver_sql("SELECT extra FROM customer")}
    assert extras == {'{"loyalty_tier":"gold"}'}


def test_folded_pages_may_have_another_order(new_road: Road) -> None:
    """Columns are known by their names: a server that declares them otherwise mixes nothing up."""
    server = FoldingServer(new_road.clock.now_us)
    server.swapped = ("name", "note")
    road = loaded_from(new_road, server)
    assert set(names(road)) == {"Grace"}
    assert stock(road) == 3_000


@pytest.mark.parametrize("column", ["name", "vector", "extra"])
def test_an_odd_row_of_a_folded_page_harms_nobody(new_road: Road, column: str) -> None:
    """What cannot be stored is put aside or refused as a whole; no page is half there."""
    server = FoldingServer(new_road.clock.now_us)
    place = fields_of(Customer).index(column)
    server.spoil = lambda row: row.__setitem__(place, ["no", "text"])
    if column == "name":
        road = loaded_from(new_road, server)
        assert len(held(Customer, road)) == 7 - 4  # one of each page
        return
    with pytest.raises(ProtocolFault):
        loaded_from(new_road, server)


def test_half_a_row_of_a_folded_page_is_refused(new_road: Road) -> None:
    """A page whose cells do not come out even brings nothing at all."""
    server = FoldingServer(new_road.clock.now_us)
    server.cut_off = 1
    with pytest.raises(ProtocolFault):
        loaded_from(new_road, server)


def test_a_load_goes_on_where_it_broke_off(new_road: Road) -> None:
    """A fault in the middle costs no page that was taken in already."""
    fill(new_road.server)
    new_road.server.snapshot_rows_max = 2
    whole = 4 + 1 + 1  # pages of customers, categories and movements, two rows each
    for _ in range(2):
        new_road.server.faults["snapshot_page"] = []
        with pytest.raises(NetworkFault):
            _load_two_pages(new_road)
    load_now(new_road.database, new_road.server, lambda _: None)
    assert len(held(Customer, new_road)) == 7
    assert new_road.count("snapshot_page") - 2 == whole
    assert new_road.count("snapshot_heads") == 1


def test_nothing_is_asked_of_a_type_that_is_empty(new_road: Road) -> None:
    """The heads counted it: what comes after them comes by the stream."""
    fill(new_road.server)
    load_now(new_road.database, new_road.server, lambda _: None)
    assert new_road.count("snapshot_page") == 4 + 1 + 1  # customers, categories and movements


def _load_two_pages(road: Road) -> None:
    done = 0

    def stop_after_one(progress: Progress) -> None:
        nonlocal done
        done += 1
        if done == 2:
            road.server.faults["snapshot_page"] = [OFFLINE]

    load_now(road.database, road.server, stop_after_one)


def test_what_changes_during_the_load_is_not_missed(new_road: Road) -> None:
    """Heads are noted before the first page: a change behind the reader comes by the stream."""
    fill(new_road.server)
    new_road.step()
    while new_road.engine.status.bootstrap is None or new_road.engine.status.bootstrap.rows < 4:
        new_road.step()
    new_road.server.changed_elsewhere(customer(0, "Renamed"))
    new_road.server.changed_elsewhere(customer(0, "Renamed again"))
    new_road.run(10)
    assert "Renamed again" in names(new_road)
    assert len(held(Customer, new_road)) == 7


def test_a_till_away_too_long_loads_afresh_and_keeps_its_own(road: Road) -> None:
    """Failure 22: past the retention the till loads anew; its unsent work goes up and stays."""
    fill(road.server)
    road.run(60)
    mine = road.add_customer("Written offline")
    road.server.faults["push"] = [OFFLINE] * 3
    road.server.changed_elsewhere(replace(customer(1), deleted=True))
    road.server.forget_history()
    road.engine.hinted()
    road.run(120)
    assert road.engine.status.waiting == 0
    assert "Written offline" in names(road)
    assert road.server.applied["customer", mine] == 1
    assert [c.deleted for c in held(Customer, road) if c.id == customer(1).id] == [True]
    assert road.count("snapshot_heads") == 1


def test_the_swap_waits_for_the_cart(road: Road) -> None:
    """A cashier in the middle of a sale keeps the file that knows it, and sees what waits."""
    fill(road.server)
    road.server.forget_history()
    road.cart_is_empty = False
    before = road.database.file.stat().st_ino
    road.run(120)
    assert road.engine.status.swap_waiting
    assert road.database.file.stat().st_ino == before
    sold = road.move_stock(-1_000)
    road.cart_is_empty = True
    road.engine.sync_now()
    road.run(10)
    assert not road.engine.status.swap_waiting
    assert road.database.file.stat().st_ino != before
    assert len(held(Customer, road)) == 7
    assert road.server.applied["stock_movement", sold] == 1
    road.run(60)
    assert stock(road) == 2_000


def test_a_load_holds_up_no_sale(road: Road) -> None:
    """Sales rung during a long load go up between its pages."""
    fill(road.server, customers=40)
    road.server.forget_history()
    road.step()
    road.step()
    for _ in range(3):
        road.add_customer("During the load")
        road.engine.sync_now()
        road.step()
        road.step()
        road.clock.s += 0.01
    assert road.engine.status.bootstrap is not None
    assert len(road.server.ledger) == 3
    road.run(60)
    assert names(road).count("During the load") == 3


def test_a_load_survives_a_restart(road: Road) -> None:
    """Stopped in the middle, the next start goes on with the same pages."""
    fill(road.server, customers=40)
    road.server.forget_history()
    for _ in range(12):
        road.step()
    pages = road.count("snapshot_page")
    road.engine.stop()
    road.engine.close()
    road.engine = road.new_engine()
    road.run(60)
    assert road.count("snapshot_heads") == 1
    assert road.count("snapshot_page") == 20 + 1 + 1 + 1  # one was fetched ahead
    assert 0 < pages < 20


def test_a_restored_server_is_not_resumed_from(road: Road) -> None:
    """A half-finished load of another epoch is thrown away."""
    fill(road.server, customers=10)
    road.server.forget_history()
    for _ in range(6):
        road.step()
    road.engine.stop()
    road.engine.close()
    road.server.epoch = "epoch-2"
    road.engine = road.new_engine()
    road.run(60)
    assert road.count("snapshot_heads") == 2
    with road.database.read() as conn:
        assert sync_state.cursor(conn, "org").epoch == "epoch-2"


def test_a_refused_token_in_the_middle_is_waited_out(new_road: Road) -> None:
    """Any fault of a page leaves the load where it is."""
    fill(new_road.server)
    new_road.server.faults["snapshot_page"] = [AuthFault("revoked")]
    new_road.run(200)
    assert len(held(Customer, new_road)) == 7


def test_a_server_that_refuses_even_fresh_data_is_not_loaded_in_a_circle(road: Road) -> None:
    """The wait between loads doubles, up to six hours; a day without one begins anew."""
    road.server.retained_after["org"] = 1_000
    road.run(3600)
    assert 2 <= road.count("snapshot_heads") <= 7
    assert "fresh load again and again" in str(road.engine.status.last_error)
    road.run(24 * 3600)
    assert road.count("snapshot_heads") <= 14
    backups = road.database.file.parent / "backups"
    assert len(list(backups.glob("till-loaded-over-*.db"))) == COPIES_KEPT


def test_pages_shrink_until_they_get_through(road: Road) -> None:
    """Over a line that loses large answers a download arrives, as an upload does: pull and load."""
    fill(road.server)
    road.server.passes_rows = 30
    road.run(600)
    assert len(held(Customer, road)) == 7
    road.server.changed_elsewhere(customer(8, "While away"))
    road.server.forget_history()
    road.engine.hinted()
    road.run(600)
    assert road.count("snapshot_heads") == 1
    assert "While away" in names(road)
    assert stock(road) == 3_000


def test_pages_grow_again_as_they_arrive() -> None:
    """Half after a failure, never none; double after some that came, never more than the most."""
    size = PageSize(100)

    def lost() -> None:
        raise BrokenOff("The connection to the server broke off.")

    for expected in (50, 25, 12, 6, 3, 1, 1):
        with pytest.raises(BrokenOff):
            size.watch(lost)
        assert size.rows == expected
    for expected in (2, 4, 8, 16, 32, 64, 100, 100):
        for _ in range(GROW_AFTER):
            size.watch(lambda: None)
        assert size.rows == expected


def test_a_stream_that_is_refused_between_good_ones_is_not_loaded_in_a_circle(road: Road) -> None:
    """A load counts also where the server took the till's cursor once since."""
    for _ in range(30):
        road.server.faults["pull"] = [CursorExpired("too old")]
        road.engine.hinted()
        road.run(120)
    assert 2 <= road.count("snapshot_heads") <= 7


def test_a_load_a_day_waits_for_nothing() -> None:
    """Only loads in a row are paced."""
    pace = LoadPace()
    for day in range(3):
        at = day * FORGET_S
        assert pace.wait_s(at) == 0
        pace.began(at)
        assert pace.wait_s(at + 1) == WAIT_FIRST_S - 1


class RestlessServer(FakeServer):
    """Takes a new stock checkpoint while a till reads the old one."""

    restless = 1

    def stock_page(self, after: str, limit: int = SNAPSHOT_ROWS_MAX) -> StockPage:
        page = super().stock_page(after, limit)
        if after and self.restless:
            self.restless -= 1
            return page.model_copy(update={"number": page.number + 1})
        return page


def test_stock_of_two_moments_is_never_mixed(new_road: Road) -> None:
    """When the checkpoint moves between two of its pages, it is read anew."""
    server = RestlessServer(new_road.clock.now_us)
    for number in range(5):
        server.changed_elsewhere(
            StockMovement(
                id=f"01900000-0000-7000-9000-{number:012x}", store_id=STORE,
                product_id=f"01900000-0000-7000-a000-{number:012x}",
                quantity_milli=1_000, reason="adjust", at_us=0,
            )
        )  # fmt: skip
    with pytest.raises(ProtocolFault):
        load_now(new_road.database, server, lambda _: None)
    load_now(new_road.database, server, lambda _: None)
    with new_road.database.read() as conn:
        total = conn.exec_driver_sql("SELECT sum(quantity_milli) FROM stock_level").scalar_one()
    assert total == 5_000


class LoopingServer(FakeServer):
    """Names a page's own beginning as its end."""

    def stock_page(self, after: str, limit: int = SNAPSHOT_ROWS_MAX) -> StockPage:
        return StockPage(number=0, levels=[], next_after=PRODUCT)


def test_stock_that_is_not_known_any_more_means_newer_heads(road: Road) -> None:
    """The server pruned its log past the heads of a load: that load is of no more use."""
    fill(road.server)
    road.server.forget_history()
    gone = Problem(status=409, code="no_checkpoint", title="Ask for the heads first.")
    road.server.faults["stock_page"] = [RequestRefused(gone)]
    road.run(60)
    assert road.count("snapshot_heads") == 2
    assert len(held(Customer, road)) == 7
    assert stock(road) == 3_000


def test_a_page_that_leads_nowhere_is_a_fault(new_road: Road) -> None:
    """A server that sends one page for ever does not hang the till."""
    with pytest.raises(ProtocolFault):
        load_now(new_road.database, LoopingServer(new_road.clock.now_us), lambda _: None)


def test_unsent_edits_lie_on_top_of_the_fresh_data(road: Road) -> None:
    """Failure 22: an offline edit is replayed over the freshly loaded row, and goes up."""
    road.server.changed_elsewhere(customer(1, "Grace"))
    road.run(60)
    road.server.faults["push"] = [OFFLINE] * 100

    def annotate(uow: UnitOfWork) -> None:
        uow.edit(Customer, customer(1).id, note="Pays on Fridays")

    road.database.write(annotate)
    road.server.changed_elsewhere(customer(1, "Grace Hopper"))
    road.server.forget_history()
    road.engine.hinted()
    road.run(10)
    (found,) = held(Customer, road)
    assert (found.name, found.note) == ("Grace Hopper", "Pays on Fridays")
    with road.database.read() as conn:
        assert outbox.waiting(conn).groups == 1
    road.server.faults.clear()
    road.run(70)
    assert road.server.rows["customer", found.id].values["note"] == "Pays on Fridays"
    assert not list(Path(road.database.file.parent).glob("till.new.db*"))


def test_a_swap_that_fails_late_loads_anew(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written after the failed swap is there after the next one, and goes up once."""
    fill(road.server)
    early = road.add_customer("Early")
    road.server.forget_history()
    bugs: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", bugs.append)

    def in_use(*_: object) -> None:
        raise PermissionError("the file is open elsewhere")

    with monkeypatch.context() as patch:
        patch.setattr(DataFolder, "swap_in", in_use)
        while not bugs:
            road.clock.s = max(road.clock.s, road.step())
    late = road.add_customer("Late")
    road.run(200)
    latest = road.add_customer("Latest")
    road.run(60)
    assert {"Early", "Late", "Latest", "Grace"} <= set(names(road))
    assert [road.server.applied["customer", mine] for mine in (early, late, latest)] == [1, 1, 1]
    assert [type(bug.exc_value) for bug in bugs] == [PermissionError]


def test_a_movement_the_restored_server_lost_counts_once_when_it_comes_again(road: Road) -> None:
    """Failure 18: the fresh stock misses it, and another till sends it again to us who held it."""
    movement = StockMovement(
        id="01900000-0000-7000-9000-0000000000ff", store_id=STORE, product_id=PRODUCT,
        quantity_milli=4_000, reason="adjust", at_us=0,
    )  # fmt: skip
    road.server.changed_elsewhere(movement)
    road.run(60)
    assert stock(road) == 4_000
    road.server.restored(0)
    road.run(120)
    road.server.changed_elsewhere(movement)
    road.run(60)
    assert stock(road) == 4_000


def test_a_held_group_is_asked_about_after_a_load(road: Road) -> None:
    """It may be applied in what this till skipped: then its edit must not lie on for ever."""
    fill(road.server)
    road.run(60)
    road.server.held.add(1)
    edited = customer(1).id
    road.database.write(lambda uow: uow.edit(Customer, edited, name="Mine"))
    road.run(60)
    road.server.release(1)
    road.server.changed_elsewhere(customer(1, "Theirs"))
    road.server.forget_history()
    road.run(120)
    assert {c.name for c in held(Customer, road) if c.id == edited} == {"Theirs"}
