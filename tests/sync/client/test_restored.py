"""After a restore: what a till sends again, and whose the run is that the server holds."""

from dataclasses import replace

from localdb.domain.ops import body_hash, decode, encode
from localdb.store import outbox
from sync.protocol.messages import SentGroup
from tests.sync.client.conftest import Road
from tests.sync.client.fake_server import FakeServer

TWICE = 2


def delivered(road: Road, groups: int = TWICE) -> Road:
    """Some groups that the server took before it was restored."""
    for number in range(groups):
        road.add_customer(f"Customer {number}")
    road.run(60)
    return road


def of_a_copy(server: FakeServer, dseq: int) -> None:
    """Another copy of this till was first to deliver its group of that number."""
    group = decode(server.ledger[dseq].body)
    body = encode(replace(group, id=group.id[:-4] + "c0de"))
    server.ledger[dseq] = SentGroup(dseq=dseq, hash=body_hash(body), body=body)


def test_a_run_that_is_another_copys_is_looked_through(road: Road) -> None:
    """Failures 17 and 18: as long as its own, it is not its own from where the copies parted."""
    delivered(road)
    road.server.restored(dseq=TWICE)
    of_a_copy(road.server, TWICE)
    road.server.batches.clear()
    road.run(120)
    assert road.server.batches[0] == [1, TWICE]
    with road.database.read() as conn:
        (parked,) = outbox.parked(conn)
    assert (parked.dseq, parked.verdict) == (TWICE, "fork")


def test_its_own_group_that_came_before_the_answer_tells_nothing(road: Road) -> None:
    """The restored server took the next one at once: what counts is the last one before that."""
    delivered(road)
    road.server.restored(dseq=TWICE)
    of_a_copy(road.server, TWICE)
    road.add_customer("Customer after the restore")
    road.run(120)
    with road.database.read() as conn:
        assert outbox.parked(conn)[0].dseq == TWICE


def test_its_own_run_is_not_sent_again(road: Road) -> None:
    """The server has it all, and says so by one hash."""
    delivered(road)
    road.server.restored(dseq=TWICE)
    road.server.batches.clear()
    road.run(120)
    assert road.server.batches == []
    with road.database.read() as conn:
        assert outbox.parked(conn) == []
