"""Where this till stands."""

from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, select

from localdb.domain.business_day import business_day as day_of
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
        raise Refusal("This till is not set up yet.")
    return found


def store_id(connection: Connection) -> str:
    """The id of this till's store."""
    return identity(connection).store_id


def business_day(connection: Connection, at_us: int) -> int:
    """The store's business day at a moment, as YYYYMMDD."""
    here = store(connection)
    return day_of(at_us, ZoneInfo(here.timezone), here.day_cutoff_min)


def store(connection: Connection) -> Store:
    """The store this till stands in; a till that has not pulled it yet knows its code only."""
    till = identity(connection)
    row = connection.execute(_STORE, {"store_id": till.store_id}).mappings().first()
    if row is None:
        return Store(id=till.store_id, code=till.store_code, name=till.store_code)
    return Store.from_values(dict(row))
