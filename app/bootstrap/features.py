"""The till's window with all its features, put together in one place and in one order."""

from collections.abc import Sequence
from functools import partial

from app.customers.qt.feature import Customers
from app.drawer.qt.feature import Drawer
from app.kit.qt.workplace import Workplace
from app.kit.registry import Found
from app.kit.translation import translate
from app.paying.qt.feature import Paying
from app.people.qt.feature import People
from app.receipts.finder import find
from app.receipts.qt.feature import Receipts
from app.receipts.qt.receipt import ReceiptAction
from app.returning.qt.feature import Returning
from app.selling.qt.feature import Selling
from app.shell.window import MainWindow

FOUND_MAX = 8


class TillProgram:
    """The window and its features, from the ground up; `begin` shows the sign-in screen."""

    def __init__(self, place: Workplace) -> None:
        self.window = MainWindow(place)
        shell = self.window.shell
        self.people = People(shell)
        self.selling = Selling(shell)
        self.customers = Customers(shell, self.selling.presenter)
        self.paying = Paying(shell, self.selling)
        self.drawer = Drawer(shell, self.selling, self.paying)
        self.receipts = Receipts(shell, self.selling, self.paying)
        self.returning = Returning(shell, self.selling, self.paying, self.drawer, self.receipts)
        self._connect()

    def begin(self) -> None:
        """Everything is registered: fill the menu, and ask who is there."""
        self.window.begin()

    def _connect(self) -> None:
        """What only one of two features below the other can ask for."""
        screen, sale = self.selling.screen, self.selling.presenter
        screen.customer_asked.connect(self.customers.choose)
        screen.gift_card_asked.connect(self.customers.gift_card)
        screen.badge_scanned.connect(self.people.switch)
        charge = partial(self.drawer.with_shift, self.paying.charge_cart)
        screen.charge_asked.connect(lambda: sale.charge(charge))
        self.window.may_lock.append(lambda: not self.paying.screen.presenter.terminal.is_asking)
        self.window.unfinished.append(self._unfinished)
        self.window.shell.finders.append(self._receipts)
        self.receipts.more_actions.append(self._to_correct)

    def _to_correct(self, sale_id: str) -> ReceiptAction | None:
        """The way the last sale was paid can be changed."""
        if sale_id != self.receipts.presenter.last_sale():
            return None
        words = translate("Orders", "Change payment type")
        return ReceiptAction(words, "edit", self.paying.correct_last)

    def _unfinished(self) -> str:
        """What closing the window now would interrupt."""
        if self.paying.screen.presenter.is_open:
            return translate(
                "Window", "A payment is under way. It is kept and goes on at the next start."
            )
        if not self.selling.presenter.cart.is_empty:
            return translate("Window", "A sale is open. It is kept for the next start.")
        return ""

    def _receipts(self, text: str) -> Sequence[Found]:
        place = self.window.shell.place
        said = translate("Palette", "Receipt")
        return [
            Found(
                row.number,
                f"{said}  ·  {row.when}  ·  {row.total}",
                partial(self.receipts.show, row.sale_id),
            )
            for row in find(place.till, place.formats, text)[:FOUND_MAX]
        ]
