"""``python -m tests.exhaustive``: every order of everything, where the world is small.

Prints for each case how many histories there are, how many distinct states they lead through, and
how often the oracles were asked; 1 when one of them found something or a case was not finished.
"""

import argparse
import logging
import multiprocessing
import sys
import time
from functools import partial

from tests.exhaustive.explore import Explored, explored
from tests.exhaustive.scripts import SMALL, Case, cases, single_edits
from tests.simulation import template

_SHOP: dict[str, template.Template] = {}


def _shop() -> template.Template:
    # Once a process: a pool has no other way to keep something between its jobs.
    if not _SHOP:
        logging.disable(logging.CRITICAL)
        _SHOP["shop"] = template.build()
    return _SHOP["shop"]


def explore(case: Case, until: float) -> Explored:
    """One case, as far as there is time."""
    return explored(case, _shop(), until)


def main() -> int:
    """Explore the cases that were asked for until they or the minutes end."""
    args = _arguments()
    wanted = list(SMALL) if args.small else [*single_edits(2), *cases(args.mishaps)]
    wanted = [case for case in wanted if args.only in str(case)]
    # The clock of all processes of a machine is the same.
    until = time.monotonic() + args.minutes * 60
    done: list[Explored] = []
    with multiprocessing.Pool(args.jobs) as pool:
        for found in pool.imap_unordered(partial(explore, until=until), wanted):
            if found.states:
                done.append(found)
                print(found, *found.findings, sep="\n  ", flush=True)
    whole = [one for one in done if one.complete]
    findings = sum(len(one.findings) for one in done)
    print(
        f"{len(whole)} of {len(wanted)} cases to the end: "
        f"{sum(one.histories for one in whole)} histories, "
        f"{sum(one.states for one in done)} states, {sum(one.steps for one in done)} steps, "
        f"{sum(one.checks for one in done)} checks, {findings} findings"
    )
    return 1 if findings or len(whole) < len(wanted) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.exhaustive", description=__doc__)
    parser.add_argument("--minutes", type=float, default=480.0, help="stop after this long")
    parser.add_argument("--mishaps", type=int, default=0, help="with two edits each")
    parser.add_argument("--small", action="store_true", help="what the test plays")
    parser.add_argument("--only", default="", help="of the cases, those whose name holds this")
    parser.add_argument("--jobs", type=int, default=None, help="processes; one a core")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
