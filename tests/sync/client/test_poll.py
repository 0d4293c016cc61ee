"""What a hint makes a till ask for, in virtual time."""

import pytest

from localdb.domain.records import Customer, StockMovement
from localdb.store import outbox, rows, sync_state
from localdb.store.changes import Changes
from sync.client.poll import VERDICT_WAIT_S
from sync.client.status import LiveStatus
from sync.protocol.gateway import NetworkFault
from sync.protocol.limits import POLL_BUSY_S, POLL_IDLE_S
from sync.protocol.messages import Hint, PushReply, PushRequest
from tests.sync.client.conftest import PRODUCT, Road
from tests.sync.client.fake_server import STORE
from tests.sync.client.test_pull import customer

MOMENT_S = 0.001


@pytest.fixture
def level(road: Road) -> Road:
    """A till that has pulled everything; what it asks for from now on is counted."""
    road.run(1)
    road.server.pulled.clear()
    return road


def hint(road: Road, stream: str, number: int) -> None:
    road.engine.hinted(Hint(stream=stream, number=number))
    road.run(MOMENT_S)


def deliver(road: Road) -> None:
    """A customer written here goes up."""
    road.add_customer()
    road.engine.committed(Changes())
    road.run(MOMENT_S)


def movement(road: Road) -> StockMovement:
    return StockMovement(
        id="01900000-0000-7000-8000-0000000000f1", store_id=STORE, product_id=PRODUCT,
        quantity_milli=1_000, reason="adjust", at_us=road.clock.now_us(),
    )  # fmt: skip


def customers(road: Road) -> int:
    with road.database.read() as conn:
        return len(rows.find(conn, Customer))


def cursor(road: Road, stream: str) -> int:
    with road.database.read() as conn:
        return sync_state.cursor(conn, stream).number


def test_a_hint_costs_one_request(level: Road) -> None:
    """Only the stream it names is pulled."""
    level.server.changed_elsewhere(customer(1))
    hint(level, "org", 1)
    assert level.server.pulled == ["org"]
    assert customers(level) == 1


def test_a_hint_brings_all_that_there_is_by_then(level: Road) -> None:
    """It is late, and there is more than a page: the pull goes on to the head."""
    for number in range(120):
        level.server.changed_elsewhere(customer(number))
    hint(level, "org", 1)
    assert level.server.pulled == ["org"] * 3
    assert customers(level) == 120


def test_a_hint_behind_the_cursor_costs_nothing(level: Road) -> None:
    """What a poll brought a moment ago is not asked for again."""
    level.server.changed_elsewhere(customer(1))
    hint(level, "org", 1)
    hint(level, "org", 1)
    hint(level, "org", 0)
    assert level.server.pulled == ["org"]


def test_a_stream_that_is_not_followed_costs_nothing(level: Road) -> None:
    """Another store's, or one that never was."""
    hint(level, "01900000-0000-7000-8000-0000000000b2", 40)
    assert level.server.pulled == []


def test_a_hint_that_cannot_be_read_pulls_everything(level: Road) -> None:
    """It may have been about either stream."""
    level.engine.hinted(None)
    level.run(MOMENT_S)
    assert level.server.pulled == ["org", STORE]


def test_two_hints_at_once_are_one_request_a_stream(level: Road) -> None:
    """What comes in together is looked at together."""
    for number in (1, 2, 3):
        level.server.changed_elsewhere(customer(number))
        level.engine.hinted(Hint(stream="org", number=number))
    level.engine.hinted(Hint(stream=STORE, number=1))
    level.run(MOMENT_S)
    assert level.server.pulled == ["org", STORE]
    assert customers(level) == 3


def test_a_lost_hint_costs_one_poll(level: Road) -> None:
    """Nothing was said: the clock brings it, and hints and traffic do not put the clock off."""
    level.server.changed_elsewhere(movement(level))
    for second in range(int(POLL_IDLE_S)):
        level.server.changed_elsewhere(customer(second))
        hint(level, "org", second + 1)
        level.run(1)
    assert customers(level) == POLL_IDLE_S
    assert cursor(level, STORE) == 1


def test_all_is_looked_at_when_the_line_is_back_or_somebody_asks(level: Road) -> None:
    """A hint that came at the same moment makes neither of them less."""
    for ask in (level.engine.sync_now, lambda: level.engine.live(LiveStatus(connected=True))):
        level.server.pulled.clear()
        level.engine.hinted(Hint(stream=STORE, number=40))
        ask()
        level.run(1)
        assert sorted(set(level.server.pulled)) == sorted([STORE, "org"])


def test_a_fault_on_the_way_forgets_no_hint(level: Road) -> None:
    """The stream that could not be pulled is tried again, and that alone."""
    level.server.changed_elsewhere(customer(1))
    level.server.faults["pull"] = [NetworkFault("The connection to the server broke off.")]
    hint(level, "org", 1)
    assert customers(level) == 0
    level.run(POLL_BUSY_S - 1)
    assert customers(level) == 1
    assert level.server.pulled == ["org", "org"]


def test_what_this_till_sent_is_not_pulled_at_once(level: Road) -> None:
    """The hint about its own group costs nothing; the next poll brings the server's image."""
    deliver(level)
    hint(level, "org", 1)
    assert level.server.pulled == []
    status = level.engine.status
    assert (status.waiting, status.pulling, cursor(level, "org")) == (0, False, 0)
    level.run(POLL_BUSY_S)
    with level.database.read() as conn:
        assert outbox.acknowledged(conn) == []
    assert cursor(level, "org") == 1


def test_another_tills_group_takes_the_own_ones_along(level: Road) -> None:
    """Numbers stay without a gap: the stubs come in the same page as what follows them."""
    deliver(level)
    level.server.changed_elsewhere(customer(1))
    hint(level, "org", 2)
    assert level.server.pulled == ["org"]
    assert (customers(level), cursor(level, "org")) == (2, 2)


def test_another_tills_group_before_the_own_one_is_pulled(level: Road) -> None:
    """A verdict that names a number beyond the next one tells of somebody else's group."""
    level.server.changed_elsewhere(customer(1))
    deliver(level)
    hint(level, "org", 2)
    assert (customers(level), cursor(level, "org")) == (2, 2)


def test_a_hint_before_the_verdict_waits_for_it(
    level: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server tells of a group before it answers: whose it is, is known a moment later."""
    push = level.server.push

    def told_first(request: PushRequest) -> PushReply:
        reply = push(request)
        level.engine.hinted(Hint(stream="org", number=1))
        assert level.engine.down.step(level.clock.s) > level.clock.s
        return reply

    monkeypatch.setattr(level.server, "push", told_first)
    deliver(level)
    level.run(VERDICT_WAIT_S)
    assert level.engine.status.waiting == 0
    assert level.server.pulled == []


def test_a_hint_waits_no_longer_than_the_push(level: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was about another till's change: that comes down as soon as the verdict is there."""
    push = level.server.push

    def told_first(request: PushRequest) -> PushReply:
        level.server.changed_elsewhere(customer(1))
        level.engine.hinted(Hint(stream="org", number=1))
        level.engine.down.step(level.clock.s)
        return push(request)

    monkeypatch.setattr(level.server, "push", told_first)
    deliver(level)
    assert level.server.pulled == ["org"]
    assert (customers(level), cursor(level, "org")) == (2, 2)


def test_a_hint_does_not_wait_for_a_push_that_hangs(
    level: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other tills' changes come down in a tenth of a second, whatever becomes of the push."""
    push = level.server.push

    def slow(request: PushRequest) -> PushReply:
        level.server.changed_elsewhere(customer(1))
        level.engine.hinted(Hint(stream="org", number=1))
        level.engine.down.step(level.clock.s)
        assert level.server.pulled == []
        level.engine.down.step(level.clock.s + VERDICT_WAIT_S)
        assert level.server.pulled == ["org"]
        return push(request)

    monkeypatch.setattr(level.server, "push", slow)
    deliver(level)
    assert customers(level) == 2
