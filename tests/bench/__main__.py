"""``python -m tests.bench``: the speed table, measured on this machine."""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench import results
from tests.bench.goals import GOALS
from tests.bench.runner import BENCHES, run
from tests.bench.world import PRODUCTS, Size, World


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 when a measurement broke off. Being slow is no failure."""
    arguments = _parser().parse_args(argv)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    rows = []
    with tempfile.TemporaryDirectory(prefix="evertill-bench-", dir=arguments.folder) as folder:
        world = World(Size(arguments.products, arguments.effort), Path(folder))
        for row in run(world, arguments.names or BENCHES):
            print(f"{row.name} ... {row.met}", file=sys.stderr, flush=True)
            rows.append(row)
    print(results.table(rows))
    if arguments.json:
        results.write(rows, arguments.json)
    return int(any(row.value is None and row.met == "no" for row in rows))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, *GOALS, []], metavar="NAME")
    parser.add_argument("--products", type=int, default=PRODUCTS, metavar="N")
    parser.add_argument("--effort", type=float, default=1.0, help="1 is a full run, 0.1 a tenth")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows as a JSON list")
    parser.add_argument("--folder", type=Path, help="where the databases go (a temporary folder)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
