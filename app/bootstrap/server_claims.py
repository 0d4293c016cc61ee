"""The server asked on a thread of its own; its word arrives on the UI thread."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from app.kit.qt.bridge import Bridge
from localdb.domain.claims import NO_WORD, Wish, Word

Asker = Callable[[Wish], Word]


class ServerClaims:
    """``app.kit.claims.Claims``; `asker` gives whom to ask now, None for nobody."""

    def __init__(self, bridge: Bridge, asker: Callable[[], Asker | None]) -> None:
        self._bridge = bridge
        self._asker = asker
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="claims")
        self._ended = False

    def ask(self, wish: Wish, answer: Callable[[Word], None]) -> None:
        """Ask; an error nobody foresaw is raised on the UI thread."""
        asker = self._asker()
        if asker is None:
            answer(NO_WORD)
            return

        def done(future: "Future[Word]") -> None:
            if not future.cancelled():
                self._bridge.post(lambda: self._answered(future, answer))

        self._pool.submit(asker, wish).add_done_callback(done)

    def close(self) -> None:
        """Answer nobody any more; what is asked is waited for, a second and a half at most."""
        self._ended = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _answered(self, future: "Future[Word]", answer: Callable[[Word], None]) -> None:
        if not self._ended:
            answer(future.result())
