"""The open cart: immutable, every operation gives a new one, and a line keeps its scanned price."""

import json
from dataclasses import dataclass, replace
from typing import Self, TypeVar

from localdb.domain.cart_json import given, known, typed
from localdb.domain.fields import MINOR_MAX
from localdb.domain.local_time import LocalTime
from localdb.domain.money import divide
from localdb.domain.pricing import Discount, ListPrice, coupon_code, line_amount
from localdb.errors import Refusal

C = TypeVar("C", bound="Cart")
LINES_MAX = 1200
"""With its stock movements, taxes and payments such a sale still fits one op group."""
QUANTITY_MAX_MILLI = 9_999_000
CART_MAX_MINOR = 5 * 10**13
"""What the lines of one sale come to at most, and each of them, in the weakest currency: so a sale
with all its taxes fits the bounds of its records. What is merely odd is asked about by the till."""
NAME_MAX = 255
NOTE_MAX = 4000
DAY_MAX = 99991231
COUPONS_MAX = 5
"""Coupon codes in one sale: every choice among them is tried, see ``totals.totals``."""
COUPON_MAX = 64
MONEY_LINES = ("gift_card", "account_payment")
"""Kinds of lines that are money for money: never discounted nor taxed (a voucher for many things
is taxed when it pays, EU directive 2006/112 article 30b), and they earn no points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLine:
    """One line of a cart.

    ``amount_minor``, when given, is the line's authoritative price before discounts, over quantity
    times ``unit_price_minor``: labels with an embedded price, and baskets whose line totals are
    not a multiple of a whole unit price.
    """

    id: str
    product_id: str | None = None
    name: str
    sku: str = ""
    barcode: str = ""
    kind: str = "normal"
    unit: str = "piece"
    quantity_milli: int = 1000
    """Thousandths, never 0; negative for goods that come back."""
    unit_price_minor: int
    """As it was when scanned, or as a cashier set it."""
    list_price_minor: int
    """As the catalogue had it."""
    tax_class_id: str | None = None
    linked_to: str | None = None
    """The line whose quantity this one follows: a bottle's deposit."""
    min_age: int = 0
    discount: Discount | None = None
    note: str = ""
    amount_minor: int | None = None
    account_id: str | None = None
    """Of a money line: the gift card that is sold or loaded, the customer who pays off."""
    category_id: str | None = None
    lot: str = ""
    expires_day: int = 0
    """YYYYMMDD, of goods whose code says it; 0 for none."""
    prices: tuple[ListPrice, ...] = ()
    """Other prices of the product when it was scanned; see ``price_lists``."""

    @property
    def full_minor(self) -> int:
        """What the line costs at its own price, before price lists and discounts."""
        return self.full_at(self.unit_price_minor)

    def full_at(self, unit_price_minor: int) -> int:
        """What the line costs at a unit price; an authoritative amount stands."""
        if self.amount_minor is not None:
            return self.amount_minor
        return line_amount(self.quantity_milli, unit_price_minor)

    @property
    def price_changed(self) -> bool:
        return self.unit_price_minor != self.list_price_minor

    @property
    def is_money(self) -> bool:
        """Whether it sells money, not goods: a gift card, or what was owed."""
        return self.kind in MONEY_LINES

    @property
    def takes_discounts(self) -> bool:
        """A deposit is handed back in full, as is money, so neither is ever discounted."""
        return self.kind != "deposit" and not self.is_money

    @property
    def is_at_list_price(self) -> bool:
        """Whether the catalogue's price stands, set neither by hand nor by a label."""
        return not self.price_changed and self.amount_minor is None and self.kind != "open_price"

    def with_quantity(self, quantity_milli: int) -> Self:
        """The line in another quantity; an authoritative amount changes in proportion."""
        amount = self.amount_minor
        if amount is not None:
            amount = divide(amount * quantity_milli, self.quantity_milli)
        return replace(self, quantity_milli=quantity_milli, amount_minor=amount)

    def takes(self, scanned: "CartLine") -> bool:
        """Whether ``scanned`` is one more of the same untouched thing, counted in pieces."""
        if self.product_id is None or self.unit != "piece" or self.kind == "open_price":
            return False
        same = replace(scanned, id=self.id, quantity_milli=self.quantity_milli)
        plain = self.discount is None and self.amount_minor is None and not self.note
        return plain and same == self and (self.quantity_milli > 0) == (scanned.quantity_milli > 0)


@dataclass(frozen=True, slots=True)
class Cart:
    """What a customer is about to pay for; holds no totals (see ``totals.totals``)."""

    lines: tuple[CartLine, ...] = ()
    discount: Discount | None = None
    customer_id: str | None = None
    customer_name: str = ""
    tax_exempt: bool = False
    note: str = ""
    group_id: str | None = None
    """The customer's group, for its prices and offers."""
    held_cart_id: str | None = None
    """The held cart that it was recalled from; gone with its last line."""
    coupons: tuple[str, ...] = ()
    """Codes of coupons handed in, in capitals."""
    buyer: str = ""
    """Whom the invoice is made out to (``invoice.buyer_text``); none for a plain receipt."""
    began_day: int = 0
    """Local date when the first thing was scanned (YYYYMMDD), 0 when nobody noted it."""
    began_min: int = 0

    @property
    def began(self) -> LocalTime | None:
        """When the first thing was scanned, by the shop's wall clock: what offers are judged by."""
        return LocalTime(self.began_day, self.began_min) if self.began_day else None

    @property
    def is_empty(self) -> bool:
        return not self.lines

    @property
    def min_age(self) -> int:
        """The age a customer must have for all of it, in years."""
        return max((line.min_age for line in self.lines), default=0)

    def has(self, line_id: str) -> bool:
        """Whether the line with that id is still there."""
        return any(line.id == line_id for line in self.lines)

    def line(self, line_id: str) -> CartLine:
        """The line with that id; one that is gone is a Refusal."""
        for line in self.lines:
            if line.id == line_id:
                return line
        raise Refusal("That line is no longer in the cart.")

    def add(self, line: CartLine, *linked: CartLine, merge: bool = True) -> Self:
        """The cart with one more line, and the deposits that go with it.

        With ``merge``, the last identical untouched line counted in pieces takes the quantity
        instead. Refuses absurd quantities and prices, and a line beyond ``LINES_MAX``.
        """
        if merge:
            for held in reversed(self.lines):
                if held.takes(line):
                    return self.set_quantity(held.id, held.quantity_milli + line.quantity_milli)
        added = (line, *(replace(deposit, linked_to=line.id) for deposit in linked))
        if len(self.lines) + len(added) > LINES_MAX:
            raise Refusal(
                f"A sale holds at most {LINES_MAX} lines. Charge this one and start another."
            )
        for new in added:
            check_line(new)
        return _checked(replace(self, lines=self.lines + added))

    def set_quantity(self, line_id: str, quantity_milli: int) -> Self:
        """The cart with a line in another quantity; its deposits follow in proportion."""
        line = self.line(line_id)
        if line.linked_to is not None:
            raise Refusal("A deposit follows its item. Change the item's quantity instead.")
        if line.is_money:
            raise Refusal("One line is one card. Change the amount, or void the line.")
        lines = {line_id: line.with_quantity(quantity_milli)}
        for deposit in self.lines:
            if deposit.linked_to == line_id:
                follows = divide(deposit.quantity_milli * quantity_milli, line.quantity_milli)
                lines[deposit.id] = deposit.with_quantity(follows)
        return self._replaced(lines)

    def set_price(self, line_id: str, unit_price_minor: int) -> Self:
        """The cart with a line at another unit price, 0 or more."""
        line = self.line(line_id)
        return self._replaced(
            {line_id: replace(line, unit_price_minor=unit_price_minor, amount_minor=None)}
        )

    def discount_line(self, line_id: str, discount: Discount | None) -> Self:
        """The cart with a discount on one line; None takes it off again."""
        line = self.line(line_id)
        if line.is_money and discount is not None:
            raise Refusal("Gift cards and account payments can't be discounted.")
        if not line.takes_discounts and discount is not None:
            raise Refusal("A deposit is refunded in full and cannot be discounted.")
        return self._replaced({line_id: replace(line, discount=discount)})

    def note_line(self, line_id: str, note: str) -> Self:
        """The cart with a note on one line, at most 4,000 characters."""
        return self._replaced({line_id: replace(self.line(line_id), note=note)})

    def void_line(self, line_id: str) -> Self:
        """The cart without a line and the deposits that follow it."""
        gone = self.line(line_id).id
        kept = tuple(line for line in self.lines if gone not in (line.id, line.linked_to))
        # What is rung up after the last line went has nothing to do with what was on hold.
        return replace(self, lines=kept, held_cart_id=self.held_cart_id if kept else None)

    def only(self, line: CartLine) -> Self:
        """One line alone for the same customer, to see what it costs; nothing by hand."""
        return replace(self, lines=(line,), discount=None)

    def discount_cart(self, discount: Discount | None) -> Self:
        """The cart with a discount on all of it; None takes it off again."""
        return replace(self, discount=discount)

    def set_customer(
        self,
        customer_id: str | None,
        name: str = "",
        *,
        tax_exempt: bool = False,
        group_id: str | None = None,
    ) -> Self:
        """The cart for a customer; None for nobody in particular."""
        return replace(
            self,
            customer_id=customer_id,
            customer_name=name,
            tax_exempt=tax_exempt,
            group_id=group_id,
        )

    def begin(self, at: LocalTime | None) -> Self:
        """The cart as begun at a moment by the wall clock; None forgets it."""
        day, minute = (at.day, at.minute) if at else (0, 0)
        return replace(self, began_day=day, began_min=minute)

    def add_coupon(self, code: str) -> Self:
        """The cart with a coupon handed in; refuses one that is there, and too many."""
        code = coupon_code(code)
        if not 1 <= len(code) <= COUPON_MAX:
            raise Refusal(f"A coupon code has 1 to {COUPON_MAX} characters.")
        if code in self.coupons:
            raise Refusal(f"Coupon {code} is already in this cart.")
        if len(self.coupons) >= COUPONS_MAX:
            raise Refusal(f"A sale takes at most {COUPONS_MAX} coupons.")
        return replace(self, coupons=(*self.coupons, code))

    def remove_coupon(self, code: str) -> Self:
        """The cart without a coupon."""
        kept = tuple(held for held in self.coupons if held != coupon_code(code))
        return replace(self, coupons=kept)

    def make_out_to(self, buyer: str) -> Self:
        """The cart with the buyer that its invoice names; none for a plain receipt."""
        return replace(self, buyer=buyer)

    def set_note(self, note: str) -> Self:
        """The cart with a note, at most 4,000 characters."""
        if len(note) > NOTE_MAX:
            raise Refusal(f"A note holds at most {NOTE_MAX} characters. Shorten it.")
        return replace(self, note=note)

    def to_json(self) -> str:
        """The cart as compact JSON; what holds its default is left out."""
        body = {**given(self), "lines": [given(line) for line in self.lines]}
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The cart in a JSON text, also one that a newer program wrote.

        Raises ValueError for anything else, Refusal for absurd amounts.
        """
        try:
            body = known(cls, json.loads(text))
            body["lines"] = tuple(typed(CartLine(**known(CartLine, n))) for n in body["lines"])
            cart = cls(**body)
            typed(cart)
            _check_whole(cart)
        except (TypeError, KeyError, RecursionError) as error:
            raise ValueError("this is not a cart") from error
        for line in cart.lines:
            check_line(line)
        return _checked(cart)

    def _replaced(self, lines: dict[str, CartLine]) -> Self:
        for line in lines.values():
            check_line(line)
        changed = tuple(lines.get(line.id, line) for line in self.lines)
        return _checked(replace(self, lines=changed))


def odd_line(before: Cart, after: Cart, odd_minor: int) -> CartLine | None:
    """The first line that became so dear in ``after`` that a till asks whether it is right."""
    held = {line.id: abs(line.full_minor) for line in before.lines}
    for line in after.lines:
        if abs(line.full_minor) >= odd_minor and abs(line.full_minor) > held.get(line.id, 0):
            return line
    return None


def free_line(before: Cart, after: Cart) -> CartLine | None:
    """The first line of ``after`` that newly costs nothing although it has a price, or a label.

    What the catalogue gives away costs nothing on purpose.
    """
    held = {line.id: line for line in before.lines}
    for line in after.lines:
        is_free = line.full_minor == 0 and (line.unit_price_minor > 0 or line.amount_minor == 0)
        was = held.get(line.id)
        if is_free and (was is None or was.full_minor != 0):
            return line
    return None


def _checked(cart: C) -> C:
    """The cart; refuses one that comes to more than a sale can hold."""
    if sum(abs(line.full_minor) for line in cart.lines) > CART_MAX_MINOR:
        raise Refusal("This cart's total looks too high. Check the quantities and the prices.")
    return cart


def check_line(line: CartLine) -> None:
    """Refuse what no cashier means: an absurd quantity, price or text."""
    if line.quantity_milli == 0:
        raise Refusal("The quantity cannot be 0. Void the line instead.")
    if abs(line.quantity_milli) > QUANTITY_MAX_MILLI:
        raise Refusal("That quantity is too high: 9,999 at most. Check it and try again.")
    if not 0 <= line.unit_price_minor <= MINOR_MAX:
        raise Refusal("The price is below 0 or too high. Check it and try again.")
    if abs(line.full_minor) > CART_MAX_MINOR:
        raise Refusal("That line's total looks too high. Check the quantity and the price.")
    if not 1 <= len(line.name) <= NAME_MAX:
        raise Refusal(f"Enter a name of 1 to {NAME_MAX} characters.")
    if len(line.note) > NOTE_MAX:
        raise Refusal(f"A note holds at most {NOTE_MAX} characters. Shorten it.")
    if len(line.lot) > NAME_MAX or not 0 <= line.expires_day <= DAY_MAX:
        raise Refusal("The lot or the date of expiry cannot be right. Scan the item again.")
    if not all(0 <= price.price_minor <= MINOR_MAX for price in line.prices):
        raise Refusal("The price in a price list is below 0 or too high. Call a manager.")


def _check_whole(cart: Cart) -> None:
    """Raise ValueError where fields are what they say and still make no sense together."""
    if cart.began is not None and not 0 <= cart.began.minute < 1440:
        raise ValueError("a cart begins on a day at a minute")
    if cart.began is not None:
        # A day that is in no calendar raises here, not when an offer looks for its weekday.
        cart.began.day_before()
    if len(cart.coupons) > COUPONS_MAX or any(len(code) > COUPON_MAX for code in cart.coupons):
        raise ValueError("too many coupons for a cart")
