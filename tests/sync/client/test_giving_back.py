"""After the server was restored, a till hands over what it holds of others and the server lost."""

import pytest

from localdb.domain.ids import IdSource
from localdb.domain.ops import body_hash, decode
from localdb.domain.records import JournalEntry, ShiftEvent, StockMovement
from localdb.store import sync_state
from sync.client import giving_back
from sync.protocol.gateway import NetworkFault, RequestRefused
from sync.protocol.messages import Problem
from tests.sync.client.conftest import Clock, Road
from tests.sync.client.fake_server import OTHER_TILL, STORE

TODAY = IdSource(Clock().now_us)()


def id_(number: int) -> str:
    """Of the day on which the till's clock starts: older facts would be dropped."""
    return f"{TODAY[:24]}{number:012x}"


def event(number: int) -> ShiftEvent:
    return ShiftEvent(
        id=id_(number), store_id=STORE, device_id=OTHER_TILL, shift_id=id_(99), kind="no_sale",
        user_id=id_(98), at_us=1,
    )  # fmt: skip


def movement(number: int) -> StockMovement:
    return StockMovement(
        id=id_(number), store_id=STORE, product_id=id_(97), quantity_milli=-2000, reason="sale",
        at_us=1,
    )  # fmt: skip


def entry(number: int) -> JournalEntry:
    return JournalEntry(
        id=id_(number), store_id=STORE, device_id=OTHER_TILL, seq=1, kind="no_sale", at_us=1,
        payload="{}", previous_hash="", hash="h",
    )  # fmt: skip


@pytest.fixture
def known(road: Road) -> Road:
    """A till that has heard of the server's epoch, as it does when it enrols."""
    epoch = road.server.epoch
    road.database.write(lambda uow: sync_state.put_server_epoch(uow.connection, epoch))
    return road


def pulled(road: Road) -> Road:
    """The till holds a group of another one, which the server has lost by now."""
    road.server.changed_elsewhere(event(1), movement(2), entry(3))
    road.run(60)
    road.server.restored(dseq=0)
    return road


def test_a_group_goes_back_whole(known: Road) -> None:
    """Failure 18: as its own device's, under its number, stock movement and journal included."""
    pulled(known).run(120)
    (given,) = known.server.given_back
    group = decode(given.body)
    assert (group.device_id, group.dseq, group.store_id) == (OTHER_TILL, 1, STORE)
    assert given.hash == body_hash(given.body)
    values = {op.type: op.values for op in group.ops}
    assert values == {one.TYPE: one.values() for one in (event(1), movement(2), entry(3))}
    assert known.count("runs") == 1


def test_what_the_server_holds_is_not_sent(known: Road) -> None:
    """A till asks how far each device has delivered, and gives only what lies beyond."""
    known.server.runs_of_others[OTHER_TILL] = 1
    pulled(known).run(120)
    assert known.count("runs") == 1
    assert not known.server.given_back


def test_nobody_is_asked_when_nothing_was_restored(known: Road) -> None:
    """A load for another reason costs no question; nor does a till's own work."""
    known.server.changed_elsewhere(event(1))
    known.run(60)
    known.add_customer()
    known.server.forget_history()
    known.run(120)
    assert known.count("runs") == 0


@pytest.mark.parametrize("call", ["runs", "give_back"])
def test_a_line_that_breaks_is_tried_again(known: Road, call: str) -> None:
    """The new epoch is noted last: until then each answer says again that there is work."""
    known.server.faults[call] = [NetworkFault("The connection to the server broke off.")] * 3
    pulled(known).run(300)
    assert {group.dseq for group in known.server.given_back} == {1}
    with known.database.read() as conn:
        assert sync_state.server_epoch(conn) == "epoch-2"


def test_an_older_server_is_not_asked_twice(known: Road) -> None:
    """It knows no such call: the till goes on without."""
    unknown = Problem(status=404, code="not_found", title="There is no such call.")
    known.server.faults["runs"] = [RequestRefused(unknown)] * 9
    pulled(known).run(120)
    assert known.count("runs") == 1
    with known.database.read() as conn:
        assert sync_state.server_epoch(conn) == "epoch-2"


def test_many_groups_go_in_batches(known: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    """None is left out, and none is too large for a request."""
    monkeypatch.setattr(giving_back, "BATCH_GROUPS_MAX", 2)
    for number in range(1, 6):
        known.server.changed_elsewhere(event(number), dseq=number)
    known.run(60)
    known.server.restored(dseq=0)
    known.run(120)
    assert [group.dseq for group in known.server.given_back] == [1, 2, 3, 4, 5]
    assert known.count("give_back") == 3
