"""What a sale puts on gift cards, credit, points and accounts, and what it takes from them.

Nothing here knows a balance: a sale leaves signed movements, whose sum is the balance. A refund
leaves the same movements with the other sign, so a sale that is given back moved nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from localdb.domain.cart import MONEY_LINES, CartLine
from localdb.domain.methods import FROM_BALANCE, GIFT_CARD, ON_ACCOUNT, POINTS
from localdb.domain.records import BalanceMovement, Customer, GiftCard, Payment, Sale, SaleLine
from localdb.domain.tender import Paid
from localdb.errors import Refusal

ACCOUNT_PAYMENT = "account_payment"
EARNED, LOADED, PAID, PAID_OFF = "earned", "loaded", "paid", "paid_off"
ADJUSTED = "adjusted"
"""Reasons of movements: points that came or went with goods, a card sold or loaded, a payment, what
a customer owed; and a correction by hand."""


@dataclass(frozen=True, slots=True)
class Loyalty:
    """The shop's scheme: points for each whole unit of money, and what a point pays."""

    points_per_unit: int = 0
    point_minor: int = 0


NO_SCHEME = Loyalty()


def card_line(line_id: str, card: GiftCard, amount_minor: int, *, is_new: bool) -> CartLine:
    """A cart line that sells a gift card, or loads one that was sold before."""
    name = "Gift card" if is_new else "Gift card, loaded"
    line = _money_line(line_id, GIFT_CARD, card.id, name, amount_minor)
    return replace(line, barcode=card.code, sku=card.code)


def account_line(line_id: str, customer: Customer, amount_minor: int) -> CartLine:
    """A cart line by which a customer pays off what is owed on account."""
    name = f"Paid on account: {customer.name}"[:255]
    return _money_line(line_id, ACCOUNT_PAYMENT, customer.id, name, amount_minor)


def good_until(day: int, days: int) -> int:
    """The last day of a card sold on a ``day`` (YYYYMMDD); 0 for ever when ``days`` is 0."""
    if not days:
        return 0
    last = date(day // 10_000, day // 100 % 100, day % 100) + timedelta(days=days)
    return last.year * 10_000 + last.month * 100 + last.day


def check(lines: Iterable[CartLine], payments: Iterable[Paid], loyalty: Loyalty) -> None:
    """Refuse what would move no balance although it should, or a part of a point."""
    if any(line.is_money and line.account_id is None for line in lines):
        raise Refusal("A gift card line has no card. Void it and scan the card.")
    for paid in payments:
        if paid.method not in FROM_BALANCE:
            continue
        if paid.account_id is None:
            raise Refusal("Say which card or customer pays. Take the payment again.")
        if paid.method == POINTS:
            points_for(paid.amount_minor, loyalty)


def points_for(amount_minor: int, loyalty: Loyalty) -> int:
    """The points that pay an amount, with its sign; refuses a part of a point."""
    if not loyalty.point_minor:
        raise Refusal("This shop takes no points in payment.")
    if amount_minor % loyalty.point_minor:
        raise Refusal("Only whole points pay. Take a little less.")
    return amount_minor // loyalty.point_minor


def points_earned(
    sale: Sale,
    lines: Iterable[SaleLine],
    payments: Iterable[Payment],
    loyalty: Loyalty,
    unit_minor: int,
) -> int:
    """Points for each whole unit paid for goods; what points pay earns none, what comes back costs.

    ``unit_minor`` is one unit of the currency in minor units.
    """
    by_points = sum(paid.amount_minor for paid in payments if paid.method == POINTS)
    base = goods_minor(sale, lines) - by_points
    units = abs(base) // unit_minor * loyalty.points_per_unit
    return units if base >= 0 else -units


def points_kept(given: int, sold_minor: int, left_minor: int) -> int:
    """How many of the points ``given`` for goods of ``sold_minor`` stay when goods of
    ``left_minor`` do: the whole part of the share, so that none stay when nothing is left.
    """
    if not sold_minor or left_minor * sold_minor <= 0:
        return 0
    kept = abs(given) * min(abs(left_minor), abs(sold_minor)) // abs(sold_minor)
    return kept if given >= 0 else -kept


def goods_minor(sale: Sale, lines: Iterable[SaleLine]) -> int:
    """What a sale came to without its money lines."""
    return sale.total_minor - sum(line.total_minor for line in lines if is_money(line))


def is_money(line: SaleLine) -> bool:
    """Whether a sold line was money, not goods."""
    return line.kind in MONEY_LINES


def movements(
    sale: Sale,
    lines: Sequence[SaleLine],
    payments: Sequence[Payment],
    points: int,
    loyalty: Loyalty,
    new_id: Callable[[], str],
) -> tuple[BalanceMovement, ...]:
    """What a sale or refund moves, one movement for each account and reason; none of nothing.

    ``points`` are earned, or taken back when negative, by the sale's customer.
    """
    sums: Counter[tuple[str, str, str]] = Counter()
    for line in lines:
        if line.kind == GIFT_CARD and line.account_id:
            sums[GIFT_CARD, line.account_id, LOADED] += line.total_minor
        elif line.kind == ACCOUNT_PAYMENT and line.account_id:
            sums[ON_ACCOUNT, line.account_id, PAID_OFF] -= line.total_minor
    for paid in payments:
        if paid.method in FROM_BALANCE and paid.account_id:
            sums[paid.method, paid.account_id, PAID] += _moved(paid, loyalty)
    if sale.customer_id and points:
        sums[POINTS, sale.customer_id, EARNED] += points
    return tuple(
        BalanceMovement(
            id=new_id(),
            store_id=sale.store_id,
            kind=kind,
            account_id=account_id,
            amount=amount,
            reason=reason,
            sale_id=sale.id,
            user_id=sale.cashier_id,
            at_us=sale.rung_at_us,
        )
        for (kind, account_id, reason), amount in sums.items()
        if amount
    )


def _moved(paid: Payment, loyalty: Loyalty) -> int:
    """What a payment adds to its account: buying on account adds to what is owed."""
    if paid.method == POINTS:
        return -points_for(paid.amount_minor, loyalty)
    return paid.amount_minor if paid.method == ON_ACCOUNT else -paid.amount_minor


def _money_line(line_id: str, kind: str, account_id: str, name: str, amount_minor: int) -> CartLine:
    if amount_minor <= 0:
        raise Refusal("Enter an amount above 0.")
    return CartLine(
        id=line_id,
        name=name,
        kind=kind,
        unit_price_minor=amount_minor,
        list_price_minor=amount_minor,
        account_id=account_id,
    )
