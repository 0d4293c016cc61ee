"""Other prices for a product: the lowest that applies is charged, never more than the catalogue's.

A line takes along, when it is scanned, every price that a list gives its product. So an open cart
keeps its prices whatever is changed meanwhile, it comes to the same on the till that recalls it,
and a customer of a group who is named last still gets the group's prices.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from localdb.domain.cart import CartLine
from localdb.domain.local_time import LocalTime
from localdb.domain.pricing import ListPrice
from localdb.domain.records import PriceList, PriceListItem


@dataclass(frozen=True, slots=True)
class Priced:
    """What one unit of a line costs, and the price list that says so; "" is the catalogue."""

    unit_price_minor: int
    list_name: str = ""


def prices_of(
    items: Iterable[tuple[PriceListItem, PriceList]], store_id: str
) -> tuple[ListPrice, ...]:
    """The prices that a line of one product takes along in a store, the lowest first."""
    found = {
        ListPrice(
            price_minor=item.price_minor,
            name=of.name,
            min_quantity_milli=item.min_quantity_milli,
            group_id=of.group_id,
            starts_day=of.starts_day,
            ends_day=of.ends_day,
        )
        for item, of in items
        if of.active and not of.deleted and not item.deleted and of.store_id in (None, store_id)
    }
    return tuple(sorted(found, key=lambda price: (*_rank(price), price.group_id or "")))


def priced(lines: Sequence[CartLine], group_id: str | None, at: LocalTime) -> list[Priced]:
    """What one unit of each line costs at a moment, to a customer of a group.

    The quantity that a price asks for may stand on several lines of one product. A price set by
    hand stands, and so does the price of a deposit, of a label that carries its amount, and one
    typed for an open price. Goods that come back without a receipt are worth what they cost now,
    so that giving back and buying the same comes to nothing; a price that asks for a quantity
    holds for them where so many come back, or are bought with them.
    """
    moved: dict[tuple[str, bool], int] = {}
    for line in lines:
        if line.product_id is not None and line.prices:
            key = line.product_id, line.quantity_milli > 0
            moved[key] = moved.get(key, 0) + abs(line.quantity_milli)
    return [_priced(line, _quantity(line, moved), group_id, at) for line in lines]


def _quantity(line: CartLine, moved: dict[tuple[str, bool], int]) -> int:
    """How much of a line's product counts for prices that ask for a quantity."""
    product_id = line.product_id or ""
    bought = moved.get((product_id, True), 0)
    return bought if line.quantity_milli > 0 else max(bought, moved.get((product_id, False), 0))


def _priced(line: CartLine, quantity: int, group_id: str | None, at: LocalTime) -> Priced:
    kept = Priced(line.unit_price_minor)
    if not line.prices or not line.is_at_list_price:
        return kept
    given = [price for price in line.prices if _applies(price, quantity, group_id, at)]
    lowest = min(given, key=_rank, default=None)
    if lowest is None or lowest.price_minor >= line.unit_price_minor:
        return kept
    return Priced(lowest.price_minor, lowest.name)


def _applies(price: ListPrice, quantity_milli: int, group_id: str | None, at: LocalTime) -> bool:
    return (
        price.group_id in (None, group_id)
        and price.min_quantity_milli <= quantity_milli
        and at.is_within(price.starts_day, price.ends_day)
    )


def _rank(price: ListPrice) -> tuple[int, str, int, int, int]:
    """The lowest first; of equal prices always the same one, for its name is shown."""
    return (
        price.price_minor, price.name, price.min_quantity_milli, price.starts_day, price.ends_day,
    )  # fmt: skip
