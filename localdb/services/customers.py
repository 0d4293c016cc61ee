"""Customers: made and changed at the till, also offline."""

from typing import Any

from localdb.domain.barcode import normalise
from localdb.domain.permissions import Approval, Permission
from localdb.domain.records import Customer, CustomerGroup
from localdb.domain.validate import problems
from localdb.errors import Refusal, ValidationRefusal
from localdb.queries.customers import by_card, groups
from localdb.services import people
from localdb.store.unit_of_work import UnitOfWork

TERMS = {"credit_limit_minor": 0, "tax_exempt": False}
"""What a cashier does not decide: field -> what every customer gets."""


def create(
    uow: UnitOfWork, /, name: str, *, approval: Approval | None = None, **more: Any
) -> Customer:
    """Add a customer; ``more`` are further fields of the record.

    Raises ValidationRefusal naming each field that is wrong, Refusal without the right to grant an
    account or freedom from tax.
    """
    values = _tidied(uow, "", {"name": name, **more})
    if any(values.get(field, given) != given for field, given in TERMS.items()):
        people.require(uow, Permission.ADJUST_BALANCE, approval)
    customer = Customer(id=uow.new_id(), **values)
    uow.insert(customer)
    return customer


def change(
    uow: UnitOfWork, /, customer_id: str, *, approval: Approval | None = None, **changes: Any
) -> Customer:
    """Change fields of a customer; only the fields that differ travel. Refuses as ``create``."""
    before = uow.get(Customer, customer_id)
    values = _tidied(uow, customer_id, changes)
    if before and any(
        field in values and values[field] != getattr(before, field) for field in TERMS
    ):
        people.require(uow, Permission.ADJUST_BALANCE, approval)
    return uow.edit(Customer, customer_id, **values)


def new_group(uow: UnitOfWork, name: str, *, approval: Approval | None = None) -> CustomerGroup:
    """Add a group of customers for price lists and promotions.

    Raises Refusal without the right and for a name that is taken, ValidationRefusal for none.
    """
    people.require(uow, Permission.PRICES, approval)
    group = CustomerGroup(id=uow.new_id(), name=name.strip())
    if any(one.name.casefold() == group.name.casefold() for one in groups(uow.connection)):
        raise Refusal(f"There is a group {group.name} already.")
    uow.insert(group)
    return group


def _tidied(uow: UnitOfWork, customer_id: str, values: dict[str, Any]) -> dict[str, Any]:
    tidy = {name: v.strip() if isinstance(v, str) else v for name, v in values.items()}
    errors = problems(Customer, tidy)
    card = tidy.get("card")
    if card and "card" not in errors:
        try:
            tidy["card"] = normalise(card).value
        except Refusal as refusal:
            errors["card"] = str(refusal)
        else:
            owner = by_card(uow.connection, card)
            if owner is not None and owner.id != customer_id:
                errors["card"] = f"already belongs to {owner.name}"
    if errors:
        raise ValidationRefusal(errors)
    return tidy
