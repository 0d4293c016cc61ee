"""When a loop is due."""

import pytest

from localdb.errors import DiskFull
from sync.client.backoff import Backoff
from sync.client.loop_schedule import SHORT_TRIES, UNFORESEEN, LoopSchedule
from sync.protocol.gateway import AuthFault, CursorExpired, NetworkFault, UpdateNeeded


@pytest.fixture
def schedule() -> LoopSchedule:
    return LoopSchedule(Backoff(random=lambda: 0.0), due_at=0.0)


@pytest.mark.parametrize("fault", [NetworkFault("x"), DiskFull("x"), KeyError("x")])
def test_any_fault_is_retried_by_the_clock(schedule: LoopSchedule, fault: Exception) -> None:
    """Failure 6: whatever went wrong, the loop is due again without any outside event."""
    schedule.failed(100.0, fault)
    assert schedule.due_at == 100.5


@pytest.mark.parametrize("fault", [AuthFault("x"), UpdateNeeded("x"), CursorExpired("x")])
def test_what_a_person_must_mend_is_asked_once_a_minute(
    schedule: LoopSchedule, fault: Exception
) -> None:
    """Failure 9: a refused token makes no loop."""
    schedule.failed(100.0, fault)
    assert schedule.due_at == 160.0


def test_a_network_fault_is_short_while_the_line_for_hints_stands() -> None:
    """Nothing would say that it is over; but a server that keeps failing gets its peace."""
    schedule = LoopSchedule(Backoff(random=lambda: 0.999))
    waits = []
    for _ in range(SHORT_TRIES + 1):
        schedule.failed(100.0, NetworkFault("x"), line_stands=True)
        waits.append(schedule.due_at - 100.0)
    assert max(waits[:-1]) <= 1.0
    assert waits[-1] > 50.0
    schedule.hurry(100.0)
    schedule.failed(100.0, NetworkFault("x", retry_after_s=30.0), line_stands=True)
    assert schedule.due_at == 130.0


def test_a_nudge_does_not_cut_a_fault_short(schedule: LoopSchedule) -> None:
    """A till that sells every second does not hammer a server that is down."""
    schedule.failed(100.0, NetworkFault("x", retry_after_s=30.0))
    schedule.nudge(101.0)
    assert schedule.due_at == 130.0


def test_a_person_cuts_it_short(schedule: LoopSchedule) -> None:
    """[Sync now] tries now."""
    schedule.failed(100.0, AuthFault("x"))
    schedule.hurry(101.0)
    assert schedule.due_at == 101.0


def test_a_nudge_wakes_an_idle_loop(schedule: LoopSchedule) -> None:
    """A fresh sale does not wait for the poll."""
    schedule.succeeded(100.0, 30.0)
    schedule.nudge(101.0)
    assert schedule.due_at == 101.0


def test_a_line_that_is_back_hurries_only_what_the_network_stopped(schedule: LoopSchedule) -> None:
    """A bug is not tried more often because the network comes and goes."""
    schedule.failed(100.0, KeyError("x"))
    schedule.line_is_back(100.1)
    assert schedule.due_at == 100.5
    schedule.failed(100.0, NetworkFault("x"))
    schedule.line_is_back(100.1)
    assert schedule.due_at == 100.1


def test_trouble_is_told_in_words(schedule: LoopSchedule) -> None:
    """A known fault says its sentence, a bug a calm one, success nothing."""
    schedule.failed(0.0, DiskFull("The disk is full."))
    assert schedule.trouble == "The disk is full."
    schedule.failed(0.0, KeyError("rows"))
    assert schedule.trouble == UNFORESEEN
    schedule.succeeded(0.0, 1.0)
    assert schedule.trouble == ""
