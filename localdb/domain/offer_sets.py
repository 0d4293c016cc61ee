"""One offer on the goods that are still free: the sets it makes and what they save."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from localdb.domain.money import MILLI, allocate, divide, percent_off
from localdb.domain.promotions import Offer


@dataclass(frozen=True, slots=True)
class Good:
    """A line of a cart that offers may price down."""

    product_id: str | None
    category_id: str | None
    quantity_milli: int
    amount_minor: int
    """What it costs before offers, above 0."""
    pieces: int
    """How many whole pieces of one price it is; 0 for what is not counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """An offer that holds, and the goods of the cart that each of its targets names."""

    offer: Offer
    places: tuple[tuple[int, ...], ...]
    goods: tuple[int, ...]
    """All of them, each once, in order."""


class _Sets(NamedTuple):
    """Some equal sets of one offer: what is in each and what each saves."""

    times: int
    taken: tuple[tuple[int, int], ...]
    """A good and how many pieces of it."""
    saving_minor: int


@dataclass(frozen=True, slots=True)
class Applied:
    """What an offer takes off, per good, and the pieces it uses up."""

    wish: Wish
    off: dict[int, int]
    taken: dict[int, int]

    @property
    def saving_minor(self) -> int:
        return sum(self.off.values())


@dataclass(slots=True)
class Free:
    """What of a good is still free for an offer."""

    pieces: int
    """1 for what is not counted: it goes into an offer as a whole."""
    amount_minor: int
    full_minor: int
    """Before offers."""

    @property
    def price_minor(self) -> int:
        return self.amount_minor // self.pieces


Shelf = dict[int, Free]
Worth = Callable[[int, int], int]


def nothing(_good: int, _pieces: int) -> int:
    return 0


def apply(
    wish: Wish, shelf: Shelf, goods: Sequence[Good], worth: Worth = nothing
) -> Applied | None:
    """What an offer saves on a shelf; None where that is no more than its goods are worth."""
    if wish.offer.is_plain:
        found = each_best([wish], shelf, goods)
        return found[0] if found else None
    if wish.offer.promotion.kind == "spend":
        return _spent(wish, shelf, worth)
    return _in_sets(wish, shelf, worth, goods)


def each_best(wishes: Sequence[Wish], shelf: Shelf, goods: Sequence[Good]) -> list[Applied]:
    """Each good's best rate or amount, the first of equal ones."""
    best: dict[int, tuple[int, int]] = {}
    for number, wish in enumerate(wishes):
        for i in wish.goods:
            if i in shelf:
                off = _off_each(wish, shelf[i], goods[i], shelf[i].pieces)
                if off > best.get(i, (0, 0))[0]:
                    best[i] = (off, number)
    applied = [Applied(wish, {}, {}) for wish in wishes]
    for i in sorted(best):
        off, number = best[i]
        applied[number].off[i] = off
        applied[number].taken[i] = shelf[i].pieces
    return [one for one in applied if one.off]


def _off_each(wish: Wish, free: Free, good: Good, pieces: int) -> int:
    """What a rate, or an amount a unit, takes off some pieces of a good."""
    promotion = wish.offer.promotion
    amount = free.amount_minor if pieces == free.pieces else free.price_minor * pieces
    if promotion.kind == "percent":
        return _percent(wish, amount)
    if good.pieces:
        return min(promotion.amount_minor * pieces, amount)
    return min(divide(promotion.amount_minor * good.quantity_milli, MILLI), amount)


def _percent(wish: Wish, amount_minor: int) -> int:
    offer = wish.offer
    rate = offer.promotion.rate_ppm
    return percent_off(amount_minor, rate, rounds_price=offer.rounds_price)


def _spent(wish: Wish, shelf: Shelf, worth: Worth) -> Applied | None:
    """An offer on what is spent: it counts prices before offers, and uses up all it counts."""
    promotion = wish.offer.promotion
    goods = [i for i in wish.goods if i in shelf]
    counted = sum(shelf[i].full_minor for i in goods)
    amounts = [shelf[i].amount_minor for i in goods]
    if not goods or counted < promotion.spend_minor:
        return None
    if promotion.rate_ppm:
        saving = _percent(wish, sum(amounts))
    else:
        times = counted // promotion.spend_minor if promotion.spend_minor else 1
        times = min(times, promotion.times_max) if promotion.times_max else times
        saving = min(promotion.amount_minor * times, sum(amounts))
    if saving <= sum(worth(i, shelf[i].pieces) for i in goods):
        return None
    off = dict(zip(goods, allocate(saving, amounts), strict=True))
    return Applied(wish, off, {i: shelf[i].pieces for i in goods})


def _in_sets(wish: Wish, shelf: Shelf, worth: Worth, goods: Sequence[Good]) -> Applied | None:
    """Make the sets of an offer that save more than their goods are worth by themselves."""

    def gain(sets: _Sets) -> int:
        return sets.saving_minor - sum(worth(i, pieces) for i, pieces in sets.taken)

    made = [sets for sets in _sets(wish, shelf, goods) if sets.saving_minor > 0 and gain(sets) > 0]
    limit = wish.offer.promotion.times_max
    if limit and wish.offer.promotion.kind != "cheapest_free":
        made = list(_limited(sorted(made, key=gain, reverse=True), limit))
    if not made:
        return None
    taken: dict[int, int] = {}
    for sets in made:
        for i, pieces in sets.taken:
            taken[i] = taken.get(i, 0) + pieces * sets.times
    used = sorted(taken)
    weights = [_amount_of(shelf[i], taken[i]) for i in used]
    saving = sum(sets.times * sets.saving_minor for sets in made)
    return Applied(wish, dict(zip(used, allocate(saving, weights), strict=True)), taken)


def _amount_of(free: Free, pieces: int) -> int:
    return free.amount_minor if pieces == free.pieces else free.price_minor * pieces


def _limited(made: Iterable[_Sets], limit: int) -> Iterator[_Sets]:
    for sets in made:
        if limit:
            yield sets._replace(times=min(sets.times, limit))
            limit -= min(sets.times, limit)


def _sets(wish: Wish, shelf: Shelf, goods: Sequence[Good]) -> Iterator[_Sets]:
    """The sets that an offer could make, the dearest goods first."""
    promotion = wish.offer.promotion
    if promotion.kind in ("percent", "amount"):
        for i in (i for i in wish.goods if i in shelf):
            yield _Sets(shelf[i].pieces, ((i, 1),), _off_each(wish, shelf[i], goods[i], 1))
        return
    counted = {i: shelf[i].pieces for i in wish.goods if i in shelf and goods[i].pieces}
    prices = {i: shelf[i].price_minor for i in counted}
    if promotion.kind == "bundle":
        yield from _bundles(wish, counted, prices)
        return
    dearest = sorted(counted, key=lambda i: (-prices[i], i))
    if promotion.take < 1:
        return
    if promotion.kind == "cheapest_free":
        yield from _cheapest_free(wish, dearest[::-1], counted, prices)
        return
    for times, taken in _groups([(i, counted[i]) for i in dearest], promotion.take):
        yield _Sets(times, taken, _saved(wish, taken, prices))


def _saved(wish: Wish, taken: Sequence[tuple[int, int]], prices: dict[int, int]) -> int:
    """What one set saves; its goods come dearest first."""
    promotion = wish.offer.promotion
    if promotion.kind == "n_for_m":
        return _cheapest(taken[::-1], promotion.take - promotion.pay, prices)
    return sum(prices[i] * pieces for i, pieces in taken) - promotion.amount_minor


def _cheapest(runs: Iterable[tuple[int, int]], pieces: int, prices: dict[int, int]) -> int:
    """What the first so many pieces cost."""
    cost = 0
    for i, there in runs:
        used = max(min(there, pieces), 0)
        cost, pieces = cost + used * prices[i], pieces - used
    return cost


def _groups(
    runs: Iterable[tuple[int, int]], size: int
) -> Iterator[tuple[int, tuple[tuple[int, int], ...]]]:
    """Pieces in groups of one size, in order: how many equal groups, and what is in each."""
    begun: list[tuple[int, int]] = []
    missing = size
    for i, pieces in runs:
        if begun:
            used = min(missing, pieces)
            begun.append((i, used))
            missing, pieces = missing - used, pieces - used
            if missing:
                continue
            yield 1, tuple(begun)
            begun, missing = [], size
        if pieces >= size:
            yield pieces // size, ((i, size),)
        if pieces % size:
            begun, missing = [(i, pieces % size)], size - pieces % size


def _cheapest_free(
    wish: Wish, cheapest: Sequence[int], counted: dict[int, int], prices: dict[int, int]
) -> Iterator[_Sets]:
    """As many of the cheapest as there are whole sets, all in one set, for they go together."""
    promotion = wish.offer.promotion
    free = sum(counted.values()) // promotion.take
    free = min(free, promotion.times_max) if promotion.times_max else free
    runs = [(i, counted[i]) for i in cheapest]
    used, missing = [], free * promotion.take
    for i, pieces in runs:
        if missing:
            used.append((i, min(pieces, missing)))
            missing -= min(pieces, missing)
    if free:
        yield _Sets(1, tuple(used), _cheapest(runs, free, prices))


def _bundles(wish: Wish, counted: dict[int, int], prices: dict[int, int]) -> Iterator[_Sets]:
    """Bundles of the dearest goods of each target, until one of the targets runs out."""
    left = dict(counted)
    places = [
        # The dearest last, where what is used up is dropped.
        sorted((i for i in place if i in left), key=lambda i: (prices[i], -i))
        for place in wish.places
    ]
    while taken := _bundle(wish, places, left):
        times = min(left[i] // pieces for i, pieces in taken.items())
        cost = sum(prices[i] * pieces for i, pieces in taken.items())
        saving = cost - wish.offer.promotion.amount_minor
        yield _Sets(times, tuple(sorted(taken.items())), saving)
        for i, pieces in taken.items():
            left[i] -= times * pieces


def _bundle(wish: Wish, places: Sequence[list[int]], left: dict[int, int]) -> dict[int, int]:
    """The dearest bundle of what is left; nothing when a target has not enough."""
    taken: dict[int, int] = {}
    for place, target in zip(places, wish.offer.targets, strict=True):
        while place and not left[place[-1]]:
            place.pop()
        missing = target.quantity
        for i in reversed(place):
            used = min(left[i] - taken.get(i, 0), missing)
            if used:
                taken[i] = taken.get(i, 0) + used
                missing -= used
            if not missing:
                break
        if missing:
            return {}
    return taken
