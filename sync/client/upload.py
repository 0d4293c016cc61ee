"""The upward direction: batches while anything waits, and what a restored server needs first."""

from collections.abc import Callable

from sync.client.background import Background
from sync.client.board import Board
from sync.client.line import Line
from sync.client.push import Pusher
from sync.client.reenrolment import Reenrolment
from sync.client.restored import send_gap_again, send_lost_again
from sync.protocol.gateway import RequestRefused
from sync.protocol.limits import POLL_IDLE_S


class Uploader:
    """Sends one batch per step; ``on_sent`` is called after each."""

    def __init__(
        self,
        background: Background,
        line: Line,
        pusher: Pusher,
        reenrolment: Reenrolment,
        board: Board,
        on_sent: Callable[[], None],
    ) -> None:
        self._background = background
        self._line = line
        self._pusher = pusher
        self._reenrolment = reenrolment
        self._board = board
        self._on_sent = on_sent
        self.draining = False
        """Whether there was more to send than one batch."""

    def step(self, now: float) -> float:
        """Send one batch; how long to wait before the next look. Raises any GatewayFault."""
        if self._reenrolment.step():
            self._on_sent()
            return 0.0
        try:
            pushed = self._pusher.push()
        except RequestRefused as refusal:
            if send_gap_again(self._background, refusal.problem):
                return 0.0
            # A restored server may miss what came before; the next try brings it.
            send_lost_again(self._background, self._line)
            raise
        self.draining = pushed is not None and pushed.more
        if pushed is None:
            return POLL_IDLE_S
        self._board.answered(pushed.server_time_us)
        if pushed.restored:
            send_lost_again(self._background, self._line)
        self._on_sent()
        return 0.0
