"""Proves that the server holds what this till sold, and this till what the server holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from localdb.domain.records import RECORDS, REFERENCES, JournalEntry, Sale
from localdb.store import images, outbox
from localdb.store.database import Database
from localdb.store.identity import load_identity
from localdb.store.tables import TABLES
from sync.protocol.digest import as_known, table_digest
from sync.protocol.gateway import Gateway
from sync.protocol.messages import Digest, SalesProof

BATCH_ROWS = 200
"""Rows read at once, so that hashing a million products does not stop the screen."""


@dataclass(frozen=True, slots=True)
class TypeProof:
    """One record type on both sides; the server's rows, also where unsent edits lie on them."""

    type: str
    count_here: int
    count_there: int
    matches: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """Both sides at one moment; they agree only when this till has nothing left to sync."""

    sales_here: SalesProof
    sales_there: SalesProof
    journal_matches: bool
    types: tuple[TypeProof, ...]
    waiting: int
    """Groups the server cannot have yet."""

    @property
    def sales_match(self) -> bool:
        """Whether count, sum and journal are the same."""
        return self.sales_here == self.sales_there and self.journal_matches

    @property
    def records_match(self) -> bool:
        """Whether every reference type is the same, row by row."""
        return all(proof.matches for proof in self.types)

    @property
    def agrees(self) -> bool:
        """Whether nothing at all differs."""
        return self.sales_match and self.records_match and not self.waiting


def prove(database: Database, gateway: Gateway) -> Proof:
    """Compare this till with the server; raises any GatewayFault.

    Reads every reference row: run it on a worker thread, when the till has just synced.
    """
    there = gateway.me()
    digests = gateway.digests()
    with database.read() as conn:
        identity = load_identity(conn)
        assert identity is not None, "enrol first"
        return Proof(
            sales_here=_own_sales(conn, identity.device_id),
            sales_there=there.sales,
            journal_matches=_journal_head(conn, identity.device_id) == there.journal_head,
            types=compare_references(conn, digests),
            waiting=outbox.waiting(conn).groups,
        )


def compare_references(conn: Connection, there: Sequence[Digest]) -> tuple[TypeProof, ...]:
    """Each reference type of this till against the server's digest of it."""
    digests = {digest.type: digest for digest in there}
    return tuple(
        _compared(conn, digests[record.TYPE]) for record in REFERENCES if record.TYPE in digests
    )


def _own_sales(conn: Connection, device_id: str) -> SalesProof:
    table = TABLES[Sale.TYPE]
    query = select(func.count(), func.coalesce(func.sum(table.c.total_minor), 0))
    count, total = conn.execute(query.where(table.c.origin_device == device_id)).one()
    return SalesProof(count=count, total_minor=total)


def _journal_head(conn: Connection, device_id: str) -> str:
    table = TABLES[JournalEntry.TYPE]
    query = select(table.c.hash).where(table.c.device_id == device_id)
    query = query.where(table.c.origin_device == device_id)
    return conn.execute(query.order_by(table.c.seq.desc()).limit(1)).scalar() or ""


def _compared(conn: Connection, there: Digest) -> TypeProof:
    record = RECORDS[there.type]
    rows = _server_rows(conn, there.type)
    count, digest = table_digest((as_known(record, v, there.fields), n) for v, n in rows)
    matches = (count, digest) == (there.count, there.digest)
    return TypeProof(there.type, count, there.count, matches)


def _server_rows(conn: Connection, record_type: str) -> Iterator[tuple[dict[str, object], int]]:
    """The rows as the server sent them; those it does not know yet are left out."""
    table = TABLES[record_type]
    query = select(table).where(table.c.version > 0)
    rows = conn.execution_options(yield_per=BATCH_ROWS).execute(query).mappings()
    for row in rows:
        values = images.server_values(record_type, dict(row))
        if values is not None:
            yield values, row["version"]
