"""What a change of the cart calls for, whatever road led to it."""

from dataclasses import replace
from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.balances import ACCOUNT_PAYMENT
from localdb.domain.cart import Cart, CartLine
from localdb.domain.leave import cart_share_ppm, line_share_ppm, needed
from localdb.domain.money import PPM
from localdb.domain.permissions import Permission
from localdb.domain.pricing import Discount

HALF = Discount(rate_ppm=500_000)
TEN_PERCENT = Discount(rate_ppm=100_000)


def line(number: int, price: int = 1000, quantity: int = 1000, **more: object) -> CartLine:
    product = f"00000000-0000-7000-8000-{number:012}"
    given: dict[str, object] = {
        "id": f"line-{number}",
        "product_id": product,
        "name": f"Thing {number}",
        "quantity_milli": quantity,
        "unit_price_minor": price,
        "list_price_minor": price,
    }
    return CartLine(**{**given, **more})  # type: ignore[arg-type]


def cart(*lines: CartLine) -> Cart:
    return Cart(lines=lines)


def asked(before: Cart, after: Cart) -> list[Permission]:
    return [need.permission for need in needed(before, after)]


def test_selling_at_the_list_price_needs_nothing() -> None:
    """A thing more, more of a thing, a customer, a note, a dearer price: nobody is asked."""
    one = cart(line(1))
    for after in (
        one.add(line(2)),
        one.add(line(1, 1000, 2000)),
        one.set_quantity("line-1", 5000),
        one.set_price("line-1", 1100),
        one.note_line("line-1", "gift"),
        one.set_customer(None, "Ines"),
        one,
    ):
        assert asked(one, after) == []


def test_goods_that_come_back_need_leave_however_they_come() -> None:
    """By `-1*`, by the quantity key, one more of them, or dearer than was allowed."""
    empty, returned = Cart(), cart(line(1, quantity=-1000))
    back = [Permission.RETURN_WITHOUT_RECEIPT]
    assert asked(empty, returned) == back
    assert asked(cart(line(1)), cart(line(1)).set_quantity("line-1", -1000)) == back
    assert asked(returned, returned.set_quantity("line-1", -2000)) == back
    assert asked(returned, returned.set_price("line-1", 1001)) == back
    cheap = returned.discount_line("line-1", HALF)
    assert asked(cheap, cheap.discount_line("line-1", None)) == back
    assert asked(returned, returned.set_quantity("line-1", 1000)) == []
    assert needed(empty, returned)[0].amount_minor == 1000


def test_empties_are_their_own_right() -> None:
    """A shop that takes bottles back lets its cashiers pay the deposit."""
    assert asked(Cart(), cart(line(1, quantity=-1000, kind="deposit"))) == [
        Permission.RETURN_DEPOSIT
    ]


def test_a_deposit_is_asked_about_with_its_item_only() -> None:
    """Returning a bottle of cola is one question, not two."""
    with_deposit = Cart().add(line(1, quantity=-1000), line(2, 25, -1000, kind="deposit"))
    assert asked(Cart(), with_deposit) == [Permission.RETURN_WITHOUT_RECEIPT]
    bought = Cart().add(line(1), line(2, 25, kind="deposit"))
    assert asked(bought, bought.void_line("line-1")) == [Permission.VOID_LINE]


def test_a_price_below_the_list_needs_leave() -> None:
    """Putting it back up, or typing a price where there is none in the list, does not."""
    one = cart(line(1))
    lower = one.set_price("line-1", 900)
    assert asked(one, lower) == [Permission.PRICE_CHANGE]
    assert asked(lower, lower.set_price("line-1", 899)) == [Permission.PRICE_CHANGE]
    assert asked(lower, lower.set_price("line-1", 950)) == []
    open_price = cart(line(1, kind="open_price"))
    assert asked(open_price, open_price.set_price("line-1", 100)) == []


def test_void_and_fewer_are_one_right() -> None:
    """Typing a smaller quantity is no way around the void key."""
    two = cart(line(1, quantity=2000))
    assert asked(two, two.void_line("line-1")) == [Permission.VOID_LINE]
    assert asked(two, two.set_quantity("line-1", 1000)) == [Permission.VOID_LINE]


def test_open_items_and_gift_cards_are_asked_when_they_are_rung() -> None:
    """Goods without a product, and money put on a card."""
    assert asked(Cart(), cart(line(1, product_id=None))) == [Permission.OPEN_ITEM]
    card = line(1, product_id=None, kind="gift_card")
    assert asked(Cart(), cart(card)) == [Permission.GIFT_CARD_LOAD]
    owed = line(1, product_id=None, kind=ACCOUNT_PAYMENT)
    assert asked(Cart(), cart(owed)) == []


def test_a_discount_is_measured_against_the_price_as_percent_and_as_amount() -> None:
    """5.00 off 10.00 is half, whichever way it was typed."""
    one = cart(line(1))
    for discount in (HALF, Discount(amount_minor=500)):
        [need] = needed(one, one.discount_line("line-1", discount))
        assert (need.permission, need.discount_ppm, need.amount_minor) == (
            Permission.DISCOUNT_ABOVE_LIMIT,
            500_000,
            500,
        )
        [need] = needed(one, one.discount_cart(discount))
        assert (need.line, need.discount_ppm, need.amount_minor) == (None, 500_000, 500)


def test_a_percentage_is_what_was_typed_and_not_what_rounding_makes_of_it() -> None:
    """Ten percent of 2.58 takes 26 off; nobody is asked for the fifth of a cent."""
    one = cart(line(1, 129, 2000))
    for after in (one.discount_line("line-1", TEN_PERCENT), one.discount_cart(TEN_PERCENT)):
        assert [need.discount_ppm for need in needed(one, after)] == [100_000]


def test_line_and_cart_discounts_add_up() -> None:
    """Ten percent on each line and ten on the cart are nineteen, in either order."""
    both = cart(line(1)).discount_line("line-1", TEN_PERCENT)
    [need] = needed(both, both.discount_cart(TEN_PERCENT))
    assert need.discount_ppm == 190_000
    cart_first = cart(line(1)).discount_cart(TEN_PERCENT)
    shares = [n.discount_ppm for n in needed(cart_first, cart_first.discount_line("line-1", HALF))]
    assert shares == [500_000, 550_000]


def test_an_amount_does_not_grow_behind_the_managers_back() -> None:
    """5.00 off a full cart is little; voiding the rest, or taking fewer, asks again."""
    full = cart(line(1, 1000), line(2, 9000)).discount_cart(Discount(amount_minor=500))
    assert cart_share_ppm(full) == 50_000
    assert asked(full, full.void_line("line-2")) == [
        Permission.VOID_LINE,
        Permission.DISCOUNT_ABOVE_LIMIT,
    ]
    many = cart(line(1, quantity=10_000)).discount_line("line-1", Discount(amount_minor=500))
    assert asked(many, many.set_quantity("line-1", 1000)) == [
        Permission.VOID_LINE,
        Permission.DISCOUNT_ABOVE_LIMIT,
    ]


def test_taking_a_discount_off_or_down_needs_nothing() -> None:
    """Only what goes up is asked about, so that what was allowed once is not asked again."""
    half = cart(line(1), line(2)).discount_line("line-1", HALF)
    assert asked(half, half.discount_line("line-1", TEN_PERCENT)) == []
    assert asked(half, half.discount_line("line-1", None)) == []
    assert asked(half, half.add(line(3))) == []


LINES = st.builds(
    line,
    st.integers(1, 4),
    st.integers(0, 5000),
    st.integers(-3, 3).filter(bool).map(lambda n: n * 1000),
)
AMOUNTS = st.builds(lambda minor: Discount(amount_minor=minor), st.integers(1, 20_000))
DISCOUNTS = st.none() | st.builds(lambda ppm: Discount(rate_ppm=ppm), st.integers(1, 1_000_000))


@given(st.lists(LINES, max_size=4, unique_by=lambda one: one.id), DISCOUNTS)
def test_the_same_cart_needs_nothing(lines: list[CartLine], discount: Discount | None) -> None:
    """Looking at a cart again, also one that was stored and read, asks nobody."""
    held = replace(cart(*lines), discount=discount)
    assert asked(held, Cart.from_json(replace(held, lines=()).to_json())) == [
        Permission.VOID_LINE
    ] * len(lines)
    copied = replace(held, lines=tuple(replace(one) for one in lines))
    assert asked(held, copied) == []


@given(LINES, LINES, DISCOUNTS, DISCOUNTS)
def test_what_costs_the_shop_more_is_never_free(
    was: CartLine, now: CartLine, before: Discount | None, after: Discount | None
) -> None:
    """If a line brings in less than before, or pays out more, somebody's right was looked at."""
    was = replace(was, id="same", list_price_minor=was.unit_price_minor, discount=before)
    now = replace(now, id="same", list_price_minor=was.unit_price_minor, discount=after)
    if net(now) < net(was):
        assert asked(cart(was), cart(now)) != []


@given(
    st.lists(LINES, min_size=1, max_size=4, unique_by=lambda one: one.id),
    st.lists(DISCOUNTS | AMOUNTS, min_size=4, max_size=4),
    DISCOUNTS | AMOUNTS,
)
def test_the_share_is_exact_to_the_fraction_and_rounded_up(
    lines: list[CartLine], given_off: list[Discount | None], on_cart: Discount | None
) -> None:
    """No limit is passed by a fraction of a millionth, whatever meets on lines and cart."""
    held = replace(
        cart(*(replace(one, discount=off) for one, off in zip(lines, given_off, strict=False))),
        discount=on_cart,
    )
    for one in held.lines:
        full = abs(one.full_minor)
        assert line_share_ppm(one) == (ceil(exact(one.discount, full) * PPM / full) if full else 0)
    goods = [one for one in held.lines if one.full_minor > 0]
    full = sum(one.full_minor for one in goods)
    off = sum((exact(one.discount, one.full_minor) for one in goods), Fraction(0))
    share = (off + exact(on_cart, full - off)) * PPM / full if full and on_cart else 0
    assert cart_share_ppm(held) == ceil(share)


def exact(discount: Discount | None, price: Fraction | int) -> Fraction:
    """What a discount takes off before anything is rounded."""
    if discount is None:
        return Fraction(0)
    if discount.rate_ppm is not None:
        return Fraction(price) * discount.rate_ppm / PPM
    return min(Fraction(discount.amount_minor or 0), Fraction(price))


def net(one: CartLine) -> int:
    return one.full_minor - (one.discount.off(one.full_minor) if one.discount else 0)
