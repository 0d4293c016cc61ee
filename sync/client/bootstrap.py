"""Loads the server's data afresh into a new file, beside the file that is in use."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from localdb.domain.records import RECORDS
from localdb.errors import DatabaseBusy
from localdb.store import local, succession
from localdb.store.bulk import BulkLoad
from localdb.store.database import Database
from localdb.store.unit_of_work import UnitOfWork
from sync.client.background import Background
from sync.client.channel import Channel, InlineChannel, PendingReply, ThreadChannel
from sync.client.page_size import PageSize
from sync.client.status import Progress
from sync.protocol.folded import unfolded
from sync.protocol.gateway import Gateway, ProtocolFault, RequestRefused
from sync.protocol.limits import PULL_DEADLINE_S, SNAPSHOT_ROWS_MAX
from sync.protocol.messages import (
    FactRow,
    Me,
    OriginsPage,
    RowImage,
    SnapshotHeads,
    SnapshotPage,
    StockPage,
)

T = TypeVar("T")
Part = tuple[str, str]

STOCK = "stock"
_ORIGINS = "origins:"
"""Before a record type: the part that says which groups brought its facts."""
_HEADS = "bootstrap_heads"
"""The heads of the load under way, kept in the live file: a restart goes on from its pages."""


class Bootstrap:
    """One load, page by page, resumable after any fault and after a restart.

    The heads are noted before the first page, so every page holds at least what they cover;
    pulling from them afterwards closes the gap. Nothing of the live file changes until ``swap``.
    """

    def __init__(
        self,
        database: Database,
        background: Background,
        channel: Channel,
        store_id: str,
        *,
        rows_max: int = SNAPSHOT_ROWS_MAX,
    ) -> None:
        self._database = database
        self._background = background
        self._channel = channel
        self._store_id = store_id
        self._size = PageSize(rows_max)
        self._heads: SnapshotHeads | None = None
        self._load: BulkLoad | None = None
        self._parts: list[Part] = []
        """A part to fetch: a record type or the stock, and the id to continue after."""
        self._coming: PendingReply[Any] | None = None
        """The page of the first part, if it was asked for."""
        self._stock_number: int | None = None
        self.progress = Progress(0, 0)
        self.ready = False
        """Whether only the swap is left."""

    def step(self) -> None:
        """Take the next page in, or finish the file; raises any GatewayFault."""
        if self._heads is None or self._load is None:
            self._begin()
        elif not self._parts:
            self._finish(self._heads, self._load)
        elif self._parts[0][0] == STOCK:
            self._take_stock(self._load)
        elif self._parts[0][0].startswith(_ORIGINS):
            self._take_origins(self._load)
        else:
            self._take_page(self._load)

    def swap(self) -> None:
        """Put the finished file in the live one's place, with all that only this till has.

        Raises DatabaseBusy when it can be tried again; after any other failure it is loaded anew.
        """
        assert self._load is not None
        assert self.ready
        try:
            self._database.replace_with(self._load)
        except DatabaseBusy:
            raise
        except Exception:
            # The draft may hold this till's rows of a moment ago; the live file has moved on.
            self._start_over(self._load)
            raise
        self._load = None
        self._background.write(forget_load)

    def close(self) -> None:
        """Close the file; the next start continues it."""
        if self._load is not None:
            self._load.close()
            self._load = None

    def _begin(self) -> None:
        heads, again = self._kept_heads(), True
        if heads is None or heads.epoch != self._look_for_a_copy().epoch:
            heads, again = self._channel.ask(lambda gateway: gateway.snapshot_heads()), False
            # Its groups up to these heads do not come down any more.
            self._look_for_a_copy()
            text = heads.model_dump_json()
            self._background.write(lambda uow: local.put_setting(uow.connection, _HEADS, text))
        load = self._database.begin_load(heads.model_dump_json())
        if again and load.after(STOCK):
            # Stock pages belong to one checkpoint; which one is not known any more.
            load.discard()
            load = self._database.begin_load(heads.model_dump_json())
        self._heads, self._load = heads, load
        self._parts, self._coming = list(self._missing(heads, load)), None
        self.progress = Progress(0, sum(heads.rows.values()))

    def _look_for_a_copy(self) -> Me:
        """Ask for an identity if another copy of this till has delivered what it never gave out."""
        me = self._channel.ask(lambda gateway: gateway.me())
        self._background.write(
            lambda uow: succession.notice(uow.connection, me.device_id, me.dseq_acknowledged)
        )
        return me

    def _kept_heads(self) -> SnapshotHeads | None:
        with self._background.read() as conn:
            text = local.setting(conn, _HEADS)
        return SnapshotHeads.model_validate_json(text) if text else None

    def _missing(self, heads: SnapshotHeads, load: BulkLoad) -> Iterator[Part]:
        """Each part that is not complete, and the id after which it goes on.

        Of a type that was counted as empty nothing is asked: what comes is beyond the heads.
        """
        known = [name for name in RECORDS if heads.rows.get(name)]
        unknown = [name for name, rows in heads.rows.items() if rows and name not in RECORDS]
        origins = [_ORIGINS + name for name, rows in heads.origins.items() if rows]
        for part in (*known, *unknown, *origins, STOCK):
            after = load.after(part)
            if after is not None:
                yield part, after

    def _take_page(self, load: BulkLoad) -> None:
        (record_type, after), *others = self._parts
        page = self._fetched(self._page(record_type, after))
        _check_progress(after, page.next_after)
        left = [(record_type, page.next_after), *others] if page.next_after else others
        coming = self._fetch_ahead(left)
        if not load.put_cells(record_type, page.fields, page.cells, page.next_after):
            load.put_page(record_type, *_unfolded(page), page.next_after)
        self._parts, self._coming = left, coming
        rows = self.progress.rows + page.count
        self.progress = Progress(rows, max(rows, self.progress.total))

    def _take_origins(self, load: BulkLoad) -> None:
        (part, after), *others = self._parts
        page = self._fetched(self._origins_page(part, after))
        _check_progress(after, page.next_after)
        left = [(part, page.next_after), *others] if page.next_after else others
        coming = self._fetch_ahead(left)
        load.put_origins(self._store_id, page.type, page.facts, part, page.next_after)
        self._parts, self._coming = left, coming

    def _take_stock(self, load: BulkLoad) -> None:
        _, after = self._parts[0]
        try:
            page = self._fetched(self._stock_page(after))
        except RequestRefused as refusal:
            if refusal.problem.code == "no_checkpoint":
                # The log was pruned past these heads: only newer ones can be loaded.
                self._start_over(load)
            raise
        _check_progress(after, page.next_after)
        if after and page.number != self._stock_number:
            self._start_over(load)
            raise ProtocolFault("The stock changed while it was read; it is read again.")
        left = [(STOCK, page.next_after)] if page.next_after else []
        coming = self._fetch_ahead(left)
        load.put_stock(self._store_id, page.number, page.levels, page.next_after)
        self._parts, self._coming, self._stock_number = left, coming, page.number

    def _fetched(self, ask: Callable[[Gateway], T]) -> T:
        """The next page: asked for already, or now."""
        coming, self._coming = self._coming, None
        answer: PendingReply[T] = self._channel.begin(ask) if coming is None else coming
        return self._size.watch(answer.result)

    def _fetch_ahead(self, parts: list[Part]) -> PendingReply[Any] | None:
        """Have the next page fetched and read while this one is stored."""
        if not parts:
            return None
        part, after = parts[0]
        if part == STOCK:
            return self._channel.begin(self._stock_page(after))
        if part.startswith(_ORIGINS):
            return self._channel.begin(self._origins_page(part, after))
        return self._channel.begin(self._page(part, after))

    def _page(self, record_type: str, after: str) -> Callable[[Gateway], SnapshotPage]:
        rows = self._size.rows
        return lambda gateway: gateway.snapshot_page(record_type, after, rows)

    def _origins_page(self, part: str, after: str) -> Callable[[Gateway], OriginsPage]:
        rows, record_type = self._size.rows, part.removeprefix(_ORIGINS)
        return lambda gateway: gateway.origins_page(record_type, after, rows)

    def _stock_page(self, after: str) -> Callable[[Gateway], StockPage]:
        rows = self._size.rows
        return lambda gateway: gateway.stock_page(after, rows)

    def _finish(self, heads: SnapshotHeads, load: BulkLoad) -> None:
        load.copy_history(self._database.file)
        load.build(heads.epoch, heads.heads, lambda _: self._background.go_on())
        self.ready = True

    def _start_over(self, load: BulkLoad) -> None:
        self._heads = self._load = self._coming = None
        self.ready = False
        load.discard()
        self._background.write(forget_load)


def load_now(
    database: Database,
    gateway: Gateway,
    on_progress: Callable[[Progress], None],
    *,
    threaded: bool = False,
) -> None:
    """Load everything and take it over at once: for the first start, before anything is sold.

    With ``threaded`` the next page is fetched and read while one is stored. Raises any
    GatewayFault; a new call continues where it stopped.
    """
    identity = database.identity
    assert identity is not None, "enrol first"
    background = Background(database)
    channel: InlineChannel | ThreadChannel = InlineChannel(gateway)
    if threaded:
        channel = ThreadChannel(gateway, background, "evertill-load", deadline_s=PULL_DEADLINE_S)
    bootstrap = Bootstrap(database, background, channel, identity.store_id)
    try:
        while not bootstrap.ready:
            bootstrap.step()
            on_progress(bootstrap.progress)
        bootstrap.swap()
    finally:
        bootstrap.close()
        channel.close()


def _unfolded(page: SnapshotPage) -> tuple[list[RowImage], list[FactRow]]:
    try:
        return unfolded(page)
    except (ValueError, TypeError) as fault:
        raise ProtocolFault("A page of the server's data makes no sense to this till.") from fault


def _check_progress(after: str, next_after: str) -> None:
    if next_after and next_after <= after:
        raise ProtocolFault("The server sends the same page again and again.")


def forget_load(uow: UnitOfWork) -> None:
    """Let the next load begin anew; the draft of this one is removed then."""
    local.put_setting(uow.connection, _HEADS, "")
