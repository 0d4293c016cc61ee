"""A lane's clock."""

import pytest

from localdb.errors import DiskFull
from sync.client.backoff import Backoff
from sync.client.loop_schedule import SHORT_TRIES, UNFORESEEN, Lane
from sync.protocol.gateway import AuthFault, CursorExpired, NetworkFault, UpdateNeeded


@pytest.fixture
def lane() -> Lane:
    return Lane(Backoff(random=lambda: 0.0), due_at=0.0)


@pytest.mark.parametrize("fault", [NetworkFault("x"), DiskFull("x"), KeyError("x")])
def test_any_fault_is_retried_by_the_clock(lane: Lane, fault: Exception) -> None:
    """Failure 6: whatever went wrong, the lane is due again without any outside event."""
    lane.failed(100.0, fault)
    assert lane.due_at == 100.5


@pytest.mark.parametrize("fault", [AuthFault("x"), UpdateNeeded("x"), CursorExpired("x")])
def test_what_a_person_must_mend_is_asked_once_a_minute(lane: Lane, fault: Exception) -> None:
    """Failure 9: a refused token makes no loop."""
    lane.failed(100.0, fault)
    assert lane.due_at == 160.0


def test_a_network_fault_is_short_while_the_line_for_hints_stands() -> None:
    """Nothing would say that it is over; but a server that keeps failing gets its peace."""
    lane = Lane(Backoff(random=lambda: 0.999))
    waits = []
    for _ in range(SHORT_TRIES + 1):
        lane.failed(100.0, NetworkFault("x"), line_stands=True)
        waits.append(lane.due_at - 100.0)
    assert max(waits[:-1]) <= 1.0
    assert waits[-1] > 50.0
    lane.hurry(100.0)
    lane.failed(100.0, NetworkFault("x", retry_after_s=30.0), line_stands=True)
    assert lane.due_at == 130.0


def test_a_nudge_does_not_cut_a_fault_short(lane: Lane) -> None:
    """A till that sells every second does not hammer a server that is down."""
    lane.failed(100.0, NetworkFault("x", retry_after_s=30.0))
    lane.nudge(101.0)
    assert lane.due_at == 130.0


def test_a_person_cuts_it_short(lane: Lane) -> None:
    """[Sync now] tries now."""
    lane.failed(100.0, AuthFault("x"))
    lane.hurry(101.0)
    assert lane.due_at == 101.0


def test_a_nudge_wakes_an_idle_lane(lane: Lane) -> None:
    """A fresh sale does not wait for the poll."""
    lane.succeeded(100.0, 30.0)
    lane.nudge(101.0)
    assert lane.due_at == 101.0


def test_a_line_that_is_back_hurries_only_what_the_network_stopped(lane: Lane) -> None:
    """A bug is not tried more often because the network comes and goes."""
    lane.failed(100.0, KeyError("x"))
    lane.line_is_back(100.1)
    assert lane.due_at == 100.5
    lane.failed(100.0, NetworkFault("x"))
    lane.line_is_back(100.1)
    assert lane.due_at == 100.1


def test_trouble_is_told_in_words(lane: Lane) -> None:
    """A known fault says its sentence, a bug a calm one, success nothing."""
    lane.failed(0.0, DiskFull("The disk is full."))
    assert lane.trouble == "The disk is full."
    lane.failed(0.0, KeyError("rows"))
    assert lane.trouble == UNFORESEEN
    lane.succeeded(0.0, 1.0)
    assert lane.trouble == ""
