"""Which offer gets which goods: best for the customer, or stacked, and never by luck."""

from dataclasses import replace
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.cart import Cart
from localdb.domain.pricing import Discount
from localdb.domain.promotions import TRIED_MAX, Offers
from localdb.domain.terms import Terms
from localdb.domain.totals import Totals, totals
from tests.localdb.domain.build import (
    EXCLUDED_5,
    STORE,
    baskets,
    discounts,
    line,
    on_offer,
    product,
    promotion,
    promotions,
    terms_with,
)


def saved_by(result: Totals) -> dict[str, int]:
    """What each offer saved."""
    off: dict[str, int] = {}
    for saving in (saving for money in result.lines for saving in money.savings):
        off[saving.name] = off.get(saving.name, 0) + saving.amount_minor
    return off


def cart(*lines: tuple[int, int, int]) -> Cart:
    """Lines of (product, price, pieces)."""
    return Cart(lines=tuple(line(n, p, quantity_milli=q * 1000) for n, p, q in lines))


def offered(terms: Terms, *names: str) -> Terms:
    """The same terms with only some of their offers."""
    kept = [offer.promotion for offer in terms.offers.offers if offer.promotion.name in names]
    return replace(terms, offers=Offers.of(kept, STORE, stack=terms.offers.stack))


@given(baskets(), on_offer())
def test_sums_close_and_nothing_is_given_twice(basket: Cart, terms: Terms) -> None:
    """Each line's savings sum to its discount, and none takes more than the line is worth."""
    for item, money in zip(basket.lines, (result := totals(basket, terms)).lines, strict=True):
        assert sum(saving.amount_minor for saving in money.savings) == money.discount_minor
        sign = 1 if item.quantity_milli > 0 else -1
        assert all(sign * saving.amount_minor > 0 for saving in money.savings)
        assert 0 <= sign * money.discount_minor <= sign * money.full_minor
        if not item.takes_discounts:
            assert money.savings == ()
    assert sum(money.discount_minor for money in result.lines) == result.discount_minor


@given(baskets(), on_offer(), st.randoms(use_true_random=False))
def test_the_order_of_scanning_does_not_matter(basket: Cart, terms: Terms, random: Any) -> None:
    """Total, taxes and what each offer saved are the same; so is the order coupons came in."""
    other = replace(
        basket,
        lines=tuple(random.sample(basket.lines, len(basket.lines))),
        coupons=basket.coupons[::-1],
    )
    one, shuffled = totals(basket, terms), totals(other, terms)
    assert (one.total_minor, one.tax_rows) == (shuffled.total_minor, shuffled.tax_rows)
    assert saved_by(one) == saved_by(shuffled)


@given(baskets(), on_offer())
def test_never_worse_than_any_one_offer(basket: Cart, terms: Terms) -> None:
    """All offers together save at least what the best of them saves alone on what is bought."""
    bought = tuple(item for item in basket.lines if item.quantity_milli > 0)
    basket = replace(basket, lines=bought, coupons=())
    together = totals(basket, terms).discount_minor
    for offer in terms.offers.offers:
        alone = totals(basket, offered(terms, offer.promotion.name))
        assert together >= alone.discount_minor


@given(baskets(), on_offer(), st.none() | discounts())
def test_a_coupon_never_makes_a_cart_dearer(
    basket: Cart, terms: Terms, discount: Discount | None
) -> None:
    """Neither the first coupon nor one more, whatever other offers it competes with."""
    basket = basket.discount_cart(discount)
    dues = [
        totals(replace(basket, coupons=coupons), terms).total_minor
        for coupons in ((), ("TEN",), ("TEN", "MORE"))
    ]
    assert dues == sorted(dues, reverse=True)


@given(baskets(), on_offer())
def test_a_cart_of_goods_never_costs_less_than_nothing(basket: Cart, terms: Terms) -> None:
    """However many offers meet, the shop does not pay for what it sells."""
    goods = tuple(item for item in basket.lines if item.quantity_milli > 0)
    assert totals(replace(basket, lines=goods), terms).total_minor >= 0


@given(baskets(), promotions())
def test_two_lines_of_one_thing_are_one(basket: Cart, offer: Any) -> None:
    """Three scans on three lines make the same set as one line of three."""
    once = line(1, 100, quantity_milli=3000)
    thrice = tuple(replace(once, id=line(n).id, quantity_milli=1000) for n in (11, 12, 13))
    if offer.kind == "percent":
        return
    terms = terms_with(replace(offer, coupon_code=""))
    one, three = totals(Cart(lines=(once,)), terms), totals(Cart(lines=thrice), terms)
    assert one.discount_minor == three.discount_minor


def test_each_piece_goes_where_it_saves_most() -> None:
    """Three of four pieces make a set, the fourth gets ten percent."""
    terms = terms_with(
        promotion(1, "n_for_m", take=3, pay=2), promotion(2, "percent", rate_ppm=100_000)
    )
    result = totals(cart((1, 100, 4)), terms)
    assert saved_by(result) == {"Offer 1": 100, "Offer 2": 10}


def test_a_set_that_saves_less_than_its_goods_do_alone_is_not_made() -> None:
    """Half the price of each beats one free of three."""
    terms = terms_with(
        promotion(1, "n_for_m", take=3, pay=2), promotion(2, "percent", rate_ppm=500_000)
    )
    assert saved_by(totals(cart((1, 100, 3)), terms)) == {"Offer 2": 150}


def test_overlapping_offers_are_tried_in_every_order() -> None:
    """The greatest single saving first would lose: two smaller sets save more together."""
    terms = terms_with(
        promotion(1, "bundle", amount_minor=100, targets=[(1,), (2,)]),
        promotion(2, "bundle", amount_minor=110, targets=[(1,), (3,)]),
        promotion(3, "bundle", amount_minor=110, targets=[(2,), (4,)]),
    )
    result = totals(cart((1, 100, 1), (2, 100, 1), (3, 100, 1), (4, 100, 1)), terms)
    assert saved_by(result) == {"Offer 2": 90, "Offer 3": 90}


def test_an_offer_on_what_is_spent_takes_what_sets_leave_or_everything() -> None:
    """It comes beside a set when enough else is bought, and instead of it when that saves more."""
    spend = promotion(1, "spend", spend_minor=1000, amount_minor=200)
    sets = promotion(2, "n_for_m", take=3, pay=2, targets=[(1,)])
    both = totals(cart((1, 100, 3), (2, 1000, 1)), terms_with(spend, sets))
    assert saved_by(both) == {"Offer 1": 200, "Offer 2": 100}
    one = totals(cart((1, 100, 3), (2, 900, 1)), terms_with(spend, sets))
    assert saved_by(one) == {"Offer 1": 200}


def test_a_coupon_that_saves_more_before_tax_and_less_after_is_not_used() -> None:
    """Offers are chosen by the price on the shelf, coupons by what is due."""
    terms = terms_with(
        promotion(1, "bundle", amount_minor=910, targets=[(1,), (2,)]),
        promotion(2, "bundle", amount_minor=909, targets=[(2,), (3,)], coupon_code="TEN"),
    )
    taxed = line(1, 1000, tax_class_id=EXCLUDED_5)
    free = [line(n, price, tax_class_id=None) for n, price in ((2, 10), (3, 1000))]
    plain = Cart(lines=(taxed, *free))
    assert saved_by(totals(plain, terms)) == {"Offer 1": 100}
    with_coupon = totals(plain.add_coupon("TEN"), terms)
    assert with_coupon.total_minor == totals(plain, terms).total_minor
    assert saved_by(with_coupon) == {"Offer 1": 100}


def test_which_of_equal_prices_are_in_a_set_is_not_the_cashiers_choice() -> None:
    """Of three things at one price two make the set; that one is taxed must not make it matter."""
    terms = terms_with(promotion(1, "n_for_m", take=2, pay=1))
    classes = (EXCLUDED_5, None, None)
    lines = [line(n, 100, tax_class_id=tax) for n, tax in enumerate(classes, start=1)]
    dues = {totals(Cart(lines=order), terms).total_minor for order in permutations(lines)}
    assert len(dues) == 1


def test_stacking_never_costs_more_than_one_offer_alone() -> None:
    """A cent off one of seven pieces must not round the price of all seven down first."""
    cent = promotion(1, "amount", amount_minor=1, times_max=1, stackable=True)
    seven = promotion(2, "n_for_price", take=7, amount_minor=1, stackable=True, priority=1)
    basket = cart((1, 100, 7))
    alone = totals(basket, terms_with(seven, stack=True)).discount_minor
    assert totals(basket, terms_with(cent, seven, stack=True)).discount_minor >= alone == 699


def test_stacked_offers_apply_one_to_what_another_left() -> None:
    """Ten percent of 10.00, then half of the 9.00 left; a lower priority comes first."""
    terms = terms_with(
        promotion(1, rate_ppm=500_000, stackable=True, priority=2),
        promotion(2, rate_ppm=100_000, stackable=True, priority=1),
        stack=True,
    )
    result = totals(cart((1, 1000, 1)), terms)
    assert saved_by(result) == {"Offer 2": 100, "Offer 1": 450}
    assert [saving.name for saving in result.lines[0].savings] == ["Offer 2", "Offer 1"]


def test_what_may_not_stack_keeps_to_itself() -> None:
    """Goods of an offer that is not stackable are in no other, whichever way saves more."""
    piled = promotion(1, rate_ppm=100_000, stackable=True)
    alone = promotion(2, "amount", amount_minor=300, targets=[(1,)])
    result = totals(cart((1, 1000, 1), (2, 1000, 1)), terms_with(piled, alone, stack=True))
    assert saved_by(result) == {"Offer 1": 100, "Offer 2": 300}
    better = replace(piled, rate_ppm=900_000)
    result = totals(cart((1, 1000, 1), (2, 1000, 1)), terms_with(better, alone, stack=True))
    assert saved_by(result) == {"Offer 1": 1800}


def test_best_asks_nobody_whether_offers_may_stack() -> None:
    """Where the shop shares out, a piece is in one offer, also when both could stack."""
    terms = terms_with(
        promotion(1, rate_ppm=500_000, stackable=True),
        promotion(2, rate_ppm=100_000, stackable=True),
    )
    assert saved_by(totals(cart((1, 1000, 1)), terms)) == {"Offer 1": 500}


def test_many_offers_on_the_same_goods() -> None:
    """More than are tried in every order: still no worse than any one."""
    for many in (TRIED_MAX + 3, 10 * TRIED_MAX):
        offers = [
            promotion(n, "n_for_price", take=2 + n % 3, amount_minor=100 + n, targets=[(1, 2)])
            for n in range(1, many)
        ]
        basket = cart((1, 100, 7), (2, 120, 4))
        result = totals(basket, terms_with(*offers))
        for offer in offers:
            assert result.discount_minor >= totals(basket, terms_with(offer)).discount_minor


def test_a_long_chain_of_offers_leaves_none_out() -> None:
    """Each shares goods with the next, so that all of them are one question; each saves."""
    offers = [
        promotion(n, "bundle", amount_minor=100, targets=[(n,), (n + 1,)]) for n in range(1, 60)
    ]
    basket = cart(*((n, 100, 2) for n in range(1, 61)))
    result = totals(basket, terms_with(*offers))
    # A hundred and twenty pieces: no more than sixty bundles, and no piece is left over.
    assert result.discount_minor == 60 * 100


def test_a_hundred_thousand_pieces_are_counted_not_walked() -> None:
    """A pallet of screws in three for two, beside dear ones."""
    basket = Cart(
        lines=tuple(
            line(n, n, quantity_milli=9_999_000, product_id=product(1)) for n in range(1, 11)
        )
    )
    offer = promotion(1, "n_for_m", take=3, pay=2)
    # 9,999 is a multiple of three, so that each line is free for a third.
    assert totals(basket, terms_with(offer)).discount_minor == 3333 * sum(range(1, 11))
