"""Tax classes and their rates, as a manager changes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from localdb.domain.fields import CODE
from localdb.domain.permissions import Permission
from localdb.domain.records import TaxClass, TaxRate
from localdb.domain.validate import problems
from localdb.errors import ValidationRefusal
from localdb.services import people
from localdb.services.editing import differing, require_new_name, require_unchanged, require_unused
from localdb.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class TaxPart:
    """One rate of a tax class, in the order in which they apply."""

    name: str
    rate_ppm: int
    """Parts per million."""
    compound: bool = False
    """Whether the taxes before this one count into its base."""
    per_unit_minor: int = 0
    """A fixed tax on each piece, kilogram or litre in place of a rate."""


def save(
    uow: UnitOfWork, seen: TaxClass | None, rates: Sequence[TaxPart] | None, /, **values: Any
) -> TaxClass:
    """Add a tax class with its rates, or change one; ``rates`` None leaves them as they are.

    Sales that were paid keep the tax that they had. Raises Refusal when nobody
    allowed to is signed in or it was changed meanwhile, ValidationRefusal for what is wrong.
    """
    people.require(uow, Permission.SETTINGS)
    require_new_name(uow, TaxClass, seen, values)
    if seen is None:
        values.setdefault("code", values.get("name", "")[: CODE.high])
    if wrong := problems(TaxClass, values):
        raise ValidationRefusal(wrong)
    if rates is not None and not rates:
        raise ValidationRefusal({"name": "needs a rate; type 0 for none"})
    if seen is None:
        saved = TaxClass(id=uow.new_id(), **values)
        uow.insert(saved)
    else:
        require_unchanged(uow, seen)
        saved = uow.edit(TaxClass, seen.id, **values) if values else seen
    if rates is not None:
        _set_rates(uow, saved.id, rates)
    return saved


def remove(uow: UnitOfWork, seen: TaxClass) -> None:
    """Take a tax class away; raises Refusal while products have it."""
    people.require(uow, Permission.SETTINGS)
    require_unused(uow, "tax_class_id", seen.id, "taxed by it. Give them another tax first.")
    uow.edit(TaxClass, seen.id, deleted=True)


def _set_rates(uow: UnitOfWork, tax_class_id: str, rates: Sequence[TaxPart]) -> None:
    """Make the rates of a class these, in this order; a rate keeps its record where it can."""
    held = uow.find(TaxRate, tax_class_id=tax_class_id, deleted=False)
    held.sort(key=lambda rate: (rate.position, rate.id))
    for place, part in enumerate(rates):
        was = held[place] if place < len(held) else None
        wanted = TaxRate(
            id=was.id if was is not None else uow.new_id(),
            tax_class_id=tax_class_id,
            name=part.name,
            rate_ppm=part.rate_ppm,
            compound=part.compound,
            position=place,
            per_unit_minor=part.per_unit_minor,
        )
        if wrong := problems(TaxRate, wanted.values()):
            raise ValidationRefusal({f"{name}_{place}": words for name, words in wrong.items()})
        if was is None:
            uow.insert(wanted)
        elif changes := differing(was, wanted):
            uow.edit(TaxRate, was.id, **changes)
    for was in held[len(rates) :]:
        uow.edit(TaxRate, was.id, deleted=True)
