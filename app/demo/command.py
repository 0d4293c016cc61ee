"""The ``evertill demo`` command: windows, or a report where there is no display."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.bootstrap import qt_libraries
from localdb.errors import Refusal


def run(arguments: argparse.Namespace) -> int:
    """Run the demonstration; gives the exit status."""
    if getattr(sys, "frozen", False):
        raise Refusal("The demo runs from a checkout: pip install uv && uv run evertill demo")
    # A shell that starts it in the background has Ctrl+C ignored, and that is inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda number, _: sys.exit(128 + number))
    with _data_dir(arguments.data_dir) as data_dir:
        if arguments.headless or _no_window():
            return _headless(arguments, data_dir)
        from app.demo import windows

        return windows.run(data_dir, arguments.tills or 1, arguments.catalogue, Narrator())


def _headless(arguments: argparse.Namespace, data_dir: Path) -> int:
    from app.demo import headless

    tills = arguments.tills or 2
    report = headless.run(data_dir, tills, arguments.sales, arguments.catalogue, Narrator())
    headless.write(report, arguments.report)
    return 0 if report.agrees else 1


class Narrator:
    """Says each step before it is done, once; standard output is for the report."""

    def __init__(self) -> None:
        self._said = ""

    def __call__(self, step: str) -> None:
        if step != self._said:
            self._said = step
            print(f"{step} ...", file=sys.stderr, flush=True)


def _no_window() -> bool:
    reason = qt_libraries.why_no_window()
    if reason:
        print(f"{reason} Running as with --headless.", file=sys.stderr)
    return bool(reason)


@contextmanager
def _data_dir(kept: Path | None) -> Iterator[Path]:
    """The folder asked for, or one that is gone afterwards."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="evertill-demo-") as folder:
        yield Path(folder)
