"""Statements of balances: the sums of the movements of accounts."""

from collections.abc import Sequence

from sync.server.core.ports import Balance
from sync.server.postgres.base import Queries


class BalanceQueries(Queries):
    """``ports.BalancePort`` on PostgreSQL."""

    async def balances(self, account_ids: Sequence[str]) -> list[Balance]:
        """The balances of these cards and customers, of each kind that ever moved."""
        await self.cursor.execute(_BALANCES, (self.org_id, list(account_ids)))
        return [Balance(**{**row, "amount": int(row["amount"])}) async for row in self.cursor]


# One statement, so one moment: of each device it sees all groups up to the newest it counts.
_BALANCES = """
    SELECT kind, account_id, sum(amount)::text AS amount,
        jsonb_object_agg(origin_device, newest) AS includes
    FROM (SELECT kind, account_id, origin_device, sum(amount) AS amount, max(origin_dseq) AS newest
        FROM balance_movement WHERE org_id = %s AND account_id = ANY(%s::uuid[])
        GROUP BY kind, account_id, origin_device) by_device
    GROUP BY kind, account_id ORDER BY account_id, kind
"""
