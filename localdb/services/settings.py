"""Deciding how the shop sells."""

from sqlalchemy import select

from localdb.domain.permissions import Permission
from localdb.domain.records import Setting
from localdb.domain.settings import PREFIX, checked
from localdb.services import people
from localdb.store.tables import TABLES
from localdb.store.unit_of_work import UnitOfWork


def change(uow: UnitOfWork, name: str, text: str, *, for_store: bool = False) -> None:
    """Set one of ``ShopSettings`` for the organisation, or for this till's store only.

    Only a manager may; raises Refusal saying what the setting may be.
    """
    people.require(uow, Permission.SETTINGS)
    checked(name, text)
    table, store_id = TABLES["setting"], uow.identity.store_id if for_store else None
    same = (table.c.key == PREFIX + name, table.c.store_id.is_(store_id), ~table.c.deleted)
    found = uow.connection.execute(select(table.c.id).where(*same).order_by(table.c.id)).scalar()
    if found is None:
        uow.insert(Setting(id=uow.new_id(), key=PREFIX + name, value=text, store_id=store_id))
    else:
        uow.edit(Setting, found, value=text)
