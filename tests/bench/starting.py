"""A till, or a bare window, started in a process of its own: prints what it found as JSON.

Run as ``python -m tests.bench.starting till FOLDER PIN`` or ``... bare``. Imports as little as the
program itself would, and nothing before ``main`` that the program does not need.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

STEADY_S = 0.5


def main() -> None:
    """Start, wait for the first paint that takes keys, and say when that was."""
    found = _till(Path(sys.argv[2])) if sys.argv[1] == "till" else _bare()
    print(json.dumps(found))


def _till(folder: Path) -> dict[str, Any]:
    from app.bootstrap.session import open_session

    with open_session(folder, use_keyring=False) as session:
        from PySide6.QtWidgets import QApplication

        from app.bootstrap.window import TillWindow

        application = QApplication(sys.argv[:1])
        till = TillWindow(application, session)
        try:
            till.window.show()
            found = {"shown_at": _painted(till.window)} | _signed_in(till, sys.argv[3])
            return found | {"memory_mb": _memory_mb()}
        finally:
            till.window.close()
            till.close()


def _signed_in(till: Any, pin: str) -> dict[str, Any]:
    """From the last PIN digit to a selling screen that is painted and takes a scan."""
    from tests.bench.paint import Keys, PaintWatch, until

    keys = Keys(till.window)
    for digit in pin:
        keys.type(digit)
    selling = till.window.selling
    watch = PaintWatch(selling.tiles.viewport())
    began = time.perf_counter()
    till.window.signin.presenter.enter()
    took_ms = watch.wait_ms(began, lambda: till.window.stack.currentWidget() is selling)
    until(lambda: bool(selling.tiles.tiles))
    tiles_ms = (time.perf_counter() - began) * 1000
    return {"pin_to_ready_ms": took_ms, "pin_to_tiles_ms": tiles_ms}


def _bare() -> dict[str, Any]:
    from tests.bench.paint import bare_window

    with bare_window() as window:
        return {"shown_at": _painted(window), "memory_mb": _memory_mb()}


def _painted(window: Any) -> float:
    """When the window had been painted and had the keyboard, on the system's clock."""
    from tests.bench.paint import PaintWatch

    watch = PaintWatch(window)
    window.update()
    watch.wait_ms(time.perf_counter())
    return time.time()


def _memory_mb() -> float:
    """Resident memory of this process once it has come to rest."""
    import psutil

    from tests.bench.paint import settle

    settle(STEADY_S)
    return float(psutil.Process().memory_info().rss) / 1_000_000


if __name__ == "__main__":
    main()
