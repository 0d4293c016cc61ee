"""Where this till stands."""

from dataclasses import replace

from sqlalchemy import Connection, bindparam, select

from localdb.domain.business_day import business_day as day_of
from localdb.domain.real_values import is_zone, series_code, zone
from localdb.domain.records import Store
from localdb.errors import Refusal
from localdb.store.identity import TillIdentity, load_identity
from localdb.store.tables import TABLES

# Asked at each sale, so built once.
_STORE = select(TABLES["store"]).where(TABLES["store"].c.id == bindparam("store_id"))


def identity(connection: Connection) -> TillIdentity:
    """Which till this is; raises Refusal before it is set up."""
    found = load_identity(connection)
    if found is None:
        raise Refusal("This till is not set up yet. Start Evertill and set it up first.")
    return found


def store_id(connection: Connection) -> str:
    """The id of this till's store."""
    return identity(connection).store_id


def business_day(connection: Connection, at_us: int) -> int:
    """The store's business day at a moment, as YYYYMMDD."""
    here = store(connection)
    return day_of(at_us, zone(here.timezone), here.day_cutoff_min)


def store(connection: Connection) -> Store:
    """The store this till stands in; a till that has not pulled it yet knows its code only."""
    till = identity(connection)
    row = connection.execute(_STORE, {"store_id": till.store_id}).mappings().first()
    if row is None:
        return usable(Store(id=till.store_id, code=till.store_code, name=till.store_code))
    return usable(Store.from_values(dict(row)))


def usable(store: Store) -> Store:
    """The store with something that works where it names nothing real: the till must sell."""
    code, zone_name = series_code(store.code), store.timezone
    if code == store.code and is_zone(zone_name):
        return store
    return replace(store, code=code, timezone=zone_name if is_zone(zone_name) else "UTC")


def odd_values(connection: Connection) -> dict[str, tuple[str, str]]:
    """Field of this till's store that names nothing real -> what it holds, what is used instead."""
    row = connection.execute(_STORE, {"store_id": store_id(connection)}).mappings().first()
    if row is None:
        return {}
    held = Store.from_values(dict(row))
    works = usable(held)
    pairs = {"code": (held.code, works.code), "timezone": (held.timezone, works.timezone)}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
