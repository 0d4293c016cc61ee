"""The download loop: the streams in turn, and a bootstrap where a stream cannot go on."""

from collections.abc import Callable
from dataclasses import dataclass

from localdb.store.database import Database
from localdb.store.replica import ORG_STREAM
from sync.client.background import Background
from sync.client.bootstrap import Bootstrap
from sync.client.channel import Channel
from sync.client.integrity import Integrity
from sync.client.load_pace import LoadPace
from sync.client.pending_hints import PendingHints
from sync.client.pruning import Pruner
from sync.client.pull import Puller
from sync.client.reenrolment import Reenrolment
from sync.client.restored import send_lost_again
from sync.client.status import Comparison, Progress
from sync.protocol.gateway import CursorExpired

LIVE_PAGE_ROWS = 500
"""Rows of a page that is loaded beside a selling till: parsing it must fit between two frames."""

AGAIN = "The server asks for a fresh load again and again. The next one begins in {} min."
SLICES_MAX = 25
"""Slices of a comparison, or of pruning, between two looks for changes."""
SLICE_PAUSE_S = 0.005


@dataclass(frozen=True, slots=True)
class Downloaded:
    """The result of one unit of downloading."""

    entries: int = 0
    more: bool = False
    """Whether there is more to fetch at once."""
    heard: bool = True
    """Whether the server was asked."""
    server_time_us: int | None = None
    pause_s: float = 0.0
    """How long the others on this machine are left alone before more is done."""


SLICE_DONE = Downloaded(more=True, heard=False, pause_s=SLICE_PAUSE_S)


@dataclass(frozen=True, slots=True)
class DownloadState:
    """The state of the download, for the status."""

    behind: bool
    """Whether the server was last seen to hold more than this till."""
    load: Progress | None
    """How far the fresh load under way is, if any."""
    swap_waiting: bool
    """Whether a finished load waits for the cart to be empty."""
    compared: Comparison | None
    """The result of the last comparison with the server."""


class Downloader:
    """Fetches one page per step, of the streams it was told to look at; then there is no more.

    ``store_id`` names the till's own store.
    """

    def __init__(
        self,
        database: Database,
        background: Background,
        channel: Channel,
        store_id: str,
        cart_is_empty: Callable[[], bool],
        reenrolment: Reenrolment,
    ) -> None:
        self._database = database
        self._background = background
        self._channel = channel
        self._store_id = store_id
        self._cart_is_empty = cart_is_empty
        self._reenrolment = reenrolment
        self._changes = reenrolment.changes
        self._puller = Puller(background, channel)
        self.integrity = Integrity(background, channel, store_id)
        self._pruner = Pruner(background)
        self._server_time_us = 0
        self._slices = 0
        self.streams = (ORG_STREAM, store_id)
        self.hints = PendingHints(self.streams)
        self._todo: dict[str, int | None] = {}
        """The streams to look at, the present one first, and the number a hint named, if any."""
        self._pace = LoadPace()
        self._behind = False
        self.bootstrap: Bootstrap | None = None
        """The load under way, if any."""

    @property
    def state(self) -> DownloadState:
        """The state of the download; for any thread."""
        load = self.bootstrap
        if load is None:
            return DownloadState(
                self._behind, None, swap_waiting=False, compared=self.integrity.last
            )
        return DownloadState(
            self._behind, load.progress, swap_waiting=load.ready, compared=self.integrity.last
        )

    @property
    def is_under_way(self) -> bool:
        """Whether the last step left something to do."""
        return bool(self._todo) or self.bootstrap is not None

    def look_everywhere(self) -> None:
        """Ask for a look at every stream; a stream that already waits is looked at once."""
        for stream in self.streams:
            self._todo[stream] = None

    def look_at(self, stream: str, number: int) -> None:
        """Ask for a look at a stream that is at ``number`` now, if that is new here."""
        self._todo.setdefault(stream, number)

    def step(self, now: float) -> Downloaded:
        """Fetch one page of whatever is next; raises any GatewayFault.

        ``now`` is in monotonic seconds.
        """
        with self._reenrolment.changing:
            if self._reenrolment.holds_downloads():
                return Downloaded(heard=False)
            if self._changes != self._reenrolment.changes:
                self._changes = self._reenrolment.changes
                self._start_over()
            return self._fetch(now)

    def _start_over(self) -> None:
        """Drop what was being loaded for another identity."""
        self.close()
        self.bootstrap, self._pace = None, LoadPace()
        self.integrity.drop()
        self.look_everywhere()

    def _fetch(self, now: float) -> Downloaded:
        if self.bootstrap is not None:
            return self._load(self.bootstrap)
        if self._slices:
            self._slices -= 1
            if self.integrity.under_way:
                return self._compare(now)
            if self._pruner.is_due(self._server_time_us):
                self._pruner.step(self._server_time_us)
                return SLICE_DONE
        if not self._todo:
            return Downloaded(heard=False)
        try:
            return self._pull(next(iter(self._todo)))
        except CursorExpired as fault:
            if wait_s := self._pace.wait_s(now):
                # It was loaded a while ago: wait, and do not load in a circle.
                raise CursorExpired(AGAIN.format(max(1, round(wait_s / 60)))) from fault
            send_lost_again(self._background, self._channel)
            return self._load_afresh(now)

    def _load_afresh(self, now: float) -> Downloaded:
        self._pace.began(now)
        self.integrity.drop()
        self.bootstrap = Bootstrap(
            self._database,
            self._background,
            self._channel,
            self._store_id,
            rows_max=LIVE_PAGE_ROWS,
        )
        return Downloaded(more=True)

    def close(self) -> None:
        """Close a load under way; the next start continues it."""
        if self.bootstrap is not None:
            self.bootstrap.close()

    def _pull(self, stream: str) -> Downloaded:
        at, number = self._puller.cursor(stream), self._todo[stream]
        if number is not None and not self.hints.is_new(stream, number, at):
            del self._todo[stream]
            return Downloaded(more=bool(self._todo), heard=False)
        pulled = self._puller.pull(stream, at)
        # There may be more by now than the server had said.
        self._todo[stream] = None
        self._behind = pulled.behind
        self.integrity.seen(stream, pulled)
        if not pulled.behind:
            del self._todo[stream]
        self._server_time_us = pulled.server_time_us
        if not self._todo and (
            self.integrity.begin_if_due() or self._pruner.is_due(pulled.server_time_us)
        ):
            self._slices = SLICES_MAX
            self.look_everywhere()
        more = bool(self._todo)
        return Downloaded(pulled.entries, more, server_time_us=pulled.server_time_us)

    def _compare(self, now: float) -> Downloaded:
        """Compare a slice with the server; after some slices, look for hints again."""
        self.integrity.step()
        if not self.integrity.wants_load:
            return SLICE_DONE
        if self._pace.wait_s(now):
            # The next comparison finds it again.
            self.integrity.drop()
            return SLICE_DONE
        return self._load_afresh(now)

    def _load(self, bootstrap: Bootstrap) -> Downloaded:
        if not bootstrap.ready:
            bootstrap.step()
            return Downloaded(more=True)
        if not self._cart_is_empty():
            return Downloaded(heard=False)
        bootstrap.swap()
        self.bootstrap = None
        return Downloaded(more=True)
