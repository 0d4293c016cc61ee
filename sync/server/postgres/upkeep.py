"""Statements of the server's own upkeep: drop what is old, a little at a time."""

from sync.server.core.admission import Device
from sync.server.core.ports import HeldGroup, Origin
from sync.server.postgres.base import Queries
from sync.server.postgres.groups import held_with_device
from sync.server.schema import ORG_STREAM


class UpkeepQueries(Queries):
    """The questions of retention and of the sweep of held groups; no part of ``ports``."""

    async def organisations(self) -> list[str]:
        """All organisations; the only question outside any of them."""
        await self.cursor.execute("SELECT org_id FROM tenant ORDER BY org_id")
        return [row["org_id"] async for row in self.cursor]

    # ------------------------------------------------------------ jobs

    async def job_ran_at(self, name: str) -> int | None:
        """When a job was last done, by any process."""
        row = await self._one("SELECT ran_at FROM job WHERE name = %s", (name,))
        return None if row is None else int(row["ran_at"])

    async def job_done(self, name: str, now_us: int) -> None:
        """Note that a job was done."""
        await self.cursor.execute(
            "INSERT INTO job (name, ran_at) VALUES (%s, %s)"
            " ON CONFLICT (name) DO UPDATE SET ran_at = EXCLUDED.ran_at",
            (name, now_us),
        )

    # ------------------------------------------------------------ the log

    async def stream_names(self) -> list[str]:
        """The streams of this organisation."""
        await self.cursor.execute(
            "SELECT stream FROM stream WHERE org_id = %s ORDER BY stream", (self.org_id,)
        )
        return [row["stream"] async for row in self.cursor]

    async def prune(self, stream: str, before_us: int, entries_max: int) -> int:
        """Drop the oldest entries that were applied before a moment; how many.

        Only a run from the oldest on goes, so that what is kept has no gap; and of a store nothing
        goes whose facts were not looked at for flags and balances yet. The stream's row, on which
        every push waits, is locked by the last statement.
        """
        row = await self._surely(
            # After the last that was dropped, so that dead index entries before it are not walked.
            "WITH kept AS (SELECT pruned_to, CASE WHEN stream = %(facts_never)s THEN %(end)s"
            " ELSE least(flagged_to, balanced_to) END AS looked_to FROM stream"
            " WHERE org_id = %(org)s AND stream = %(stream)s),"
            " oldest AS (SELECT number, applied_at FROM change_log"
            " WHERE org_id = %(org)s AND stream = %(stream)s"
            " AND number > (SELECT pruned_to FROM kept) ORDER BY number LIMIT %(max)s),"
            " doomed AS (SELECT number FROM oldest WHERE number < coalesce("
            "(SELECT min(number) FROM oldest WHERE applied_at >= %(before)s), %(end)s)"
            " AND number <= (SELECT looked_to FROM kept)),"
            " gone AS (DELETE FROM change_log WHERE org_id = %(org)s AND stream = %(stream)s"
            " AND number > (SELECT pruned_to FROM kept)"
            " AND number <= (SELECT max(number) FROM doomed) RETURNING number)"
            " SELECT count(*) AS n, max(number) AS last FROM gone",
            {
                "org": self.org_id,
                "stream": stream,
                "before": before_us,
                "max": entries_max,
                "end": 2**62,
                "facts_never": ORG_STREAM,
            },
        )
        if row["n"]:
            await self.cursor.execute(
                "UPDATE stream SET pruned_to = greatest(pruned_to, %s)"
                " WHERE org_id = %s AND stream = %s",
                (row["last"], self.org_id, stream),
            )
        return int(row["n"])

    async def drop_checkpoints(self, stream: str) -> int:
        """Drop checkpoints that no cursor can continue from; returns how many rows."""
        given = {"org": self.org_id, "stream": stream}
        await self.cursor.execute(
            "DELETE FROM digest_checkpoint c USING stream s WHERE s.org_id = %(org)s"
            " AND s.stream = %(stream)s AND c.org_id = s.org_id AND c.stream = s.stream"
            " AND c.number < s.pruned_to",
            given,
        )
        dropped = self.cursor.rowcount
        await self.cursor.execute(
            "DELETE FROM stock_checkpoint c USING stream s WHERE s.org_id = %(org)s"
            " AND s.stream = %(stream)s AND c.org_id = s.org_id AND c.store_id::text = s.stream"
            " AND c.number < s.pruned_to",
            given,
        )
        return dropped + self.cursor.rowcount

    async def drop_codes(self, before_us: int, codes_max: int) -> int:
        """Drop codes that were used, or that expired, before a moment; returns how many."""
        await self.cursor.execute(
            "WITH doomed AS (SELECT code_hash FROM enrolment_code WHERE org_id = %(org)s"
            " AND coalesce(used_at, expires_at) < %(before)s LIMIT %(max)s),"
            " owned AS (DELETE FROM code_owner WHERE org_id = %(org)s"
            " AND code_hash IN (SELECT code_hash FROM doomed))"
            " DELETE FROM enrolment_code WHERE org_id = %(org)s"
            " AND code_hash IN (SELECT code_hash FROM doomed)",
            {"org": self.org_id, "before": before_us, "max": codes_max},
        )
        return self.cursor.rowcount

    async def drop_claims(self, before_us: int) -> int:
        """Drop claims that ended before a moment; returns how many."""
        await self.cursor.execute(
            "DELETE FROM claim WHERE org_id = %s AND until < %s", (self.org_id, before_us)
        )
        return self.cursor.rowcount

    # ------------------------------------------------------------ held groups

    async def held_longest(self, groups_max: int) -> list[Origin]:
        """The held groups that were tried longest ago."""
        await self.cursor.execute(
            "SELECT device_id, dseq FROM held_group WHERE org_id = %s"
            " ORDER BY at, device_id, dseq LIMIT %s",
            (self.org_id, groups_max),
        )
        return [(row["device_id"], row["dseq"]) async for row in self.cursor]

    async def lock_held(self, device_id: str, dseq: int) -> tuple[Device, HeldGroup] | None:
        """A held group with its device, locked; None when it is gone, or in other hands."""
        row = await self._one(
            "SELECT h.device_id, h.dseq, h.hash, h.body, h.code, h.detail, h.waits_for,"
            " d.store_id, d.till_code, d.revoked_at, d.manages FROM held_group h"
            " JOIN device d USING (org_id, device_id)"
            " WHERE h.org_id = %s AND h.device_id = %s AND h.dseq = %s"
            " FOR UPDATE OF h SKIP LOCKED",
            (self.org_id, device_id, dseq),
        )
        return None if row is None else held_with_device(self.org_id, row)

    async def held_count(self) -> int:
        """How many groups of this organisation wait."""
        row = await self._surely(
            "SELECT count(*) AS n FROM held_group WHERE org_id = %s", (self.org_id,)
        )
        return int(row["n"])
