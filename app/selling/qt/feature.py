"""What selling adds to the program: its screen, carts on hold, favourites."""

from collections.abc import Callable

from PySide6.QtCore import QTimer

from app.kit.flow import AskDiscount, AskOpenItem
from app.kit.qt.asking import register
from app.kit.qt.shell import Shell
from app.kit.registry import Action
from app.kit.translation import translate
from app.selling.done import Done
from app.selling.held import held_views
from app.selling.qt.discount import discount_sheet
from app.selling.qt.favourites import FavouritesSheet
from app.selling.qt.held import HeldSheet
from app.selling.qt.open_item import open_item_sheet
from app.selling.qt.selling import SellingScreen
from localdb.domain.permissions import Permission
from localdb.queries import lists

REFRESH_AFTER_MS = 300
_CATALOGUE = frozenset(
    {"product", "barcode", "category", "stock_movement", "tax_class", "tax_rate"}
)
_TERMS = frozenset({"tax_class", "tax_rate", "promotion", "setting", "store"})


class Selling:
    """The screen that every other one leads back to; takes each scan that nobody else takes."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._place = shell.place
        self.screen = SellingScreen(shell.place)
        self.presenter = self.screen.presenter
        self._changed: set[str] = set()
        register(AskDiscount, discount_sheet)
        register(AskOpenItem, open_item_sheet)
        shell.navigator.add_screen(self.screen, home=True)
        shell.scan_takers.append(self._scanned)
        self._refresh = QTimer(self.screen)
        self._refresh.setSingleShot(True)
        self._refresh.setInterval(REFRESH_AFTER_MS)
        self._refresh.timeout.connect(self._refresh_catalogue)
        self._connect()
        self._add_actions()

    def hold(self) -> None:
        """Hold the sale at once: under what was typed, the customer's name, or the time."""
        typed, cart = self.screen.search.text().strip(), self.presenter.cart
        if cart.is_empty:
            said = translate("Sell", "Nothing to hold: the cart is empty.")
            self._shell.dialogue.say("info", said)
            return
        now = self._place.formats.clock(self._place.now_us())
        self.screen.clear_entry()
        self.presenter.hold(
            typed or cart.customer_name or translate("Sell", "Sale {time}", time=now)
        )

    def recall(self) -> None:
        """Bring one of the carts on hold back."""
        held = held_views(self._place.till, self._place.formats)
        HeldSheet(self._shell.host, self._place.theme, held, self.presenter.recall)

    def favourites(self) -> None:
        """Arrange the page of favourites."""
        FavouritesSheet(self._shell.host, self._place, self.screen.browse.open)

    def show_done(self, done: Done, *, is_cart: bool) -> None:
        """Show how a payment ended; `is_cart` for the open cart's own, which is over with it."""
        if is_cart:
            self.screen.show_done(done)
        else:
            self.screen.panel.show_change(done)
        self._shell.navigator.show_screen(self.screen)

    def sell(self, product_id: str) -> None:
        """Put a product into the cart, as if its tile had been tapped."""
        self.presenter.pick(product_id)

    def hide_change(self) -> None:
        """How the last sale ended is no part of what comes now."""
        self.screen.panel.hide_change()

    def _scanned(self, code: str) -> bool:
        self._shell.navigator.show_screen(self.screen)
        self.screen.scanned(code)
        return True

    def _open(self) -> None:
        self._shell.navigator.show_screen(self.screen)
        self.screen.open()
        self._count_held()

    def _training_changed(self) -> None:
        self.screen.open()
        self.hide_change()
        self._shell.navigator.show_home()

    def _committed(self, types: frozenset[str]) -> None:
        if "held_cart" in types:
            self._count_held()
        if types & (_CATALOGUE | _TERMS):
            self._changed |= types
            # Not anew at each commit: a long download would never let the view catch up.
            if not self._refresh.isActive():
                self._refresh.start()

    def _refresh_catalogue(self) -> None:
        changed, self._changed = self._changed, set()
        if self._place.till.user is None:
            return
        if changed & _TERMS:
            self.presenter.open_cart.reload_terms()
        self.screen.browse.open()

    def _count_held(self) -> None:
        if self._place.till.user is not None:
            self.screen.panel.customer.show_held(len(self._place.till.ask(lists.held_carts)))

    def _from_anywhere(self, action: Callable[[], object]) -> Callable[[], None]:
        """An action of the selling screen, whichever screen is up."""

        def run() -> None:
            self._shell.navigator.show_home()
            action()

        return run

    def _connect(self) -> None:
        events = self._shell.events
        events.locking.connect(self.presenter.open_cart.save_now)
        events.switching.connect(self.presenter.open_cart.save_now)
        events.signed_in.connect(lambda _user: self._open())
        events.training_changed.connect(self._training_changed)
        row = self.screen.panel.customer
        row.hold_asked.connect(self.hold)
        row.recall_asked.connect(self.recall)
        events.home_shown.connect(self.screen.take_focus)
        self.screen.import_asked.connect(lambda: self._shell.navigator.show_page("import"))
        self._place.bridge.committed.connect(lambda changes: self._committed(changes.types))

    def _add_actions(self) -> None:
        presenter, home = self.presenter, self._from_anywhere
        self._shell.actions.add(
            Action(
                name="sell",
                title=translate("Sell", "Sell"),
                section="sell",
                run=self._shell.navigator.show_home,
            ),
            Action(
                name="price_check",
                title=translate("Sell", "Price check"),
                section="sell",
                shortcut="Ctrl+P",
                run=home(presenter.check_price),
            ),
            Action(
                name="open_item",
                title=translate("Sell", "Open item"),
                section="sell",
                shortcut="Ctrl+O",
                run=home(presenter.add_open_item),
            ),
            Action(
                name="note",
                title=translate("Sell", "Note on the line"),
                section="sell",
                shortcut="Ctrl+N",
                run=home(presenter.note),
            ),
            Action(
                name="hold",
                title=translate("Sell", "Hold sale"),
                section="sell",
                shortcut="F7",
                run=self.hold,
            ),
            Action(
                name="recall",
                title=translate("Sell", "Recall sale"),
                section="orders",
                shortcut="F8",
                run=self.recall,
                is_on_page=True,
            ),
            Action(
                name="cancel_sale",
                title=translate("Sell", "Cancel sale"),
                section="sell",
                run=home(presenter.cancel_sale),
            ),
            Action(
                name="favourites",
                title=translate("Sell", "Favourites"),
                section="products",
                run=self.favourites,
                permission=Permission.CATALOGUE,
            ),
        )
