"""Which measurement gives which rows, and running them."""

import importlib
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

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
    "close_5000": Bench("close_shift", ("close_5000",)),
    "ui_timer": Bench("ui_timer", ("ui_timer",)),
    "start": Bench("start", ("start", "pin_to_ready")),
    "page": Bench("pages", ("page",)),
    "memory": Bench("memory", ("memory",)),
    "day": Bench("day", ("day_pace", "day_memory")),
    "bootstrap": Bench("bootstrap", ("bootstrap",)),
    "drain": Bench("drain", ("queue_100", "drain")),
    "live": Bench("live", ("live",)),
    "reconnect": Bench("reconnect", ("reconnect",)),
    "api": Bench("api", ("api", "api_drain")),
    "hot_store": Bench("hot_store", ("hot_store",)),
    "report": Bench("report", ("report",)),
    "log": Bench("log", ("log_ten_million",)),
}
"""Name on the command line -> what it runs."""


def run(world: World, names: Iterable[str] = BENCHES) -> Iterator[Row]:
    """Measure by name, in the table's order; each row as soon as it is known."""
    wanted = set(names)
    for name, bench in BENCHES.items():
        if name in wanted or wanted & set(bench.rows):
            yield from rows_of(world, bench)


def rows_of(world: World, bench: Bench, *, isolated: bool = True) -> list[Row]:
    """A bench's rows; in a process of its own, so that none weighs on the next."""
    try:
        measured = _apart(bench, world) if isolated else measure(bench, world)
    except Pending as reason:
        return [GOALS[name].pending(str(reason)) for name in bench.rows]
    except Exception as error:
        # The other rows took minutes: they are shown all the same.
        traceback.print_exc()
        said = f"broke off: {type(error).__name__}: {error}"
        return [GOALS[name].failed(said) for name in bench.rows]
    return [GOALS[name].judge(measured[name]) for name in bench.rows]


def measure(bench: Bench, world: World) -> dict[str, Measured]:
    """Run one measurement here; raises Pending when it cannot be taken."""
    return bench.load()(world)


def _apart(bench: Bench, world: World) -> dict[str, Measured]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(measure, bench, world).result()
