"""Limits how many tills connect at once; after an outage all of them come in the same second."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sync.server.core.ports import Unavailable

RETRY_SPREAD_S = 10
"""Tills that are sent away come back over this many seconds."""


class Gate:
    """Lets ``handshakes_max`` in at one moment, until ``open_max`` are in.

    ``random`` gives a float in [0, 1).
    """

    def __init__(self, handshakes_max: int, open_max: int, random: Callable[[], float]) -> None:
        self._handshakes_max = handshakes_max
        self._open_max = open_max
        self._random = random
        self._handshakes = 0

    @contextmanager
    def handshake(self, open_now: int) -> Iterator[None]:
        """Hold a place while one till connects; raises Unavailable with a time to come back."""
        if self._handshakes >= self._handshakes_max or open_now >= self._open_max:
            retry_after_s = 1 + self._random() * RETRY_SPREAD_S
            raise Unavailable("too many tills connect at once", retry_after_s)
        self._handshakes += 1
        try:
            yield
        finally:
            self._handshakes -= 1
