"""What a cart comes to: price lists, offers, discounts, then taxes; every sum closes.

The order is fixed. A line costs the lowest price that applies to it (``price_lists``); offers take
off what they take (``promotions``); a line's discount is taken off what the offers leave, the
cart's discount off what all of that leaves; what is left is taxed. A price or a discount given by
hand is a person's word: no price list and no offer touches a line whose price was set by hand, and
a discount comes on top of what the offers give, so it never makes a line dearer.

Offers are judged by the moment at which the first thing was scanned. A customer who came in happy
hour pays its prices at the end of the queue, and no total changes by itself while it is paid.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from localdb.domain import offer_plan, price_lists
from localdb.domain.cart import Cart, CartLine
from localdb.domain.money import MILLI
from localdb.domain.offer_sets import Good
from localdb.domain.price_lists import Priced
from localdb.domain.pricing import Saving, spread_discount
from localdb.domain.promotions import Shopper
from localdb.domain.tax import TaxLine, TaxResult, TaxRow, TaxRule, tax_lines, without_tax
from localdb.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class LineTotal:
    """One line's money: ``total_minor`` is ``full_minor`` less ``discount_minor``."""

    line_id: str
    full_minor: int
    discount_minor: int
    """Its savings together, with the sign of ``full_minor``."""
    total_minor: int
    """As printed: with the tax under an included class, without it otherwise."""
    tax_minor: int
    unit_price_minor: int
    """What one unit costs before discounts, by the price list if one applies."""
    list_name: str = ""
    """The price list that gave the unit price; none for the catalogue or a price set by hand."""
    savings: tuple[Saving, ...] = ()
    """Offers, the line's own discount and its part of the cart's, as far as they are not 0."""


@dataclass(frozen=True, slots=True)
class Totals:
    """A cart's money, all in minor units; the lines are in the cart's order."""

    lines: tuple[LineTotal, ...]
    tax_rows: tuple[TaxRow, ...]
    subtotal_minor: int
    """The lines before discounts."""
    discount_minor: int
    tax_minor: int
    """All taxes, contained or added."""
    added_tax_minor: int
    """The taxes that come on top of the line totals."""
    total_minor: int
    """What is due, before cash rounding."""


def totals(cart: Cart, terms: Terms) -> Totals:
    """What the cart comes to under ``terms``; an unknown tax class is a Refusal.

    Each line's money follows from what is in the cart, not from the order of scanning. Every
    choice among the coupons handed in is tried and the cheapest taken, so that none ever makes a
    cart dearer.
    """
    counted = _Counted.of(cart, terms)
    # Ties go to the first: the choice that uses most of the coupons.
    return min(
        (counted.totals(coupons) for coupons in counted.choices()), key=lambda t: t.total_minor
    )


@dataclass(frozen=True, slots=True)
class _Counted:
    """The cart's lines in the order they are priced in, before offers."""

    cart: Cart
    terms: Terms
    places: tuple[int, ...]
    """Where in the cart each of the lines stands."""
    lines: tuple[CartLine, ...]
    rules: tuple[TaxRule | None, ...]
    prices: tuple[Priced, ...]
    full: tuple[int, ...]
    """As on the shelf, also for who pays no tax."""

    @classmethod
    def of(cls, cart: Cart, terms: Terms) -> "_Counted":
        at = cart.began or terms.now
        prices = price_lists.priced(cart.lines, cart.group_id, at)
        full = [
            line.full_at(p.unit_price_minor) for line, p in zip(cart.lines, prices, strict=True)
        ]
        places = sorted(range(len(full)), key=lambda i: _what_it_is(cart.lines[i], full[i]))
        return cls(
            cart,
            terms,
            tuple(places),
            tuple(cart.lines[i] for i in places),
            tuple(terms.taxes.rule(cart.lines[i].tax_class_id) for i in places),
            tuple(prices[i] for i in places),
            tuple(full[i] for i in places),
        )

    def choices(self) -> Iterator[frozenset[str]]:
        """Every choice among the coupons that may stand in another offer's way, most first."""
        open_ = sorted(self._in_question())
        always = frozenset(self.cart.coupons).difference(open_)
        for size in range(len(open_), -1, -1):
            for chosen in combinations(open_, size):
                yield always.union(chosen)

    def totals(self, coupons: frozenset[str]) -> Totals:
        """The cart's money with some of its coupons."""
        savings = self._by_offers(coupons)
        full = list(self.full)
        rules = list(self.rules)
        if self.cart.tax_exempt:
            full = [self._net(i, amount) for i, amount in enumerate(full)]
            savings = [self._net_savings(i, found) for i, found in enumerate(savings)]
            rules = [None] * len(full)
        left = [
            amount - sum(saving.amount_minor for saving in found)
            for amount, found in zip(full, savings, strict=True)
        ]
        self._discount_lines(savings, left)
        self._discount_cart(savings, left)
        taxed = self._taxed(left, rules)
        return self._summed(full, savings, left, taxed)

    # ------------------------------------------------------------ offers

    def _goods(self, sign: int) -> tuple[list[int], list[Good]]:
        """The lines that offers may touch, bought (1) or given back (-1), as offers see them."""
        at = [
            i
            for i, line in enumerate(self.lines)
            if _takes_offers(line) and sign * self.full[i] > 0
        ]
        if sign < 0:
            # In the order in which the same goods would be bought.
            at.sort(key=lambda i: _what_it_is(_mirrored(self.lines[i]), -self.full[i]))
        goods = [
            Good(
                self.lines[i].product_id,
                self.lines[i].category_id,
                sign * self.lines[i].quantity_milli,
                sign * self.full[i],
                sign * _pieces(self.lines[i]),
            )
            for i in at
        ]
        return at, goods

    def _shopper(self, coupons: frozenset[str]) -> Shopper:
        return Shopper(self.cart.began or self.terms.now, self.cart.group_id, coupons)

    def _in_question(self) -> frozenset[str]:
        coupons = frozenset(self.cart.coupons)
        if not coupons or self.cart.discount is not None or self._goods(-1)[1]:
            # What a cart's discount takes off one line depends on all the others, and what a
            # coupon takes off goods that come back makes the cart dearer.
            return coupons
        shopper = self._shopper(coupons)
        return offer_plan.coupons_in_question(self._goods(1)[1], self.terms.offers, shopper)

    def _by_offers(self, coupons: frozenset[str]) -> list[list[Saving]]:
        savings: list[list[Saving]] = [[] for _ in self.lines]
        if not self.terms.offers.offers:
            return savings
        # What comes back without a receipt is worth what it would cost now, offers and all, so
        # that giving back and buying the same comes to nothing.
        for sign in (1, -1):
            at, goods = self._goods(sign)
            found = offer_plan.savings(goods, self.terms.offers, self._shopper(coupons))
            for i, saved in zip(at, found, strict=True):
                savings[i] += [replace(s, amount_minor=sign * s.amount_minor) for s in saved]
        return savings

    # ------------------------------------------------------------ who pays no tax

    def _net(self, i: int, amount_minor: int) -> int:
        return without_tax(amount_minor, self.rules[i], self.lines[i].quantity_milli)

    def _net_savings(self, i: int, savings: list[Saving]) -> list[Saving]:
        """The same savings without the tax in them, each what it takes off the net."""
        net, left = [], self.full[i]
        for saving in savings:
            before, left = left, left - saving.amount_minor
            off = self._net(i, before) - self._net(i, left)
            if off:
                net.append(Saving(saving.kind, saving.name, off, saving.promotion_id))
        return net

    # ------------------------------------------------------------ by hand

    def _discount_lines(self, savings: list[list[Saving]], left: list[int]) -> None:
        for i, line in enumerate(self.lines):
            if line.discount is None or not line.takes_discounts:
                continue
            off = line.discount.off(left[i], rounds_price=self.terms.offers.rounds_price)
            if off:
                left[i] -= off
                savings[i].append(Saving("line", line.discount.name, off))

    def _discount_cart(self, savings: list[list[Saving]], left: list[int]) -> None:
        if self.cart.discount is None:
            return
        shared = [
            amount if line.takes_discounts else 0
            for line, amount in zip(self.lines, left, strict=True)
        ]
        rounds_price = self.terms.offers.rounds_price
        spread = spread_discount(self.cart.discount, shared, rounds_price=rounds_price)
        for i, off in enumerate(spread):
            if off:
                left[i] -= off
                savings[i].append(Saving("cart", self.cart.discount.name, off))

    # ------------------------------------------------------------ sums

    def _taxed(self, left: Sequence[int], rules: Sequence[TaxRule | None]) -> TaxResult:
        lines = [
            TaxLine(amount, rule, line.quantity_milli)
            for line, amount, rule in zip(self.lines, left, rules, strict=True)
        ]
        return tax_lines(lines, self.terms.taxes.rounding, self.terms.taxes.ties)

    def _summed(
        self,
        full: Sequence[int],
        savings: Sequence[Sequence[Saving]],
        left: Sequence[int],
        taxed: TaxResult,
    ) -> Totals:
        found = {
            place: LineTotal(
                line_id=line.id,
                full_minor=full[i],
                discount_minor=full[i] - left[i],
                total_minor=left[i],
                tax_minor=taxed.line_taxes[i],
                unit_price_minor=self.prices[i].unit_price_minor,
                list_name=self.prices[i].list_name,
                savings=tuple(savings[i]),
            )
            for i, (place, line) in enumerate(zip(self.places, self.lines, strict=True))
        }
        return Totals(
            lines=tuple(found[place] for place in range(len(found))),
            tax_rows=taxed.rows,
            subtotal_minor=sum(full),
            discount_minor=sum(full) - sum(left),
            tax_minor=taxed.tax_minor,
            added_tax_minor=taxed.added_minor,
            total_minor=sum(left) + taxed.added_minor,
        )


def _what_it_is(line: CartLine, full_minor: int) -> tuple[object, ...]:
    """All of a line that its money follows from: lines that are alike here are alike in money."""
    discount = line.discount
    return (
        -full_minor,
        line.product_id or "",
        line.tax_class_id or "",
        line.category_id or "",
        line.kind,
        line.unit,
        line.quantity_milli,
        line.unit_price_minor,
        line.list_price_minor,
        line.amount_minor is not None,
        (discount.amount_minor or 0, discount.rate_ppm or 0) if discount else (0, 0),
    )


def _mirrored(line: CartLine) -> CartLine:
    """A line that comes back as the one that would be bought."""
    return replace(line, quantity_milli=-line.quantity_milli)


def _takes_offers(line: CartLine) -> bool:
    """A price set by hand stands, and money in kind is never on offer."""
    by_hand = line.price_changed and line.kind != "open_price"
    return line.takes_discounts and not by_hand


def _pieces(line: CartLine) -> int:
    """Whole pieces of one price, which alone make sets; 0 for anything else."""
    whole = line.unit == "piece" and line.quantity_milli % MILLI == 0 and line.amount_minor is None
    return line.quantity_milli // MILLI if whole else 0
