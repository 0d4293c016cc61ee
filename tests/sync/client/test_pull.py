"""Download: what a till takes in, and what it refuses."""

from collections.abc import Sequence
from typing import Any

import pytest

from localdb.domain.records import Customer, HeldCart, StockMovement
from localdb.store import outbox, replica, rows, stock_levels, sync_state
from localdb.store.unit_of_work import UnitOfWork
from sync.client.background import Background
from sync.client.channel import InlineChannel
from sync.client.pull import Puller
from sync.client.push import Pusher
from sync.protocol.gateway import CursorExpired, ProtocolFault
from sync.protocol.limits import PAGE_ROWS_MAX
from sync.protocol.messages import Entry, PullReply
from tests.sync.client.conftest import PRODUCT, Road
from tests.sync.client.fake_server import OTHER_TILL, STORE, FakeServer


@pytest.fixture
def puller(road: Road) -> Puller:
    return Puller(Background(road.database), InlineChannel(road.server))


def customer(number: int, name: str = "Grace") -> Customer:
    return Customer(id=f"01900000-0000-7000-8000-{number:012x}", name=name)


def held(record: type[Customer], road: Road) -> list[Customer]:
    with road.database.read() as conn:
        return rows.find(conn, record)


def cursor(road: Road, stream: str = "org") -> int:
    with road.database.read() as conn:
        return sync_state.cursor(conn, stream).number


def test_pages_are_taken_in_until_the_head(road: Road, puller: Puller) -> None:
    """More groups than a page holds: none is skipped and none comes twice."""
    for number in range(120):
        road.server.changed_elsewhere(customer(number))
    pages = 1
    while puller.pull("org").behind:
        pages += 1
    assert pages == 3
    assert len(held(Customer, road)) == 120
    assert cursor(road) == 120


def test_large_pages_are_applied_in_short_transactions(road: Road, puller: Puller) -> None:
    """Failure 20: a page of 1,000 rows is several transactions, so a cashier gets in between."""
    sizes: list[int] = []
    road.database.on_commit.append(lambda changes: sizes.append(len(changes.rows)))
    for group in range(10):
        road.server.changed_elsewhere(*(customer(group * 100 + n) for n in range(100)))
    puller.pull("org")
    assert sum(sizes) == 1000
    assert max(sizes) <= 200


def test_a_large_group_is_applied_in_short_transactions(road: Road, puller: Puller) -> None:
    """Failure 20: a sale of a thousand lines on another till is no long transaction on this one."""
    sizes: list[int] = []
    road.database.on_commit.append(lambda changes: sizes.append(len(changes.rows)))
    road.server.changed_elsewhere(*(customer(n) for n in range(1_000)))
    puller.pull("org")
    assert (sum(sizes), max(sizes)) == (1_000, 200)
    assert len(held(Customer, road)) == 1_000
    assert cursor(road) == 1


def test_a_large_group_that_breaks_off_is_taken_in_again(
    road: Road, puller: Puller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cursor moves with the last part only."""
    road.server.changed_elsewhere(*(customer(n) for n in range(500)))
    part, parts = replica.apply_ahead, [0]

    def fail_at_the_second(*given: Any) -> None:
        parts[0] += 1
        if parts[0] == 2:
            raise OSError("half-way")
        part(*given)

    with monkeypatch.context() as patch:
        patch.setattr(replica, "apply_ahead", fail_at_the_second)
        with pytest.raises(OSError, match="half-way"):
            puller.pull("org")
    assert (len(held(Customer, road)), cursor(road)) == (200, 0)
    puller.pull("org")
    assert (len(held(Customer, road)), cursor(road)) == (500, 1)


class LyingServer(FakeServer):
    """Sends other entries than the stream holds."""

    entries_sent: Sequence[Entry] = ()
    head = 3
    epoch_sent = "epoch-1"

    def pull(self, stream: str, epoch: str, after: int, rows_max: int = PAGE_ROWS_MAX) -> PullReply:
        return PullReply(
            epoch=self.epoch_sent, stream=stream, head=self.head,
            entries=list(self.entries_sent), server_time_us=0,
        )  # fmt: skip


def entry(number: int) -> Entry:
    return Entry(number=number, device_id=OTHER_TILL, dseq=number, at_us=0)


@pytest.mark.parametrize("numbers", [(2, 3), (1, 3), (1, 1), (0, 1), (2, 1), ()])
def test_a_gap_is_never_taken_in(road: Road, numbers: tuple[int, ...]) -> None:
    """Entries must follow the cursor without a gap, or nothing of the page is applied."""
    server = LyingServer(road.clock.now_us)
    server.entries_sent = [entry(number) for number in numbers]
    with pytest.raises(ProtocolFault):
        Puller(Background(road.database), InlineChannel(server)).pull("org")
    assert cursor(road) == 0


@pytest.mark.parametrize(("epoch", "head"), [("epoch-2", 3), ("epoch-1", -1)])
def test_a_restored_server_asks_for_a_fresh_load(road: Road, epoch: str, head: int) -> None:
    """Failure 18: another epoch, or a head behind the cursor, cannot be gone on from."""
    server = LyingServer(road.clock.now_us)
    server.epoch_sent = epoch
    if head < 0:
        server.entries_sent, server.head = [entry(1)], 1
        Puller(Background(road.database), InlineChannel(server)).pull("org")
        server.entries_sent, server.head = [], 0
    with pytest.raises(CursorExpired):
        Puller(Background(road.database), InlineChannel(server)).pull("org")


def test_a_till_that_never_loaded_asks_for_a_load(new_road: Road) -> None:
    """Without a cursor there is nothing to go on from."""
    with pytest.raises(CursorExpired):
        Puller(Background(new_road.database), InlineChannel(new_road.server)).pull("org")
    assert new_road.server.calls == []


def test_a_payment_made_offline_survives_the_pull_of_its_open_cart(
    road: Road, puller: Puller
) -> None:
    """Failure 14: a held cart recalled here offline stays recalled when the open one is pulled."""
    cart = HeldCart(
        id=PRODUCT, store_id=STORE, label="Ada", cart="{}", total_minor=100,
        held_by=OTHER_TILL, held_at_us=0,
    )  # fmt: skip
    road.server.changed_elsewhere(cart)
    puller.pull(STORE)

    def recall(uow: UnitOfWork) -> None:
        uow.edit(HeldCart, cart.id, state="recalled")

    road.database.write(recall)
    road.server.changed_elsewhere(cart)
    puller.pull(STORE)
    with road.database.read() as conn:
        assert [found.state for found in rows.find(conn, HeldCart)] == ["recalled"]
        assert outbox.waiting(conn).groups == 1


def test_movements_of_two_tills_add_up(road: Road, puller: Puller) -> None:
    """Failure 23: sold here offline and there meanwhile: both count, and each once."""
    road.move_stock(4_000)
    road.server.changed_elsewhere(
        StockMovement(
            id=OTHER_TILL, store_id=STORE, product_id=PRODUCT,
            quantity_milli=-1_000, reason="adjust", at_us=0,
        )
    )  # fmt: skip
    ids = Pusher(Background(road.database), InlineChannel(road.server), lambda: PRODUCT)
    ids.push()
    puller.pull(STORE)
    with road.database.read() as conn:
        assert stock_levels.level(conn, STORE, PRODUCT) == 3_000
    assert sum(v["quantity_milli"] for v in road.server.facts.values()) == 3_000


def test_own_groups_come_back_and_end_their_wait(road: Road, puller: Puller) -> None:
    """An edit is replayed until its group is pulled back, then the server's row stands alone."""
    customer_id = road.add_customer()
    Pusher(Background(road.database), InlineChannel(road.server), lambda: PRODUCT).push()
    with road.database.read() as conn:
        before = rows.load(conn, "customer", [customer_id])[customer_id]["version"]
    puller.pull("org")
    with road.database.read() as conn:
        after = rows.load(conn, "customer", [customer_id])[customer_id]["version"]
        assert conn.exec_driver_sql("SELECT count(*) FROM outbox_edit").scalar_one() == 0
    assert (before, after) == (0, 1)
