"""Statements of a push: the ledger, the rows it touches, what is held, the streams."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from psycopg import sql
from psycopg.types.json import Jsonb

from localdb.domain.records import Conflict
from sync.server.admission import Device
from sync.server.ports import (
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
from sync.server.postgres import bulk
from sync.server.postgres.base import Queries
from sync.server.rows import Key, Row
from sync.server.schema import NATURAL_KEYS


class GroupQueries(Queries):
    """``ports.GroupPort`` on PostgreSQL."""

    # ------------------------------------------------------------ devices and their ledger

    async def lock_devices(self, device_ids: Collection[str]) -> dict[str, DeviceRun]:
        """Lock the runs of groups of known devices, in id order, until the transaction ends."""
        await self.cursor.execute(
            "SELECT device_id, dseq_acknowledged + 1 AS expected,"
            " (SELECT epoch FROM server_state) AS epoch FROM device"
            " WHERE org_id = %s AND device_id = ANY(%s::uuid[]) ORDER BY device_id FOR UPDATE",
            (self.org_id, list(device_ids)),
        )
        return {row.pop("device_id"): DeviceRun(**row) async for row in self.cursor}

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
        await self.cursor.execute(
            "INSERT INTO ledger (org_id, device_id, dseq, hash, verdict, at)"
            " SELECT %s::uuid, device_id, dseq, hash, verdict, %s::bigint"
            " FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::jsonb[])"
            " AS new (device_id, dseq, hash, verdict)"
            " ON CONFLICT (org_id, device_id, dseq)"
            " DO UPDATE SET verdict = EXCLUDED.verdict, at = EXCLUDED.at",
            (
                self.org_id,
                now_us,
                [row.device_id for row in rows],
                [row.dseq for row in rows],
                [row.hash for row in rows],
                [Jsonb(row.verdict) for row in rows],
            ),
        )

    async def acknowledge(self, delivered: Mapping[str, int], now_us: int) -> None:
        """Note how far each of these locked devices has delivered."""
        await self.cursor.execute(
            "UPDATE device SET dseq_acknowledged = new.dseq, last_seen = %s"
            " FROM unnest(%s::uuid[], %s::bigint[]) AS new (device_id, dseq)"
            " WHERE device.org_id = %s AND device.device_id = new.device_id",
            (now_us, list(delivered), list(delivered.values()), self.org_id),
        )

    # ------------------------------------------------------------ references

    async def lock_natural_keys(self) -> None:
        """Let no other transaction give a record a natural key meanwhile."""
        # No row exists yet that two tills creating the same barcode could meet on. One lock per
        # organisation: one per key would overflow the lock table in an import.
        await self.cursor.execute(
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

    async def owners(self, type_name: str, values: Sequence[str]) -> dict[str, list[str]]:
        """Natural key -> ids of the live records that have it, the owner first."""
        query = sql.SQL(
            "SELECT {field} AS key, array_agg(id::text ORDER BY id) AS ids FROM {table}"
            " WHERE org_id = %s AND {field} = ANY(%s::text[]) AND NOT deleted GROUP BY {field}"
        ).format(field=sql.Identifier(NATURAL_KEYS[type_name]), table=sql.Identifier(type_name))
        await self.cursor.execute(query, (self.org_id, list(values)))
        return {row["key"]: row["ids"] async for row in self.cursor}

    async def insert_rows(self, type_name: str, rows: Sequence[Row]) -> None:
        """Store new references; a Race when another transaction was first."""
        await bulk.insert_rows(self.cursor, self.org_id, type_name, rows)

    async def update_rows(self, type_name: str, rows: Sequence[Row]) -> None:
        """Overwrite references that this transaction has locked."""
        await bulk.update_rows(self.cursor, self.org_id, type_name, rows)

    # ------------------------------------------------------------ facts

    async def insert_facts(self, facts: Mapping[str, Sequence[NewFact]]) -> set[Key]:
        """Store facts by type, each once; those that came before, or come twice."""
        known: set[Key] = set()
        for name, some in facts.items():
            again = await bulk.insert_facts(self.cursor, self.org_id, name, some)
            known |= {(name, id_) for id_ in again}
        return known

    async def facts(self, type_name: str, ids: Iterable[str]) -> list[Values]:
        """The values of facts by id."""
        return await bulk.stored_facts(self.cursor, self.org_id, type_name, ids)

    # ------------------------------------------------------------ held groups

    async def hold(self, groups: Sequence[HeldGroup], now_us: int) -> None:
        """Keep the bodies of groups until they can be applied."""
        for group in groups:
            await self.cursor.execute(
                "INSERT INTO held_group"
                " (org_id, device_id, dseq, hash, body, code, detail, waits_for, at)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
                " ON CONFLICT (org_id, device_id, dseq) DO UPDATE SET code = EXCLUDED.code,"
                " detail = EXCLUDED.detail, waits_for = EXCLUDED.waits_for",
                (
                    self.org_id,
                    group.device_id,
                    group.dseq,
                    group.hash,
                    group.body,
                    group.code,
                    group.detail,
                    group.waits_for,
                    now_us,
                ),
            )

    async def next_held(
        self, arrived: Iterable[str], tried: Collection[Wait]
    ) -> tuple[Device, HeldGroup] | None:
        """The oldest group that waits for one of these records, locked, with its device."""
        devices, dseqs, ids = zip(*tried, strict=True) if tried else ((), (), ())
        row = await self._one(
            "SELECT h.device_id, h.dseq, h.hash, h.body, h.code, h.detail, h.waits_for,"
            " d.store_id, d.till_code FROM held_group h JOIN device d USING (org_id, device_id)"
            " WHERE h.org_id = %s AND h.waits_for = ANY(%s::uuid[])"
            " AND (h.device_id, h.dseq, h.waits_for) NOT IN ("
            "SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::uuid[]))"
            " ORDER BY h.at, h.dseq LIMIT 1 FOR UPDATE OF h SKIP LOCKED",
            (self.org_id, sorted(arrived), list(devices), list(dseqs), list(ids)),
        )
        if row is None:
            return None
        store_id, till_code = row.pop("store_id"), row.pop("till_code")
        held = HeldGroup(**row)
        return Device(self.org_id, held.device_id, store_id, till_code), held

    async def forget_held(self, device_id: str, dseq: int) -> None:
        """A group is about to be judged again."""
        await self.cursor.execute(
            "DELETE FROM held_group WHERE org_id = %s AND device_id = %s AND dseq = %s",
            (self.org_id, device_id, dseq),
        )

    # ------------------------------------------------------------ streams

    async def begin_streams(self, names: Sequence[str]) -> None:
        """Begin streams at number 0; those that exist stay as they are."""
        await self.cursor.execute(
            "INSERT INTO stream (org_id, stream, head, pruned_to, flagged_to)"
            " SELECT %s::uuid, name, 0, 0, 0"
            " FROM unnest(%s::text[]) AS name ON CONFLICT DO NOTHING",
            (self.org_id, list(names)),
        )

    async def advance(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Take the next numbers of streams, so many of each; the last ones.

        Locks the streams in the order of their names until the commit.
        """
        if len(counts) > 1:
            await self.cursor.execute(
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
        await self.cursor.execute(
            "INSERT INTO change_log (org_id, stream, number, device_id, dseq, user_id, store_id,"
            " at, row_count, fact_types, rows, applied_at)"
            " SELECT %s::uuid, *, %s::bigint FROM unnest(%s::text[], %s::bigint[], %s::uuid[],"
            " %s::bigint[], %s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[], %s::jsonb[],"
            " %s::jsonb[])",
            (
                self.org_id,
                now_us,
                [entry.stream for entry in entries],
                [entry.number for entry in entries],
                [entry.device_id for entry in entries],
                [entry.dseq for entry in entries],
                [entry.user_id for entry in entries],
                [entry.store_id for entry in entries],
                [entry.at_us for entry in entries],
                [entry.row_count for entry in entries],
                [Jsonb(dict(entry.fact_types)) for entry in entries],
                [Jsonb(list(entry.rows)) for entry in entries],
            ),
        )
