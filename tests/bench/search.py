"""From a keystroke in the search field to the painted results."""

import time

from PySide6.QtCore import QTimer

from app.bootstrap.window import TillWindow
from localdb.queries import products
from localdb.services.till import Till
from localdb.store.search import search
from tests.bench.paint import BareWindow, Keys, PaintWatch, bare_window, settle
from tests.bench.peer_load import syncing
from tests.bench.results import Measured
from tests.bench.samples import Samples, interleaved
from tests.bench.screen import till_window
from tests.bench.world import World

KEYSTROKES = 1000
WARM_UP = 20
RESULTS = 50


def measure(world: World) -> dict[str, Measured]:
    """Type searches key by key, quiet and then while syncing; in turn, into a bare list."""
    repeats = world.size.times(KEYSTROKES)
    texts = world.catalogue.search_texts(2 * (repeats + WARM_UP))
    quiet, busy, floor, floor_busy = Samples(), Samples(), Samples(), Samples()
    with bare_window() as bare, till_window(world) as (session, till):
        typing, plain = Typing(till, texts), BareTyping(bare)

        def take_turns(ours: Samples, theirs: Samples) -> None:
            interleaved(
                lambda turn: typing.stroke(turn, ours),
                lambda turn: plain.stroke(turn, theirs),
                repeats,
                WARM_UP,
            )

        take_turns(quiet, floor)
        details = _parts(session.till, texts[:repeats])
        with syncing(session, world) as load:
            take_turns(busy, floor_busy)
    details |= quiet.summary("quiet") | busy.summary("syncing")
    details |= floor.summary("bare") | floor_busy.summary("bare_syncing")
    details["pulled_rows"] = load.rows
    return {"search": Measured(busy.p99, floor.p99, len(busy), "value while syncing", details)}


class Typing:
    """Types the texts one key after the other into the till's search field."""

    def __init__(self, till: TillWindow, texts: list[str]) -> None:
        self._selling = till.program.selling.screen
        self._keys = Keys(till.window)
        self._watch = PaintWatch(self._selling.tiles.viewport())
        self._texts = iter(texts)

    def stroke(self, turn: int, samples: Samples) -> None:
        """The next key, timed until its results are painted."""
        settle()
        text = next(self._texts)
        if text[:-1] != self._selling.search.text():
            self._selling.search.setText(text[:-1])
            settle(0.05)
        browse = self._selling.browse
        before = browse.state
        began = time.perf_counter()
        self._keys.type(text[-1])
        assert self._selling.search.text() == text, "the key went elsewhere"
        took_ms = self._watch.wait_ms(began, lambda: browse.state is not before)
        if turn >= 0:
            samples.values_ms.append(took_ms)


class BareTyping:
    """The same in a bare window: a key, a hop through the event loop, a list of results."""

    def __init__(self, window: BareWindow) -> None:
        self._window = window
        self._keys = Keys(window)
        self._watch = PaintWatch(window.list.viewport())
        self._shown = 0
        window.field.textChanged.connect(lambda _text: QTimer.singleShot(0, window, self._show))

    def stroke(self, turn: int, samples: Samples) -> None:
        """One key, timed until the list is painted."""
        settle()
        before = self._shown
        began = time.perf_counter()
        self._keys.type("a")
        took_ms = self._watch.wait_ms(began, lambda: self._shown > before)
        if turn >= 0:
            samples.values_ms.append(took_ms)

    def _show(self) -> None:
        self._shown += 1
        lines = [f"Result {self._shown}.{number}" for number in range(RESULTS)]
        self._window.lines.setStringList(lines)


def _parts(till: Till, texts: list[str]) -> dict[str, float]:
    """What the search itself takes, without a screen: the index alone, and with its rows."""
    ids, rows = Samples(), Samples()
    for text in texts:
        with ids.timed():
            till.ask(search, text)
        with rows.timed():
            till.ask(products.search, text)
    return ids.summary("index") | rows.summary("query")
