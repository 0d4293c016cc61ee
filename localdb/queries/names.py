"""What a person recognises a record by."""

from sqlalchemy import Connection, select

from localdb.domain.records import Barcode, Product
from localdb.store.names import name_of as name_of
from localdb.store.names import names as names
from localdb.store.tables import TABLES


def bearer(connection: Connection, record_type: str, record_id: str) -> str:
    """What bears a code: the product itself, or the product that a barcode finds."""
    if record_type == Barcode.TYPE:
        table = TABLES[Barcode.TYPE]
        found = connection.execute(select(table.c.product_id).where(table.c.id == record_id))
        record_type, record_id = Product.TYPE, found.scalar() or ""
    return names(connection, record_type, (record_id,)).get(record_id, "a product not here yet")
