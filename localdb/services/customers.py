"""Customers: made and changed at the till, also offline."""

from typing import Any

from localdb.domain.records import Customer
from localdb.store.unit_of_work import UnitOfWork


def create(
    uow: UnitOfWork, name: str, *, phone: str = "", email: str = "", card: str = ""
) -> Customer:
    """Add a customer; raises ValidationRefusal naming each field that is wrong."""
    customer = Customer(
        id=uow.new_id(), name=name.strip(), phone=phone.strip(), email=email.strip(), card=card
    )
    uow.insert(customer)
    return customer


def change(uow: UnitOfWork, /, customer_id: str, **changes: Any) -> None:
    """Change fields of a customer; only the fields that differ travel."""
    uow.edit(Customer, customer_id, **changes)
