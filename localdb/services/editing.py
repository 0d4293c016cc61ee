"""What every service that changes a record for a manager checks first."""

import re
from typing import Any

from localdb.domain.labels import record_label
from localdb.domain.records import Record, Reference
from localdb.errors import Refusal, ValidationRefusal
from localdb.queries import products
from localdb.store.unit_of_work import UnitOfWork

COUNTED = 1000
"""Products that are counted before it is "1,000+"."""


def require_unchanged(uow: UnitOfWork, seen: Record) -> None:
    """Raises Refusal when a record is not as somebody saw it any more."""
    if uow.get(type(seen), seen.id) != seen:
        what = record_label(seen.TYPE).lower()
        raise Refusal(f"Someone else changed this {what}. Reload it to see the change.")


def require_new_name(
    uow: UnitOfWork, record: type[Reference], seen: Record | None, values: dict[str, Any]
) -> None:
    """Raises ValidationRefusal for a name that another one has: they could not be told apart."""
    name = values.get("name")
    if seen is None and not name:
        raise ValidationRefusal({"name": "is missing"})
    for other in uow.find(record, name=name, deleted=False) if name else ():
        if seen is None or other.id != seen.id:
            raise ValidationRefusal({"name": "is already in use. Choose another"})


def require_unused(uow: UnitOfWork, field: str, record_id: str, rest: str) -> None:
    """Raises Refusal while products name a record in a field; `rest` ends the sentence."""
    count = products.at_least(uow.connection, field, record_id, COUNTED)
    if count:
        are = "product is" if count == 1 else "products are"
        raise Refusal(f"{count:,}{'+' if count == COUNTED else ''} {are} {rest}")


def differing(before: Record, after: Record) -> dict[str, Any]:
    """The fields of `after` that are not as in `before`."""
    was = before.values()
    return {name: value for name, value in after.values().items() if was[name] != value}


def code_of(name: str, length: int, usual: str) -> str:
    """A code made of a name, of at most so many characters; `usual` where nothing is left of it."""
    return re.sub(r"\W+", "_", name.strip().lower()).strip("_")[:length] or usual


def require_free(
    uow: UnitOfWork, record: type[Reference], own_id: str, field: str, value: str
) -> None:
    """Raises ValidationRefusal for a value that another record has; an empty one is free."""
    for other in uow.find(record, **{field: value}, deleted=False) if value else ():
        if other.id != own_id:
            raise ValidationRefusal({field: f"already belongs to {getattr(other, 'name', '')}"})
