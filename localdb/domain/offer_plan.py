"""Which goods of a cart go into which offer, and what that saves: the rules of ``promotions``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import permutations

from localdb.domain.offer_sets import Applied, Free, Good, Shelf, Wish, Worth, apply, each_best
from localdb.domain.pricing import Saving
from localdb.domain.promotions import TRIED_MAX, Offers, Shopper, is_on


def savings(goods: Sequence[Good], offers: Offers, shopper: Shopper) -> list[tuple[Saving, ...]]:
    """What the offers take off each of the goods, given in an order that no cashier influences."""
    wishes = _wishes(goods, offers, shopper)
    if not wishes:
        return [()] * len(goods)
    plan = _Planner(goods, wishes).plan(stack=offers.stack)
    off: list[dict[str, Saving]] = [{} for _ in goods]
    for applied in plan.applied:
        promotion = applied.wish.offer.promotion
        for i, minor in applied.off.items():
            before = off[i].get(promotion.id)
            minor += before.amount_minor if before else 0
            if minor:
                off[i][promotion.id] = Saving("promotion", promotion.name, minor, promotion.id)
    return [tuple(found.values()) for found in off]


def coupons_in_question(goods: Sequence[Good], offers: Offers, shopper: Shopper) -> frozenset[str]:
    """Those of a shopper's coupons whose offers want goods that another offer wants too.

    Any other coupon takes something off or nothing, whatever else is chosen.
    """
    wishes = _wishes(goods, offers, shopper) if shopper.coupons else []
    shared = (wish for together in _sharing(wishes) if len(together) > 1 for wish in together)
    codes = (wish.offer.coupon for wish in shared)
    return frozenset(code for code in codes if code)


@dataclass(frozen=True, slots=True)
class _Plan:
    applied: tuple[Applied, ...] = ()

    @property
    def saving_minor(self) -> int:
        return sum(applied.saving_minor for applied in self.applied)


def _wishes(goods: Sequence[Good], offers: Offers, shopper: Shopper) -> list[Wish]:
    """The offers that hold and find some of their goods, by their rank."""
    found: dict[int, dict[int, list[int]]] = {}
    for i, good in enumerate(goods):
        for number, place in offers.wanting(good.product_id, good.category_id):
            # A target may name a thing and its category.
            held = found.setdefault(number, {}).setdefault(place, [])
            if not held or held[-1] != i:
                held.append(i)
    wishes = []
    for number in sorted(found):
        offer, places = offers.offers[number], found[number]
        if is_on(offer.promotion, shopper):
            named = tuple(tuple(places.get(n, ())) for n in range(len(offer.targets)))
            wishes.append(Wish(offer, named, tuple(sorted({i for p in named for i in p}))))
    return wishes


@dataclass(slots=True)
class _Planner:
    """Finds the plan for some goods and the offers that want them."""

    goods: Sequence[Good]
    wishes: Sequence[Wish]

    def plan(self, *, stack: bool) -> _Plan:
        """The plan that saves most of those the rules look at."""
        found = ((wish, apply(wish, self._shelf(wish.goods), self.goods)) for wish in self.wishes)
        # What finds no set on all of its goods finds none on fewer.
        single = {wish: applied for wish, applied in found if applied}
        parts = [self._part(together, single, stack=stack) for together in _sharing(list(single))]
        return _Plan(tuple(applied for part in parts for applied in part.applied))

    def _part(
        self, together: Sequence[Wish], single: Mapping[Wish, Applied], *, stack: bool
    ) -> _Plan:
        """The plan for offers that want each other's goods; never worse than one of them alone."""
        if len(together) == 1:
            return _Plan((single[together[0]],))
        shelf = self._shelf({i for wish in together for i in wish.goods})
        plans = self._stacked(together, shelf) if stack else [self._shared_out(together, shelf)]
        plans += [_Plan((single[wish],)) for wish in together]
        return max(plans, key=lambda plan: plan.saving_minor)

    # ------------------------------------------------------------ stack

    def _stacked(self, wishes: Sequence[Wish], shelf: Shelf) -> list[_Plan]:
        piled = [wish for wish in wishes if wish.offer.promotion.stackable]
        others = [wish for wish in wishes if not wish.offer.promotion.stackable]
        again = _copy(shelf)
        first = self._shared_out(others, shelf)
        then = self._piled(piled, shelf)
        piled_first = self._piled(piled, again)
        for applied in piled_first:
            for i in applied.off:
                again.pop(i, None)
        return [
            _Plan((*first.applied, *then)),
            _Plan((*piled_first, *self._shared_out(others, again).applied)),
        ]

    def _piled(self, wishes: Sequence[Wish], shelf: Shelf) -> list[Applied]:
        """Each offer on what the ones before it left."""
        done = []
        for wish in wishes:
            applied = apply(wish, shelf, self.goods)
            if applied:
                done.append(applied)
                for i, minor in applied.off.items():
                    shelf[i].amount_minor -= minor
        return done

    # ------------------------------------------------------------ best

    def _shared_out(self, wishes: Sequence[Wish], shelf: Shelf) -> _Plan:
        """Each piece in one offer at most; takes what it uses off the shelf."""
        plain = [wish for wish in wishes if wish.offer.is_plain]
        on_all = [wish for wish in wishes if wish.offer.is_on_all]
        taking = [wish for wish in wishes if not wish.offer.is_plain and not wish.offer.is_on_all]
        alone = {i: off for a in each_best(plain, shelf, self.goods) for i, off in a.off.items()}
        sizes = {i: free.pieces for i, free in shelf.items()}

        def worth(good: int, pieces: int) -> int:
            return alone.get(good, 0) * pieces // sizes[good]

        order = [
            wish
            for together in _sharing(taking)
            for wish in self._best_order(together, shelf, worth)
        ]
        orders = [[*order, *on_all]]
        orders += [[first, *order, *(w for w in on_all if w is not first)] for first in on_all]
        tried = [self._in_order(wanted, _copy(shelf), worth, plain) for wanted in orders]
        best, left = max(tried, key=lambda one: one[0].saving_minor)
        shelf.clear()
        shelf.update(left)
        return best

    def _in_order(
        self, order: Sequence[Wish], shelf: Shelf, worth: Worth, plain: Sequence[Wish]
    ) -> tuple[_Plan, Shelf]:
        """The plan of taking offers in an order, then each good's best rate or amount."""
        done = [applied for wish in order if (applied := self._take(wish, shelf, worth))]
        last = each_best(plain, shelf, self.goods)
        for applied in last:
            for i in applied.off:
                del shelf[i]
        return _Plan((*done, *last)), shelf

    def _best_order(self, together: Sequence[Wish], shelf: Shelf, worth: Worth) -> Sequence[Wish]:
        if len(together) > TRIED_MAX:
            return self._highest_first(together, _copy(shelf), worth)
        if len(together) == 1:
            return together
        wanted = {i for wish in together for i in wish.goods}

        def gain(order: Sequence[Wish]) -> int:
            free = _copy({i: shelf[i] for i in wanted if i in shelf})
            return sum(self._gain(self._take(wish, free, worth), worth) for wish in order)

        return max(permutations(together), key=gain)

    def _highest_first(self, together: Sequence[Wish], shelf: Shelf, worth: Worth) -> list[Wish]:
        """Always the offer that gains most on what is left; the first of equal ones."""
        wanting: dict[int, list[int]] = {}
        for number, wish in enumerate(together):
            for good in wish.goods:
                wanting.setdefault(good, []).append(number)

        def gain(number: int) -> int:
            return self._gain(apply(together[number], shelf, self.goods, worth), worth)

        waiting = [(-gain(number), number) for number in range(len(together))]
        heapify(waiting)
        stale: set[int] = set()
        order = []
        while waiting:
            _, number = heappop(waiting)
            if number in stale:
                # Some of its goods are gone: it waits again, for what it gains by now.
                stale.discard(number)
                if now := gain(number):
                    heappush(waiting, (-now, number))
                continue
            order.append(together[number])
            applied = self._take(together[number], shelf, worth)
            for good in applied.taken if applied else ():
                stale.update(wanting[good])
        return order

    def _gain(self, applied: Applied | None, worth: Worth) -> int:
        if applied is None:
            return 0
        return applied.saving_minor - sum(worth(i, n) for i, n in applied.taken.items())

    def _take(self, wish: Wish, shelf: Shelf, worth: Worth) -> Applied | None:
        """Apply an offer where it gains, and take its goods off the shelf."""
        applied = apply(wish, shelf, self.goods, worth)
        if applied is None:
            return None
        for i, pieces in applied.taken.items():
            free = shelf[i]
            if pieces == free.pieces:
                del shelf[i]
                continue
            gone = free.price_minor * pieces
            free.pieces -= pieces
            free.amount_minor -= gone
            free.full_minor -= gone
        return applied

    def _shelf(self, wanted: Iterable[int]) -> Shelf:
        found = ((i, self.goods[i]) for i in wanted)
        return {i: Free(g.pieces or 1, g.amount_minor, g.amount_minor) for i, g in found}


def _copy(shelf: Shelf) -> Shelf:
    return {i: Free(f.pieces, f.amount_minor, f.full_minor) for i, f in shelf.items()}


def _sharing(wishes: Sequence[Wish]) -> list[list[Wish]]:
    """The offers, by their rank, in groups that share no goods with each other."""
    leads = list(range(len(wishes)))

    def leader(number: int) -> int:
        while leads[number] != number:
            leads[number] = number = leads[leads[number]]
        return number

    first: dict[int, int] = {}
    for number, wish in enumerate(wishes):
        for good in wish.goods:
            one, other = sorted((leader(first.setdefault(good, number)), leader(number)))
            leads[other] = one
    groups: dict[int, list[Wish]] = {}
    for number, wish in enumerate(wishes):
        groups.setdefault(leader(number), []).append(wish)
    return list(groups.values())
