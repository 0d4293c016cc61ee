"""Longer rounds of ``kill -9`` than the suite has time for."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.faults.kills import killed_often


def main() -> int:
    """Kill a ringing till many times, checking its books each time; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1, help="another seed, other moments")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="evertill-kills-") as folder:
        told, wrong = killed_often(Path(folder) / "till", arguments.kills, arguments.seed)
    print(f"{told.deaths} kills, {len(told.printed)} receipts printed, {len(wrong)} complaints")
    for complaint in wrong:
        print(complaint)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
