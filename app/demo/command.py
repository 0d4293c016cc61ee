"""The ``evertill demo`` command: windows, or a report where there is no display."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app import qt_libraries


def run(arguments: argparse.Namespace) -> int:
    """Run the demonstration; gives the exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with _data_dir(arguments.data_dir) as data_dir:
        if arguments.headless or _no_window():
            return _headless(arguments, data_dir)
        from app.demo import windows

        return windows.run(data_dir, arguments.tills, arguments.catalogue)


def _headless(arguments: argparse.Namespace, data_dir: Path) -> int:
    from app.demo import headless

    report = headless.run(data_dir, arguments.tills, arguments.sales, arguments.catalogue)
    headless.write(report, arguments.report)
    return 0 if report.agrees else 1


def _no_window() -> bool:
    reason = _why_no_window()
    if reason:
        print(f"{reason} Running as with --headless.", file=sys.stderr)
    return bool(reason)


def _why_no_window() -> str:
    """A sentence for whoever expected a window; empty when one can open."""
    missing = qt_libraries.missing_packages(x11=qt_libraries.wants_x11())
    if missing:
        return qt_libraries.advice(missing) + "."
    names = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")
    has_display = any(os.environ.get(name) for name in names)
    return "" if has_display or not sys.platform.startswith("linux") else "There is no display."


@contextmanager
def _data_dir(kept: Path | None) -> Iterator[Path]:
    """The folder asked for, or one that is gone afterwards."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="evertill-demo-") as folder:
        yield Path(folder)
