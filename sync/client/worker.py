"""The sync threads: each runs its loop's step when it is due, and sleeps in between."""

import threading
import time
from collections.abc import Callable

from sync.client.background import Stopping, report_bug
from sync.client.engine import SyncEngine
from sync.client.sync_loop import SyncLoop
from sync.protocol.limits import POLL_BUSY_S

STOP_WAIT_S = 2.0


class SyncWorker:
    """Runs both loops of ``engine`` until stopped, each on its own thread."""

    def __init__(
        self, engine: SyncEngine, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._up = LoopThread("evertill-sync-up", engine.up, monotonic)
        self._down = LoopThread("evertill-sync-down", engine.down, monotonic, at_end=engine.close)

    def start(self) -> None:
        """Begin to sync."""
        self._up.start()
        self._down.start()

    def stop(self, wait_s: float = STOP_WAIT_S) -> bool:
        """End the threads; whether they ended in time.

        One that is busy for longer is left behind: after the stop the engine writes nothing
        more, and the thread ends with the program.
        """
        self._engine.stop()
        self._up.end()
        self._down.end()
        give_up_at = time.monotonic() + wait_s
        up_ended = self._up.join(give_up_at)
        return self._down.join(give_up_at) and up_ended


class LoopThread:
    """Steps one loop until ended.

    A nudge wakes it; nothing makes it spin, and nothing but ``end`` ends it. ``at_end`` is called
    on the thread.
    """

    def __init__(
        self,
        name: str,
        loop: SyncLoop,
        monotonic: Callable[[], float],
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._loop = loop
        self._monotonic = monotonic
        self._at_end = at_end
        self._wake = threading.Condition()
        self._awake = False
        self._ending = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        loop.on_nudge.append(self.wake)

    def start(self) -> None:
        """Begin to step."""
        self._thread.start()

    def wake(self) -> None:
        """Wake the loop; from any thread."""
        with self._wake:
            self._awake = True
            self._wake.notify()

    def end(self) -> None:
        """End the loop."""
        with self._wake:
            self._ending = True
            self._wake.notify()

    def join(self, give_up_at: float) -> bool:
        """Wait until then, in seconds of ``time.monotonic``; whether the thread ended."""
        if self._thread.ident is None:
            return True
        self._thread.join(max(0.0, give_up_at - time.monotonic()))
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._ending:
                self._sleep_until(self._step())
        except Stopping:
            pass
        finally:
            self._at_end()

    def _step(self) -> float:
        try:
            return self._loop.step(self._monotonic())
        except Stopping:
            raise
        except Exception as error:
            report_bug(error)
            return self._monotonic() + POLL_BUSY_S

    def _sleep_until(self, due_at: float) -> None:
        with self._wake:
            self._wake.wait_for(
                lambda: self._awake or self._ending,
                timeout=max(0.0, due_at - self._monotonic()),
            )
            self._awake = False
