"""What customers add to the program: choosing who buys, gift cards, paying an account off."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from app.customers.qt.customer import CustomerSheet
from app.customers.qt.gift_card import GiftCardSheet
from app.kit.qt.page import Page
from app.kit.qt.shell import Shell
from app.kit.registry import Action, Found, PageEntry
from app.kit.translation import translate
from localdb.domain.balances import account_line, card_line
from localdb.domain.cart import Cart, CartLine
from localdb.domain.records import Customer, GiftCard
from localdb.queries import customers

FOUND_MAX = 8


class OpenSale(Protocol):
    """The sale being rung up, as far as customers touch it."""

    @property
    def cart(self) -> Cart: ...

    def sell_to(self, customer: Customer) -> None: ...

    def set_customer(self, customer_id: str | None, name: str, *, tax_exempt: bool) -> None: ...

    def add_money(self, line: CartLine) -> None: ...


class Customers:
    """Opens the sheets over the window, and hands what was chosen to the open sale."""

    def __init__(self, shell: Shell, sale: OpenSale) -> None:
        self._shell = shell
        self._sale = sale
        shell.finders.append(self._find)
        shell.pages.add(
            PageEntry(
                name="customers",
                title=translate("Pages", "Customers"),
                section="customers",
                make=self._page,
                keywords=("people", "accounts", "loyalty"),
            )
        )
        shell.actions.add(
            Action(
                name="customer",
                title=translate("Customers", "Find a customer"),
                section="customers",
                shortcut="F3",
                run=self.choose,
            ),
            Action(
                name="gift_card",
                title=translate("Customers", "Gift card"),
                section="customers",
                run=self.gift_card,
            ),
        )

    def choose(self) -> None:
        """Pick who is buying."""
        self._open(self._sale.cart.customer_id)

    def _find(self, text: str) -> Sequence[Found]:
        found = self._shell.place.till.ask(customers.search, text, FOUND_MAX)
        said = translate("Palette", "Customer")
        return [
            Found(
                view.customer.name,
                f"{said}  ·  {view.customer.phone}" if view.customer.phone else said,
                partial(self._open, view.customer.id),
            )
            for view in found
        ]

    def _page(self) -> Page:
        from app.customers.qt.customers_page import CustomersPage

        place = self._shell.place
        return CustomersPage(place, self._open, lambda typed: self._open(None, typed))

    def _open(self, customer_id: str | None, new: str | None = None) -> None:
        CustomerSheet(
            self._shell.host,
            self._shell.place,
            self._sell_to,
            self._pay_off,
            self._to_nobody if customer_id == self._sale.cart.customer_id else None,
            customer_id,
            new,
        )

    def _to_nobody(self) -> None:
        self._sale.set_customer(None, "", tax_exempt=False)

    def _sell_to(self, customer: Customer) -> None:
        self._sale.sell_to(customer)
        self._shell.navigator.show_home()

    def gift_card(self, code: str = "") -> None:
        """Show what is on a gift card, and sell or load it."""
        GiftCardSheet(self._shell.host, self._shell.place, self._load_card, code)

    def _load_card(self, card: GiftCard, amount_minor: int, is_new: bool) -> None:
        line = card_line(self._shell.place.new_id(), card, amount_minor, is_new=is_new)
        self._sale.add_money(line)

    def _pay_off(self, customer: Customer, amount_minor: int) -> None:
        self._sell_to(customer)
        self._sale.add_money(account_line(self._shell.place.new_id(), customer, amount_minor))
