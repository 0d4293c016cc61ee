"""A till, or a bare window, started in a process of its own: prints what it found as JSON.

Run as ``python -m tests.bench.starting till FOLDER PIN`` or ``... bare``. Nothing is imported
that the program, or a bare window, would not import before its first paint.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

STEADY_S = 0.5


def main() -> None:
    """Start, wait for the first paint that takes keys, and say when that was."""
    found = _till(Path(sys.argv[2]), sys.argv[3]) if sys.argv[1] == "till" else _bare()
    print(json.dumps(found))


def _till(folder: Path, pin: str) -> dict[str, Any]:
    """The program itself, up to where it would wait for its user."""
    from PySide6.QtWidgets import QApplication

    from app.__main__ import main as evertill

    found: dict[str, Any] = {}

    def attended(application: QApplication) -> int:
        windows = application.topLevelWidgets()
        window: Any = next(w for w in windows if w.isVisible() and hasattr(w, "signin"))
        found.update({"shown_at": _painted(window)} | _signed_in(window, pin))
        found["memory_mb"] = memory_mb()
        return 0

    setattr(QApplication, "exec", attended)  # noqa: B010 - the stubs call it final
    evertill(["--data-dir", str(folder)])
    return found


def _signed_in(window: Any, pin: str) -> dict[str, Any]:
    """From the last PIN digit to a selling screen that is painted and takes a scan."""
    from tests.bench.paint import Keys, PaintWatch, until

    keys = Keys(window)
    for digit in pin[:-1]:
        keys.type(digit)
    selling = window.selling
    watch = PaintWatch(selling.tiles.viewport())
    began = time.perf_counter()
    keys.type(pin[-1])
    took_ms = watch.wait_ms(began, lambda: window.stack.currentWidget() is selling)
    until(lambda: bool(selling.tiles.tiles))
    tiles_ms = (time.perf_counter() - began) * 1000
    return {"pin_to_ready_ms": took_ms, "pin_to_tiles_ms": tiles_ms}


def _bare() -> dict[str, Any]:
    from tests.bench.paint import bare_window

    with bare_window() as window:
        return {"shown_at": _painted(window), "memory_mb": memory_mb()}


def _painted(window: Any) -> float:
    """When the window had been painted and had the keyboard, on the system's clock."""
    from tests.bench.paint import PaintWatch

    watch = PaintWatch(window)
    window.update()
    watch.wait_ms(time.perf_counter())
    return time.time()


def memory_mb() -> float:
    """Resident memory of this process once it has come to rest."""
    import psutil

    from tests.bench.paint import settle

    settle(STEADY_S)
    return float(psutil.Process().memory_info().rss) / 1_000_000


if __name__ == "__main__":
    main()
