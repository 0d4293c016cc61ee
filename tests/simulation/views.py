"""What the oracles look at: the server through its ports, a till through its file."""

import json
from dataclasses import dataclass
from typing import Any

from localdb.domain.records import RECORDS, Kind
from localdb.store import images, succession
from localdb.store.tables import TABLES
from localdb.store.unaccounted import Unaccounted, unaccounted
from sync.client.history import HistoryReport, history_report
from sync.client.proof import Proof
from sync.server.core.ports import LogEntry, Recorded, Store, StreamState
from sync.server.core.rows import Row
from sync.server.schema import ORG_STREAM
from tests.simulation.losses import Losses, everything_recorded
from tests.simulation.server import Drive
from tests.simulation.spending import known_balances
from tests.simulation.till import Printed, SimTill

EVERYTHING = 10**9
NIL = "00000000-0000-0000-0000-000000000000"
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ServerView:
    """All that the server holds of an organisation, read in one transaction."""

    references: dict[str, dict[str, Row]]
    """Type -> id -> row."""
    facts: dict[str, dict[str, Values]]
    """Type -> id -> values."""
    streams: dict[str, StreamState]
    log: dict[str, list[LogEntry]]
    ledger: dict[tuple[str, int], Recorded]

    @classmethod
    def of(
        cls, store: Store, drive: Drive, org_id: str, store_ids: tuple[str, ...]
    ) -> "ServerView":
        """Look at everything."""
        view: ServerView = drive(_looked(store, org_id, store_ids))
        return view


async def _looked(store: Store, org_id: str, store_ids: tuple[str, ...]) -> ServerView:
    async with store.transaction(org_id, repeatable=True) as transaction:
        references, facts = {}, {}
        for name, record in RECORDS.items():
            if record.KIND is Kind.REFERENCE:
                rows = await transaction.references(name, None, NIL, EVERYTHING)
                references[name] = {row.values["id"]: row for row in rows}
            else:
                found = await transaction.recent_facts(name, None, NIL, NIL, EVERYTHING)
                facts[name] = {values["id"]: values for values in found}
        streams, log = {}, {}
        for name in (ORG_STREAM, *store_ids):
            state = await transaction.stream(name)
            assert state is not None, f"stream {name} was begun"
            streams[name] = state
            log[name] = await transaction.log(name, state.pruned_to, EVERYTHING, EVERYTHING)
        ledger = await everything_recorded(transaction)
    return ServerView(references, facts, streams, log, ledger)


@dataclass(frozen=True, slots=True)
class TillView:
    """All that a till holds."""

    name: str
    device_id: str
    store_id: str
    shown: dict[str, dict[str, Values]]
    """Type -> id -> the values a person sees."""
    images: dict[str, dict[str, tuple[int, Values]]]
    """Reference type -> id -> version and values of what the server holds, where it does."""
    stock: dict[tuple[str, str], int]
    """(store, product) -> stock on hand."""
    balances: dict[tuple[str, str], int]
    """(kind, gift card or customer) -> what is there, as the till takes it."""
    outbox: list[Values]
    """The groups, oldest first."""
    cursors: dict[str, int]
    unaccounted: tuple[Unaccounted, ...]
    """What the till says it cannot account for."""

    @classmethod
    def of(cls, till: SimTill) -> "TillView":
        """Look at everything."""
        identity = till.till.identity
        shown: dict[str, dict[str, Values]] = {}
        held: dict[str, dict[str, tuple[int, Values]]] = {}
        with till.database.read() as conn:
            for name, record in RECORDS.items():
                rows = [dict(row) for row in conn.execute(TABLES[name].select()).mappings()]
                shown[name] = {row["id"]: images.row_values(name, row) for row in rows}
                if record.KIND is Kind.REFERENCE:
                    held[name] = dict(_image(name, row) for row in rows if _is_known(name, row))
            levels = conn.exec_driver_sql(
                "SELECT store_id, product_id, quantity_milli FROM stock_level"
            ).all()
            groups = conn.exec_driver_sql("SELECT * FROM outbox_group ORDER BY dseq").mappings()
            outbox = [dict(row) for row in groups]
            named = unaccounted(conn)
            cursors = conn.exec_driver_sql("SELECT stream, number FROM cursor").all()
        stock = {(row[0], row[1]): row[2] for row in levels if row[2]}
        return cls(
            till.name,
            identity.device_id,
            identity.store_id,
            shown,
            held,
            stock,
            known_balances(till),
            outbox,
            {row[0]: row[1] for row in cursors},
            named,
        )


def history_of(till: SimTill) -> HistoryReport | None:
    """Both sides' counts and sums of what a till brought; None for one that brought nothing."""
    if not till.ask(succession.history_to):
        return None
    return history_report(till.database, till.gateway)


def unknown_records(till: SimTill, record_type: str) -> dict[str, Values]:
    """Id -> values of what a till keeps of a type that it does not know."""
    sql = "SELECT id, body FROM unknown_record WHERE type = ?"
    with till.database.read() as conn:
        found = conn.exec_driver_sql(sql, (record_type,)).all()
    return {row.id: json.loads(row.body)["values"] for row in found}


@dataclass(frozen=True, slots=True)
class Sight:
    """Both sides at rest, and what is known of how they came there."""

    server: ServerView
    tills: list[TillView]
    shut_out: list[TillView]
    """Tills that may only hand over what they sold."""
    printed: list[tuple[str, Printed]]
    """(till, receipt), also of tills that are gone."""
    made: list[tuple[str, str]]
    """(till, body of a group), likewise."""
    proofs: dict[str, Proof]
    histories: dict[str, HistoryReport | None]
    """Till -> what both sides hold of what it did before it joined."""
    claimable: dict[str, dict[tuple[str, str], int | None]]
    """Till -> (kind, gift card or customer) -> what the server would let it use up."""
    moved: dict[str, str]
    """Store id -> store id, of those who joined."""
    bugs: list[str]
    losses: Losses
    history: list[LogEntry]
    copied: bool
    """Whether two copies of one till's data were at work."""
    clocks_were_wrong: bool
    slept_for_months: bool


def _is_known(record_type: str, row: Values) -> bool:
    return images.server_values(record_type, row) is not None


def _image(record_type: str, row: Values) -> tuple[str, tuple[int, Values]]:
    values = images.server_values(record_type, row)
    assert values is not None
    return row["id"], (row["version"], values)
