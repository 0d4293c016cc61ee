"""Handing a coupon in, and taking it out again."""

from collections.abc import Generator
from typing import Any

from app.kit.flow import Ask, AskYesNo
from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.domain import coupons
from localdb.domain.cart import Cart
from localdb.domain.pricing import coupon_code
from localdb.domain.promotions import Shopper
from localdb.domain.terms import Terms
from localdb.domain.totals import totals


def is_coupon(code: str, terms: Terms) -> bool:
    """Whether some offer of this store asks for the code, now or at another time."""
    return bool(terms.offers.with_coupon(coupon_code(code)))


def hand_in(code: str, cart: Cart, terms: Terms) -> Generator[Ask, Any, Cart]:
    """The cart with a coupon; one that is there already may be taken out again.

    Raises Refusal saying why a coupon does not hold.
    """
    code = coupon_code(code)
    if code in cart.coupons:
        question = AskYesNo(
            title=translate("Sell", "Remove coupon {code}?", code=code),
            text=translate("Sell", "It is already applied to this sale."),
            yes=translate("Sell", "Remove"),
            no=translate("Sell", "Keep"),
        )
        return cart.remove_coupon(code) if (yield question) else cart
    shopper = Shopper(cart.began or terms.now, cart.group_id, frozenset(cart.coupons))
    coupons.check(terms.offers, code, shopper)
    return cart.add_coupon(code)


def words(code: str, before: Cart, after: Cart, terms: Terms, formats: Formats) -> str:
    """What handing a coupon in, or taking it out, changed."""
    code = coupon_code(code)
    saved = totals(before, terms).total_minor - totals(after, terms).total_minor
    if code not in after.coupons:
        return translate("Sell", "Coupon {code} was removed.", code=code)
    if saved <= 0:
        return translate(
            "Sell",
            "Coupon {code} is in the cart. It saves nothing on what is in it so far.",
            code=code,
        )
    return translate("Sell", "Coupon {code} saves {saved}.", code=code, saved=formats.money(saved))


def changed_since_held(held_minor: int, cart: Cart, terms: Terms, formats: Formats) -> str:
    """What to say when a recalled cart does not come to what it did; nothing when it does."""
    due_minor = totals(cart, terms).total_minor
    if due_minor == held_minor:
        return ""
    was, now = formats.money(held_minor), formats.money(due_minor)
    return translate(
        "Sell",
        "The total changed from {before} to {now} while on hold (promotions or tax updated).",
        before=was,
        now=now,
    )
