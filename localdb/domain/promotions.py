"""Offers that price a cart down by themselves.

What each kind does, to the goods its targets name (all goods when it names none):

``percent``        a rate off each line
``amount``         an amount off each piece, kilogram or litre
``n_for_m``        of each ``take`` pieces ``pay`` are paid, the cheapest of them are free; sets are
                   made of the dearest first, which is best for the customer
``n_for_price``    each ``take`` pieces for ``amount_minor``, the dearest first
``bundle``         ``quantity`` pieces of every target together for ``amount_minor``
``cheapest_free``  for each ``take`` pieces in the cart one is free, and it is the cheapest of all
``spend``          a rate once, or an amount for each time that ``spend_minor`` was spent on them

Only whole pieces make sets; what is weighed, measured or priced by its label counts for
``percent``, ``amount`` and ``spend``. ``times_max`` limits how many sets are made, how many pieces
or weighed lines get a rate or an amount, how many times an amount comes off what was spent.
Deposits, gift cards and prices set by hand have no part in any offer. Goods that come back without
a receipt are worth what they would cost now: they are looked at apart from what is bought.

Where offers meet (``ShopSettings.offers``):

``best``   each piece takes part in one offer at most. What a piece saves by its best rate or amount
           is the measure: a set is made only where its goods save more together. Up to
           ``TRIED_MAX`` offers that want the same goods are tried in every order; of more the one
           that gains most goes first, again and again. An offer on whatever is spent in the shop
           is tried before all others and after them. The cheapest outcome of these stands, and
           it is never worse than any one offer alone.
``stack``  offers marked stackable apply by their priority, each to what the ones before it left;
           the others share out, as above, the goods that no stackable offer touched, or come
           first, whichever saves more.

Nothing depends on the order of scanning. Goods are looked at in an order that follows from what
they are and cost, and equal goods are equal.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from localdb.domain.local_time import LocalTime
from localdb.domain.pricing import coupon_code
from localdb.domain.records import Promotion

TRIED_MAX = 4


@dataclass(frozen=True, slots=True)
class Target:
    """A group of goods; one that names nothing means all goods."""

    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    quantity: int = 1
    """Pieces of it in a bundle."""

    @property
    def is_all(self) -> bool:
        return not self.products and not self.categories


@dataclass(frozen=True, slots=True)
class Offer:
    """A promotion, its targets read."""

    promotion: Promotion
    targets: tuple[Target, ...]
    rounds_price: bool = True
    """As ``Offers`` has it."""

    @property
    def rank(self) -> tuple[int, str]:
        """The order in which offers are looked at and in which stackable ones apply."""
        return self.promotion.priority, self.promotion.id

    @property
    def coupon(self) -> str:
        """The code that opens it, as it is kept by a cart; nothing for an offer to everybody."""
        return coupon_code(self.promotion.coupon_code)

    @property
    def is_plain(self) -> bool:
        """Whether it takes something off each piece by itself, however many there are."""
        return self.promotion.kind in ("percent", "amount") and not self.promotion.times_max

    @property
    def is_on_all(self) -> bool:
        """Whether it is about what is spent, on whatever goods."""
        return self.promotion.kind == "spend" and any(target.is_all for target in self.targets)


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who buys, when, and with which coupons in hand."""

    at: LocalTime
    group_id: str | None = None
    coupons: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Offers:
    """The promotions of a store, found by the goods they are for."""

    offers: tuple[Offer, ...] = ()
    stack: bool = False
    by_product: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    """Product id -> the number of an offer and of its target."""
    by_category: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    for_all: tuple[tuple[int, int], ...] = ()
    rounds_price: bool = True
    """Whether a percentage, of an offer or by hand, rounds the price; see ``money.percent_off``."""

    @classmethod
    def of(
        cls,
        promotions: Iterable[Promotion],
        store_id: str,
        *,
        stack: bool = False,
        rounds_price: bool = True,
    ) -> Self:
        """The offers of a store; one that cannot be read is left out."""
        ours = (p for p in promotions if not p.deleted and p.active)
        read = (_read(p) for p in ours if p.store_id in (None, store_id))
        known = (replace(o, rounds_price=rounds_price) for o in read if o is not None)
        offers = tuple(sorted(known, key=lambda offer: offer.rank))
        by_product: dict[str, list[tuple[int, int]]] = {}
        by_category: dict[str, list[tuple[int, int]]] = {}
        for_all = []
        for number, offer in enumerate(offers):
            for place, target in enumerate(offer.targets):
                for product_id in target.products:
                    by_product.setdefault(product_id, []).append((number, place))
                for category_id in target.categories:
                    by_category.setdefault(category_id, []).append((number, place))
                if target.is_all:
                    for_all.append((number, place))
        return cls(
            offers, stack, _frozen(by_product), _frozen(by_category), tuple(for_all), rounds_price
        )

    def wanting(
        self, product_id: str | None, category_id: str | None
    ) -> tuple[tuple[int, int], ...]:
        """The offers, and which target of each, that a thing belongs to."""
        by_product = self.by_product.get(product_id or "", ())
        return by_product + self.by_category.get(category_id or "", ()) + self.for_all

    def with_coupon(self, code: str) -> list[Offer]:
        """The offers that a coupon code opens."""
        return [offer for offer in self.offers if code and offer.coupon == code]


def is_on(promotion: Promotion, shopper: Shopper) -> bool:
    """Whether an offer holds for a shopper."""
    return (
        (not promotion.coupon_code or coupon_code(promotion.coupon_code) in shopper.coupons)
        and promotion.group_id in (None, shopper.group_id)
        and is_time(promotion, shopper.at)
    )


def is_time(promotion: Promotion, at: LocalTime) -> bool:
    """Whether an offer runs at a moment.

    Hours over midnight belong to the day on which they begin: from 22:00 to 02:00 on Fridays holds
    early on Saturday, also when Friday is the offer's last day.
    """
    begins, ends = promotion.from_min, promotion.until_min
    if begins < ends:
        inside, day = begins <= at.minute < ends, at
    else:
        inside = at.minute >= begins or at.minute < ends
        day = at if at.minute >= begins else at.day_before()
    return (
        inside
        and day.is_within(promotion.starts_day, promotion.ends_day)
        and bool(promotion.weekdays & day.weekday_bit)
    )


def problems_of(promotion: Promotion) -> dict[str, str]:
    """Field -> what is wrong with it: what an offer of its kind needs, and days in order."""
    wrong = _wrong_kind(promotion)
    if promotion.ends_day and promotion.ends_day < promotion.starts_day:
        wrong["ends_day"] = "is before the first day"
    if not promotion.weekdays:
        wrong["weekdays"] = "must name a day"
    try:
        targets = targets_of(promotion.targets)
    except ValueError:
        return wrong | {"targets": "cannot be read"}
    if promotion.kind == "bundle" and sum(target.quantity for target in targets) < 2:
        wrong["targets"] = "must name at least two pieces"
    return wrong


def _wrong_kind(promotion: Promotion) -> dict[str, str]:
    wrong = {}
    kind = promotion.kind
    if kind == "percent" and not promotion.rate_ppm:
        wrong["rate_ppm"] = "must be more than 0"
    if kind in ("amount", "n_for_price", "bundle") and not promotion.amount_minor:
        wrong["amount_minor"] = "must be more than 0"
    if kind in ("n_for_m", "n_for_price", "cheapest_free") and promotion.take < 2:
        wrong["take"] = "must be 2 or more"
    if kind == "n_for_m" and not 0 < promotion.pay < promotion.take:
        wrong["pay"] = "must be at least 1 and less than are taken"
    if kind == "spend" and bool(promotion.rate_ppm) == bool(promotion.amount_minor):
        wrong["amount_minor"] = "must be given, or else a rate"
    return wrong


def targets_json(targets: Iterable[Target]) -> str:
    """Targets as a ``Promotion`` keeps them."""
    return json.dumps(
        [
            {
                "products": sorted(target.products),
                "categories": sorted(target.categories),
                "quantity": target.quantity,
            }
            for target in targets
        ],
        separators=(",", ":"),
    )


def targets_of(text: str) -> tuple[Target, ...]:
    """The targets in the JSON of a ``Promotion``; raises ValueError for anything else."""
    try:
        return tuple(_target(body) for body in json.loads(text)) or (Target(),)
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError("these are no targets of an offer") from error


def _target(body: dict[str, Any]) -> Target:
    products, categories = body.get("products", []), body.get("categories", [])
    quantity = body.get("quantity", 1)
    if not isinstance(quantity, int) or quantity < 1:
        raise ValueError("a target's quantity is a whole number from 1")
    if not all(isinstance(id_, str) for id_ in (*products, *categories)):
        raise TypeError("a target names ids")
    return Target(frozenset(products), frozenset(categories), quantity)


def _read(promotion: Promotion) -> Offer | None:
    try:
        return Offer(promotion, targets_of(promotion.targets))
    except ValueError:
        return None


def _frozen(
    places: Mapping[str, Sequence[tuple[int, int]]],
) -> dict[str, tuple[tuple[int, int], ...]]:
    return {key: tuple(found) for key, found in places.items()}
