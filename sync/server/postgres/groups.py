"""Statements of a push: the ledger, the rows it touches, what is held, the streams."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from psycopg import sql
from sqlalchemy import Table

from localdb.domain.records import Conflict
from sync.server.core.admission import Device
from sync.server.core.authority import Sender
from sync.server.core.ports import (
    DeviceRun,
    HeldGroup,
    LedgerRow,
    LogEntry,
    NewFact,
    Origin,
    Recorded,
    Values,
    Wait,
)
from sync.server.core.rows import Key, Row
from sync.server.postgres import bulk
from sync.server.postgres.base import Queries
from sync.server.schema import CHANGE_LOG, HELD_GROUP, LEDGER, NATURAL_KEYS


def held_with_device(org_id: str, row: Values) -> tuple[Device, HeldGroup]:
    """A held group and the device that brought it, from one row."""
    about = {name: row.pop(name) for name in ("store_id", "till_code", "revoked_at", "manages")}
    held = HeldGroup(**row)
    return Device(org_id, held.device_id, **about), held


class GroupQueries(Queries):
    """``ports.GroupPort`` on PostgreSQL."""

    # ------------------------------------------------------------ devices and their ledger

    async def lock_devices(self, device_ids: Collection[str]) -> dict[str, DeviceRun]:
        """Lock the runs of groups of known devices, in id order, until the transaction ends.

        From here on statements travel together: a write goes with the next read, or the commit.
        """
        await self.start_pipeline()
        await self.cursor.execute(
            "SELECT device_id, dseq_acknowledged + 1 AS expected,"
            " EXISTS (SELECT FROM stock_movement WHERE org_id = device.org_id"
            " AND origin_device = device.device_id"
            " AND origin_dseq > dseq_acknowledged) AS given, manages, revoked_at,"
            " store_id IS NULL AS is_server FROM device"
            " WHERE org_id = %s AND device_id = ANY(%s::uuid[]) ORDER BY device_id FOR UPDATE",
            (self.org_id, list(device_ids)),
        )
        return {
            row["device_id"]: DeviceRun(
                row["expected"],
                self._epoch,
                row["given"],
                Sender(row["manages"], row["revoked_at"], row["is_server"]),
            )
            async for row in self.cursor
        }

    async def recorded(self, origins: Collection[Origin]) -> dict[Origin, Recorded]:
        """The ledger's rows among these."""
        devices, dseqs = zip(*origins, strict=True)
        await self.cursor.execute(
            "SELECT l.device_id, l.dseq, l.hash, l.verdict"
            " FROM unnest(%s::uuid[], %s::bigint[]) AS asked (device_id, dseq)"
            " JOIN ledger l USING (device_id, dseq) WHERE l.org_id = %s",
            (list(devices), list(dseqs), self.org_id),
        )
        return {
            (row["device_id"], row["dseq"]): Recorded(row["hash"], row["verdict"])
            async for row in self.cursor
        }

    async def record(self, rows: Sequence[LedgerRow], now_us: int) -> None:
        """Write verdicts; that of a group which was held before is overwritten."""
        given = (
            {"device_id": r.device_id, "dseq": r.dseq, "hash": r.hash, "verdict": r.verdict}
            for r in rows
        )
        await self._send(_RECORD, (self.org_id, now_us, bulk.document(given)))

    async def acknowledge(self, delivered: Mapping[str, int], now_us: int) -> None:
        """Note how far each of these locked devices has delivered."""
        await self._send(
            "UPDATE device SET dseq_acknowledged = new.dseq, last_seen = %s"
            " FROM unnest(%s::uuid[], %s::bigint[]) AS new (device_id, dseq)"
            " WHERE device.org_id = %s AND device.device_id = new.device_id",
            (now_us, list(delivered), list(delivered.values()), self.org_id),
        )

    # ------------------------------------------------------------ references

    async def lock_natural_keys(self) -> None:
        """Keep other transactions from giving a record a natural key."""
        # No row exists yet that two tills creating the same barcode could meet on. One lock per
        # organisation: one per key would overflow the lock table in an import.
        await self._send(
            "SELECT pg_advisory_xact_lock(hashtextextended('natural key ' || %s, 0))",
            (self.org_id,),
        )

    async def lock_rows(self, keys: Iterable[Key]) -> dict[Key, Row]:
        """The references that exist among these, locked in (type, id) order."""
        return await bulk.lock_rows(self.cursor, self.org_id, keys)

    async def lock_conflicts(self, ids: Sequence[str], about: Sequence[str]) -> dict[Key, Row]:
        """The conflicts with these ids, and the open ones about these records, locked."""
        await self.cursor.execute(
            "SELECT * FROM conflict WHERE org_id = %s AND (id = ANY(%s::uuid[])"
            " OR (state = 'open' AND record_id = ANY(%s::uuid[]))) ORDER BY id FOR UPDATE",
            (self.org_id, list(ids), list(about)),
        )
        name = Conflict.TYPE
        return {(name, row["id"]): bulk.row_of(name, row) async for row in self.cursor}

    async def waiting_for_manager(self, device_ids: Collection[str]) -> dict[str, int]:
        """How many changes of each device wait for a manager because it may not make them."""
        await self.cursor.execute(
            "SELECT device_id, count(*) AS waiting FROM conflict WHERE org_id = %s"
            " AND state = 'open' AND reason <> '' AND device_id = ANY(%s::uuid[])"
            " GROUP BY device_id",
            (self.org_id, list(device_ids)),
        )
        return {row["device_id"]: row["waiting"] async for row in self.cursor}

    async def owners(self, type_name: str, values: Sequence[str]) -> dict[str, list[str]]:
        """Natural key -> ids of the live records that have it, in id order."""
        query = sql.SQL(
            "SELECT {field} AS key, array_agg(id::text ORDER BY id) AS ids FROM {table}"
            " WHERE org_id = %s AND {field} = ANY(%s::text[]) AND NOT deleted GROUP BY {field}"
        ).format(field=sql.Identifier(NATURAL_KEYS[type_name]), table=sql.Identifier(type_name))
        await self.cursor.execute(query, (self.org_id, list(values)))
        return {row["key"]: row["ids"] async for row in self.cursor}

    async def insert_rows(self, type_name: str, rows: Sequence[Row]) -> None:
        """Store new references; a Race when another transaction was first."""
        await bulk.insert_rows(self.cursor.connection, self.org_id, type_name, rows)

    async def update_rows(self, type_name: str, rows: Sequence[Row]) -> None:
        """Overwrite references that this transaction has locked."""
        await bulk.update_rows(self.cursor.connection, self.org_id, type_name, rows)

    # ------------------------------------------------------------ facts

    async def insert_facts(self, facts: Mapping[str, Sequence[NewFact]]) -> set[Key]:
        """Store facts by type, each once; those that came before, or come twice."""
        return await bulk.insert_facts(self.cursor.connection, self.org_id, facts)

    async def facts(self, type_name: str, ids: Iterable[str]) -> list[Values]:
        """The values of facts by id."""
        return await bulk.stored_facts(self.cursor, self.org_id, type_name, ids)

    # ------------------------------------------------------------ held groups

    async def hold(self, groups: Sequence[HeldGroup], now_us: int) -> None:
        """Keep the bodies of groups until they can be applied."""
        given = (
            {
                "device_id": group.device_id,
                "dseq": group.dseq,
                "hash": group.hash,
                "body": group.body,
                "code": group.code,
                "detail": group.detail,
                "waits_for": group.waits_for,
            }
            for group in groups
        )
        await self._send(_HOLD, (self.org_id, now_us, bulk.document(given)))

    async def next_held(
        self, arrived: Iterable[str], tried: Collection[Wait]
    ) -> tuple[Device, HeldGroup] | None:
        """The oldest group that waits for one of these records, locked, with its device."""
        devices, dseqs, ids = zip(*tried, strict=True) if tried else ((), (), ())
        row = await self._one(
            "SELECT h.device_id, h.dseq, h.hash, h.body, h.code, h.detail, h.waits_for,"
            " d.store_id, d.till_code, d.revoked_at, d.manages FROM held_group h"
            " JOIN device d USING (org_id, device_id)"
            " WHERE h.org_id = %s AND h.waits_for = ANY(%s::uuid[])"
            " AND (h.device_id, h.dseq, h.waits_for) NOT IN ("
            "SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::uuid[]))"
            " ORDER BY h.at, h.dseq LIMIT 1 FOR UPDATE OF h SKIP LOCKED",
            (self.org_id, sorted(arrived), list(devices), list(dseqs), list(ids)),
        )
        if row is None:
            return None
        return held_with_device(self.org_id, row)

    async def forget_held(self, device_id: str, dseq: int) -> None:
        """A group is about to be judged again."""
        await self.cursor.execute(
            "DELETE FROM held_group WHERE org_id = %s AND device_id = %s AND dseq = %s",
            (self.org_id, device_id, dseq),
        )

    # ------------------------------------------------------------ streams

    async def begin_streams(self, names: Sequence[str]) -> None:
        """Begin streams at number 0; those that exist stay as they are."""
        await self._send(
            "INSERT INTO stream (org_id, stream, head, pruned_to, flagged_to, balanced_to)"
            " SELECT %s::uuid, name, 0, 0, 0, 0"
            " FROM unnest(%s::text[]) AS name ON CONFLICT DO NOTHING",
            (self.org_id, list(names)),
        )

    async def advance(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Take the next numbers of streams, so many of each; the last ones.

        Locks the streams in the order of their names until the commit.
        """
        if len(counts) > 1:
            await self._send(
                "SELECT FROM stream WHERE org_id = %s AND stream = ANY(%s::text[])"
                ' ORDER BY stream COLLATE "C" FOR NO KEY UPDATE',
                (self.org_id, list(counts)),
            )
        await self.cursor.execute(
            "UPDATE stream SET head = head + more.count"
            " FROM unnest(%s::text[], %s::bigint[]) AS more (stream, count)"
            " WHERE stream.org_id = %s AND stream.stream = more.stream"
            " RETURNING stream.stream, head",
            (list(counts), list(counts.values()), self.org_id),
        )
        heads = {row["stream"]: int(row["head"]) async for row in self.cursor}
        assert heads.keys() == counts.keys(), f"never begun: {counts.keys() - heads.keys()}"
        return heads

    async def write_log(self, entries: Sequence[LogEntry], now_us: int) -> None:
        """Write the entries of the numbers taken."""
        given = (
            {
                "stream": entry.stream,
                "number": entry.number,
                "device_id": entry.device_id,
                "dseq": entry.dseq,
                "user_id": entry.user_id,
                "store_id": entry.store_id,
                "at": entry.at_us,
                "row_count": entry.row_count,
                "fact_types": entry.fact_types,
                "rows": entry.rows,
                "given_by": entry.given_by,
            }
            for entry in entries
        )
        await self._send(_WRITE_LOG, (self.org_id, now_us, bulk.document(given)))


def _insert(table: Table, when: str) -> sql.Composed:
    """Insert a document's rows; the organisation and the time ``when`` are the same for all."""
    columns = {
        column.name: str(column.type).lower()
        for column in table.columns
        if column.name not in ("org_id", when)
    }
    return sql.SQL(
        "INSERT INTO {table} (org_id, {when}, {names}) SELECT %s::uuid, %s::bigint, * FROM {rows}"
    ).format(
        table=sql.Identifier(table.name),
        when=sql.Identifier(when),
        names=bulk.names_of(columns),
        rows=bulk.given_rows(columns),
    )


_WRITE_LOG = _insert(CHANGE_LOG, "applied_at").as_bytes()
_RECORD = (
    _insert(LEDGER, "at")
    + sql.SQL(
        " ON CONFLICT (org_id, device_id, dseq)"
        " DO UPDATE SET verdict = EXCLUDED.verdict, at = EXCLUDED.at"
    )
).as_bytes()
_HOLD = (
    _insert(HELD_GROUP, "at")
    + sql.SQL(
        " ON CONFLICT (org_id, device_id, dseq) DO UPDATE SET code = EXCLUDED.code,"
        " detail = EXCLUDED.detail, waits_for = EXCLUDED.waits_for"
    )
).as_bytes()
