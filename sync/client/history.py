"""Compares a stand-alone till's history with what the server took: counts, sums, shared codes."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, literal, select

from localdb.domain.records import FACTS
from localdb.store import outbox, succession
from localdb.store.database import Database
from localdb.store.identity import load_identity
from localdb.store.tables import OUTBOX_GROUP, TABLES
from sync.client.proof import TypeProof, compare_references
from sync.protocol.gateway import Gateway
from sync.protocol.messages import TableHeld
from sync.protocol.sums import SUMMED


@dataclass(frozen=True, slots=True)
class TableFigures:
    """The facts of one type that this till brought, on both sides.

    The sums are of the field in ``sums.SUMMED``, in its own unit; 0 for a type without one.
    """

    type: str
    count_here: int
    total_here: int
    count_there: int
    total_there: int

    @property
    def matches(self) -> bool:
        """Whether both sides hold the same."""
        return (self.count_here, self.total_here) == (self.count_there, self.total_there)


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """Both sides at one moment; they agree only when nothing waits."""

    facts: tuple[TableFigures, ...]
    references: tuple[TypeProof, ...]
    """Catalogue, people and settings, the server's own included."""
    waiting: int
    """Groups the server does not have yet, and how many there are in all."""
    groups: int
    verdicts: Mapping[str, int]
    """What the server said of the groups of the history: verdict -> how many."""
    conflicts: Mapping[str, int]
    """Where this till's catalogue met the server's: conflict kind -> how many, settled or not."""

    @property
    def agrees(self) -> bool:
        """Whether nothing differs and nothing waits."""
        facts = all(table.matches for table in self.facts)
        return facts and all(table.matches for table in self.references) and not self.waiting


def history_report(database: Database, gateway: Gateway) -> HistoryReport:
    """Compare what this till brought with what the server holds of it; raises any GatewayFault.

    Reads every record: run it on a worker thread.
    """
    there = {table.type: table for table in gateway.tables()}
    digests = gateway.digests()
    with database.read() as conn:
        identity = load_identity(conn)
        assert identity is not None, "enrol first"
        last = succession.history_to(conn)
        return HistoryReport(
            facts=tuple(
                _figures(conn, record.TYPE, identity.device_id, there.get(record.TYPE))
                for record in FACTS
            ),
            references=compare_references(conn, digests),
            waiting=outbox.waiting(conn).groups,
            groups=last,
            verdicts=_verdicts(conn, last),
            conflicts=_conflicts(conn, identity.device_id),
        )


def _figures(
    conn: Connection, record_type: str, device_id: str, there: TableHeld | None
) -> TableFigures:
    table = TABLES[record_type]
    summed = SUMMED.get(record_type)
    total = func.coalesce(func.sum(table.c[summed]), 0) if summed else literal(0)
    query = select(func.count(), total).select_from(table)
    count_here, total_here = conn.execute(query.where(table.c.origin_device == device_id)).one()
    held = there or TableHeld(type=record_type, count=0, total=0)
    return TableFigures(record_type, count_here, total_here, held.count, held.total)


def _verdicts(conn: Connection, last: int) -> dict[str, int]:
    verdict = OUTBOX_GROUP.c.verdict
    query = select(verdict, func.count()).where(OUTBOX_GROUP.c.dseq <= last, verdict != "")
    return {row[0]: row[1] for row in conn.execute(query.group_by(verdict).order_by(verdict))}


def _conflicts(conn: Connection, device_id: str) -> dict[str, int]:
    table = TABLES["conflict"]
    query = select(table.c.kind, func.count()).where(table.c.device_id == device_id)
    return {row[0]: row[1] for row in conn.execute(query.group_by(table.c.kind))}
