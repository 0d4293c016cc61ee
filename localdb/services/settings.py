"""Deciding how the shop sells."""

from collections.abc import Mapping

from sqlalchemy import select

from localdb.domain.permissions import Permission
from localdb.domain.records import Setting, Store
from localdb.domain.settings import PREFIX, checked
from localdb.errors import Refusal
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


def put_all(
    uow: UnitOfWork,
    values: Mapping[str, str | None],
    store_values: Mapping[str, str],
    *,
    for_store: bool = False,
) -> tuple[dict[str, str | None], dict[str, str]]:
    """`put` and `put_store` in one: all of it is changed or nothing."""
    before = put(uow, values, for_store=for_store)
    return before, put_store(uow, store_values) if store_values else {}


def put_store(uow: UnitOfWork, values: Mapping[str, str]) -> dict[str, str]:
    """Change texts of this till's store record, such as its address. Returns what puts them back.

    Only a manager may; raises Refusal for a text that is missing or too long.
    """
    people.require(uow, Permission.SETTINGS)
    store = uow.get(Store, uow.identity.store_id)
    if store is None:
        raise Refusal("This till has no store yet. Wait for the first sync.")
    if not values.get("name", store.name).strip():
        raise Refusal("Enter the shop name.")
    uow.edit(Store, store.id, **values)
    return {name: getattr(store, name) for name in values}


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
