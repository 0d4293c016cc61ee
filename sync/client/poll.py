"""The downward direction: a page after the other while there is more, then by the poll's clock."""

from collections.abc import Callable

from sync.client.admission import Admission
from sync.client.board import Board
from sync.client.download import Downloader
from sync.protocol.gateway import AuthFault
from sync.protocol.limits import POLL_BUSY_S, POLL_DRAINING_S, POLL_IDLE_S

BUSY_FOR_S = 60.0
"""How long after the last traffic a till still counts as busy."""


class Poll:
    """Takes one page in per step; ``is_draining`` says whether a long queue is going up.

    ``when_level`` is called with the time whenever there is nothing more to fetch.
    """

    def __init__(
        self,
        downloader: Downloader,
        board: Board,
        admission: Admission,
        is_draining: Callable[[], bool],
        when_level: Callable[[float], None] = lambda now: None,
    ) -> None:
        self._downloader = downloader
        self._board = board
        self._admission = admission
        self._is_draining = is_draining
        self._when_level = when_level
        self._sent = False
        self._active_at = float("-inf")
        self._looked_at = float("-inf")

    def sent(self) -> None:
        """Something went up; from any thread."""
        self._sent = True

    def step(self, now: float) -> float:
        """Take one page in; how long to wait before the next look. Raises any GatewayFault."""
        self._looked_at = now
        if self._sent:
            self._sent, self._active_at = False, now
        try:
            done = self._downloader.step()
        except AuthFault as fault:
            self._admission.refused(fault, uploading=False)
            raise
        if done.heard:
            self._admission.pulled()
            self._board.answered(done.server_time_us)
        if done.entries:
            self._active_at = now
        if done.more:
            return done.pause_s
        self._when_level(now)
        return POLL_BUSY_S if now - self._active_at < BUSY_FOR_S else POLL_IDLE_S

    def earliest(self, now: float) -> float:
        """When a hint is worth following: what goes up now comes back as stubs in one page."""
        return max(now, self._looked_at + POLL_DRAINING_S) if self._is_draining() else now
