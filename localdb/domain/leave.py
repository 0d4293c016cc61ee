"""What a change of the cart needs leave for: one look at the cart before and after it.

Each change passes here whatever key, button or scan it came from, so that no road leads around
it. What it needs is compared with the cashier's authority by ``Request.allowed_by``.
"""

from dataclasses import dataclass

from localdb.domain.balances import ACCOUNT_PAYMENT
from localdb.domain.cart import Cart, CartLine
from localdb.domain.methods import GIFT_CARD
from localdb.domain.money import PPM
from localdb.domain.permissions import Permission
from localdb.domain.pricing import Discount


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One permission that a change of the cart calls for."""

    permission: Permission
    line: CartLine | None = None
    """The line it is about, as it would become; None for the whole cart."""
    amount_minor: int = 0
    """The money it is about: given back, taken off, or the new price."""
    discount_ppm: int = 0
    """Of a discount: the share of the price that all discounts by hand take off, rounded up."""
    discount: Discount | None = None
    """The discount as it was given."""


def needed(before: Cart, after: Cart) -> tuple[Need, ...]:
    """Everything that turning one cart into the other calls for; most changes call for nothing."""
    held = {line.id: line for line in before.lines}
    needs = [
        need
        for line in after.lines
        if (was := held.pop(line.id, None)) is not line and line != was
        for need in _of_line(was, line)
    ]
    needs += [
        Need(permission=Permission.VOID_LINE, line=gone, amount_minor=gone.full_minor)
        for gone in held.values()
        if gone.linked_to is None
    ]
    needs += _of_cart(before, after)
    return tuple(needs)


def line_share_ppm(line: CartLine) -> int:
    """What part of a line's price its own discount takes off.

    Before it is rounded: ten percent of 2.58 is no more than ten.
    """
    if line.discount is None:
        return 0
    return _ceil(_off(line.discount, abs(line.full_minor)), abs(line.full_minor))


def cart_share_ppm(cart: Cart) -> int:
    """What part of the goods' price is taken off by hand, on lines and on the cart together.

    0 while only lines are discounted: each is measured for itself. Goods that come back have no
    part in it.
    """
    if cart.discount is None:
        return 0
    full = off = 0
    for line in cart.lines:
        price = line.full_minor
        if price > 0:
            full += price
            off += _off(line.discount, price) if line.discount is not None else 0
    # In whole numbers throughout: both parts are counted in millionths of millionths.
    rest = full * PPM - off
    return _ceil(off * PPM + _off(cart.discount, rest, PPM), full * PPM)


def _off(discount: Discount, price: int, scale: int = 1) -> int:
    """What a discount takes off a price, times PPM; amounts count ``scale`` times."""
    if discount.rate_ppm is not None:
        return price * discount.rate_ppm
    return min((discount.amount_minor or 0) * scale, price) * PPM


def _ceil(off: int, price: int) -> int:
    """The share in parts per million, rounded up; of nothing it is nothing."""
    return -(-off // price) if price else 0


def _of_line(was: CartLine | None, line: CartLine) -> list[Need]:
    if line.linked_to is not None:
        # A deposit follows its item, which is asked about itself.
        return []
    needs = []
    if was is None and line.product_id is None and line.quantity_milli > 0:
        needs += _new_line(line)
    if _returns_more(was, line):
        needs.append(_return(line))
    if was is not None and 0 < line.quantity_milli < was.quantity_milli:
        gone = was.full_minor - line.full_minor
        needs.append(Need(permission=Permission.VOID_LINE, line=line, amount_minor=gone))
    if was is not None and _cheaper(was, line):
        needs.append(_price(line))
    share = line_share_ppm(line)
    if line.discount is not None and share > (line_share_ppm(was) if was is not None else 0):
        off = line.discount.off(line.full_minor)
        needs.append(_discount(line, line.discount, off, share))
    return needs


def _of_cart(before: Cart, after: Cart) -> list[Need]:
    share = cart_share_ppm(after)
    if after.discount is None or share <= cart_share_ppm(before):
        return []
    goods = sum(max(_net_minor(line), 0) for line in after.lines)
    return [_discount(None, after.discount, after.discount.off(goods), share)]


def _new_line(line: CartLine) -> list[Need]:
    """Something that is no goods of the catalogue; paying off what is owed needs nobody's leave."""
    if line.kind == ACCOUNT_PAYMENT:
        return []
    is_card = line.kind == GIFT_CARD
    permission = Permission.GIFT_CARD_LOAD if is_card else Permission.OPEN_ITEM
    return [Need(permission=permission, line=line, amount_minor=line.full_minor)]


def _returns_more(was: CartLine | None, line: CartLine) -> bool:
    """Whether more comes back than before, or more is paid for it."""
    if line.quantity_milli > 0:
        return False
    if was is None or was.quantity_milli > line.quantity_milli:
        return True
    return _net_minor(line) < _net_minor(was)


def _return(line: CartLine) -> Need:
    empties = line.kind == "deposit"
    permission = Permission.RETURN_DEPOSIT if empties else Permission.RETURN_WITHOUT_RECEIPT
    return Need(permission=permission, line=line, amount_minor=-_net_minor(line))


def _net_minor(line: CartLine) -> int:
    return line.full_minor - (line.discount.off(line.full_minor) if line.discount else 0)


def _cheaper(was: CartLine, line: CartLine) -> bool:
    """Whether a hand made it cost less than before and less than the list says."""
    if line.kind == "open_price" or line.quantity_milli < 0:
        return False
    return line.unit_price_minor < min(was.unit_price_minor, line.list_price_minor)


def _price(line: CartLine) -> Need:
    return Need(permission=Permission.PRICE_CHANGE, line=line, amount_minor=line.unit_price_minor)


def _discount(line: CartLine | None, given: Discount, off_minor: int, share: int) -> Need:
    return Need(
        permission=Permission.DISCOUNT_ABOVE_LIMIT,
        line=line,
        amount_minor=off_minor,
        discount_ppm=share,
        discount=given,
    )
