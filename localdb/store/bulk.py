"""Fills a new database file beside the live one: tables first, indexes and search at the end.

The file is a draft until ``Database.replace_with`` swaps it in. Each page commits with the place
it ended, so that a broken bootstrap continues where it stopped.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.schema import CreateIndex, DropIndex

from localdb.domain.records import RECORDS
from localdb.store import (
    adoption,
    engine,
    images,
    local,
    migrate,
    quarantine,
    rows,
    search_build,
    sync_state,
)
from localdb.store.migrate import upgrade
from localdb.store.quarantine import PulledFact, PulledRow
from localdb.store.sync_state import Cursor
from localdb.store.tables import INDEXES, SEARCH_ENTRY
from localdb.store.unit_of_work import UnitOfWork

DRAFT_NAME = "till.new.db"
_FOR = "bulk_for"
_AFTER = "bulk_after:"
_BUILT = "bulk_built"
_END = "end"
_ORIGIN = "INSERT OR REPLACE INTO fact_origin (store_id, type, id, device_id, dseq, body)"
_STOCK = "INSERT INTO stock_level (store_id, product_id, quantity_milli)"

FactOrigin = tuple[str, str, int, Mapping[str, Any] | None]
"""(id, device, its dseq, values where no other page holds them)."""


class BulkLoad:
    """A draft database being filled, by one thread."""

    def __init__(self, file: Path, key: bytes | None) -> None:
        self.file = file
        self.key = key
        self._engine = engine.bulk_engine(file, key)

    @classmethod
    def begin(
        cls,
        folder: Path,
        key: bytes | None,
        label: str,
        create: Callable[[Path, bytes | None], None] = upgrade,
    ) -> "BulkLoad":
        """Go on with the draft that was begun under the same label, or begin a new one.

        The label says what is being loaded (server epoch and stream heads); a draft of anything
        else, or in the schema of another program, is removed: it never sold.
        """
        load = cls(folder / DRAFT_NAME, key)
        if load._label() == label:
            return load
        load.discard()
        create(load.file, key)
        load = cls(load.file, key)
        with load._engine.begin() as conn:
            for index in INDEXES:
                conn.execute(DropIndex(index))
            local.put_setting(conn, _FOR, label)
        return load

    def after(self, part: str) -> str | None:
        """The id to continue ``part`` (a record type or ``stock``) after; None when complete."""
        with self._engine.begin() as conn:
            place = local.setting(conn, _AFTER + part) or ""
        return None if place == _END else place

    def put_page(
        self,
        record_type: str,
        pulled: Sequence[PulledRow],
        facts: Sequence[PulledFact],
        next_after: str,
    ) -> None:
        """Insert one page and keep its end; an empty ``next_after`` completes the type."""
        with self._engine.begin() as conn:
            if record_type in RECORDS:
                _put_known(conn, record_type, pulled, facts)
            else:
                _put_unknown(conn, record_type, pulled, facts)
            local.put_setting(conn, _AFTER + record_type, next_after or _END)

    def put_cells(
        self, record_type: str, fields: Sequence[str], cells: Sequence[Any], next_after: str
    ) -> bool:
        """Insert a page whose columns are those of this program's table, as they are.

        Returns False, and has changed nothing, when they are others or a row cannot be stored.
        """
        if record_type not in RECORDS or tuple(fields) != rows.folded_names(record_type):
            return False
        try:
            with self._engine.begin() as conn:
                rows.insert_folded(conn, record_type, cells)
                local.put_setting(conn, _AFTER + record_type, next_after or _END)
        except (*quarantine.UNSTORABLE, ValueError, TypeError, IndexError):
            return False
        return True

    def put_origins(
        self, store_id: str, record_type: str, facts: Sequence[FactOrigin], part: str, after: str
    ) -> None:
        """Insert one page of who brought what, and keep under ``part`` where it ended."""
        with self._engine.begin() as conn:
            cells = [
                cell
                for *origin, values in facts
                for cell in (store_id, record_type, *origin, values and rows.to_json(values))
            ]
            rows.insert_cells(conn, _ORIGIN, "(?, ?, ?, ?, ?, ?)", cells)
            local.put_setting(conn, _AFTER + part, after or _END)

    def put_stock(
        self, store_id: str, number: int, levels: Sequence[tuple[str, int]], next_after: str
    ) -> None:
        """Insert one page of the stock checkpoint taken at ``number`` of the store's stream."""
        with self._engine.begin() as conn:
            cells = [cell for level in levels for cell in (store_id, *level)]
            rows.insert_cells(conn, _STOCK, "(?, ?, ?)", cells)
            sync_state.put_stock_number(conn, store_id, number)
            local.put_setting(conn, _AFTER + "stock", next_after or _END)

    def build(
        self, epoch: str, heads: Mapping[str, int], tick: Callable[[int], None] = lambda _: None
    ) -> None:
        """Make indexes and search, and set the cursors to the heads; does nothing when done."""
        with self._engine.begin() as conn:
            if local.setting(conn, _BUILT):
                return
            for index in INDEXES:
                if index.table is not SEARCH_ENTRY:
                    conn.execute(CreateIndex(index))
            search_build.build(conn, tick)
            for index in SEARCH_ENTRY.indexes:
                conn.execute(CreateIndex(index))
            for stream, number in heads.items():
                sync_state.put_cursor(conn, stream, Cursor(epoch, number))
            sync_state.put_server_epoch(conn, epoch)
            local.put_setting(conn, _BUILT, "1")

    def copy_history(self, live: Path) -> None:
        """Copy what the live file holds so far; after the last page and before ``build``."""
        adoption.copy_history(self._engine, live, self.key)

    def adopt(self, live: Path, unit_of_work: Callable[[Connection], UnitOfWork]) -> None:
        """Copy the rest from the live file, on which nobody writes any more; once only.

        After a swap that failed the till went on in the live file, and what was copied is old.
        """
        with adoption.live_attached(self._engine, live, self.key) as conn:
            if local.setting(conn, _FOR) is None:
                raise RuntimeError("this draft was taken over before: begin a new one")
            uow = unit_of_work(conn)
            adoption.adopt_state(uow)
            uow.complete()
            _forget_progress(conn)

    def close(self) -> None:
        """Close the draft; it stays on disk."""
        self._engine.dispose()

    def discard(self) -> None:
        """Remove the draft."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)

    def _label(self) -> str | None:
        if not self.file.exists():
            return None
        with self._engine.begin() as conn:
            schema = conn.exec_driver_sql("PRAGMA user_version").scalar()
            return local.setting(conn, _FOR) if schema == migrate.SCHEMA_VERSION else None


def _forget_progress(conn: Connection) -> None:
    """Remove the draft's own notes: it becomes the till's database."""
    conn.exec_driver_sql("DELETE FROM local_setting WHERE key LIKE 'bulk!_%' ESCAPE '!'")


def _put_known(
    conn: Connection, record_type: str, pulled: Sequence[PulledRow], facts: Sequence[PulledFact]
) -> None:
    # A snapshot does not say which group wrote a fact; it is the server's word.
    try:
        tuples = [images.server_row(record_type, r.values, r.version, r.vector) for r in pulled]
        tuples += [images.fact_row(record_type, fact.values, "", 0) for fact in facts]
        if tuples:
            rows.insert_rows(conn, record_type, tuples)
    except quarantine.UNSTORABLE:
        quarantine.put(
            conn,
            record_type,
            pulled,
            lambda row: images.server_row(record_type, row.values, row.version, row.vector),
            quarantine.row_body,
        )
        quarantine.put(
            conn,
            record_type,
            facts,
            lambda fact: images.fact_row(record_type, fact.values, "", 0),
            quarantine.fact_body,
        )


def _put_unknown(
    conn: Connection, record_type: str, pulled: Sequence[PulledRow], facts: Sequence[PulledFact]
) -> None:
    bodies = [*map(quarantine.row_body, pulled), *map(quarantine.fact_body, facts)]
    if bodies:
        quarantine.keep(conn, record_type, bodies)
