"""The demonstration with windows: each till is a process of its own, as in a shop."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from app.demo.server import running
from app.demo.shop import PEOPLE, opened_tills, stock_up

UNTIL = "--until-stdin-ends"
HINT = "Demo PINs:  " + "   ".join(f"{name}\N{NO-BREAK SPACE}{pin}" for name, _, pin, _ in PEOPLE)
STOP_TIMEOUT_S = 15.0


def run(data_dir: Path, till_count: int, catalogue: Path | None, say: Callable[[str], None]) -> int:
    """Start the shop, open a window per till, and stop everything when the last one is closed."""
    with running(data_dir, say) as server:
        with opened_tills(server, data_dir, till_count, say) as tills:
            stock_up(tills, catalogue, say)
            folders = [demo_till.session.folder for demo_till in tills]
        print(f"The API is at {server.url}. {HINT}", flush=True)
        windows = [_opened(folder) for folder in folders]
        say("Opening the window; close it, or press Ctrl+C here, to end everything")
        return _until_closed(windows)


def _opened(folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "app", "--data-dir", str(folder), "--pin-hint", HINT, UNTIL],
        # It ends when this end of the pipe closes, however the demo ends.
        stdin=subprocess.PIPE,
    )


def _until_closed(windows: "list[subprocess.Popen[bytes]]") -> int:
    try:
        return max(window.wait() for window in windows)
    finally:
        for window in windows:
            window.terminate()
        for window in windows:
            _ended(window)


def _ended(window: "subprocess.Popen[bytes]") -> None:
    try:
        window.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        window.kill()
        window.wait()
    assert window.stdin is not None
    window.stdin.close()
