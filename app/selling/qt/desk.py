"""What the cashier can ask for beside ringing up: customer, hold, recall, drawer, shift."""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from app.customers.qt.customer import CustomerSheet
from app.customers.qt.gift_card import GiftCardSheet
from app.drawer.qt.desk import DrawerDesk
from app.drawer.shift import ShiftPresenter
from app.kit.flow import Ask, FlowRunner
from app.kit.qt.asking import ask
from app.kit.qt.text import TextSheet
from app.kit.qt.workplace import Workplace
from app.paying.training import Practice
from app.receipts.receipt import NOT_PRINTED, ReceiptPresenter
from app.selling.held import held_views
from app.selling.qt.favourites import FavouritesSheet
from app.selling.qt.held import HeldSheet
from app.selling.qt.selling import SellingScreen
from app.shell.help import HelpSheet
from localdb.domain.balances import account_line, card_line
from localdb.domain.records import Customer, GiftCard
from localdb.errors import EvertillError

NOTHING_SOLD = "This till has not sold anything yet."
NO_PRINTER = "This till has no receipt printer."
NOTHING_PRACTISED = "Nothing was sold in this training yet."


class Desk:
    """Opens the sheets over the window and hands their answers to the presenters."""

    def __init__(
        self,
        host: QWidget,
        place: Workplace,
        selling: SellingScreen,
        open_drawer: Callable[[], object],
        practice: Practice,
    ) -> None:
        self._host = host
        self._place = place
        self._selling = selling
        self._practice = practice
        self.drawer = DrawerDesk(host, place, selling, open_drawer, practice)
        self._runner = FlowRunner(self._ask, self._refused)
        self.receipts = ReceiptPresenter(
            place.till, place.formats, place.printer, self._not_printed, practice, place.now_us
        )
        self.show_receipt: Callable[[str], object] = lambda sale_id: None
        """Set by whoever can do more with a receipt than show it."""
        selling.panel.change.again.setVisible(self.receipts.can_print)
        selling.customer_asked.connect(self.customer)
        selling.gift_card_asked.connect(self.gift_card)
        selling.hold_asked.connect(self.hold)
        selling.recall_asked.connect(self.recall)
        selling.help_asked.connect(self.help)
        selling.panel.change.receipt_asked.connect(self.last_receipt)
        selling.panel.change.retry_asked.connect(self.reprint)

    # ------------------------------------------------------------ the cart

    def customer(self) -> None:
        """Pick who is buying."""
        selling = self._selling.presenter
        CustomerSheet(
            self._host,
            self._place,
            selling.sell_to,
            self._pay_off,
            lambda: selling.set_customer(None, "", tax_exempt=False),
            selling.cart.customer_id,
        )

    def gift_card(self, code: str = "") -> None:
        """Show what is on a gift card, and sell or load it."""
        GiftCardSheet(self._host, self._place, self._load_card, code)

    def hold(self) -> None:
        """Set the cart aside under a label."""
        cart = self._selling.presenter.cart
        if cart.is_empty:
            self._say("Nothing to hold: the cart is empty.")
            return
        label = cart.customer_name or f"Cart {self._place.formats.clock(self._place.now_us())}"
        TextSheet(
            self._host, self._place.theme, "Hold the cart as", label, self._selling.presenter.hold
        )

    def recall(self) -> None:
        """Bring one of the carts on hold back."""
        held = held_views(self._place.till, self._place.formats)
        HeldSheet(self._host, self._place.theme, held, self._selling.presenter.recall)

    def favourites(self) -> None:
        """Arrange the page of favourites."""
        FavouritesSheet(self._host, self._place, self._selling.browse.open)

    def help(self) -> None:
        """Show the keys."""
        HelpSheet(self._host, self._place.theme)

    # ------------------------------------------------------------ the drawer

    @property
    def shift(self) -> ShiftPresenter:
        """The shift of this till's drawer."""
        return self.drawer.shift

    def with_shift(self, go_on: Callable[[], object]) -> None:
        """Run `go_on` with a shift open; asks for the float first where there is none."""
        self.drawer.with_shift(go_on)

    # ------------------------------------------------------------ training

    def train(self, on: bool) -> None:
        """Begin to practise, with somebody's approval where it takes one, or end it."""
        self._selling.presenter.save_now()
        if on:
            self._runner.run(self._practice.begin())
        else:
            self._tried(self._practice.end)

    # ------------------------------------------------------------ receipts

    def last_receipt(self) -> None:
        """Show the newest receipt of this till."""
        sale_id = self.receipts.last_sale()
        if sale_id is None:
            self._say(NOTHING_SOLD if not self._practice.is_on else NOTHING_PRACTISED)
            return
        self.show_receipt(sale_id)

    def reprint(self) -> None:
        """Print the newest receipt again, as a copy."""
        sale_id = self.receipts.last_sale()
        if sale_id is None:
            self._say(NOTHING_SOLD if not self._practice.is_on else NOTHING_PRACTISED)
        elif not self.receipts.can_print:
            self._say(NO_PRINTER)
        elif said := self.receipts.reprint(sale_id):
            self._selling.presenter.say("success", said)

    # ------------------------------------------------------------ helpers

    def _load_card(self, card: GiftCard, amount_minor: int, is_new: bool) -> None:
        line = card_line(self._place.new_id(), card, amount_minor, is_new=is_new)
        self._selling.presenter.add_money(line)

    def _pay_off(self, customer: Customer, amount_minor: int) -> None:
        self._selling.presenter.sell_to(customer)
        line = account_line(self._place.new_id(), customer, amount_minor)
        self._selling.presenter.add_money(line)

    def _not_printed(self, sale_id: str) -> None:
        self._selling.strip.say(
            "warning",
            NOT_PRINTED,
            [
                ("Retry", lambda: self._retry(sale_id)),
                ("Skip", self._selling.strip.clear),
            ],
        )

    def _retry(self, sale_id: str) -> None:
        self._selling.strip.clear()
        self.receipts.print(sale_id)

    def _tried(self, action: Callable[[], object]) -> bool:
        """Run an action; a refusal is said in the strip, and gives False."""
        try:
            action()
        except EvertillError as error:
            self._refused(error)
            return False
        return True

    def _ask(self, question: Ask, answer: Callable[[Any], None]) -> None:
        ask(self._host, self._place, question, answer)

    def _refused(self, error: EvertillError) -> None:
        self._selling.presenter.say("error", str(error))

    def _say(self, text: str) -> None:
        self._selling.presenter.say("info", text)
