"""Customers with what they have and owe."""

from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from localdb.domain.barcode import normalise
from localdb.domain.methods import ON_ACCOUNT, POINTS, STORE_CREDIT
from localdb.domain.records import Customer, CustomerGroup
from localdb.errors import Refusal
from localdb.queries import balances, lists
from localdb.queries.names import name_of
from localdb.store.rows import find, get
from localdb.store.tables import TABLES

_CUSTOMER = TABLES["customer"]


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A customer, the group's name, and each balance by its kind."""

    customer: Customer
    group: str = ""
    balances: dict[str, int] = field(default_factory=dict)

    @property
    def points(self) -> int:
        return self.balances.get(POINTS, 0)

    @property
    def credit_minor(self) -> int:
        return self.balances.get(STORE_CREDIT, 0)

    @property
    def owed_minor(self) -> int:
        return self.balances.get(ON_ACCOUNT, 0)


def search(
    connection: Connection, text: str, limit: int = 50, after: Customer | None = None
) -> list[CustomerView]:
    """Customers by name, phone or card, as ``lists.customers`` finds them, with their balances."""
    found = lists.customers(connection, text, limit, after)
    sums = balances.of_accounts(connection, [customer.id for customer in found])
    return [CustomerView(customer, balances=sums[customer.id]) for customer in found]


def view(connection: Connection, customer_id: str) -> CustomerView | None:
    """One customer as it is now; None for one that is not here or was deleted."""
    customer = get(connection, Customer, customer_id)
    if customer is None or customer.deleted:
        return None
    group = name_of(connection, CustomerGroup.TYPE, customer.group_id)
    return CustomerView(customer, group, balances.balances(connection, customer_id))


def by_card(connection: Connection, text: str) -> Customer | None:
    """The customer whose card was scanned; of two with one code the older, None for nobody's."""
    try:
        code = normalise(text).value
    except Refusal:
        return None
    wanted = select(_CUSTOMER).where(
        _CUSTOMER.c.card.in_({code, text.strip()}), _CUSTOMER.c.deleted.is_(False)
    )
    row = connection.execute(wanted.order_by(_CUSTOMER.c.id).limit(1)).mappings().first()
    return None if row is None else Customer.from_values(dict(row))


def is_card(connection: Connection, text: str) -> bool:
    """Whether a code is on a customer's card or on a gift card, whatever else it looks like."""
    known = by_card(connection, text) or balances.card_by_code(connection, text)
    return known is not None


def groups(connection: Connection) -> list[CustomerGroup]:
    """All customer groups, by name."""
    return sorted(find(connection, CustomerGroup, deleted=False), key=lambda group: group.name)
