"""Decides when the download loop asks: page after page, then by hint or by the clock."""

from collections.abc import Callable

from sync.client.admission import Admission
from sync.client.download import Downloader
from sync.client.status_publisher import StatusPublisher
from sync.client.upload import Uploader
from sync.protocol.gateway import AuthFault
from sync.protocol.limits import POLL_BUSY_S, POLL_DRAINING_S, POLL_IDLE_S

BUSY_FOR_S = 60.0
"""How long after the last traffic a till still counts as busy."""
VERDICT_WAIT_S = 0.1
"""While something goes up, a hint waits this long at most for the verdict: it may be about that."""


class Poll:
    """Takes one page in per step: of the streams that a hint named, or of all by its clock.

    ``when_level`` is called with the time whenever there is nothing more to fetch in any.
    """

    def __init__(
        self,
        downloader: Downloader,
        publisher: StatusPublisher,
        admission: Admission,
        upload: Uploader,
        when_level: Callable[[float], None] = lambda now: None,
    ) -> None:
        self._downloader = downloader
        self._hints = downloader.hints
        self._publisher = publisher
        self._admission = admission
        self._upload = upload
        self._when_level = when_level
        self._sent = False
        self._active_at = float("-inf")
        self._looked_at = float("-inf")
        self._all_due_at = float("-inf")
        """When all streams are to be looked at, whatever hints say."""
        self._all = False
        """Whether that is under way."""

    def sent(self) -> None:
        """Something went up; from any thread."""
        self._sent = True

    def step(self, now: float) -> float:
        """Take one page in; how long to wait before the next look. Raises any GatewayFault."""
        self._looked_at = now
        if self._sent:
            self._sent = False
            self._traffic(now)
        self._begin(now)
        try:
            done = self._downloader.step(now)
        except AuthFault as fault:
            self._admission.refused(fault, uploading=False)
            raise
        if done.heard:
            self._admission.pulled()
            self._publisher.answered(done.server_time_us)
        if done.entries:
            self._traffic(now)
        if done.more:
            return done.pause_s
        if self._all:
            self._all = False
            self._when_level(now)
            busy = now - self._active_at < BUSY_FOR_S
            self._all_due_at = now + (POLL_BUSY_S if busy else POLL_IDLE_S)
        follows = self._hints.waits and not self._downloader.is_under_way
        next_at = self.earliest(now) if follows else self._all_due_at
        return max(0.0, min(next_at, self._all_due_at) - now)

    def earliest(self, now: float) -> float:
        """When to follow a hint: groups that go up now come back as stubs in one page."""
        if self._upload.draining:
            return max(now, self._looked_at + POLL_DRAINING_S)
        return now + VERDICT_WAIT_S if self._upload.is_sending else now

    def _traffic(self, now: float) -> None:
        self._active_at = now
        self._all_due_at = min(self._all_due_at, now + POLL_BUSY_S)

    def _begin(self, now: float) -> None:
        """Tell the downloader where something may be new."""
        if now >= self._all_due_at and not self._all:
            self._look_everywhere()
        if self._downloader.is_under_way:
            # Hints that come meanwhile are followed after it, so that a round has an end.
            return
        heard = self._hints.take()
        if heard.anything or not heard.numbers:
            # Woken without a hint: by a person, or by an upload a while ago.
            self._look_everywhere()
        for stream, number in heard.numbers.items():
            self._downloader.look_at(stream, number)

    def _look_everywhere(self) -> None:
        self._all = True
        self._downloader.look_everywhere()
