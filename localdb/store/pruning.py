"""Drops other tills' facts that a till need not keep any longer; its own stay for ever.

All of these were delivered long ago: they came from the server, which keeps them.
"""

from sqlalchemy import ColumnElement, Table, delete, select

from localdb.domain.records import FACTS, Sale
from localdb.store import fact_origins, local
from localdb.store.identity import own_devices
from localdb.store.tables import AGGREGATES, TABLES
from localdb.store.unit_of_work import UnitOfWork

SALES_AT_ONCE = 15
ROWS_AT_ONCE = 200
"""Few enough that no cashier waits for the transaction."""
_PARTS = frozenset(name for name, _ in AGGREGATES)
_PRUNED_TO = "pruned_to:"


def prune(uow: UnitOfWork, below: str) -> bool:
    """Drop some facts with lower ids than ``below``; whether there may be more."""
    names = (fact.TYPE for fact in FACTS if fact.TYPE not in _PARTS)
    if any(_prune_type(uow, name, below) for name in names):
        return True
    return fact_origins.prune(uow.connection, below, ROWS_AT_ONCE)


def _prune_type(uow: UnitOfWork, name: str, below: str) -> bool:
    """Drop some of a type; those before the mark were looked at in an earlier run."""
    conn, table = uow.connection, TABLES[name]
    mark = local.setting(conn, _PRUNED_TO + name) or ""
    if mark >= below:
        return False
    at_once = SALES_AT_ONCE if name == Sale.TYPE else ROWS_AT_ONCE
    old = select(table.c.id).where(table.c.id >= mark, table.c.id < below)
    ids = conn.execute(
        old.where(_of_others(table, own_devices(conn))).order_by(table.c.id).limit(at_once)
    )
    doomed = list(ids.scalars())
    if name == Sale.TYPE:
        for part, key in AGGREGATES:
            conn.execute(delete(TABLES[part]).where(TABLES[part].c[key].in_(doomed)))
    conn.execute(delete(table).where(table.c.id.in_(doomed)))
    done = len(doomed) < at_once
    local.put_setting(conn, _PRUNED_TO + name, below if done else doomed[-1])
    return not done


def _of_others(table: Table, own: list[str]) -> ColumnElement[bool]:
    """Whether a fact is surely another till's: neither rung here nor brought from here."""
    others = table.c.origin_device.not_in(own)
    if "device_id" in table.c:
        return others & table.c.device_id.not_in(own)
    # A page of the server does not say who brought a fact.
    return others & (table.c.origin_device != "")
