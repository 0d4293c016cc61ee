"""Upload: what the server gets, and what becomes of each group."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from localdb.store import outbox, sync_state
from localdb.store.database import Database
from localdb.store.unit_of_work import UnitOfWork
from sync.client.background import Background
from sync.client.channel import InlineChannel
from sync.client.push import Pusher
from sync.protocol.gateway import (
    AuthFault,
    BodyTooLarge,
    GatewayFault,
    NetworkFault,
    ProtocolFault,
    TimedOut,
    UpdateNeeded,
)
from sync.protocol.messages import PushReply, PushRequest, Verdict, VerdictKind
from tests.sync.client.conftest import Road
from tests.sync.client.fake_server import FakeServer

NEVER_VERDICTS = (
    NetworkFault("x"),
    NetworkFault("x", retry_after_s=9.0),
    TimedOut("x"),
    AuthFault("x"),
    BodyTooLarge("x"),
    UpdateNeeded("x"),
    ProtocolFault("x"),
)


@pytest.fixture
def pusher(road: Road) -> Pusher:
    return pusher_to(road, road.server)


def pusher_to(road: Road, server: FakeServer) -> Pusher:
    return Pusher(
        Background(road.database),
        InlineChannel(server),
        lambda: "01900000-0000-7000-8000-00000000ba7c",
    )


def left(database: Database) -> tuple[int, int]:
    """Groups waiting and groups parked."""
    with database.read() as conn:
        return outbox.waiting(conn).groups, len(outbox.parked(conn))


def test_groups_go_up_in_order_fifty_at_a_time(road: Road, pusher: Pusher) -> None:
    """A long queue goes up in order, in batches."""
    for _ in range(120):
        road.add_customer()
    while pusher.push():
        pass
    assert [len(batch) for batch in road.server.batches] == [50, 50, 20]
    assert [n for batch in road.server.batches for n in batch] == list(range(1, 121))
    assert left(road.database) == (0, 0)


def test_an_empty_queue_asks_nothing(road: Road, pusher: Pusher) -> None:
    """Without a group there is no request."""
    assert pusher.push() is None
    assert road.server.calls == []


def test_a_poisoned_group_does_not_hold_up_the_rest(road: Road, pusher: Pusher) -> None:
    """Failure 4: behind a rejected group fifty others go up all the same."""
    for _ in range(51):
        road.add_customer()
    road.server.refused[1] = "The tax class is unknown."
    while pusher.push():
        pass
    assert left(road.database) == (0, 1)
    assert len(road.server.ledger) == 51


def test_a_rejection_inside_a_success_is_parked_with_its_reason(road: Road, pusher: Pusher) -> None:
    """Failure 7: one rejected group of a 200 is kept, with the server's words."""
    ids = [road.add_customer() for _ in range(3)]
    road.server.refused[2] = "The tax class is unknown."
    pusher.push()
    with road.database.read() as conn:
        (parked,) = outbox.parked(conn)
    assert (parked.dseq, parked.verdict, parked.detail) == (
        2, "rejected", "The tax class is unknown.",
    )  # fmt: skip
    assert parked.group.ops[0].id == ids[1]


@pytest.mark.parametrize("fault", NEVER_VERDICTS, ids=lambda fault: type(fault).__name__)
def test_no_fault_ever_parks(road: Road, pusher: Pusher, fault: GatewayFault) -> None:
    """Failures 5 and 8: after any number of faults of any kind all groups still wait."""
    for _ in range(3):
        road.add_customer()
    road.server.faults["push"] = [fault] * 40
    for _ in range(40):
        with pytest.raises(type(fault)):
            pusher.push()
    assert left(road.database) == (3, 0)
    while pusher.push():
        pass
    assert left(road.database) == (0, 0)


def test_a_lost_reply_makes_no_second_sale(road: Road, pusher: Pusher) -> None:
    """Failure 10: done on the server, answer lost, sent again: applied exactly once."""
    road.move_stock(4_000)
    road.server.lost_replies = 1
    with pytest.raises(NetworkFault):
        pusher.push()
    assert left(road.database) == (1, 0)
    pusher.push()
    assert left(road.database) == (0, 0)
    assert set(road.server.applied.values()) == {1}


@pytest.mark.parametrize("fault", [BodyTooLarge("x"), TimedOut("x")])
def test_a_batch_too_large_or_too_slow_is_halved_and_grows_again(
    road: Road, pusher: Pusher, fault: GatewayFault
) -> None:
    """The batch fits itself to the line, down to one group and back up."""
    for _ in range(120):
        road.add_customer()
    road.server.faults["push"] = [fault] * 6
    for _ in range(6):
        with pytest.raises(type(fault)):
            pusher.push()
    assert pusher.groups_max == 1
    while pusher.push():
        pass
    assert [len(batch) for batch in road.server.batches] == [1, 2, 4, 8, 16, 32, 50, 7]


def test_a_fork_is_found_and_nothing_is_swallowed(road: Road, pusher: Pusher) -> None:
    """Failure 17: a number that another copy of this till has used is parked as a fork."""
    road.add_customer("of the copy")
    pusher.push()
    (taken,) = road.server.ledger.values()
    road.server.ledger[2] = taken.model_copy(update={"dseq": 2})
    road.add_customer("of the restored till")
    pusher.push()
    with road.database.read() as conn:
        (parked,) = outbox.parked(conn)
    assert parked.verdict == "fork"
    assert (parked.group.ops[0].values or {})["name"] == "of the restored till"


class MumblingServer(FakeServer):
    """Answers with verdicts of the test's making."""

    says: tuple[int, ...] = ()
    last_kind: VerdictKind = "applied"
    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def push(self, request: PushRequest) -> PushReply:
        reply = super().push(request)
        self.meanwhile()
        verdicts = [Verdict(dseq=dseq, kind="applied") for dseq in self.says]
        if verdicts:
            verdicts[-1] = verdicts[-1].model_copy(update={"kind": self.last_kind})
        return reply.model_copy(update={"verdicts": verdicts})


@pytest.mark.parametrize("says", [(), (7,), (2, 1), (1, 1), (1, 2, 3, 4)])
def test_verdicts_about_anything_else_are_not_believed(road: Road, says: tuple[int, ...]) -> None:
    """A verdict counts only for a group that was sent, in order."""
    server = MumblingServer(road.clock.now_us)
    server.says = says
    for _ in range(3):
        road.add_customer()
    with pytest.raises(ProtocolFault):
        pusher_to(road, server).push()
    assert left(road.database) == (3, 0)


def test_verdicts_on_the_first_groups_settle_those(road: Road) -> None:
    """A server that stops half-way, at a fork for example, is asked about the rest again."""
    server = MumblingServer(road.clock.now_us)
    server.says = (1, 2)
    for _ in range(3):
        road.add_customer()
    pusher_to(road, server).push()
    assert left(road.database) == (1, 0)


class SteppingServer(FakeServer):
    """Notes what the till has recorded whenever a batch arrives."""

    def __init__(self, road: Road) -> None:
        super().__init__(road.clock.now_us)
        self.road = road
        self.waiting_at: list[int] = []

    def push(self, request: PushRequest) -> PushReply:
        self.waiting_at.append(left(self.road.database)[0])
        return super().push(request)


def test_the_next_batch_leaves_before_the_last_is_recorded_and_never_earlier(road: Road) -> None:
    """One request at a time, in order; a restart in between finds both batches still waiting."""
    server = SteppingServer(road)
    for _ in range(120):
        road.add_customer()
    pusher = pusher_to(road, server)
    pusher.push()
    assert [len(batch) for batch in server.batches] == [50, 50]
    assert server.waiting_at == [120, 120]
    assert left(road.database) == (70, 0)
    again = pusher_to(road, server)
    while again.push():
        pass
    assert [batch[0] for batch in server.batches] == [1, 51, 51, 101]
    assert set(server.applied.values()) == {1}


@pytest.mark.parametrize("trouble", ["fork", "short", "restored"])
def test_the_next_batch_stays_when_the_last_was_not_taken_whole(road: Road, trouble: str) -> None:
    """After a fork, half an answer or a new epoch the queue is read anew, and nothing sent on."""
    server = MumblingServer(road.clock.now_us)
    for _ in range(120):
        road.add_customer()
    server.says = tuple(range(1, 51))
    match trouble:
        case "fork":
            server.last_kind = "fork"
        case "short":
            server.says = tuple(range(1, 50))
        case "restored":
            server.epoch = "epoch-2"
    pushed = pusher_to(road, server).push()
    assert pushed is not None
    assert not pushed.more
    assert [len(batch) for batch in server.batches] == [50]


def test_verdicts_of_a_server_that_was_restored_meanwhile_settle_nothing(road: Road) -> None:
    """Failure 18: the answer of before the restore comes after the till heard of it."""
    road.add_customer()
    server = MumblingServer(road.clock.now_us)
    server.says = (1,)

    def hear_of_the_restore(uow: UnitOfWork) -> None:
        sync_state.put_server_epoch(uow.connection, "epoch-2")

    server.meanwhile = lambda: road.database.write(hear_of_the_restore)
    pusher_to(road, server).push()
    assert left(road.database) == (1, 0)


def test_many_verdicts_take_few_statements(road: Road, pusher: Pusher) -> None:
    """A batch of fifty is recorded by as many statements as one of five."""
    road.move_stock(1_000)
    pusher.push()
    counts = []
    for groups in (5, 50):
        for _ in range(groups):
            road.move_stock(1_000)
        statements: list[str] = []
        with counted_statements(road.database, statements):
            pusher.push()
        counts.append(len(statements))
    assert counts[0] == counts[1] < 20


@contextmanager
def counted_statements(database: Database, statements: list[str]) -> Iterator[None]:
    """Every statement of the writer while inside."""

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    writers = database._writers
    event.listen(writers, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(writers, "before_cursor_execute", note)
