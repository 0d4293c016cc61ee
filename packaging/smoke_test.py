"""Proves a built till where there is no Python: ``uv run python packaging/smoke_test.py``.

Sells one item from an empty folder, looks at what was stored, then opens the window off screen.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

BUILT = Path(__file__).resolve().parent.parent / "dist" / "evertill"
PLAIN_SQLITE = b"SQLite format 3"
SELL_TIMEOUT_S = 120.0
WINDOW_STAYS_S = (4.0, 16.0, 64.0)
"""Longer each time that the machine was too busy to have the window ready to listen."""
WINDOW_TOLD_MAX = 30
# Windows knows no polite way to end a program.
CLOSED = 1 if sys.platform == "win32" else 0
TOLD_TOO_EARLY = -signal.SIGTERM
# Without these no program starts on Windows.
_WINDOWS_NEEDS = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR")


class Broken(Exception):
    """The built till does not do what it must."""


class BareMachine:
    """An empty folder to start the till from, and nothing of this machine's Python around it."""

    def __init__(self, folder: Path, built: Path) -> None:
        self._start_in = folder / "empty"
        self.data_dir = folder / "till"
        self._program = built / ("evertill.exe" if sys.platform == "win32" else "evertill")
        self._environment = {
            name: os.environ[name] for name in _WINDOWS_NEEDS if name in os.environ
        }
        for name in ("PATH", "HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TEMP", "TMPDIR"):
            place = folder / name.lower()
            place.mkdir()
            self._environment[name] = str(place)
        self._environment["QT_QPA_PLATFORM"] = "offscreen"
        self._start_in.mkdir()

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start the till with these words of a command line; its output is piped."""
        try:
            return subprocess.Popen(
                [str(self._program), *words],
                cwd=self._start_in,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
            )
        except OSError as error:
            raise Broken(f"{self._program} does not start: {error}") from error


def sell_one(machine: BareMachine) -> dict[str, Any]:
    """Have the till sell one item stand-alone; gives what it says it stored."""
    with machine.start("selftest", "--data-dir", str(machine.data_dir)) as till:
        try:
            said, complained = till.communicate(timeout=SELL_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            till.kill()
            raise Broken(f"selftest did not end in {SELL_TIMEOUT_S:.0f} s") from None
    if till.returncode != 0:
        raise Broken(f"selftest ended with status {till.returncode}:\n{complained}")
    try:
        stored: dict[str, Any] = json.loads(said)
    except ValueError as error:
        raise Broken(f"selftest printed no JSON:\n{said}{complained}") from error
    return stored


def check_sale(stored: dict[str, Any]) -> str:
    """Require a sale that adds up under its receipt number; gives the number."""
    number, sale = str(stored["receipt_number"]), stored["sale"]
    paid_minor = sum(payment["amount_minor"] for payment in stored["payments"])
    sold_minor = sum(line["total_minor"] for line in stored["lines"])
    if not number or sale["receipt_number"] != number:
        raise Broken(f"receipt {number!r} was given, {sale['receipt_number']!r} was stored")
    if not 0 < sale["total_minor"] == sold_minor == paid_minor:
        raise Broken(f"sold {sold_minor}, paid {paid_minor}, stored {sale['total_minor']}")
    return number


def check_encrypted(database: Path) -> None:
    """Require a database file that no other SQLite can read."""
    if not database.is_file() or database.stat().st_size == 0:
        raise Broken(f"{database} was not written")
    if database.read_bytes()[: len(PLAIN_SQLITE)] == PLAIN_SQLITE:
        raise Broken(f"{database} is not encrypted")


def check_window(machine: BareMachine, data_dir: Path) -> None:
    """Require that a till's window opens, stays open, logs no error and closes when told."""
    for stays_s in WINDOW_STAYS_S:
        status = open_for(machine, data_dir, stays_s)
        if status != TOLD_TOO_EARLY:
            break
    if status != CLOSED:
        raise Broken(f"the window ended with status {status}")
    log = (data_dir / "logs" / "evertill.log").read_text(encoding="utf-8")
    if " ERROR " in log or " CRITICAL " in log:
        raise Broken(f"the window logged an error:\n{log}")


def open_for(machine: BareMachine, data_dir: Path, stays_s: float) -> int:
    """Open the window and close it after a while; gives its exit status."""
    with machine.start("--data-dir", str(data_dir)) as till:
        try:
            _, complained = till.communicate(timeout=stays_s)
        except subprocess.TimeoutExpired:
            return _close(till)
    raise Broken(f"the window ended by itself, status {till.returncode}:\n{complained}")


def _close(till: subprocess.Popen[str]) -> int:
    # More than once: a till that is just about to open its window does not hear it.
    for _ in range(WINDOW_TOLD_MAX):
        till.terminate()
        try:
            _, complained = till.communicate(timeout=1.0)
        except subprocess.TimeoutExpired:
            continue
        if "Traceback" in complained:
            raise Broken(f"the window complained:\n{complained}")
        return till.returncode
    till.kill()
    raise Broken("the window does not close")


def main(argv: Sequence[str] | None = None) -> int:
    """Check one built folder; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("built", type=Path, nargs="?", default=BUILT, help="the built folder")
    built = parser.parse_args(argv).built.resolve()
    with tempfile.TemporaryDirectory(prefix="evertill-smoke-") as folder:
        machine = BareMachine(Path(folder), built)
        try:
            number = check_sale(sell_one(machine))
            check_encrypted(machine.data_dir / "till.db")
            check_window(machine, machine.data_dir)
            if sys.platform != "win32":
                # There its key would stay behind in the user's credential store.
                check_window(machine, Path(folder) / "first-run")
        except Broken as broken:
            print(f"broken: {broken}", file=sys.stderr)
            return 1
    print(f"{built}: sold {number}, encrypted, window opens")
    return 0


if __name__ == "__main__":
    sys.exit(main())
