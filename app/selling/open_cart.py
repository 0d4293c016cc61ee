"""The cart on the selling screen: shown at each change, stored after it, priced by one function."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from app.kit.authority import leave_for
from app.kit.flow import Flow
from app.kit.formats import Formats
from app.kit.odd_amounts import amounts_are_right
from app.kit.translation import translate
from app.selling.cart_view import CartView, CartWriter
from app.selling.lines import touched
from app.selling.state import SellingState, SellingUi, Strip, Tone
from localdb.domain.cart import Cart, CartLine
from localdb.domain.terms import Terms
from localdb.domain.totals import Totals, totals
from localdb.errors import EvertillError, Refusal
from localdb.queries import carts as cart_queries
from localdb.queries import offers
from localdb.services import carts
from localdb.services.till import Till

LOCKED = "This till was taken out of service by the server. No new sale can begin here."


class OpenCart:
    """Owns the open cart. Every change is stored, so that it survives a crash and a lock.

    While ``is_locked``, the open cart can be finished or emptied, and no other one begun.
    """

    def __init__(
        self,
        till: Till,
        formats: Formats,
        ui: SellingUi,
        now_us: Callable[[], int],
        *,
        is_locked: Callable[[], bool],
    ) -> None:
        self._till = till
        self._is_locked = is_locked
        self.name = till.cart_name
        self._formats = formats
        self._ui = ui
        self._now_us = now_us
        self._writer = CartWriter(formats)
        self._terms = Terms()
        self.selected_id: str | None = None
        self._back_minor = 0
        self._save_is_due = False
        self.cart = Cart()
        self.state = SellingState()
        self.on_start: Callable[[], object] = lambda: None
        """Called before another cart is shown."""

    # ------------------------------------------------------------ what is there

    def open(self) -> None:
        """Show the cart as it was left, also after a crash."""
        if self.name != self._till.cart_name:
            self.dismiss_missed()
        self.name = self._till.cart_name
        self._terms = self._terms_now()
        try:
            self.start_with(self._till.ask(cart_queries.open_cart, self.name))
        except EvertillError as error:
            # Losing a cart is a nuisance, a till that does not open is a closed shop.
            self.start_with(Cart())
            self.refuse(error)

    def reload_terms(self) -> None:
        """Take over changed taxes, offers and settings; an open cart is priced anew, and says so.

        What is being paid keeps the terms it began under.
        """
        before, self._terms = self._terms, self._terms_now()
        if self.cart.is_empty:
            return
        try:
            view = self._write(self.cart)
        except EvertillError as error:
            self._terms = before
            self.refuse(error)
            return
        if view != self.state.cart:
            self.set(cart=view)
            self.say(
                "info",
                translate(
                    "Sell",
                    "Promotions or taxes have changed. The total is {total} now.",
                    total=view.total,
                ),
            )

    def _terms_now(self) -> Terms:
        return self._till.ask(offers.terms, self._now_us())

    @property
    def terms(self) -> Terms:
        """What the cart is priced under, and is to be stored under once it is paid."""
        return self._terms

    def totals(self) -> Totals:
        """What the cart comes to."""
        return totals(self.cart, self._terms)

    def exchange_for(self, back_minor: int) -> None:
        """What comes back for this cart (0: nothing): only the difference is charged."""
        self._back_minor = back_minor
        self.set(cart=self._write(self.cart))

    @property
    def selected(self) -> CartLine | None:
        """The line that quantity, price, discount and void act on."""
        return next((line for line in self.cart.lines if line.id == self.selected_id), None)

    def select(self, line_id: str) -> None:
        """Choose the line to act on."""
        self.selected_id = line_id
        self.show(self.cart)

    def move(self, by: int) -> None:
        """Choose the line above or below."""
        if self.cart.lines:
            last = len(self.cart.lines) - 1
            self.select(self.cart.lines[min(max(self.state.cart.selected + by, 0), last)].id)

    def finish(self) -> None:
        """The cart was paid and stored: start with an empty one."""
        self._save_is_due = False
        self.start_with(Cart())
        self.dismiss_missed()

    def save_now(self) -> None:
        """Store the open cart if it has changed since; before a lock and at the end."""
        if self._save_is_due:
            self._save_is_due = False
            self._till.jot(carts.save_open, self.cart, self.name)

    def say(self, tone: Tone, text: str) -> None:
        """Show a strip until the next action."""
        self.set(strip=Strip(tone, text))

    def dismiss(self) -> bool:
        """Take the strip away; false when there was none."""
        had = self.state.strip is not None or self.state.price is not None
        self.set(strip=None, price=None)
        return had

    def dismiss_missed(self) -> bool:
        """Let go of what was not found; false when there was nothing."""
        had = bool(self.state.missed)
        self.set(missed=())
        return had

    # ------------------------------------------------------------ how it is done

    def check_may_begin(self) -> None:
        """Raise Refusal where no new sale may begin at this till."""
        # Only for the first line: it asks the disk.
        if self.cart.is_empty and self._is_locked():
            raise Refusal(LOCKED)

    def refuse(self, error: EvertillError) -> None:
        """Say what is wrong, and sound."""
        self._ui.beep()
        self.say("error", str(error))

    def start_with(self, cart: Cart) -> None:
        """Show another cart: of the next sale, of a recalled one, of before a crash."""
        self.on_start()
        self.selected_id = cart.lines[-1].id if cart.lines else None
        self.show(cart)

    def take(
        self,
        cart: Cart,
        *,
        added: CartLine | None = None,
        keep_selection: bool = False,
        select_at: int = -1,
    ) -> Flow:
        """Take over a changed cart; what looks wrong is asked about, then for leave it needs."""
        if not (yield from amounts_are_right(self._formats, self.cart, cart)):
            return
        refused = yield from leave_for(self._till, self._formats, self.cart, cart)
        if refused:
            self.say("info", refused)
            return
        self.change(cart, added=added, keep_selection=keep_selection, select_at=select_at)

    def change(
        self,
        cart: Cart,
        *,
        added: CartLine | None = None,
        keep_selection: bool = False,
        select_at: int = -1,
    ) -> None:
        """Take over a changed cart: choose a line, show it, store it after it was painted."""
        if cart.is_empty != (cart.began is None):
            # Offers are judged by the first scan.
            cart = cart.begin(None if cart.is_empty else self._terms.at(self._now_us()).now)
        if added is not None:
            self.selected_id = touched(self.cart, cart, added)
        elif not keep_selection:
            last = len(cart.lines) - 1
            self.selected_id = cart.lines[min(select_at, last)].id if cart.lines else None
        self.show(cart)
        if not self._save_is_due:
            self._save_is_due = True
            self._ui.later(self.save_now)

    def show(self, cart: Cart) -> None:
        """Take a cart over once its totals are known: an unknown tax refuses it as a whole."""
        view = self._write(cart)
        self.cart = cart
        self.set(cart=view, strip=None, price=None)

    def _write(self, cart: Cart) -> CartView:
        priced = totals(cart, self._terms)
        return self._writer.write(cart, priced, self.selected_id, self._back_minor)

    def set(self, **changes: Any) -> None:
        """Change what is shown; nothing is drawn where nothing differs."""
        state = replace(self.state, **changes)
        if state != self.state:
            self.state = state
            self._ui.show_state(state)
