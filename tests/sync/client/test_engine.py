"""The engine in virtual time."""

import pytest
from sqlalchemy import Connection as DatabaseConnection

from localdb.domain.ops import decode
from localdb.domain.records import Customer
from localdb.store import outbox, rows, sync_state
from localdb.store.changes import Changes
from sync.client import status_publisher
from sync.client.background import Stopping
from sync.client.backlog import Backlog, backlog
from sync.client.loop_schedule import UNFORESEEN
from sync.client.status import Connection, LiveStatus, Tally
from sync.client.status_publisher import COUNT_EVERY_S, LONG_QUEUE
from sync.protocol.gateway import AuthFault, NetworkFault, RequestRefused, UpdateNeeded
from sync.protocol.limits import PAGE_ENTRIES_MAX
from sync.protocol.messages import Problem
from tests.sync.client import fake_server
from tests.sync.client.conftest import Road
from tests.sync.client.fake_server import STORE
from tests.sync.client.test_pull import customer

OFFLINE = NetworkFault("The server cannot be reached.")


def waiting(road: Road) -> int:
    with road.database.read() as conn:
        return outbox.waiting(conn).groups


def test_a_sale_goes_up_and_the_status_says_so(road: Road) -> None:
    """Write, nudge, step: delivered, online, nothing waiting."""
    road.run(1)
    road.add_customer()
    road.engine.committed(Changes())
    road.run(1)
    assert waiting(road) == 0
    status = road.engine.status
    assert (status.connection, status.waiting, status.last_error) == (Connection.ONLINE, 0, "")
    assert status.last_success_us is not None


def test_an_upload_that_failed_once_is_retried_by_the_clock(road: Road) -> None:
    """Failure 6: one fault, and nothing happens at the till any more: it still goes up."""
    road.add_customer()
    road.server.faults["push"] = [OFFLINE]
    road.run(5)
    assert waiting(road) == 0
    assert road.count("push") == 2


def test_an_outage_longer_than_every_retry(road: Road) -> None:
    """Failure 5: after hours without a server everything goes up and nothing was parked."""
    for _ in range(14):
        road.add_customer()
    road.server.faults["push"] = [OFFLINE] * 5_000
    road.server.faults["pull"] = [OFFLINE] * 5_000
    road.run(6 * 3_600)
    assert road.connection() is Connection.OFFLINE
    assert road.engine.status.waiting == 14
    assert road.engine.status.last_error == "The server cannot be reached."
    road.server.faults.clear()
    road.run(61)
    status = road.engine.status
    assert (status.connection, status.waiting, status.parked) == (Connection.ONLINE, 0, 0)


def test_a_long_queue_is_counted_once_a_second(road: Road) -> None:
    """Offline with hundreds of sales waiting, a sale does not count them all again; a second does.

    Counting 20,000 waiting groups took as long as ringing ten sales.
    """
    road.server.faults["push"] = [OFFLINE] * 1_000
    for _ in range(LONG_QUEUE + 1):
        road.add_customer()
    road.run(5)
    road.engine.committed(Changes())
    road.step()
    counted = road.engine.status.waiting
    road.add_customer()
    road.engine.committed(Changes())
    road.step()
    assert (counted, road.engine.status.waiting) == (LONG_QUEUE + 1, LONG_QUEUE + 1)
    road.run(COUNT_EVERY_S)
    assert road.engine.status.waiting == LONG_QUEUE + 2


def test_what_waits_is_not_counted_again_when_nothing_was_written(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A till that looks for news all night asks its file nothing; a sale is counted at once."""
    counted = []

    def counting(conn: DatabaseConnection) -> Backlog:
        counted.append(conn)
        return backlog(conn)

    monkeypatch.setattr(status_publisher, "backlog", counting)
    road.run(120)
    counted.clear()
    road.run(120)
    assert (road.count("pull") > 4, counted) == (True, [])
    road.server.faults["push"] = [OFFLINE] * 10
    road.add_customer()
    road.engine.committed(Changes())
    road.step()
    assert (len(counted), road.engine.status.waiting) == (1, 1)


def test_retries_thin_out(road: Road) -> None:
    """An outage costs a request a minute, not a storm."""
    road.add_customer()
    road.server.faults["push"] = [OFFLINE] * 5_000
    road.run(3_600)
    assert 100 < road.count("push") < 160


def test_retry_after_is_kept(road: Road) -> None:
    """The server's floor holds, also against a till that goes on selling."""
    road.add_customer()
    road.server.faults["push"] = [NetworkFault("busy", retry_after_s=45.0)]
    road.run(1)
    for _ in range(20):
        road.add_customer()
        road.engine.committed(Changes())
        road.run(2)
    assert road.count("push") == 1
    road.run(10)
    assert waiting(road) == 0


def test_upload_does_not_wait_for_download(road: Road) -> None:
    """A stream that cannot be pulled, for whatever reason, holds up no sale."""
    road.server.faults["pull"] = [NetworkFault("x", retry_after_s=500.0)] * 100
    road.run(1)
    road.add_customer()
    road.engine.committed(Changes())
    road.run(1)
    assert waiting(road) == 0


def test_download_does_not_wait_for_upload(road: Road) -> None:
    """Nor the other way round."""
    road.add_customer()
    road.server.faults["push"] = [OFFLINE] * 1_000
    road.server.changed_elsewhere(customer(1))
    road.run(31)
    with road.database.read() as conn:
        assert len(rows.find(conn, Customer)) == 2


@pytest.mark.parametrize("call", ["push", "pull"])
def test_a_refused_token_keeps_the_queue_and_makes_no_loop(road: Road, call: str) -> None:
    """Failures 8 and 9: an hour of 401: the queue is whole, asked about once a minute."""
    road.add_customer()
    road.server.faults[call] = [AuthFault("The server does not know this till.")] * 10_000
    road.run(3_600)
    assert road.connection() is Connection.AUTH
    assert road.count(call) <= 61
    road.server.faults.clear()
    road.engine.sync_now()
    road.run(1)
    assert waiting(road) == 0
    assert road.connection() is Connection.ONLINE


def test_a_revoked_till_still_delivers(road: Road) -> None:
    """A token that may only push keeps pushing while every pull is refused."""
    road.server.faults["pull"] = [AuthFault("revoked")] * 10_000
    road.run(1)
    road.add_customer()
    road.engine.committed(Changes())
    road.run(1)
    assert waiting(road) == 0
    assert road.connection() is Connection.AUTH


def test_a_program_too_old_keeps_selling_and_says_so(road: Road) -> None:
    """426: the queue is kept and the status names what to do."""
    road.add_customer()
    fault = UpdateNeeded("Update needed to sync.")
    road.server.faults["push"] = road.server.faults["pull"] = [fault] * 10_000
    road.run(600)
    assert road.connection() is Connection.UPDATE_NEEDED
    assert road.engine.status.last_error == "Update needed to sync."
    assert waiting(road) == 1
    assert road.count("push") + road.count("pull") <= 22


def test_a_drain_that_breaks_off_goes_on(road: Road) -> None:
    """Failure 12: interrupted half-way, the rest goes up at the next chance, each group once."""
    for _ in range(120):
        road.add_customer()
    road.step()
    road.server.faults["push"] = [OFFLINE]
    road.run(10)
    assert waiting(road) == 0
    assert set(road.server.applied.values()) == {1}


def test_a_restart_in_the_middle_sends_old_and_new_once(road: Road) -> None:
    """Failure 16: answer lost, program gone: the next start delivers everything exactly once."""
    road.add_customer("old")
    road.server.lost_replies = 1
    road.step()
    road.engine.stop()
    road.engine = road.new_engine()
    road.add_customer("new")
    road.run(1)
    assert waiting(road) == 0
    assert set(road.server.applied.values()) == {1}
    assert len(road.server.applied) == 2


def test_a_wrong_clock_is_said_and_harms_nothing(road: Road) -> None:
    """Failure 21: an hour off: everything syncs, and the status names the difference."""
    road.server.now_us = lambda: road.clock.now_us() + 3_600_000_000
    road.add_customer()
    road.run(1)
    assert waiting(road) == 0
    assert road.engine.status.clock_skew_us == 3_600_000_000
    assert road.engine.status.clock_is_wrong


def test_a_copied_till_is_told(road: Road) -> None:
    """Failure 17: a fork is parked, shown for what it is, and the next group still goes up."""
    road.add_customer()
    road.run(1)
    road.server.ledger[2] = road.server.ledger[1].model_copy(update={"dseq": 2})
    road.add_customer("lost to the copy")
    road.add_customer("after it")
    road.engine.sync_now()
    road.run(1)
    status = road.engine.status
    assert (status.copied, status.parked, status.waiting) == (True, 1, 0)
    assert status.in_inbox == 1


def test_an_older_server_that_heals_no_copy_stops_no_sale(road: Road) -> None:
    """404 on a request it does not know: the fork waits for a person, everything else goes up."""
    unknown = Problem(status=404, code="not_found", title="There is no such page.")
    road.server.faults["reenrol"] = [RequestRefused(unknown)] * 100
    road.engine = road.new_engine(heals=True)
    road.add_customer()
    road.run(1)
    road.server.ledger[2] = road.server.ledger[1].model_copy(update={"dseq": 2})
    road.add_customer("lost to the copy")
    road.engine.sync_now()
    road.run(10)
    road.add_customer("after it")
    road.engine.sync_now()
    road.run(10)
    status = road.engine.status
    assert (status.copied, status.parked, status.waiting) == (True, 1, 0)
    assert status.connection is Connection.ONLINE
    assert road.count("reenrol") == 1


def test_a_restored_server_gets_back_what_it_lost(road: Road) -> None:
    """Failure 18: groups newer than the server's backup are sent again, and only those."""
    for _ in range(3):
        road.add_customer()
    road.run(60)
    road.server.restored(dseq=1)
    road.server.batches.clear()
    road.run(120)
    assert sorted(road.server.ledger) == [1, 2, 3]
    assert [n for batch in road.server.batches for n in batch] == [2, 3]
    assert len(road.server.rows) == 3
    assert road.engine.status.bootstrap is None


def test_a_refused_upload_brings_what_the_server_misses(road: Road) -> None:
    """Failure 18: a server that lost groups and refuses the next one for it is helped."""
    for _ in range(3):
        road.add_customer()
    road.run(60)
    del road.server.ledger[3], road.server.ledger[2]
    gap = Problem(status=409, code="dseq_gap", title="Group 2 is missing.")
    road.server.faults["push"] = [RequestRefused(gap)]
    road.add_customer()
    road.engine.sync_now()
    road.run(5)
    assert sorted(road.server.ledger) == [1, 2, 3, 4]


def test_a_server_that_names_the_group_it_expects_gets_it_at_once(road: Road) -> None:
    """Failure 18: 409 `dseq_gap` says where to go on; nobody is asked and no time is lost."""
    for _ in range(3):
        road.add_customer()
    road.run(60)
    del road.server.ledger[3], road.server.ledger[2]
    gap = Problem(status=409, code="dseq_gap", title="x", current={"dseq_expected": 2})
    road.server.faults["push"] = [RequestRefused(gap)]
    road.add_customer()
    road.engine.sync_now()
    road.run(0)
    assert sorted(road.server.ledger) == [1, 2, 3, 4]
    assert road.count("me") == 0


def test_a_server_that_always_misses_something_is_not_asked_in_a_loop(road: Road) -> None:
    """When nothing more can be sent again, the clock decides, and the reason is shown."""
    road.add_customer()
    road.run(60)
    gap = Problem(
        status=409, code="dseq_gap", title="A group is missing.", current={"dseq_expected": 1}
    )
    road.server.faults["push"] = [RequestRefused(gap)] * 10_000
    road.add_customer()
    road.engine.sync_now()
    road.run(3_600)
    assert road.count("push") < 200
    assert road.engine.status.last_error == "A group is missing."
    assert waiting(road) == 2


def test_delivered_groups_are_kept_as_long_as_a_backup_may_miss_them(road: Road) -> None:
    """A month of groups: those that every backup holds go, in slices, and the rest stays."""
    road.server.backup_days = 7
    for _ in range(20):
        road.clock.s += 86_400
        road.add_customer()
        road.engine.committed(Changes())
        road.run(10)
    with road.database.read() as conn:
        found = conn.exec_driver_sql("SELECT dseq FROM outbox_group ORDER BY dseq")
        assert [row[0] for row in found] == list(range(14, 21))
    road.server.restored(dseq=13)
    road.run(120)
    assert sorted(road.server.ledger) == list(range(1, 21))


@pytest.mark.parametrize("told_by", ["epoch", "gap"])
def test_a_backup_older_than_declared_gets_the_facts_back(road: Road, told_by: str) -> None:
    """Failure 18: groups that were pruned here are made again, of what the tables still hold.

    Every fact is there once, also in the stock; of edits only those of the kept groups.
    """
    road.server.backup_days = 7
    road.database.write(lambda uow: sync_state.put_server_epoch(uow.connection, "epoch-1"))
    moved = []
    for _ in range(20):
        road.clock.s += 86_400
        moved.append(road.move_stock(-1000))
        road.add_customer()
        road.engine.committed(Changes())
        road.run(10)
    with road.database.read() as conn:
        kept = conn.exec_driver_sql("SELECT min(dseq) FROM outbox_group").scalar_one()
    assert kept > 20
    if told_by == "gap":
        # As if the operator had forgotten to say that it was restored.
        road.server.restored(dseq=5)
        road.server.epoch = "epoch-1"
        current = {"dseq_expected": 6}
        gap = Problem(status=409, code="dseq_gap", title="6 is missing.", current=current)
        road.server.faults["push"] = [RequestRefused(gap)]
        road.add_customer()
    else:
        road.server.restored(dseq=5)
    road.engine.sync_now()
    road.run(300)
    assert sorted(road.server.ledger) == list(range(1, 41 + (told_by == "gap")))
    times = [road.server.applied["stock_movement", id_] for id_ in moved]
    assert times == [1] * 20
    assert waiting(road) == 0
    assert decode(road.server.ledger[6].body).ops == ()


def test_a_server_that_declares_no_horizon_keeps_everything_here(road: Road) -> None:
    """An older server says nothing of its backups: nothing is removed."""
    for _ in range(20):
        road.clock.s += 86_400
        road.add_customer()
        road.engine.committed(Changes())
        road.run(10)
    with road.database.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM outbox_group").scalar_one() == 20


def test_polling_is_slow_when_idle_and_quick_when_busy(road: Road) -> None:
    """Every 30 s without traffic, every 5 s for a minute after some."""
    road.run(600)
    idle = road.count("pull")
    assert 38 <= idle <= 44
    road.add_customer()
    road.engine.committed(Changes())
    road.run(59)
    assert 20 <= road.count("pull") - idle <= 28


def test_a_hint_pulls_at_once(road: Road) -> None:
    """A live hint does not wait for the poll."""
    road.run(1)
    road.server.changed_elsewhere(customer(1))
    road.engine.hinted()
    road.run(0.001)
    with road.database.read() as conn:
        assert len(rows.find(conn, Customer)) == 1


LINE = LiveStatus(connected=True)


def test_loops_do_not_wait_when_the_line_is_back(road: Road) -> None:
    """After an hour offline a sale goes up within the second over which the tills spread."""
    road.add_customer()
    road.server.faults["push"] = road.server.faults["pull"] = [OFFLINE] * 5_000
    road.run(3_600)
    road.server.faults.clear()
    road.engine.live(LINE)
    road.run(0.4)
    assert (waiting(road), road.count("push") > 0) == (1, True)
    road.run(0.11)
    assert waiting(road) == 0
    assert road.connection() is Connection.ONLINE


def test_a_line_that_is_back_keeps_the_time_the_server_asked_for(road: Road) -> None:
    """Retry-After holds against a hint listener that was let in sooner."""
    road.add_customer()
    road.server.faults["push"] = [NetworkFault("busy", retry_after_s=45.0)]
    road.run(1)
    road.engine.live(LINE)
    road.run(40)
    assert road.count("push") == 1
    road.run(10)
    assert waiting(road) == 0


@pytest.mark.parametrize("fault", [AuthFault("x"), UpdateNeeded("x")])
def test_a_line_that_is_back_mends_no_token(road: Road, fault: Exception) -> None:
    """Failure 9: awake again with an expired token and a network: still once a minute."""
    road.server.faults["pull"] = [fault] * 1_000
    for _ in range(60):
        road.engine.live(LINE)
        road.run(1)
    assert road.count("pull") <= 2


def test_what_was_missed_without_a_line_is_pulled(road: Road) -> None:
    """Hints may have been lost: a new line looks at the streams before their time."""
    road.run(1)
    road.server.changed_elsewhere(customer(1))
    road.engine.live(LINE)
    road.run(1)
    with road.database.read() as conn:
        assert len(rows.find(conn, Customer)) == 1


def test_the_line_and_the_tallies_are_shown(road: Road) -> None:
    """The status says whether hints come, and counts what went well and what not."""
    road.server.faults["pull"] = [OFFLINE] * 2
    road.run(10)
    road.engine.live(LiveStatus(connected=True, connects=Tally(1, 7)))
    assert road.seen[-1].live.connected
    assert road.engine.status.live.connects == Tally(1, 7)
    assert road.engine.status.downloads.failed == 2
    assert road.engine.status.uploads.failed == 0
    road.engine.stop()
    road.engine.live(LiveStatus())


def test_own_stubs_are_pulled_seldom_while_the_queue_drains(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch that goes up moves the streams and hints at it; following each would double it."""
    monkeypatch.setattr(fake_server, "ENTRIES_MAX", PAGE_ENTRIES_MAX)
    for _ in range(500):
        road.add_customer()
    for _ in range(10):
        road.step()
        road.engine.hinted()
    assert len(road.server.ledger) == 500
    assert road.count("pull") <= 3
    road.run(6)
    with road.database.read() as conn:
        assert outbox.acknowledged(conn) == []


def test_an_unforeseen_error_is_shown_and_retried(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in one direction reaches the crash report, stops nothing else, and is tried again."""
    reported: list[BaseException | None] = []
    monkeypatch.setattr("threading.excepthook", lambda args: reported.append(args.exc_value))
    road.server.faults["pull"] = [KeyError("rows")] * 3
    road.add_customer()
    road.run(0.1)
    assert waiting(road) == 0
    assert road.engine.status.last_error == UNFORESEEN
    road.run(60)
    assert [type(error) for error in reported] == [KeyError] * 3
    assert road.engine.status.last_error == ""


def test_a_listener_with_a_bug_stops_no_sync(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a screen does with the status is not the sync's problem."""
    reported: list[object] = []
    monkeypatch.setattr("threading.excepthook", reported.append)
    road.engine.on_status.insert(0, lambda status: [][1])
    road.add_customer()
    road.run(1)
    assert waiting(road) == 0
    assert reported
    assert road.seen[-1].waiting == 0


def test_the_status_is_announced_only_when_it_changed(road: Road) -> None:
    """Ten minutes without news are not ten minutes of repainting."""
    road.run(600)
    assert all(one != other for one, other in zip(road.seen, road.seen[1:], strict=False))


def test_nothing_is_written_after_the_stop(road: Road) -> None:
    """A stopped engine refuses the next step instead of touching the database."""
    road.run(1)
    road.engine.stop()
    with pytest.raises(Stopping):
        road.engine.step(10_000.0)


def test_a_till_without_identity_has_nothing_to_sync(road: Road) -> None:
    """Opening an engine before the enrolment is a bug of the caller."""
    road.database.write(lambda uow: uow.connection.exec_driver_sql("DELETE FROM local_setting"))
    with pytest.raises(RuntimeError, match="not enrolled"):
        road.new_engine()


def test_streams_take_turns(road: Road) -> None:
    """Both the organisation's and the store's stream are pulled in one round."""
    road.step()
    road.step()
    assert road.server.calls == ["pull", "pull"]
    assert road.server.entries.keys() == {"org", STORE}
