"""The sync thread: calls the engine's step when it is due, and sleeps in between."""

import threading
import time
from collections.abc import Callable

from sync.client.background import Stopping, report_bug
from sync.client.engine import SyncEngine
from sync.protocol.limits import POLL_BUSY_S

STOP_WAIT_S = 2.0


class SyncWorker:
    """Runs ``engine`` until stopped.

    A nudge to the engine wakes it; nothing makes it spin, and nothing but ``stop`` ends it.
    """

    def __init__(
        self, engine: SyncEngine, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._monotonic = monotonic
        self._wake = threading.Condition()
        self._awake = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="evertill-sync", daemon=True)
        engine.on_nudge.append(self.wake)

    def start(self) -> None:
        """Begin to sync."""
        self._thread.start()

    def wake(self) -> None:
        """Have the engine look again; from any thread."""
        with self._wake:
            self._awake = True
            self._wake.notify()

    def stop(self, wait_s: float = STOP_WAIT_S) -> bool:
        """End the thread; whether it ended in time.

        One that hangs in a dead connection is left behind: after the stop the engine writes
        nothing more, and the thread ends with the program.
        """
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._engine.stop()
        self._thread.join(wait_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._sleep_until(self._step())
        except Stopping:
            pass
        finally:
            self._engine.close()

    def _step(self) -> float:
        try:
            return self._engine.step(self._monotonic())
        except Stopping:
            raise
        except Exception as error:
            report_bug(error)
            return self._monotonic() + POLL_BUSY_S

    def _sleep_until(self, due_at: float) -> None:
        with self._wake:
            self._wake.wait_for(
                lambda: self._awake or self._stopping,
                timeout=max(0.0, due_at - self._monotonic()),
            )
            self._awake = False
