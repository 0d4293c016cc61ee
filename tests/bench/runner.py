"""Which measurement gives which rows, and running them."""

import importlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tests.bench.goals import GOALS
from tests.bench.pending import Pending
from tests.bench.results import Measured, Row
from tests.bench.world import World

Measure = Callable[[World], dict[str, Measured]]


@dataclass(frozen=True, slots=True)
class Bench:
    """A module of this folder whose ``measure`` gives these rows; imported when it runs."""

    module: str
    rows: tuple[str, ...]

    def load(self) -> Measure:
        """Its measurement."""
        measure: Measure = importlib.import_module(f"tests.bench.{self.module}").measure
        return measure


BENCHES = {
    "scan": Bench("scan", ("scan",)),
    "search": Bench("search", ("search",)),
    "charge": Bench("charge", ("charge",)),
    "ui_timer": Bench("ui_timer", ("ui_timer",)),
    "start": Bench("start", ("start", "pin_to_ready")),
    "memory": Bench("memory", ("memory",)),
    "bootstrap": Bench("bootstrap", ("bootstrap",)),
    "drain": Bench("drain", ("drain",)),
    "live": Bench("live", ("live",)),
    "api": Bench("api", ("api", "api_drain")),
}
"""Name on the command line -> what it runs."""


def run(world: World, names: Iterable[str] = BENCHES) -> Iterator[Row]:
    """Measure by name, in the table's order; each row as soon as it is known."""
    wanted = set(names)
    for name, bench in BENCHES.items():
        if name in wanted or wanted & set(bench.rows):
            yield from _rows(world, bench)


def _rows(world: World, bench: Bench) -> list[Row]:
    try:
        measured = bench.load()(world)
    except Pending as reason:
        return [GOALS[name].pending(str(reason)) for name in bench.rows]
    return [
        GOALS[name].judge(measured[name]) if name in measured else GOALS[name].pending("")
        for name in bench.rows
    ]
