"""How late a 16 ms timer of the UI thread is while the till loads afresh and drains its queue."""

import time
from collections.abc import Callable
from contextlib import ExitStack

from PySide6.QtCore import QObject, Qt, QTimer

from app.bootstrap.session import Session
from sync.client.download import LIVE_PAGE_ROWS
from tests.bench import peer
from tests.bench.paint import bare_window, until
from tests.bench.peer_load import connect, disconnect
from tests.bench.results import Measured
from tests.bench.samples import Samples
from tests.bench.screen import till_window
from tests.bench.trade import ring_offline
from tests.bench.world import World

FRAME_MS = 16
QUEUED_SALES = 3000
FLOOR_S = 10.0
PATIENCE_S = 1800.0


def measure(world: World) -> dict[str, Measured]:
    """A bare window first; then a till's window until all is loaded, swapped in and delivered."""
    with bare_window() as window:
        floor = lateness(window, _after(FLOOR_S * min(1.0, world.size.effort)))
    with ExitStack() as stack:
        session, till = stack.enter_context(till_window(world))
        quiet = lateness(till.window, _after(FLOOR_S * min(1.0, world.size.effort)))
        ring_offline(session.till, world.catalogue.ids, world.size.times(QUEUED_SALES))
        url = stack.enter_context(
            peer.running(
                world.size.products,
                session.till.identity.store_id,
                page_rows=LIVE_PAGE_ROWS,
                changes=0,
                expired=True,
            )
        )
        connect(session, url)
        stack.callback(disconnect, session)
        began = time.perf_counter()
        busy = lateness(till.window, lambda: _is_level(session))
        took_s = time.perf_counter() - began
        assert (session.folder / "backups").exists(), "nothing was swapped in"
    details = busy.summary("busy") | quiet.summary("quiet") | floor.summary("bare")
    details["took_s"] = took_s
    return {"ui_timer": Measured(busy.p99, floor.p99, len(busy), details=details)}


def lateness(owner: QObject, is_over: Callable[[], bool]) -> Samples:
    """How much more than 16 ms lies between the timer's ticks, until it is over."""
    samples = Samples()
    last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        samples.values_ms.append(max(0.0, (now - last) * 1000 - FRAME_MS))
        last = now

    timer = QTimer(owner)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(FRAME_MS)
    timer.timeout.connect(tick)
    timer.start()
    until(is_over, PATIENCE_S)
    timer.stop()
    return samples


def _after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + max(seconds, 0.1)
    return lambda: time.monotonic() >= end


def _is_level(session: Session) -> bool:
    """Whether the fresh data is in place and the queue is empty, as the engine counts it."""
    assert session.link is not None
    status = session.link.engine.status
    heard = status.last_success_us is not None and status.bootstrap is None
    return heard and status.waiting == 0
