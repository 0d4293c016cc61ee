"""``kill -9`` of a syncing till, of its server, and of both at once, at random moments."""

import os

from tests.faults.kills_both import killed_often
from tests.faults.road import Road

KILLS = int(os.environ.get("EVERTILL_KILLS", "3"))


def test_whoever_is_killed_nothing_is_lost_or_doubled(road: Road) -> None:
    """Failures 10, 12 and 16: after each kill both sides hold each receipt once, and prove it."""
    assert killed_often(road, None, ("till", "server", "both"), KILLS, seed=11) == []
    assert road.told.deaths == KILLS
    assert road.told.printed
