"""``python -m tests.simulation``: histories by the thousand, on every core.

Prints how many ran and every seed that broke a promise, with the shortest history that does.
"""

import argparse
import gc
import json
import logging
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.simulation import template
from tests.simulation.mutations import MUTATIONS
from tests.simulation.plan import LONG, SHORT, Plan, Size, drawn
from tests.simulation.postgres_world import postgres_shop
from tests.simulation.reached import ENGINE, reached, told
from tests.simulation.run import run_plan, run_world
from tests.simulation.shrink import kinds_of, shrunk, written
from tests.simulation.world import Outcome

SEEDS_PER_JOB = 8
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Batch:
    """What one job came to."""

    outcomes: int
    steps: int
    till_days: float
    failed: tuple[Outcome, ...]


_SHOP: dict[str, template.Template] = {}


def _shop() -> template.Template:
    # Once a process: a pool has no other way to keep something between its jobs.
    if not _SHOP:
        logging.disable(logging.CRITICAL)
        _SHOP["shop"] = template.build()
        # Hardly anything of a history outlives it: what is there now need not be looked at again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(100_000, 50, 50)
    return _SHOP["shop"]


def run_batch(seeds: range, size: Size) -> Batch:
    """Run some seeds one after the other."""
    outcomes = [run_plan(drawn(seed, size=size), _shop()) for seed in seeds]
    failed = tuple(outcome for outcome in outcomes if outcome.broken)
    steps = sum(outcome.steps for outcome in outcomes)
    return Batch(len(outcomes), steps, sum(outcome.till_days for outcome in outcomes), failed)


def shortest(seed: int, size: Size) -> tuple[Plan, Outcome]:
    """The shortest plan that breaks what the seed breaks, and its trace."""
    plan = drawn(seed, size=size)
    kinds = kinds_of(run_plan(plan, _shop()).broken)
    short = shrunk(plan, lambda one: bool(kinds & kinds_of(run_plan(one, _shop()).broken)))
    return short, run_plan(short, _shop(), keep=True)


def caught(name: str, seeds: range, until: float, long: bool) -> tuple[str, int, tuple[str, ...]]:
    """The first seed that finds a mutation, and what it says; -1 for none in time."""
    _shop()
    mutation = next(one for one in MUTATIONS if one.name == name)
    for seed in seeds:
        plan = drawn(seed, mutation.focus, LONG if long else SHORT)
        with mutation.in_force():
            broken = run_plan(plan, _shop()).broken
        # A history that fails by itself has found something else.
        if broken and not run_plan(plan, _shop()).broken:
            return name, seed, broken
        if time.monotonic() > until:
            break
    return name, -1, ()


def run_mutations(args: argparse.Namespace) -> int:
    """A table of what finds each mutation; 1 when one survives."""
    # The clock of all processes of a machine is the same.
    until = time.monotonic() + args.minutes * 60
    survived = 0
    with multiprocessing.Pool(args.jobs, maxtasksperchild=1) as pool:
        wanted = [one for one in MUTATIONS if not args.only or one.name in args.only]
        long = args.size is LONG
        jobs = [pool.apply_async(caught, (one.name, args.seeds, until, long)) for one in wanted]
        for job in jobs:
            name, seed, broken = job.get()
            survived += seed < 0
            found = f"seed {seed}: {', '.join(sorted(kinds_of(broken)))}"
            print(f"{name:28} {'SURVIVED' if seed < 0 else found}", flush=True)
    print(f"{len(wanted)} mutations, {survived} survived")
    return 1 if survived else 0


def run_on_postgres(args: argparse.Namespace) -> int:
    """The same seeds one by one against a real PostgreSQL; 1 when a promise was broken."""
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    histories = failed = 0
    with postgres_shop() as shop:
        for seed in args.seeds:
            with shop.world(drawn(seed, size=args.size)) as world:
                broken = run_world(world).broken
            histories += 1
            failed += bool(broken)
            if broken:
                print(f"seed {seed}: {broken[0][:300]}", flush=True)
            if time.monotonic() - began > args.minutes * 60:
                break
    spent_s = time.monotonic() - began
    print(f"{histories} histories on PostgreSQL in {spent_s:.0f} s, {failed} failed")
    return 1 if failed else 0


def main() -> int:
    """Run seeds until they or the minutes end; 1 when a promise was broken."""
    args = _arguments()
    if args.mutations:
        return run_mutations(args)
    if args.postgres:
        return run_on_postgres(args)
    if args.coverage:
        return run_covered(args)
    return run_histories(args)


def run_histories(args: argparse.Namespace) -> int:
    """Seeds on all cores until they or the minutes end; 1 when a promise was broken."""
    began = time.monotonic()
    histories = steps = 0
    till_days = 0.0
    failed: list[Outcome] = []
    with _batches(args) as batches:
        for batch in batches:
            histories += batch.outcomes
            steps += batch.steps
            till_days += batch.till_days
            failed += batch.failed
            for outcome in batch.failed:
                print(f"seed {outcome.seed}: {outcome.broken[0][:300]}", flush=True)
            if time.monotonic() - began > args.minutes * 60:
                break
    spent_s = time.monotonic() - began
    print(
        f"{histories} histories of {steps} steps and {till_days:.1f} till-days in {spent_s:.0f} s: "
        f"{histories / spent_s:.1f} a second, {len(failed)} failed"
    )
    if args.shrink:
        for outcome in sorted(failed, key=lambda one: one.seed)[:SHOWN]:
            _show(outcome, args.size)
    return 1 if failed else 0


@contextmanager
def _batches(args: argparse.Namespace) -> Iterator[Iterator[Batch]]:
    """What the jobs come to, as they end; without processes they run in this one."""
    batch = partial(run_batch, size=args.size)
    if args.jobs == 0:
        yield map(batch, _jobs(args.seeds))
        return
    # Leaving it ends what is still running.
    with multiprocessing.Pool(args.jobs) as pool:
        yield pool.imap_unordered(batch, _jobs(args.seeds))


def run_covered(args: argparse.Namespace) -> int:
    """The same in one process that notes which branches of the engine it reached; slow."""
    seeds = f"{args.seeds.start}..{args.seeds.stop}"
    played: tuple[str, ...] = (
        "-m",
        "tests.simulation",
        "--jobs=0",
        f"--seeds={seeds}",
        f"--minutes={args.minutes}",
    )
    played += ("--long",) if args.size is LONG else ()
    with tempfile.TemporaryDirectory(prefix="evertill-coverage-") as folder:
        coverage = (sys.executable, "-m", "coverage")
        data, include = f"--data-file={folder}/data", f"--include={','.join(ENGINE)}"
        ran = subprocess.run([*coverage, "run", "--branch", data, include, *played], check=False)
        subprocess.run([*coverage, "report", "--show-missing", data], check=True)
        written = Path(folder) / "report.json"
        subprocess.run([*coverage, "json", "-q", "-o", str(written), data], check=True)
        print(told(reached(json.loads(written.read_text()))), flush=True)
    return ran.returncode


def _show(outcome: Outcome, size: Size) -> None:
    short, again = shortest(outcome.seed, size)
    print(f"\nseed {outcome.seed}, {short.tills} tills, {len(short.steps)} steps:")
    print(written(short.steps))
    print("\n".join(again.trace))
    print("\n".join(finding[:1000] for finding in again.broken))


def _jobs(seeds: range) -> Iterator[range]:
    for first in range(seeds.start, seeds.stop, SEEDS_PER_JOB):
        yield range(first, min(first + SEEDS_PER_JOB, seeds.stop))


def _seeds(text: str) -> range:
    first, dots, last = text.partition("..")
    return range(int(first), int(last) if dots else int(first) + 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=_seeds, default=range(10_000), help="A..B, B not included")
    parser.add_argument("--minutes", type=float, default=5.0, help="stop after this long")
    parser.add_argument("--jobs", type=int, default=None, help="processes; one a core, 0 none")
    parser.add_argument("--shrink", action="store_true", help="find the shortest history of each")
    parser.add_argument("--postgres", action="store_true", help="over a real PostgreSQL")
    parser.add_argument("--coverage", action="store_true", help="name unreached branches; slow")
    parser.add_argument("--mutations", action="store_true", help="break it on purpose")
    parser.add_argument(
        "--long",
        dest="size",
        action="store_const",
        const=LONG,
        default=SHORT,
        help="long histories; a seed means another one then",
    )
    parser.add_argument("--only", nargs="*", default=[], help="of the mutations, by name")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
