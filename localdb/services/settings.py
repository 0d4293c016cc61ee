"""Deciding how the shop sells."""

from collections.abc import Mapping

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
    put(uow, {name: text}, for_store=for_store)


def put(
    uow: UnitOfWork, values: Mapping[str, str | None], *, for_store: bool = False
) -> dict[str, str | None]:
    """Set some of ``ShopSettings`` at once; None forgets one. Returns what puts them back.

    Only a manager may; raises Refusal saying what a setting may be, and then none is changed.
    """
    people.require(uow, Permission.SETTINGS)
    return {name: _put(uow, name, text, for_store=for_store) for name, text in values.items()}


def _put(uow: UnitOfWork, name: str, text: str | None, *, for_store: bool) -> str | None:
    if text is not None:
        checked(name, text)
    table, store_id = TABLES["setting"], uow.identity.store_id if for_store else None
    same = (table.c.key == PREFIX + name, table.c.store_id.is_(store_id), ~table.c.deleted)
    found = uow.connection.execute(select(table.c.id).where(*same).order_by(table.c.id)).scalar()
    held = uow.get(Setting, found) if found is not None else None
    if held is None and text is not None:
        uow.insert(Setting(id=uow.new_id(), key=PREFIX + name, value=text, store_id=store_id))
    elif held is not None and text is None:
        uow.edit(Setting, held.id, deleted=True)
    elif held is not None:
        uow.edit(Setting, held.id, value=text)
    return None if held is None else held.value
