"""Products, customers, sales and shifts for other programs: paged reads, conditional writes."""

from typing import LiteralString

from psycopg import sql

from localdb.domain.records import RECORDS, Customer, Product, Reference, Scope
from sync.protocol import limits
from sync.protocol.validation import FieldError, change_errors, insert_errors
from sync.server.core.admission import Device
from sync.server.core.edits import Editor, KeyTaken, NotThere, Stale
from sync.server.core.ports import Values
from sync.server.core.rows import Row, complete
from sync.server.core.snapshots import NIL
from sync.server.postgres.bulk import row_of, values_of
from sync.server.postgres.store import PostgresStore

WRITABLE: dict[str, type[Reference]] = {"products": Product, "customers": Customer}
SALE_PARTS = {
    "lines": "sale_line",
    "discounts": "sale_discount",
    "taxes": "sale_tax",
    "payments": "payment",
}


class Invalid(Exception):
    """Values that were refused; ``errors`` lists every one of them."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("the values were refused")
        self.errors = errors


class RecordsApi:
    """Reads and writes of one organisation's records."""

    def __init__(self, store: PostgresStore, editor: Editor) -> None:
        self._store = store
        self._editor = editor

    # ------------------------------------------------------------ products and customers

    async def references(self, device: Device, kind: str, after: str, limit: int) -> list[Values]:
        """A page of live and deleted records in id order."""
        name = WRITABLE[kind].TYPE
        rows = await self._page(device, name, after, limit)
        return [shown(row_of(name, row)) for row in rows]

    async def reference(self, device: Device, kind: str, id_: str) -> Values:
        """One record with its version; raises NotThere."""
        name = WRITABLE[kind].TYPE
        return shown(row_of(name, await self._one(device, name, id_)))

    async def change(
        self, device: Device, kind: str, id_: str, version: int, changes: Values
    ) -> Values:
        """Change some fields of a record at ``version``; raises Invalid, Stale or NotThere."""
        record = WRITABLE[kind]
        changes = _without_version(changes)
        errors = change_errors(record, changes)
        if changes.get("id", id_) != id_:
            errors.append(FieldError("id", "id_edited", "an id never changes"))
        if errors:
            raise Invalid(errors)
        wanted = {name: value for name, value in changes.items() if name != "id"}
        if not wanted:
            return await self._unchanged(device, kind, id_, version)
        return shown(await self._editor.change(device.org_id, record.TYPE, id_, version, wanted))

    async def replace(
        self, device: Device, kind: str, id_: str, version: int, values: Values
    ) -> Values:
        """Put a whole record; ``version`` 0 creates it. Raises Invalid, Stale or NotThere."""
        record = WRITABLE[kind]
        full = complete(record, {"id": id_, **_without_version(values)})
        errors = insert_errors(record, full)
        if full["id"] != id_:
            errors.append(FieldError("id", "id_differs", "must be the id of the address"))
        if errors:
            raise Invalid(errors)
        if version:
            return await self.change(device, kind, id_, version, full)
        await self._editor.create(device.org_id, record.TYPE, full)
        return await self.reference(device, kind, id_)

    async def create(self, org_id: str, record: Reference, *, alone: bool = False) -> None:
        """Create a record; raises Invalid, or Stale when its id is taken.

        ``alone`` raises Invalid too where its natural key is taken, and begins no conflict.
        """
        errors = insert_errors(type(record), record.values())
        if errors:
            raise Invalid(errors)
        try:
            await self._editor.create(org_id, record.TYPE, record.values(), alone=alone)
        except KeyTaken as taken:
            raise Invalid([FieldError(taken.field, "taken", str(taken))]) from taken

    async def _unchanged(self, device: Device, kind: str, id_: str, version: int) -> Values:
        name = WRITABLE[kind].TYPE
        row = row_of(name, await self._one(device, name, id_))
        if row.version != version:
            raise Stale(row)
        return shown(row)

    # ------------------------------------------------------------ sales and shifts

    async def sales(self, device: Device, after: str, limit: int) -> list[Values]:
        """A page of sales in id order, without their parts."""
        rows = await self._page(device, "sale", after, limit)
        return [values_of(RECORDS["sale"], row) for row in rows]

    async def sale(self, device: Device, id_: str) -> Values:
        """One sale with its lines, taxes and payments; raises NotThere."""
        sale = values_of(RECORDS["sale"], await self._one(device, "sale", id_))
        for part, name in SALE_PARTS.items():
            query = sql.SQL(
                "SELECT * FROM {} WHERE org_id = %s AND sale_id = %s ORDER BY position, id"
            ).format(sql.Identifier(name))
            async with self._store.transaction(device.org_id) as tx:
                await tx.cursor.execute(query, (device.org_id, id_))
                sale[part] = [values_of(RECORDS[name], row) async for row in tx.cursor]
        return sale

    async def shifts(self, device: Device, after: str, limit: int) -> list[Values]:
        """A page of shifts in id order, each summed up from its events."""
        return await self._shifts(device, "shift_id > %s", after or NIL, _bounded(limit))

    async def shift(self, device: Device, id_: str) -> Values:
        """One shift with its events; raises NotThere."""
        found = await self._shifts(device, "shift_id = %s", id_, 1)
        if not found:
            raise NotThere
        async with self._store.transaction(device.org_id) as tx:
            await tx.cursor.execute(
                "SELECT * FROM shift_event WHERE org_id = %s AND shift_id = %s ORDER BY at_us, id",
                (device.org_id, id_),
            )
            events = [values_of(RECORDS["shift_event"], row) async for row in tx.cursor]
        return found[0] | {"events": events}

    async def _shifts(
        self, device: Device, where: LiteralString, key: str, limit: int
    ) -> list[Values]:
        query = sql.SQL(
            "SELECT shift_id AS id, min(store_id::text) AS store_id,"
            " min(device_id::text) AS device_id,"
            " min(at_us) FILTER (WHERE kind = 'open') AS opened_at_us,"
            " max(at_us) FILTER (WHERE kind = 'close') AS closed_at_us,"
            " max(z_number) AS z_number FROM shift_event"
            " WHERE org_id = %s AND {seen} AND {where}"
            " GROUP BY shift_id ORDER BY shift_id LIMIT %s"
        ).format(seen=_seen_by(device, "shift_event"), where=sql.SQL(where))
        async with self._store.transaction(device.org_id) as tx:
            await tx.cursor.execute(query, (device.org_id, key, limit))
            return await tx.cursor.fetchall()

    # ------------------------------------------------------------ rows

    async def _page(self, device: Device, name: str, after: str, limit: int) -> list[Values]:
        query = sql.SQL(
            "SELECT * FROM {} WHERE org_id = %s AND {} AND id > %s ORDER BY id LIMIT %s"
        ).format(sql.Identifier(name), _seen_by(device, name))
        async with self._store.transaction(device.org_id) as tx:
            await tx.cursor.execute(query, (device.org_id, after or NIL, _bounded(limit)))
            return await tx.cursor.fetchall()

    async def _one(self, device: Device, name: str, id_: str) -> Values:
        query = sql.SQL("SELECT * FROM {} WHERE org_id = %s AND {} AND id = %s").format(
            sql.Identifier(name), _seen_by(device, name)
        )
        async with self._store.transaction(device.org_id) as tx:
            await tx.cursor.execute(query, (device.org_id, id_))
            row = await tx.cursor.fetchone()
        if row is None:
            raise NotThere
        return row


def _seen_by(device: Device, name: str) -> sql.Composable:
    """The rows of a type that a device sees: a till, as in the streams, its own store's."""
    if device.store_id is None or RECORDS[name].SCOPE is Scope.ORG:
        return sql.SQL("true")
    return sql.SQL("store_id = {}::uuid").format(sql.Literal(device.store_id))


def shown(row: Row) -> Values:
    """A record as the API shows it: its values and its version."""
    return {**row.values, "version": row.version}


def _without_version(values: Values) -> Values:
    # What was read may be written back as it is; the version to match is in the header.
    return {name: value for name, value in values.items() if name != "version"}


def _bounded(limit: int) -> int:
    return max(1, min(limit, limits.READ_PAGE_MAX))
