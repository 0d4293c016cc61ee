"""The command ``python -m tests.replay DATA``: rings past trade and compares both sides."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.demo.server import running
from localdb.errors import EvertillError
from tests.replay import run
from tests.replay.catalogue_import import ImportOutcome, import_products


def main(argv: Sequence[str] | None = None) -> int:
    """Run one replay; 0 only when both sides agree on every figure."""
    arguments = _parser().parse_args(argv)
    try:
        with _folder(arguments.data_dir) as folder:
            outcome = _replay(arguments, folder)
    except (EvertillError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(outcome.text())
    return 0 if outcome.agrees else 1


def _replay(arguments: argparse.Namespace, folder: Path) -> run.Outcome | ImportOutcome:
    if arguments.catalogue:
        return import_products(arguments.data, folder, arguments.baskets)
    trade = run.retail_invoices if arguments.retail else run.grocer_baskets
    with running(folder) as server:
        replay = run.Replay(arguments.data, server, folder)
        return trade(replay, arguments.transactions, arguments.baskets)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.replay", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder with the real data")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--retail", action="store_true", help="the gift shop's invoices and returns")
    what.add_argument(
        "--import", dest="catalogue", action="store_true", help="the large catalogue, into one till"
    )
    parser.add_argument("--transactions", type=Path, help="another file of the same form")
    parser.add_argument("--baskets", type=int, help="only so many (rows with --import)")
    parser.add_argument("--data-dir", type=Path, help="keep the tills and the server's data here")
    return parser


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """The folder asked for, or one that is gone afterwards."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="evertill-replay-") as folder:
        yield Path(folder)


if __name__ == "__main__":
    sys.exit(main())
