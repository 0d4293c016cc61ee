"""Waits after failures."""

import random

from sync.client.backoff import Backoff


def test_waits_grow_to_a_minute_and_no_further() -> None:
    """The ceiling doubles from half a second to sixty, however long the outage."""
    backoff = Backoff(random=lambda: 0.999_999)
    waits = [round(backoff.failed(), 2) for _ in range(10)]
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0, 60.0]


def test_every_wait_is_drawn_from_the_whole_range() -> None:
    """Full jitter: tills that failed together do not come back together."""
    backoff = Backoff(random=random.Random(1).random)
    for _ in range(6):
        backoff.failed()
    waits = [backoff.failed() for _ in range(500)]
    assert min(waits) < 2.0
    assert max(waits) > 58.0
    assert all(0.5 <= wait <= 60.0 for wait in waits)


def test_the_server_sets_the_floor() -> None:
    """Retry-After is never undercut, also above the ceiling."""
    backoff = Backoff(random=lambda: 0.0)
    assert backoff.failed(floor_s=90.0) == 90.0
    assert backoff.failed() == 0.5


def test_a_success_begins_anew() -> None:
    """One good answer forgets the outage."""
    backoff = Backoff(random=lambda: 0.999_999)
    for _ in range(1000):
        backoff.failed()
    backoff.succeeded()
    assert round(backoff.failed(), 2) == 1.0
