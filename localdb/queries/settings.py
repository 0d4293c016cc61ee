"""The shop's settings as this till's store has them."""

from sqlalchemy import Connection, select

from localdb.domain.records import Setting
from localdb.domain.settings import PREFIX, ShopSettings
from localdb.queries import here
from localdb.store.tables import TABLES

_SETTING = TABLES["setting"]
# Asked at each sale, so built once.
_OURS = select(_SETTING).where(_SETTING.c.key.startswith(PREFIX, autoescape=True))


def in_force(connection: Connection) -> ShopSettings:
    """What the shop decided, this store's word before the organisation's."""
    return ShopSettings.of(_records(connection), here.identity(connection).store_id)


def of_all_stores(connection: Connection) -> ShopSettings:
    """What holds wherever a store has not decided otherwise."""
    return ShopSettings.of(_records(connection), "")


def own_to_store(connection: Connection) -> frozenset[str]:
    """The names of the settings that this till's store has for itself."""
    store_id = here.identity(connection).store_id
    mine = (r for r in _records(connection) if r.store_id == store_id and not r.deleted)
    return frozenset(r.key.removeprefix(PREFIX) for r in mine)


def _records(connection: Connection) -> list[Setting]:
    return [Setting.from_values(dict(row)) for row in connection.execute(_OURS).mappings()]
