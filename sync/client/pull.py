"""Download: a stream's next page, applied in short transactions together with its cursor."""

from dataclasses import dataclass

from localdb.store import replica, sync_state
from localdb.store.sync_state import Cursor
from localdb.store.unit_of_work import UnitOfWork
from sync.client.background import Background
from sync.client.channel import Channel
from sync.client.page_size import PageSize
from sync.protocol.gateway import CursorExpired, ProtocolFault
from sync.protocol.limits import PAGE_ROWS_MAX
from sync.protocol.messages import Entry, PullReply


@dataclass(frozen=True, slots=True)
class Pulled:
    """The result of one page."""

    entries: int
    behind: bool
    """Whether the stream holds more already."""
    server_time_us: int
    number: int = 0
    """This till's cursor now."""
    checkpoint: int | None = None
    """The newest number that can be compared."""


class Puller:
    """Takes in whole groups, in order, each exactly once."""

    def __init__(self, background: Background, channel: Channel) -> None:
        self._background = background
        self._channel = channel
        self._size = PageSize(PAGE_ROWS_MAX)

    def cursor(self, stream: str) -> Cursor:
        """How far a stream is here."""
        with self._background.read() as conn:
            return sync_state.cursor(conn, stream)

    def pull(self, stream: str, at: Cursor | None = None) -> Pulled:
        """Take in one page; raises CursorExpired when a bootstrap is due, or any GatewayFault.

        ``at`` is the cursor, from whoever has just read it.
        """
        at = at or self.cursor(stream)
        if not at.epoch:
            raise CursorExpired("This till has not loaded its data yet.")
        rows_max = self._size.rows
        reply = self._size.watch(
            lambda: self._channel.ask(lambda g: g.pull(stream, at.epoch, at.number, rows_max))
        )
        _check(reply, at)
        for part in replica.slices(reply.entries):
            self._apply(stream, at.epoch, part)
        reached = at.number + len(reply.entries)
        return Pulled(
            len(reply.entries),
            reached < reply.head,
            reply.server_time_us,
            reached,
            reply.checkpoint,
        )

    def _apply(self, stream: str, epoch: str, entries: list[Entry]) -> None:
        # A sale of a thousand lines: no transaction may last that long on a till that sells.
        size = replica.size_of(entries[0])
        is_large = size > replica.SLICE_ROWS
        for start in range(0, size, replica.SLICE_ROWS) if is_large else ():
            self._apply_ahead(stream, epoch, entries[0], start)

        def job(uow: UnitOfWork) -> None:
            replica.apply_entries(uow, stream, epoch, entries, rows_are_there=is_large)
            sync_state.put_last_success(uow.connection, uow.now_us)

        self._background.write(job)

    def _apply_ahead(self, stream: str, epoch: str, entry: Entry, start: int) -> None:
        self._background.write(
            lambda uow: replica.apply_ahead(uow, stream, epoch, entry, start, replica.SLICE_ROWS)
        )


def _check(reply: PullReply, at: Cursor) -> None:
    """Require a page that follows the cursor without a gap, and advances it."""
    if reply.epoch != at.epoch or reply.head < at.number:
        raise CursorExpired("The server was restored: this till loads its data afresh.")
    expected = range(at.number + 1, at.number + 1 + len(reply.entries))
    if [entry.number for entry in reply.entries] != list(expected):
        raise ProtocolFault("The server's changes have a gap; none of them was taken in.")
    if not reply.entries and reply.head > at.number:
        raise ProtocolFault("The server says there are changes and sends none.")
