"""Changes many records at once: SQL computes the values, groups in the stream carry them.

An ``UPDATE`` on the tables themselves would be seen by no till: it moves no version and enters no
stream. Here each slice of rows is one transaction and one group of the organisation's own device.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from psycopg import sql

from localdb.domain.ops import Op
from localdb.domain.records import REFERENCES, Conflict, Reference, Scope
from sync.protocol.validation import FieldError, change_errors
from sync.server.core.edits import Editor, NotThere
from sync.server.core.push import Pusher
from sync.server.core.rows import Row
from sync.server.core.snapshots import NIL
from sync.server.core.taking import Pushed, retried
from sync.server.postgres.bulk import row_of
from sync.server.postgres.store import PostgresStore, PostgresTransaction
from sync.server.records_api import Invalid
from sync.server.schema import COLUMN_TYPES, NATURAL_KEYS

CHANGEABLE = tuple(r.TYPE for r in REFERENCES if r.SCOPE is Scope.ORG and r is not Conflict)
SLICE_ROWS = 200


@dataclass(frozen=True, slots=True)
class BulkChange:
    """Which live records of a type get what: field -> SQL expression over the record's columns."""

    type_name: str
    new_values: Mapping[str, str]
    where: str = "true"

    @property
    def record(self) -> type[Reference]:
        """The type's declaration."""
        return next(record for record in REFERENCES if self.type_name == record.TYPE)


@dataclass(frozen=True, slots=True)
class Slice:
    """The result of one transaction; the next one continues after ``last_id``."""

    found: int
    changed: int
    last_id: str


class BulkChanger:
    """Runs bulk changes of one organisation at a time."""

    def __init__(self, store: PostgresStore, editor: Editor, pusher: Pusher) -> None:
        self._store = store
        self._editor = editor
        self._pusher = pusher

    async def run(self, org_id: str, change: BulkChange, after: str = "") -> AsyncIterator[Slice]:
        """Change the records in id order, those above ``after``; a slice is done when it comes out.

        Raises Invalid for a field that is not there or a value that is refused (the slices before
        it stand), StoreError for SQL that is not understood, NotThere without an organisation.
        """
        _check_fields(change)
        while True:
            pushed, done = await retried(partial(self._slice, org_id, change, after))
            if pushed is not None:
                await self._pusher.announce(org_id, pushed)
            if not done.found:
                return
            after = done.last_id
            yield done

    async def _slice(
        self, org_id: str, change: BulkChange, after: str
    ) -> tuple[Pushed | None, Slice]:
        async with self._store.transaction(org_id) as tx:
            rows = await _selected(tx, change, after)
            ops = list(_ops(change, rows))
            pushed = await self._editor.within(tx, ops) if ops else None
        last_id = str(rows[-1][0].values["id"]) if rows else after
        return pushed, Slice(len(rows), len(ops), last_id)


def _check_fields(change: BulkChange) -> None:
    known = {field.name for field in change.record.fields()} - {"id"}
    strangers = sorted(change.new_values.keys() - known)
    if strangers:
        words = f"is no field of {change.type_name} that can be changed"
        raise Invalid([FieldError(name, "unknown_field", words) for name in strangers])


async def _selected(
    tx: PostgresTransaction, change: BulkChange, after: str
) -> list[tuple[Row, dict[str, Any]]]:
    """The next rows with their new values, locked in the order in which a push locks."""
    if await tx.own_device() is None:
        raise NotThere
    if change.new_values.keys() & {NATURAL_KEYS.get(change.type_name), "deleted"}:
        await tx.lock_natural_keys()
    await tx.cursor.execute(_query(change), (tx.org_id, after or NIL, SLICE_ROWS))
    names = list(change.new_values)
    return [
        (
            row_of(change.type_name, columns),
            {name: columns[_alias(at)] for at, name in enumerate(names)},
        )
        async for columns in tx.cursor
    ]


def _query(change: BulkChange) -> sql.Composed:
    kinds = {field.name: field.spec.kind for field in change.record.fields()}
    wanted = [
        sql.SQL("({})::{} AS {}").format(
            _raw(expression), _raw(COLUMN_TYPES[kinds[name]]), sql.Identifier(_alias(at))
        )
        for at, (name, expression) in enumerate(change.new_values.items())
    ]
    return sql.SQL(
        "SELECT *, {wanted} FROM {table} WHERE org_id = %s AND id > %s AND NOT deleted"
        " AND ({where}) ORDER BY id LIMIT %s FOR UPDATE OF {table}"
    ).format(
        wanted=sql.SQL(", ").join(wanted),
        table=sql.Identifier(change.type_name),
        where=_raw(change.where),
    )


def _alias(at: int) -> str:
    return f"new {at}"


def _raw(text: str) -> sql.SQL:
    # The operator's own SQL, run as the application's role and inside one organisation.
    return sql.SQL(text.replace("%", "%%"))


def _ops(change: BulkChange, rows: Iterable[tuple[Row, dict[str, Any]]]) -> Iterable[Op]:
    for row, wanted in rows:
        after = {name: value for name, value in wanted.items() if row.values[name] != value}
        if errors := change_errors(change.record, after):
            id_ = row.values["id"]
            raise Invalid([error._replace(where=f"{id_} {error.where}") for error in errors])
        if after:
            before = {name: row.values[name] for name in after}
            yield Op(
                "edit", change.type_name, row.values["id"], before=before, after=after,
                seen=row.vector,
            )  # fmt: skip
