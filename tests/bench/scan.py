"""From the key events of a wedge scan to the painted cart line."""

import random
import time

from app.bootstrap.window import TillWindow
from tests.bench.paint import BareWindow, Keys, PaintWatch, bare_window, settle
from tests.bench.peer_load import syncing
from tests.bench.results import Measured
from tests.bench.samples import Samples, interleaved
from tests.bench.screen import till_window
from tests.bench.world import World

REPEATS = 500
WARM_UP = 10
CART_LINES_MAX = 15


def measure(world: World) -> dict[str, Measured]:
    """Scan products into a cart, quiet and then while syncing; in turn, lines into a bare list."""
    repeats = world.size.times(REPEATS)
    quiet, busy, floor, floor_busy = Samples(), Samples(), Samples(), Samples()
    with bare_window() as bare, till_window(world) as (session, till):
        plain, scans = BareScans(bare), Scans(till, world)

        def take_turns(ours: Samples, theirs: Samples) -> None:
            interleaved(
                lambda turn: scans.ring(turn, ours),
                lambda turn: plain.ring(turn, theirs),
                repeats,
                WARM_UP,
            )

        take_turns(quiet, floor)
        with syncing(session, world) as load:
            take_turns(busy, floor_busy)
    details = quiet.summary("quiet") | busy.summary("syncing")
    details |= floor.summary("bare") | floor_busy.summary("bare_syncing")
    details["pulled_rows"] = load.rows
    return {"scan": Measured(busy.p99, floor.p99, len(busy), "value while syncing", details)}


class Scans:
    """Scans random products at the till's window."""

    def __init__(self, till: TillWindow, world: World) -> None:
        self._selling = till.program.selling.screen
        self._catalogue = world.catalogue
        self._keys = Keys(till.window)
        self._watch = PaintWatch(self._selling.panel.list.viewport())
        self._random = random.Random(4)

    def ring(self, turn: int, samples: Samples) -> None:
        """One scan, timed from its first key to the end of the paint."""
        settle()
        if turn % CART_LINES_MAX == 0:
            self._selling.presenter.open_cart.finish()
            settle()
        code = self._catalogue.code(self._random.randrange(self._catalogue.products))
        before = self._selling.presenter.cart
        began = time.perf_counter()
        self._keys.scan(code)
        assert self._selling.presenter.cart is not before, "the scan was not understood"
        took_ms = self._watch.wait_ms(began)
        if turn >= 0:
            samples.values_ms.append(took_ms)


class BareScans:
    """The same keys into a bare window."""

    def __init__(self, window: BareWindow) -> None:
        self._keys = Keys(window)
        self._watch = PaintWatch(window.list.viewport())

    def ring(self, turn: int, samples: Samples) -> None:
        """One line of text, timed from its first key to the end of the paint."""
        settle()
        began = time.perf_counter()
        self._keys.scan("4006381333931")
        took_ms = self._watch.wait_ms(began)
        if turn >= 0:
            samples.values_ms.append(took_ms)
