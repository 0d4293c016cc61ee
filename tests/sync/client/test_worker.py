"""The sync thread, on real threads and without a clock to race against."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from localdb.store import outbox
from localdb.store.bulk import BulkLoad
from sync.client.background import Background, Stopping
from sync.client.channel import InlineChannel
from sync.client.pull import Puller
from sync.client.status import Connection, SyncStatus
from sync.client.worker import LoopThread, SyncWorker
from sync.protocol.gateway import NetworkFault
from sync.protocol.limits import PAGE_ROWS_MAX
from sync.protocol.messages import PullReply
from tests.sync.client.conftest import Road
from tests.sync.client.fake_server import FakeServer
from tests.sync.client.test_pull import customer

PATIENCE_S = 20.0
"""Shorter than the idle poll: what happens in this time was nudged."""


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until another thread has made it so."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def delivered(road: Road) -> bool:
    with road.database.read() as conn:
        return outbox.waiting(conn).groups == 0


def test_a_commit_wakes_the_thread(road: Road) -> None:
    """A sale goes up at once, not at the next poll: the thread sleeps until it is nudged."""
    road.database.on_commit.append(road.engine.committed)
    worker = SyncWorker(road.engine)
    worker.start()
    eventually(lambda: road.count("pull") >= 2)
    road.add_customer()
    eventually(lambda: delivered(road))
    assert worker.stop(PATIENCE_S)


def test_the_thread_outlives_what_nobody_foresaw(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that raises is reported and called again; the thread never dies silently."""
    reported: list[object] = []
    monkeypatch.setattr("threading.excepthook", reported.append)
    stepped = threading.Event()
    worker = LoopThread("test", road.engine.up, time.monotonic)
    steps = 0

    def step(now: float) -> float:
        nonlocal steps
        steps += 1
        if steps == 1:
            worker.wake()
            raise KeyError("nobody foresaw this")
        stepped.set()
        return now + 1_000

    monkeypatch.setattr(road.engine.up, "step", step)
    worker.start()
    assert stepped.wait(PATIENCE_S)
    worker.end()
    assert worker.join(time.monotonic() + PATIENCE_S)
    assert len(reported) == 1


def test_stopping_does_not_wait_for_a_payment(road: Road) -> None:
    """A write that an open payment screen holds back is withdrawn, and goes up after a restart."""
    road.add_customer()
    pushed = threading.Event()
    push = road.server.push

    def seen(request):  # type: ignore[no-untyped-def]
        reply = push(request)
        pushed.set()
        return reply

    road.server.push = seen  # type: ignore[method-assign]
    worker = SyncWorker(road.engine)
    with road.database.hold_sync():
        worker.start()
        assert pushed.wait(PATIENCE_S)
        assert worker.stop(PATIENCE_S)
    assert not delivered(road)
    road.engine = road.new_engine()
    road.run(1)
    assert delivered(road)
    assert set(road.server.applied.values()) == {1}


class HangingServer(FakeServer):
    """Answers no pull before it is let go."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        super().__init__(now_us)
        self.let_go = threading.Event()
        self.hanging = threading.Semaphore(0)

    def pull(self, stream: str, epoch: str, after: int, rows_max: int = PAGE_ROWS_MAX) -> PullReply:
        self.hanging.release()
        self.let_go.wait(PATIENCE_S)
        return super().pull(stream, epoch, after, rows_max)


@pytest.fixture
def hanging(road: Road) -> Iterator[HangingServer]:
    """A server whose downloads hang; the road's engine is threaded."""
    road.server = server = HangingServer(road.clock.now_us)
    road.engine = road.new_engine(threaded=True)
    yield server
    server.let_go.set()


def test_a_sale_goes_up_while_a_download_hangs(road: Road, hanging: HangingServer) -> None:
    """Failure 15: a download that never answers holds up no upload, and stopping neither."""
    road.database.on_commit.append(road.engine.committed)
    worker = SyncWorker(road.engine)
    worker.start()
    assert hanging.hanging.acquire(timeout=PATIENCE_S)
    road.add_customer()
    eventually(lambda: delivered(road))
    assert worker.stop(PATIENCE_S)


def test_a_hanging_download_is_shown_and_then_given_up(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failure 15: the status says which direction hangs; after its deadline it is begun again."""
    monkeypatch.setattr("sync.client.engine.SLOW_S", 0.0)
    monkeypatch.setattr("sync.client.engine.PULL_DEADLINE_S", 0.2)
    road.server = server = HangingServer(road.clock.now_us)
    road.engine = road.new_engine(threaded=True)
    seen: list[SyncStatus] = []
    road.engine.on_status.append(seen.append)
    worker = SyncWorker(road.engine)
    worker.start()
    assert server.hanging.acquire(timeout=PATIENCE_S)
    eventually(lambda: any(status.download_stuck for status in tuple(seen)))
    assert server.hanging.acquire(timeout=PATIENCE_S)
    server.let_go.set()
    eventually(lambda: road.engine.status.connection is Connection.ONLINE)
    assert any(status.last_error for status in seen)
    eventually(lambda: not road.engine.status.download_stuck)
    assert worker.stop(PATIENCE_S)


def test_a_sale_goes_up_while_a_swap_waits_for_its_turn(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Indexes are built and pages are loaded on the other thread: uploads do not wait for them."""
    building, go_on = threading.Event(), threading.Event()

    def build(*_: object) -> None:
        building.set()
        go_on.wait(PATIENCE_S)

    monkeypatch.setattr(BulkLoad, "build", build)
    road.server.changed_elsewhere(customer(1))
    road.server.forget_history()
    road.engine = road.new_engine(threaded=True)
    road.database.on_commit.append(road.engine.committed)
    worker = SyncWorker(road.engine)
    worker.start()
    assert building.wait(PATIENCE_S)
    road.add_customer()
    eventually(lambda: delivered(road))
    go_on.set()
    assert worker.stop(PATIENCE_S)


def test_stopping_twice_or_before_the_start_is_no_error(road: Road) -> None:
    """The program may shut down at any moment."""
    worker = SyncWorker(road.engine)
    worker.start()
    assert worker.stop(PATIENCE_S)
    assert worker.stop(PATIENCE_S)


def test_a_cashier_pays_while_a_pull_is_applied(road: Road) -> None:
    """Failure 20: a pull of many transactions lets the cashier in after at most one of them."""
    for group in range(10):
        road.server.changed_elsewhere(*(customer(group * 100 + n) for n in range(100)))
    order: list[str] = []
    road.database.on_commit.append(lambda _: order.append("slice"))
    begun, go_on = threading.Event(), threading.Event()

    def occupy(_: object) -> None:
        begun.set()
        go_on.wait(PATIENCE_S)

    occupied = road.database.submit(occupy)
    assert begun.wait(PATIENCE_S)
    puller = Puller(Background(road.database), InlineChannel(road.server))
    pulling = threading.Thread(target=puller.pull, args=("org",))
    pulling.start()
    sale = road.database.submit(lambda _: order.append("sale"))
    go_on.set()
    sale.result(PATIENCE_S)
    occupied.result(PATIENCE_S)
    pulling.join(PATIENCE_S)
    assert order.count("slice") >= 5
    assert order.index("sale") <= 1


def test_nothing_is_read_or_written_after_the_stop(road: Road) -> None:
    """A stopped background leaves the database to its owner."""
    background = Background(road.database)
    background.stop()
    with pytest.raises(Stopping):
        background.read()
    with pytest.raises(Stopping):
        background.write(lambda _: None)


def test_what_the_server_has_is_not_counted_as_waiting_while_somebody_pays(road: Road) -> None:
    """The payment screen keeps the verdict from the disk, for minutes; the chip counts right."""
    road.database.on_commit.append(road.engine.committed)
    road.server.faults["push"] = [NetworkFault("The server cannot be reached.")] * 2
    worker = SyncWorker(road.engine)
    worker.start()
    road.add_customer()
    eventually(lambda: road.engine.status.waiting == 1)
    with road.database.hold_sync():
        road.engine.sync_now()
        eventually(lambda: road.engine.status.waiting == 0)
        assert not delivered(road)
    eventually(lambda: delivered(road))
    road.add_customer()
    eventually(lambda: delivered(road))
    assert worker.stop()
    assert road.engine.status.waiting == 0
