"""Resident memory of a till that is ready to sell, against a bare window."""

from tests.bench.results import Measured
from tests.bench.samples import percentile
from tests.bench.start import started
from tests.bench.world import World

REPEATS = 5


def measure(world: World) -> dict[str, Measured]:
    """A till's and a bare window's process in turn; medians."""
    folder = world.copy()
    repeats = world.size.times(REPEATS)
    tills, bare = [], []
    for _ in range(repeats):
        tills.append(started("till", folder)["memory_mb"])
        bare.append(started("bare")["memory_mb"])
    note = "signed in, catalogue open, not syncing"
    return {"memory": Measured(percentile(tills, 50), percentile(bare, 50), repeats, note)}
