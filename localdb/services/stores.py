"""Stores and tills as a manager makes and names them."""

from typing import Any

from localdb.domain.permissions import Permission
from localdb.domain.records import Store, Till
from localdb.domain.validate import problems
from localdb.errors import Refusal, ValidationRefusal
from localdb.services import people
from localdb.services.editing import require_free, require_unchanged
from localdb.store.unit_of_work import UnitOfWork

LASTING = ("code", "currency")
"""What a store keeps: receipt numbers and sums are made of it."""


def save(uow: UnitOfWork, seen: Store | None, /, **values: Any) -> Store:
    """Add a store, or change the one that was ``seen``.

    Raises Refusal when nobody allowed to is signed in or it was changed meanwhile,
    ValidationRefusal for what is wrong, for a code that another store has, and for another code or
    currency of a store that is there.
    """
    people.require(uow, Permission.SETTINGS)
    values = {name: v.strip() if isinstance(v, str) else v for name, v in values.items()}
    if wrong := problems(Store, values):
        raise ValidationRefusal(wrong)
    if seen is None:
        if not values.get("code"):
            raise Refusal("A store needs a code, such as S02.")
        require_free(uow, Store, "", "code", values["code"])
        store = Store(id=uow.new_id(), **values)
        uow.insert(store)
        return store
    for name in LASTING:
        if values.get(name, getattr(seen, name)) != getattr(seen, name):
            raise ValidationRefusal({name: "of a store stays. Add another store instead"})
    require_unchanged(uow, seen)
    return uow.edit(Store, seen.id, **values)


def rename_till(uow: UnitOfWork, seen: Till, name: str) -> Till:
    """Call a till otherwise; its code stays. Raises as ``save`` does."""
    people.require(uow, Permission.SETTINGS)
    require_unchanged(uow, seen)
    return uow.edit(Till, seen.id, name=name.strip())
