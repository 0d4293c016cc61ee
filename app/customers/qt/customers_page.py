"""The customers page: search, look, change, and sell to one."""

from collections.abc import Callable

from app.customers.listing import customer_listing
from app.kit.qt.list_page import ListPage
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from localdb.queries import customers
from localdb.queries.customers import CustomerView


class CustomersPage(ListPage[CustomerView]):
    """`show` opens a customer over the window, `add` the form of a new one with what was typed."""

    def __init__(
        self,
        place: Workplace,
        show: Callable[[str], object],
        add: Callable[[str], object],
    ) -> None:
        super().__init__(place, customer_listing(place.till, place.formats), self._opened)
        self._show = show
        self.new = self.add_tool(
            translate("Customers", "New customer"), "plus", lambda: add(self.search.text())
        )

    def take_scan(self, code: str) -> bool:
        """A customer's card opens the customer; goods go to the cart."""
        if self.place.till.ask(customers.by_card, code) is None:
            return False
        return self.look_up(code)

    def _opened(self, view: CustomerView) -> None:
        self._show(view.customer.id)
