"""Ringing up: scans, keys and taps become lines of the cart."""

from collections.abc import Callable
from dataclasses import replace

from app.customers.customers import standing
from app.kit.authority import need
from app.kit.flow import AskText, AskYesNo, Flow, FlowRunner
from app.kit.formats import Formats
from app.kit.translation import translate
from app.selling import coupons, line_changes
from app.selling.entry import Entry
from app.selling.line_changes import Asking
from app.selling.lines import ONE_MILLI
from app.selling.missed import add_missed, missed_question, missed_words
from app.selling.open_cart import OpenCart
from app.selling.price_check import PriceView, price_of
from app.selling.recalling import recall
from app.selling.ringing import Ringing
from app.selling.state import SellingState, SellingUi, Strip
from localdb.domain.cart import Cart, CartLine
from localdb.domain.numbers import AmbiguousNumber
from localdb.domain.permissions import Permission
from localdb.domain.records import Customer
from localdb.domain.terms import Terms
from localdb.errors import EvertillError, Refusal
from localdb.queries import balances, customers, products, scanning
from localdb.queries.scanning import Scanned
from localdb.services import carts
from localdb.services.till import Till


class SellingPresenter:
    """What a cashier does to the open cart; each action runs as a flow, one after the other."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        ui: SellingUi,
        new_id: Callable[[], str],
        now_us: Callable[[], int],
        *,
        is_locked: Callable[[], bool] = lambda: False,
        took_badge: Callable[[str], bool] = lambda code: False,
    ) -> None:
        self._till = till
        self._formats = formats
        self._ui = ui
        self._now_us = now_us
        self.open_cart = OpenCart(till, formats, ui, now_us, is_locked=is_locked)
        self.open_cart.on_start = self._another_cart
        self._took_badge = took_badge
        self._new_id = new_id
        self._runner = FlowRunner(ui.ask, self.open_cart.refuse)
        self._ringing = Ringing(till, formats, new_id, now_us)
        self._voided: tuple[Cart, Cart] | None = None

    @property
    def cart(self) -> Cart:
        """The open cart."""
        return self.open_cart.cart

    @property
    def state(self) -> SellingState:
        """What the screen shows."""
        return self.open_cart.state

    @property
    def terms(self) -> Terms:
        """What the cart is priced under, and is to be stored under once it is paid."""
        return self.open_cart.terms

    @property
    def selected(self) -> CartLine | None:
        """The line that quantity, price, discount and void act on."""
        return self.open_cart.selected

    def _another_cart(self) -> None:
        self._ringing.age_confirmed = 0

    # ------------------------------------------------------------ adding

    def scan(self, code: str, typed: str = "") -> None:
        """A scanner read `code` while `typed` stood in the field; `3*` multiplies, else it goes."""
        entry = self._entry(typed)
        self._ui.clear_entry()
        if entry is not None:
            self._runner.run(self._ring_code(code, entry.quantity_milli))

    def enter(self, typed: str, best: str | None) -> None:
        """Enter in the field: a code if one is known, otherwise the `best` search result."""
        entry = self._entry(typed)
        if entry is not None and entry.text:
            self._runner.run(self._ring_typed(entry, best))

    def pick(self, product_id: str, typed: str = "") -> None:
        """A tile was tapped."""
        entry = self._entry(typed)
        self._ui.clear_entry()
        if entry is not None:
            self._runner.run(self._ring_product(product_id, entry.quantity_milli))

    def _entry(self, typed: str) -> Entry | None:
        """What was typed; None, said, where its multiplier may be two numbers."""
        try:
            return Entry.parse(typed, self._formats)
        except AmbiguousNumber as both:
            self.open_cart.refuse(both)
            return None

    def add_open_item(self, code: str = "") -> None:
        """Sell goods the catalogue does not know, at a price typed in."""
        pieces = max(self.state.missed.count(code), 1)
        self._runner.run(self._ring_open_item(code, pieces * ONE_MILLI))

    def sell_missed(self, code: str) -> None:
        """A code that was not found is known by now: sell it, as often as it was scanned."""
        view = self._till.ask(products.by_code, code)
        if view is not None:
            self._runner.run(self._ring_missed(code, view.product.id))

    def check_price(self) -> None:
        """Let the next thing that is scanned or picked say what it costs instead of selling it."""
        self._runner.run(self._begin_check())

    @property
    def is_checking(self) -> bool:
        """Whether the next thing is looked up only; one that was looked up ends it."""
        return self.state.price is not None and not self.state.price.name

    def _begin_check(self) -> Flow:
        self.open_cart.set(strip=None, price=PriceView())
        yield from ()

    # ------------------------------------------------------------ changing a line

    def quantity(self, typed: str = "") -> None:
        """Set the chosen line's quantity to what was typed, or ask for it."""
        formats = self._formats
        self._with_line(lambda line: line_changes.quantity(line, typed, formats))

    def count(self, by: int) -> None:
        """One more or one less of the chosen line; of the last one, nothing is left."""
        formats, by_milli = self._formats, by * ONE_MILLI
        self._with_line(lambda line: line_changes.count(line, by_milli, formats))

    def price(self, typed: str = "") -> None:
        """Set the chosen line's price to what was typed, or ask for it."""
        formats = self._formats
        self._with_line(lambda line: line_changes.price(line, typed, formats))

    def note(self) -> None:
        """Ask for a note on the chosen line."""
        self._with_line(line_changes.note)

    def coupon(self) -> None:
        """Ask for the code of a coupon that cannot be scanned."""
        self._runner.run(self._coupon_typed())

    def discount(self, typed: str = "") -> None:
        """Ask for a discount on the chosen line or on the cart."""
        if not self.cart.is_empty:
            self._runner.run(self._edit(line_changes.discount(self.selected, typed)))

    def void(self) -> None:
        """Take the chosen line out of the cart."""
        self._with_line(line_changes.void)

    def undo_void(self) -> None:
        """Put back the line that was just voided, while nothing else has changed."""
        if self._voided is not None and self.cart is self._voided[1]:
            before, after = self._voided
            back = next(line for line in before.lines if not after.has(line.id))
            self.open_cart.selected_id = back.id
            self.open_cart.change(before, keep_selection=True)
        self._voided = None

    def set_customer(
        self,
        customer_id: str | None,
        name: str,
        *,
        tax_exempt: bool,
        group_id: str | None = None,
    ) -> None:
        """Sell to a customer, or to nobody in particular."""
        cart = self.cart.set_customer(customer_id, name, tax_exempt=tax_exempt, group_id=group_id)
        self.open_cart.change(cart, keep_selection=True)

    def sell_to(self, customer: Customer) -> None:
        """Sell to a customer, and say what they have."""
        self.set_customer(
            customer.id,
            customer.name,
            tax_exempt=customer.tax_exempt,
            group_id=customer.group_id,
        )
        if has := standing(self._till, self._formats, customer.id):
            self.open_cart.say("info", f"{customer.name}: {has}")

    def make_out_to(self, buyer: str) -> None:
        """Make the sale an invoice to a buyer."""
        self.open_cart.change(self.cart.make_out_to(buyer), keep_selection=True)
        self.open_cart.say(
            "info", translate("Sell", "Invoice to {value}", value=buyer.splitlines()[0])
        )

    def add_money(self, line: CartLine) -> None:
        """Sell a gift card, load one, or let a customer pay off what is owed."""
        self._runner.run(self._add_money_flow(line))

    # ------------------------------------------------------------ putting the cart away

    def charge(self, go_on: Callable[[], object]) -> None:
        """Run `go_on` to take payment; asks first while something was not found."""
        if not self.cart.is_empty:
            self._runner.run(self._charge_flow(go_on))

    def hold(self, label: str) -> None:
        """Set the cart aside for any till of the store."""
        try:
            self._till.write(carts.hold, self.cart, label)
        except EvertillError as error:
            self.open_cart.refuse(error)
        else:
            missed = self.state.missed
            self.open_cart.finish()
            words = f" {missed_words(missed)}" if missed else ""
            self.open_cart.say(
                "info",
                translate(
                    "Sell",
                    "On hold: {label}{value}{words}",
                    label=label,
                    value="." if words else "",
                    words=words,
                ),
            )

    def recall(self, held_id: str) -> None:
        """Bring a held cart back; only onto an empty one, so that nothing is mixed up."""
        self._runner.run(self._recall_flow(held_id))

    def cancel_sale(self) -> None:
        """Give the open sale up as a whole; asks first, and nothing brings it back."""
        self._runner.run(self._cancel_flow())

    # ------------------------------------------------------------ flows

    def _ring_code(self, code: str, quantity_milli: int | None) -> Flow:
        scanned = self._till.ask(scanning.read, code)
        if scanned is not None:
            yield from self._ring(scanned, quantity_milli)
        elif coupons.is_coupon(code, self.terms):
            yield from self._coupon(code)
        elif not self._took_badge(code) and not self._took_card(code):
            self._miss(code, quantity_milli)

    def _took_card(self, code: str) -> bool:
        """Whether it is a customer's card, who then buys, or a gift card, which is shown."""
        customer = self._till.ask(customers.by_card, code)
        if customer is not None:
            self.sell_to(customer)
        elif self._till.ask(balances.card_by_code, code) is not None:
            self._ui.show_gift_card(code)
        else:
            return False
        return True

    def _ring_typed(self, entry: Entry, best: str | None) -> Flow:
        scanned = self._till.ask(scanning.read, entry.text)
        if scanned is None and coupons.is_coupon(entry.text, self.terms):
            self._ui.clear_entry()
            yield from self._coupon(entry.text)
            return
        if scanned is None:
            view = self._till.ask(products.view, best) if best is not None else None
            if view is None:
                self._not_found(entry.text)
                return
            scanned = Scanned(view)
        self._ui.clear_entry()
        yield from self._ring(scanned, entry.quantity_milli)

    def _coupon_typed(self) -> Flow:
        code = yield AskText(translate("Sell", "Coupon code"))
        if code is None:
            return
        if not coupons.is_coupon(code, self.terms):
            words = translate("Sell", "No promotion takes the coupon {code}. Check it.", code=code)
            raise Refusal(words)
        yield from self._coupon(code)

    def _coupon(self, code: str) -> Flow:
        before, terms = self.cart, self.terms.at(self._now_us())
        cart = yield from coupons.hand_in(code, before, terms)
        if cart != before:
            self.open_cart.change(cart, keep_selection=True)
            self.open_cart.say("info", coupons.words(code, before, cart, terms, self._formats))

    def _ring_product(self, product_id: str, quantity_milli: int | None) -> Flow:
        view = self._till.ask(products.view, product_id)
        if view is None:
            self.open_cart.say(
                "error", translate("Sell", "This product is no longer in the catalogue.")
            )
            return
        yield from self._ring(Scanned(view), quantity_milli)

    def _ring(self, scanned: Scanned, quantity_milli: int | None) -> Flow:
        """Ask what the product calls for, then add it; or say what it costs."""
        if self.is_checking:
            yield from self._check(scanned)
            return
        self.open_cart.check_may_begin()
        self.open_cart.set(strip=None, price=None)
        lines = yield from self._ringing.lines(scanned, quantity_milli, self.terms)
        if lines:
            yield from self.open_cart.take(self.cart.add(*lines), added=lines[0])

    def _check(self, scanned: Scanned) -> Flow:
        view = yield from self._ringing.variant(scanned.view)
        if view is not None:
            found = replace(scanned, view=view)
            shown = price_of(self._till, self._formats, found, self.cart, self.terms, self._new_id)
            self.open_cart.set(strip=None, price=shown)

    def _ring_open_item(self, code: str, quantity_milli: int) -> Flow:
        self.open_cart.check_may_begin()
        self.open_cart.set(strip=None, price=None)
        line = yield from self._ringing.open_item(code, quantity_milli, self.terms)
        if line is not None:
            self._ui.clear_entry()
            before = self.cart
            yield from self.open_cart.take(self.cart.add(line), added=line)
            if self.cart is not before:
                self.open_cart.set(missed=tuple(left for left in self.state.missed if left != code))

    def _ring_missed(self, code: str, product_id: str) -> Flow:
        pieces, before = max(self.state.missed.count(code), 1), self.cart
        yield from self._ring_product(product_id, pieces * ONE_MILLI)
        if self.cart is not before:
            self.open_cart.set(missed=tuple(left for left in self.state.missed if left != code))

    def _charge_flow(self, go_on: Callable[[], object]) -> Flow:
        missed = self.state.missed
        if not missed or (yield missed_question(missed, self.state.cart.charge)):
            go_on()

    def _cancel_flow(self) -> Flow:
        if self.cart.is_empty:
            self.open_cart.finish()
            self.open_cart.say("info", translate("Sell", "There is no open sale to cancel."))
            return
        view, due_minor = self.state.cart, self.open_cart.totals().total_minor
        words = f"{view.count}, {self._formats.money(due_minor)}"
        sure = yield AskYesNo(
            translate("Sell", "Cancel this sale?"),
            translate("Sell", "{words}. A cancelled sale cannot be brought back.", words=words),
            yes=translate("Sell", "Cancel sale"),
            no=translate("Sell", "Keep sale"),
            icon="alert",
            main=False,
        )
        if not sure:
            return
        approval = yield from need(
            self._till,
            Permission.VOID_LINE,
            translate("Sell", "Cancel sale: {words}", words=words),
            amount_minor=abs(due_minor),
        )
        if approval is None:
            self.open_cart.say("info", translate("Sell", "The sale was not cancelled."))
            return
        self._till.write(
            carts.cancel,
            self.cart,
            approval,
            words=words,
            amount_minor=due_minor,
            name=self.open_cart.name,
        )
        self.open_cart.finish()
        self.open_cart.say("info", translate("Sell", "Sale cancelled."))

    def _add_money_flow(self, line: CartLine) -> Flow:
        self.open_cart.check_may_begin()
        yield from self.open_cart.take(self.cart.add(line, merge=False), added=line)

    def _edit(self, asking: Asking) -> Flow:
        """Take over what a change by hand makes of the cart."""
        change = yield from asking
        if change is None:
            return
        before, at = self.cart, self.state.cart.selected
        cart = change(before)
        self._ui.clear_entry()
        gone = next((line for line in before.lines if not cart.has(line.id)), None)
        if gone is None:
            yield from self.open_cart.take(cart, keep_selection=True)
            return
        yield from self.open_cart.take(cart, select_at=at)
        if self.cart is not before:
            self._voided = before, self.cart
            self.open_cart.set(
                strip=Strip(
                    "info", translate("Sell", "Voided: {name}.", name=gone.name), can_undo=True
                )
            )

    # ------------------------------------------------------------ how it is done

    def _recall_flow(self, held_id: str) -> Flow:
        if not self.cart.is_empty:
            raise Refusal(
                translate("Sell", "Hold or charge this cart first, then recall the other.")
            )
        self.open_cart.check_may_begin()
        cart, words = yield from recall(self._till, held_id, self.terms, self._formats)
        if cart is not None:
            self.open_cart.start_with(cart)
        if words:
            self.open_cart.say("info", words)

    def _with_line(self, change: Callable[[CartLine], Asking]) -> None:
        line = self.selected
        if line is not None:
            self._runner.run(self._edit(change(line)))

    def _miss(self, code: str, quantity_milli: int | None) -> None:
        """Goods are on the counter and not in the cart: said until it is dismissed."""
        if self.is_checking:
            self._not_found(code)
            return
        self._ui.alarm()
        self.open_cart.set(strip=None, missed=add_missed(self.state.missed, code, quantity_milli))

    def _not_found(self, code: str) -> None:
        """What was searched for, or looked up only, is not there."""
        self._ui.beep()
        self.open_cart.set(
            strip=Strip("error", translate("Sell", "Not found: {code}.", code=code), code)
        )
