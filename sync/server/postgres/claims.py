"""Statements of claims."""

from collections.abc import Mapping

from psycopg import sql

from localdb.domain.records import RECORDS
from sync.server.core.ports import Claim
from sync.server.core.rows import Row
from sync.server.postgres.base import Queries
from sync.server.postgres.bulk import row_of
from sync.server.schema import columns_of


class ClaimQueries(Queries):
    """``ports.ClaimPort`` on PostgreSQL."""

    async def lock_claims(self, kind: str, subject_id: str, now_us: int) -> list[Claim]:
        """The claims on a thing that still hold; nobody else reads or makes one meanwhile."""
        await self.cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s || ' claim ' || %s, 0))",
            (self.org_id, subject_id),
        )
        await self.cursor.execute(
            "SELECT device_id, amount, after, until AS until_us FROM claim WHERE org_id = %s"
            " AND kind = %s AND subject_id = %s AND until > %s ORDER BY device_id",
            (self.org_id, kind, subject_id, now_us),
        )
        return [Claim(**row) async for row in self.cursor]

    async def put_claim(self, kind: str, subject_id: str, claim: Claim) -> None:
        """Set the device's claim on a thing; an amount of 0 ends it."""
        key = (self.org_id, kind, subject_id, claim.device_id)
        if not claim.amount:
            await self.cursor.execute(
                "DELETE FROM claim WHERE org_id = %s AND kind = %s AND subject_id = %s"
                " AND device_id = %s",
                key,
            )
            return
        await self.cursor.execute(
            "INSERT INTO claim (org_id, kind, subject_id, device_id, amount, after, until)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (org_id, kind, subject_id, device_id) DO UPDATE"
            " SET amount = EXCLUDED.amount, after = EXCLUDED.after, until = EXCLUDED.until",
            (*key, claim.amount, claim.after, claim.until_us),
        )

    async def moved(self, kind: str, subject_id: str) -> int:
        """What all stored facts add to a thing."""
        if kind == "held_cart":
            return 0
        row = await self._surely(_sum(kind), _given(self.org_id, kind, subject_id))
        return int(row["moved"])

    async def moved_since(
        self, kind: str, subject_id: str, after: Mapping[str, int]
    ) -> dict[str, int]:
        """The part of it that each of these devices brought after a number; 0 is left out."""
        if kind == "held_cart":
            return {}
        query = _sum(kind, since=True)
        given = _given(self.org_id, kind, subject_id)
        numbers = {"devices": list(after), "numbers": list(after.values())}
        await self.cursor.execute(query, given | numbers)
        return {row["device_id"]: int(row["moved"]) async for row in self.cursor if row["moved"]}

    async def reference(self, type_name: str, id_: str) -> Row | None:
        """A record as it is now, not locked."""
        columns = map(sql.Identifier, columns_of(RECORDS[type_name]))
        query = sql.SQL("SELECT {} FROM {} WHERE org_id = %s AND id = %s").format(
            sql.SQL(", ").join(columns), sql.Identifier(type_name)
        )
        found = await self._one(query, (self.org_id, id_))
        return None if found is None else row_of(type_name, found)


def _given(org_id: str, kind: str, subject_id: str) -> dict[str, object]:
    return {"org": org_id, "kind": kind, "subject": subject_id}


def _sum(kind: str, *, since: bool = False) -> sql.Composed:
    """What facts add to a thing: a line's refunds have the opposite sign of what was sold."""
    refunds = kind == "sale_line"
    table, amount = ("sale_line", "quantity_milli") if refunds else ("balance_movement", "amount")
    about = "refund_of = %(subject)s" if refunds else "account_id = %(subject)s AND kind = %(kind)s"
    tail = sql.SQL(" AND origin_dseq > after.number GROUP BY after.device_id" if since else "")
    return sql.SQL(
        "SELECT {device} coalesce(sum({amount}), 0) AS moved FROM {table} {join}"
        " WHERE org_id = %(org)s AND {about}{tail}"
    ).format(
        device=sql.SQL("after.device_id," if since else ""),
        amount=sql.Identifier(amount),
        table=sql.Identifier(table),
        join=sql.SQL(
            "JOIN unnest(%(devices)s::uuid[], %(numbers)s::bigint[]) AS after (device_id, number)"
            " ON origin_device = after.device_id"
            if since
            else ""
        ),
        about=sql.SQL(about),
        tail=tail,
    )
