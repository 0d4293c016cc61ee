"""The open cart."""

from dataclasses import replace

import pytest
from hypothesis import given

from localdb.domain.cart import COUPONS_MAX, LINES_MAX, Cart, CartLine, free_line, odd_line
from localdb.domain.pricing import Discount, ListPrice
from localdb.errors import Refusal
from tests.localdb.domain.build import carts, line, numbered_id


def again(item: CartLine, **changes: object) -> CartLine:
    """The same product scanned once more."""
    return replace(item, id=numbered_id(7777), **changes)  # type: ignore[arg-type]


def test_a_second_scan_counts_up() -> None:
    """Scanning the same thing again makes one line of two."""
    cart = Cart().add(line()).add(again(line()))
    assert [item.quantity_milli for item in cart.lines] == [2000]


@pytest.mark.parametrize(
    "changes",
    [
        {"unit_price_minor": 200},
        {"name": "Renamed"},
        {"discount": Discount(amount_minor=1)},
        {"note": "gift"},
        {"unit": "kg"},
        {"quantity_milli": -1000},
        {"amount_minor": 200},
        {"kind": "open_price"},
        {"product_id": None},
        {"lot": "L7"},
        {"expires_day": 20270131},
        {"prices": (ListPrice(price_minor=1, name="Club"),)},
    ],
)
def test_what_differs_is_a_line_of_its_own(changes: dict[str, object]) -> None:
    """A line that was touched, weighed, or differs takes no further piece."""
    touched = replace(line(), **changes)  # type: ignore[arg-type]
    assert len(Cart().add(touched).add(again(line())).lines) == 2


def test_merging_is_an_option() -> None:
    """A shop may want every scan on a line of its own."""
    assert len(Cart().add(line()).add(again(line()), merge=False).lines) == 2


def test_a_deposit_follows_its_item() -> None:
    """A linked deposit counts up, scales and goes with its item, and cannot leave its side."""
    deposit = line(2, 25, kind="deposit")
    cart = Cart().add(line(), deposit).add(again(line()), again(deposit))
    assert [item.quantity_milli for item in cart.lines] == [2000, 2000]
    cart = cart.set_quantity(line().id, 6000)
    assert [item.quantity_milli for item in cart.lines] == [6000, 6000]
    with pytest.raises(Refusal, match="deposit follows"):
        cart.set_quantity(deposit.id, 1000)
    assert cart.void_line(line().id).is_empty


def test_a_crate_keeps_its_ratio() -> None:
    """Two crates of 24 bottles carry 48 bottle deposits."""
    bottles = line(2, 8, kind="deposit", quantity_milli=24_000)
    cart = Cart().add(line(), bottles).set_quantity(line().id, 2000)
    assert cart.lines[1].quantity_milli == 48_000


def test_an_authoritative_amount_scales_and_gives_way() -> None:
    """Another quantity scales a line's own amount; another price replaces it."""
    cart = Cart().add(line(amount_minor=333)).set_quantity(line().id, 3000)
    assert cart.lines[0].full_minor == 999
    assert cart.set_price(line().id, 100).lines[0].full_minor == 300


def test_the_scanned_price_stays() -> None:
    """A line remembers the catalogue's price beside the price a cashier set."""
    item = Cart().add(line(price=250)).set_price(line().id, 199).lines[0]
    assert (item.unit_price_minor, item.list_price_minor, item.price_changed) == (199, 250, True)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"quantity_milli": 0}, "Void"),
        ({"quantity_milli": 9_999_001}, "too high"),
        ({"quantity_milli": -9_999_001}, "too high"),
        ({"price": -1}, "below 0"),
        ({"price": 10**15 + 1}, "below 0"),
        ({"price": 5 * 10**13 + 1}, "total looks too high"),
        ({"amount_minor": -5 * 10**13 - 1}, "total looks too high"),
        ({"name": ""}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"note": "x" * 4001}, "note"),
    ],
)
def test_absurd_lines_are_refused(fields: dict[str, object], words: str) -> None:
    """What no cashier means is refused in a cashier's words."""
    with pytest.raises(Refusal, match=words):
        Cart().add(line(**fields))  # type: ignore[arg-type]


def test_the_largest_sensible_line_is_taken() -> None:
    """The bounds themselves are allowed."""
    assert Cart().add(line(price=10_001, quantity_milli=9_999_000)).lines
    assert Cart().add(line(price=5 * 10**13)).lines


def test_merging_cannot_pass_the_bound() -> None:
    """Counting up is held to the same bound as typing."""
    cart = Cart().add(line(quantity_milli=9_999_000, price=1))
    with pytest.raises(Refusal, match="too high"):
        cart.add(again(line(price=1)))


def test_a_full_cart_says_what_to_do() -> None:
    """One line too many is refused with the way out."""
    full = Cart(lines=tuple(line(number) for number in range(LINES_MAX)))
    with pytest.raises(Refusal, match="start another"):
        full.add(line(LINES_MAX + 1))


def test_a_line_that_is_gone() -> None:
    """A second void of one line is a refusal, not a crash."""
    cart = Cart().add(line()).void_line(line().id)
    with pytest.raises(Refusal, match="no longer"):
        cart.void_line(line().id)


def test_cart_wide_fields() -> None:
    """Customer, note, discount and age go with the cart."""
    cart = (
        Cart()
        .add(line(min_age=18))
        .set_customer(numbered_id(5), "Ada", tax_exempt=True)
        .set_note("call me")
        .discount_cart(Discount(rate_ppm=100_000))
        .discount_line(line().id, Discount(amount_minor=5))
        .note_line(line().id, "blue")
    )
    assert (cart.customer_name, cart.tax_exempt, cart.note, cart.min_age) == (
        "Ada",
        True,
        "call me",
        18,
    )
    with pytest.raises(Refusal):
        cart.set_note("x" * 4001)


@given(carts())
def test_json_round_trip(cart: Cart) -> None:
    """A cart comes back from its JSON as it was."""
    assert Cart.from_json(cart.to_json()) == cart


def test_json_of_a_newer_program() -> None:
    """Fields this program does not know are passed over."""
    text = Cart().add(line()).to_json()
    newer = text.replace('"lines":[{', '"gift_wrap":true,"lines":[{"colour":"red",')
    assert Cart.from_json(newer) == Cart.from_json(text)


OLDER = (
    '{"customer_id":null,"lines":[{"id":"00000000-0000-7000-8000-000000000001","name":"Milk",'
    '"unit_price_minor":129,"list_price_minor":129}]}'
)


def test_json_of_an_older_program() -> None:
    """What it did not know yet holds its default."""
    cart = Cart.from_json(OLDER)
    assert (cart.coupons, cart.group_id, cart.began) == ((), None, None)
    (held,) = cart.lines
    assert (held.category_id, held.lot, held.expires_day, held.prices) == (None, "", 0, ())
    assert Cart.from_json(cart.to_json()) == cart


@pytest.mark.parametrize(
    "changes",
    [
        '"coupons":[5]',
        '"coupons":"TEN"',
        '"coupons":["A","B","C","D","E","F"]',
        '"began_day":20261399',
        '"began_day":20261121,"began_min":1440',
        '"group_id":"nobody"',
        '"began_min":"noon"',
    ],
)
def test_json_that_makes_no_sense(changes: str) -> None:
    """A coupon that is no text, a day in no calendar: an error, never a cart."""
    with pytest.raises(ValueError, match=r"cart|month|range"):
        Cart.from_json(OLDER.replace('"customer_id":null', changes))


@pytest.mark.parametrize(
    "prices",
    ['[5]', '[{"price_minor":1}]', '[{"price_minor":"1","name":"x"}]', '5',
     '[{"price_minor":-1,"name":"x"}]', '[{"price_minor":1,"name":"x","group_id":"y"}]'],
)  # fmt: skip
def test_json_with_prices_that_make_no_sense(prices: str) -> None:
    """A list price that is none is an error before it prices anything."""
    with pytest.raises((ValueError, Refusal)):
        Cart.from_json(OLDER.replace('"name":"Milk"', f'"name":"Milk","prices":{prices}'))


def test_coupons() -> None:
    """A code goes in once, in capitals, and comes out again; there is a limit."""
    cart = Cart().add_coupon(" ten ")
    assert cart.coupons == ("TEN",)
    with pytest.raises(Refusal, match="already"):
        cart.add_coupon("Ten")
    assert cart.remove_coupon("tEN").coupons == ()
    with pytest.raises(Refusal, match="characters"):
        cart.add_coupon("  ")
    for number in range(COUPONS_MAX - 1):
        cart = cart.add_coupon(f"C{number}")
    with pytest.raises(Refusal, match="at most"):
        cart.add_coupon("one more")


@pytest.mark.parametrize("kind", ["deposit", "gift_card", "account_payment"])
def test_what_takes_no_discount(kind: str) -> None:
    """A deposit and money on a card are refused one, in words."""
    cart = Cart().add(line(kind=kind))
    with pytest.raises(Refusal, match="discount"):
        cart.discount_line(line().id, Discount(amount_minor=1))
    assert cart.discount_line(line().id, None) == cart


@pytest.mark.parametrize("text", ["", "[]", "5", "{}", '{"lines":[{}]}', '{"lines":5}'])
def test_json_that_is_no_cart(text: str) -> None:
    """Anything else is an error, never an empty cart."""
    with pytest.raises((ValueError, TypeError, KeyError)):
        Cart.from_json(text)


def test_an_odd_line_is_one_that_became_so() -> None:
    """What costs as much as that is found once, when it is added or made dearer, never refused."""
    plain, dear = Cart().add(line(1, 100)), line(2, 5000)
    assert odd_line(Cart(), plain, 5000) is None
    both = plain.add(dear)
    assert odd_line(plain, both, 5000) == dear
    assert odd_line(both, both.void_line(line(1).id), 5000) is None
    assert odd_line(both, both.set_quantity(dear.id, 2000), 5000) is not None
    assert odd_line(both, both.set_price(dear.id, 4000), 5000) is None


def test_a_free_line_is_one_that_has_a_price() -> None:
    """What rounds to nothing, or a label that says nothing; not what the catalogue gives away."""
    given_away = Cart().add(line(1, 0))
    assert free_line(Cart(), given_away) is None
    rounded = given_away.add(line(2, 1, quantity_milli=1))
    assert free_line(given_away, rounded) == rounded.lines[1]
    assert free_line(rounded, rounded.set_price(line(1).id, 5)) is None
    labelled = Cart().add(line(3, 500, amount_minor=0))
    assert free_line(Cart(), labelled) == labelled.lines[0]


def test_a_cart_as_a_whole_fits_its_records() -> None:
    """Lines that fit alone are refused together where no sale could hold them."""
    half = Cart().add(line(1, 3 * 10**13))
    with pytest.raises(Refusal, match="cart's total looks too high"):
        half.add(line(2, 3 * 10**13))
