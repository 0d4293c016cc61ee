"""Statements of receipts that are to be mailed."""

from collections.abc import Sequence

from psycopg import sql

from localdb.domain.records import RECORDS, ReceiptMail
from sync.server.core.ports import Values
from sync.server.postgres.base import Queries
from sync.server.postgres.bulk import values_of


class MailQueries(Queries):
    """The questions of the job that mails receipts; no part of ``ports``."""

    async def mail_due(self, mails_max: int, but: Sequence[str] = ()) -> list[Values]:
        """Wishes for a receipt whose sale is here, and that nobody saw to yet; the oldest first.

        Those of ``but`` are passed over.
        """
        await self.cursor.execute(
            "SELECT m.* FROM receipt_mail m WHERE m.org_id = %s"
            " AND NOT EXISTS (SELECT 1 FROM mail_done d WHERE d.org_id = m.org_id AND d.id = m.id)"
            " AND EXISTS (SELECT 1 FROM sale s WHERE s.org_id = m.org_id AND s.id = m.sale_id)"
            " AND m.id <> ALL(%s::uuid[]) ORDER BY m.id LIMIT %s",
            (self.org_id, list(but), mails_max),
        )
        return [values_of(ReceiptMail, row) async for row in self.cursor]

    async def parts_of_sale(self, type_name: str, sale_id: str) -> Sequence[Values]:
        """The lines, taxes or payments of a sale, in their order."""
        query = sql.SQL("SELECT * FROM {} WHERE org_id = %s AND sale_id = %s ORDER BY position")
        await self.cursor.execute(query.format(sql.Identifier(type_name)), (self.org_id, sale_id))
        return [values_of(RECORDS[type_name], row) async for row in self.cursor]

    async def mail_done(self, mail_id: str, now_us: int, *, refused: bool) -> None:
        """Note that a mail was sent, or can never be."""
        await self.cursor.execute(
            "INSERT INTO mail_done (org_id, id, at, refused) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (org_id, id) DO NOTHING",
            (self.org_id, mail_id, now_us, refused),
        )
