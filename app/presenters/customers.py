"""Finding a customer, or making one on the spot, also offline."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from localdb.domain.records import Customer
from localdb.errors import Refusal, ValidationRefusal
from localdb.queries import lists
from localdb.services import customers
from localdb.services.till import Till


@dataclass(frozen=True, slots=True)
class CustomersState:
    """What the customer sheet shows."""

    found: tuple[Customer, ...] = ()
    searched: str = ""
    errors: tuple[tuple[str, str], ...] = ()
    """Field and message, of a customer that was refused."""


class CustomersPresenter:
    """Calls `chosen` once with the customer."""

    def __init__(
        self,
        till: Till,
        show: Callable[[CustomersState], None],
        chosen: Callable[[Customer], None],
    ) -> None:
        self._till = till
        self._show = show
        self._chosen = chosen
        self.state = CustomersState()

    def search(self, text: str) -> None:
        """Show customers by name, phone or card."""
        found = tuple(self._till.ask(lists.customers, text))
        self.state = CustomersState(found, text)
        self._show(self.state)

    def choose(self, number: int) -> None:
        """Take one of those found."""
        if 0 <= number < len(self.state.found):
            self._chosen(self.state.found[number])

    def create(self, name: str, phone: str, email: str) -> None:
        """Make a new customer and take it."""
        try:
            customer = self._till.write(customers.create, name, phone=phone, email=email)
        except ValidationRefusal as refusal:
            self._refused(tuple(refusal.errors.items()))
        except Refusal as refusal:
            self._refused((("name", str(refusal)),))
        else:
            self._chosen(customer)

    def _refused(self, errors: tuple[tuple[str, str], ...]) -> None:
        self.state = replace(self.state, errors=errors)
        self._show(self.state)


def contact(customer: Customer) -> str:
    """What tells two customers of one name apart."""
    return "  ·  ".join(filter(None, (customer.phone, customer.email, customer.card)))
