"""A revoked till uploads its queue, then locks; an expired one keeps it."""

from sync.client.status import Connection
from sync.protocol.gateway import AuthFault, NetworkFault
from tests.sync.client.conftest import Road

REVOKED = AuthFault("This till was revoked.", "device_revoked")
FOREVER = 10_000


def test_a_revoked_till_uploads_then_locks(road: Road) -> None:
    """What was done before goes up although nothing comes down any more."""
    road.run(for_s=60)
    road.server.faults["pull"] = [REVOKED] * FOREVER
    road.server.faults["push"] = [NetworkFault("busy")] * 3
    for number in range(3):
        road.add_customer(f"Ada {number}")
    road.engine.sync_now()
    road.run(for_s=0.1)
    assert (road.connection(), road.engine.status.locked) == (Connection.REVOKED, False)
    road.run(for_s=600)
    status = road.engine.status
    assert (status.waiting, status.connection, status.locked) == (0, Connection.REVOKED, True)
    assert len(road.server.ledger) == 3


def test_a_lock_outlives_a_restart_without_a_line(road: Road) -> None:
    """Also when something was finished after it: that goes up, and the till stays locked."""
    road.server.faults["pull"] = [REVOKED] * FOREVER
    road.run(for_s=60)
    assert road.engine.status.locked
    road.server.faults["pull"] = [NetworkFault("no line")] * FOREVER
    road.server.faults["push"] = [NetworkFault("no line")] * FOREVER
    road.engine = road.new_engine()
    road.add_customer()
    road.run(for_s=60)
    assert (road.connection(), road.engine.status.locked) == (Connection.REVOKED, True)
    road.server.faults.clear()
    road.server.faults["pull"] = [REVOKED] * FOREVER
    road.run(for_s=600)
    assert (road.engine.status.waiting, road.engine.status.locked) == (0, True)


def test_a_locked_till_sends_again_what_a_restored_server_lost(road: Road) -> None:
    """It pulls nothing, so it asks by itself; what is lost is on its disk alone."""
    road.add_customer()
    road.run(for_s=60)
    road.server.faults["pull"] = [REVOKED] * FOREVER
    road.run(for_s=120)
    assert road.engine.status.locked
    road.server.restored(0)
    assert not road.server.ledger
    road.run(for_s=120)
    assert len(road.server.ledger) == 1
    assert (road.engine.status.waiting, road.engine.status.locked) == (0, True)


def test_after_the_grace_a_till_locks_with_what_it_has(road: Road) -> None:
    """The server takes no more: what waits is kept and can be exported."""
    road.server.faults["pull"] = [REVOKED] * FOREVER
    road.server.faults["push"] = [REVOKED] * FOREVER
    road.add_customer()
    road.run(for_s=60)
    status = road.engine.status
    assert (status.waiting, status.parked, status.locked) == (1, 0, True)
    assert status.last_error == "This till was revoked."


def test_a_till_that_is_let_in_again_is_unlocked(road: Road) -> None:
    """The server was restored to a time before, or the till has a new identity."""
    road.server.faults["pull"] = [REVOKED]
    road.run(for_s=1)
    assert road.engine.status.locked
    road.engine.sync_now()
    road.run(for_s=60)
    assert (road.connection(), road.engine.status.locked) == (Connection.ONLINE, False)
    assert not road.new_engine().status.locked


def test_an_expired_token_locks_nothing_and_asks_seldom(road: Road) -> None:
    """Failures 8 and 9: after a long sleep there is no 401 loop, and the queue is intact."""
    expired = AuthFault("A new enrolment code is needed.", "token_expired")
    road.server.faults["pull"] = [expired] * FOREVER
    road.server.faults["push"] = [expired] * FOREVER
    road.add_customer()
    road.run(for_s=3600)
    status = road.engine.status
    assert (status.connection, status.locked, status.waiting) == (Connection.AUTH, False, 1)
    assert road.count("push") + road.count("pull") <= 2 * 61
    road.server.faults.clear()
    road.engine.sync_now()
    road.run(for_s=60)
    assert (road.engine.status.waiting, road.connection()) == (0, Connection.ONLINE)
