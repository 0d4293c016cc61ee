"""Longer rounds of ``kill -9`` than the suite has time for."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.faults import kills, kills_both
from tests.faults.kills_both import TARGETS
from tests.faults.victim import Told

ALONE = "alone"


def main() -> int:
    """Kill many times, checking the books each time; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1, help="another seed, other moments")
    parser.add_argument(
        "--of",
        nargs="+",
        choices=(ALONE, *TARGETS),
        default=[ALONE],
        help="a till without a server (the default), or any of a shop that syncs: "
        "each kill takes one of those named",
    )
    arguments = parser.parse_args()
    if ALONE in arguments.of and len(arguments.of) > 1:
        parser.error("a till alone has no server to kill")
    with tempfile.TemporaryDirectory(prefix="evertill-kills-") as folder:
        told, wrong = _killed(Path(folder), arguments)
    print(f"{arguments.kills} kills, {len(told.printed)} receipts, {len(wrong)} complaints")
    for complaint in wrong:
        print(complaint)
    return 1 if wrong else 0


def _killed(folder: Path, arguments: argparse.Namespace) -> tuple[Told, list[str]]:
    if arguments.of == [ALONE]:
        return kills.killed_often(folder / "till", arguments.kills, arguments.seed)
    with kills_both.own_road(folder) as (road, postgres):
        targets = tuple(arguments.of)
        wrong = kills_both.killed_often(road, postgres, targets, arguments.kills, arguments.seed)
        return road.told, wrong


if __name__ == "__main__":
    sys.exit(main())
