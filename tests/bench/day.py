"""A long day at one window: 2,000 sales by keyboard, no slower and no larger at the end."""

import gc
import random
import time

from PySide6.QtCore import Qt

from app.bootstrap.window import TillWindow
from tests.bench.paint import Keys, settle, until
from tests.bench.results import Measured
from tests.bench.samples import percentile
from tests.bench.screen import till_window
from tests.bench.starting import memory_mb
from tests.bench.world import World

SALES = 2_000
LINES = 3
WARM_UP_SHARE = 0.25
"""Caches fill until then: what grows afterwards would grow for ever."""
PART_SHARE = 0.1


def measure(world: World) -> dict[str, Measured]:
    """Ring sales one after the other; processor time and memory, early against late."""
    sales = max(20, world.size.times(SALES))
    warm, part = int(sales * WARM_UP_SHARE), max(5, int(sales * PART_SHARE))
    took_ms: list[float] = []
    with till_window(world) as (session, till):
        cashier = Cashier(till, world)
        early_mb = 0.0
        for number in range(sales):
            began = time.process_time()
            cashier.sell()
            took_ms.append((time.process_time() - began) * 1000)
            if number + 1 == warm:
                early_mb = _at_rest_mb()
        late_mb = _at_rest_mb()
        rung = session.till.ask(lambda conn: conn.exec_driver_sql(_COUNT).scalar_one())
    assert rung == sales, f"{rung} of {sales} sales are stored"
    early, late = (percentile(part_ms, 50) for part_ms in (took_ms[warm:][:part], took_ms[-part:]))
    note = f"{sales} sales of {LINES} lines, processor time of the whole till; floor early"
    grown = f"beyond the first {warm} sales; floor resident memory then"
    return {
        "day_pace": Measured(late, early, part, note),
        "day_memory": Measured(late_mb - early_mb, early_mb, sales, grown),
    }


_COUNT = "SELECT count(*) FROM sale"


class Cashier:
    """Scans, charges and takes exact cash, by keys alone."""

    def __init__(self, till: TillWindow, world: World) -> None:
        self._till = till.program
        self._catalogue = world.catalogue
        self._keys = Keys(till.window)
        self._random = random.Random(7)

    def sell(self) -> None:
        """One sale from the first scan to the change."""
        selling = self._till.selling.screen
        for _ in range(LINES):
            self._keys.scan(self._catalogue.code(self._random.randrange(self._catalogue.products)))
        settle()
        self._keys.press(Qt.Key.Key_F12)
        until(lambda: self._till.window.current_screen() is self._till.paying.screen)
        self._keys.press(Qt.Key.Key_Return)
        until(lambda: selling.presenter.cart.is_empty)
        settle()


def _at_rest_mb() -> float:
    gc.collect()
    return memory_mb()
