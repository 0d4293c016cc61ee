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
    found = connection.execute(_OURS).mappings()
    records = [Setting.from_values(dict(row)) for row in found]
    return ShopSettings.of(records, here.identity(connection).store_id)
