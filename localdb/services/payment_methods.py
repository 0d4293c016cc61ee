"""The shop's own methods of payment, as a manager sets them up."""

from typing import Any

from localdb.domain.methods import BUILT_IN, EXCHANGE
from localdb.domain.permissions import Permission
from localdb.domain.records import PaymentMethod
from localdb.errors import Refusal
from localdb.services import people
from localdb.services.editing import code_of, require_unchanged
from localdb.store.unit_of_work import UnitOfWork

CODE_MAX = 64


def add(uow: UnitOfWork, name: str, /, *, code: str = "", **fields: Any) -> PaymentMethod:
    """Add a method at the end of the list; ``code`` is what payments keep, none for one like name.

    With the code of a built-in method it renames that, offers it, or takes it from the screen.
    Raises Refusal for a code in use, ValidationRefusal for a wrong field.
    """
    people.require(uow, Permission.SETTINGS)
    code = code or code_of(name, CODE_MAX, "other")
    if code == EXCHANGE or uow.find(PaymentMethod, code=code, deleted=False):
        raise Refusal(f"There is a method {code} already. Change that one, or choose another name.")
    position = fields.pop("position", None)
    if position is None:
        built_in = BUILT_IN.get(code)
        position = built_in.position if built_in else len(uow.find(PaymentMethod))
    method = PaymentMethod(id=uow.new_id(), code=code, name=name, position=position, **fields)
    uow.insert(method)
    return method


def change(uow: UnitOfWork, method_id: str, /, **changes: Any) -> PaymentMethod:
    """Change a method; its code stays, because payments were made by it."""
    people.require(uow, Permission.SETTINGS)
    if "code" in changes:
        raise Refusal("A method keeps its code. Add another one instead.")
    return uow.edit(PaymentMethod, method_id, **changes)


def save(uow: UnitOfWork, seen: PaymentMethod | None, /, **values: Any) -> PaymentMethod:
    """Add a method, or change the one that was ``seen``: one of the shop's, or a built-in one.

    Raises as ``add`` and ``change`` do.
    """
    if seen is None:
        return add(uow, values.pop("name", ""), **values)
    if seen.id != seen.code:
        require_unchanged(uow, seen)
        return change(uow, seen.id, **values)
    kept = ("name", "opens_drawer", "position", "active")
    shown = {name: getattr(seen, name) for name in kept} | values
    return add(uow, shown.pop("name"), code=seen.code, **shown)
