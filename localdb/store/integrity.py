"""Compares this till's rows with the server's, and puts right those that differ.

What is compared is the server's word: a reference's image without this till's own edits, and the
facts that were delivered. What only this till knows is never touched: unsent edits are replayed
over every image that is put, a fact is never removed, and the till's own is never replaced.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, exists, func, select

from localdb.domain.records import RECORDS, Kind, Sale
from localdb.store import images, quarantine, rows, search
from localdb.store.identity import load_identity, own_devices
from localdb.store.quarantine import PulledFact, PulledRow
from localdb.store.replica import put_images
from localdb.store.tables import OUTBOX_GROUP, TABLES
from localdb.store.unit_of_work import UnitOfWork

_REMOVE = (
    'DELETE FROM "{0}" WHERE id = ? AND version > 0 '
    "AND NOT EXISTS (SELECT 1 FROM outbox_edit e WHERE e.type = '{0}' AND e.id = \"{0}\".id)"
)
_LEARN = 'UPDATE "{}" SET extra = ? WHERE id = ?'


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows in id order, as the server knows them: id, values, version (0 for a fact)."""

    rows: Sequence[tuple[str, Mapping[str, Any], int]]
    next_after: str
    """The id that the next slice continues after; empty at the end."""


@dataclass(slots=True)
class Repaired:
    """The result of putting rows right."""

    put: int = 0
    """Rows that show again what the server holds, and facts that are here again."""
    removed: int = 0
    """References that the server does not know."""
    left: int = 0
    """For a person to look at: own facts that differ, facts that the server does not list."""

    def add(self, other: "Repaired") -> None:
        """Count together."""
        self.put += other.put
        self.removed += other.removed
        self.left += other.left


def read_slice(conn: Connection, record_type: str, after: str, limit: int) -> Slice:
    """The next rows that the server should hold; of facts only the delivered ones."""
    table = TABLES[record_type]
    query = select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
    is_fact = RECORDS[record_type].KIND is Kind.FACT
    if is_fact:
        query = query.where(_delivered(conn, table))
    found = conn.execute(query).mappings().all()
    known = []
    for row in found:
        values = (images.row_values if is_fact else images.server_values)(record_type, dict(row))
        if values is not None:
            known.append((row["id"], values, 0 if is_fact else row["version"]))
    return Slice(known, found[-1]["id"] if len(found) == limit else "")


def _delivered(conn: Connection, table: Table) -> ColumnElement[bool]:
    """Of facts: that no group of this till brings them which the server has not applied."""
    identity = load_identity(conn)
    group = OUTBOX_GROUP.c
    waits = group.state.not_in(("acknowledged", "done")) | (
        (group.state == "acknowledged") & (group.verdict == "held")
    )
    mine = table.c.origin_device == (identity.device_id if identity else "")
    return ~exists().where(group.dseq == table.c.origin_dseq, mine, waits)


# ---------------------------------------------------------------- finding


def bucket_ids(conn: Connection, record_type: str, ending: str, after: str, below: str) -> set[str]:
    """The ids between two that end like this, of rows that the server should hold."""
    table = TABLES[record_type]
    query = select(table.c.id).where(table.c.id > after, table.c.id < below)
    if RECORDS[record_type].KIND is Kind.FACT:
        return set(conn.execute(query.where(_delivered(conn, table))).scalars())
    ends = func.substr(table.c.id, -len(ending)) == ending
    return set(conn.execute(query.where(table.c.version > 0, ends)).scalars())


def differing_references(
    conn: Connection, record_type: str, listed: Sequence[PulledRow]
) -> list[PulledRow]:
    """Of what the server lists, the rows that are not here like that."""
    held = rows.load(conn, record_type, [row.id for row in listed])
    return [row for row in listed if not _shows(record_type, held.get(row.id), row)]


def _shows(record_type: str, held: Mapping[str, Any] | None, row: PulledRow) -> bool:
    if held is None or held["version"] != row.version:
        return False
    here = images.server_values(record_type, held) or {}
    return _plain(record_type, here) == _plain(record_type, row.values)


def differing_facts(
    conn: Connection, record_type: str, listed: Sequence[PulledFact]
) -> tuple[list[PulledFact], int]:
    """Of what the server lists, the facts to put; and how many of this till's own differ."""
    own = own_devices(conn)
    held = rows.load(conn, record_type, [fact.values["id"] for fact in listed])
    found, contradicted = [], 0
    for fact in listed:
        here = held.get(fact.values["id"])
        values = {} if here is None else images.row_values(record_type, here)
        same = _plain(record_type, values) == _plain(record_type, fact.values)
        if here is not None and same:
            continue
        mine = here is not None and here["origin_device"] in own
        if mine and not _agree(record_type, values, fact.values):
            contradicted += 1
        else:
            found.append(fact)
    return found, contradicted


def _plain(record_type: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values without those that are null: a missing field and an empty one are the same.

    So are a missing field and its default: the server is older than the field.
    """
    defaults = {f.name: f.default for f in RECORDS[record_type].fields() if not f.required}
    return {name: value for name, value in {**defaults, **values}.items() if value is not None}


def _agree(record_type: str, here: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Whether two facts are the same in every field that this program knows."""
    return all(here[name] == there.get(name) for name in rows.field_names(record_type))


# ---------------------------------------------------------------- repairing


def put_references(uow: UnitOfWork, name: str, wanted: Sequence[PulledRow]) -> Repaired:
    """Make these the server's images, with the unsent edits on top."""
    held = rows.load(uow.connection, name, [row.id for row in wanted])
    put = put_images(uow, name, wanted, held)
    return Repaired(put=len(put), left=len(wanted) - len(put))


def remove_references(uow: UnitOfWork, name: str, ids: Sequence[str]) -> Repaired:
    """Remove rows that the server does not know, but those with an edit that waits."""
    done = Repaired()
    for id_ in ids:
        shown_by = search.product_of(uow.connection, name, id_)
        if uow.connection.exec_driver_sql(_REMOVE.format(name), (id_,)).rowcount:
            done.removed += 1
            uow.changed.add(name, id_)
            uow.changed.search |= shown_by
        else:
            # An edit of it waits: the server's answer comes back by the stream.
            done.left += 1
    return done


def put_facts(uow: UnitOfWork, name: str, wanted: Sequence[PulledFact]) -> Repaired:
    """Insert what is missing, and replace what another till rang and is not here as it was."""
    conn, own = uow.connection, own_devices(uow.connection)
    held = rows.load(conn, name, [fact.values["id"] for fact in wanted])
    absent = quarantine.absent_parents(conn, name, [fact.values for fact in wanted])
    sales = rows.load(conn, Sale.TYPE, {quarantine.parent_of(name, fact.values) for fact in wanted})

    def whole(fact: PulledFact) -> tuple[Any, ...]:
        # For a missing row the number of its group is not known any more.
        rang = {"origin_device": fact.values.get("device_id", ""), "origin_dseq": 0}
        parent = sales.get(quarantine.parent_of(name, fact.values), rang)
        here = held.get(fact.values["id"], parent)
        return images.fact_row(name, fact.values, here["origin_device"], here["origin_dseq"])

    foreign = []
    put = 0
    for fact in wanted:
        here = held.get(fact.values["id"])
        if here is not None and here["origin_device"] in own:
            # The same, except for fields that only a newer program knows.
            _, extra = images.split_extra(name, fact.values)
            conn.exec_driver_sql(_LEARN.format(name), (extra, fact.values["id"]))
            put += 1
        elif not absent or quarantine.parent_of(name, fact.values) not in absent:
            foreign.append(fact)
    stored = quarantine.put(conn, name, foreign, whole, quarantine.fact_body)
    for fact in stored:
        uow.changed.add(name, fact.values["id"])
    put += len(stored)
    return Repaired(put=put, left=len(wanted) - put)
