"""Other prices and offers."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from localdb.domain.fields import (
    JSON,
    MILLI_MAX,
    PRICE,
    Count,
    Day,
    Flag,
    Id,
    Name,
    Policy,
    Spec,
    Text,
    asking,
    one_of,
)
from localdb.domain.records.base import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList(Reference):
    """Other prices for a group, a store or a time; the lowest that applies is charged."""

    TYPE: ClassVar[str] = "price_list"

    name: Name
    group_id: Id | None = None
    store_id: Id | None = None
    starts_day: Day = 0
    ends_day: Day = 0
    """The last day it applies."""
    active: Flag = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceListItem(Reference):
    TYPE: ClassVar[str] = "price_list_item"

    price_list_id: Id
    product_id: Id
    price_minor: Annotated[int, asking(PRICE)]
    min_quantity_milli: Annotated[int, Spec("int", 0, MILLI_MAX)] = 0
    """Bought in one sale, for this price to apply."""


PROMOTION_KINDS = (
    "percent", "amount", "n_for_m", "n_for_price", "bundle", "cheapest_free", "spend",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion(Reference):
    """An offer that prices a cart down by itself; ``domain.promotions`` says how."""

    TYPE: ClassVar[str] = "promotion"

    name: Name
    """As printed on the receipt."""
    kind: Annotated[str, one_of(*PROMOTION_KINDS, policy=Policy.ASK)]
    targets: Annotated[str, asking(JSON)] = "[]"
    """JSON list of ``{"products": [id], "categories": [id], "quantity": n}``; none is all."""
    rate_ppm: Annotated[int, Spec("int", 0, 1_000_000, policy=Policy.ASK)] = 0
    amount_minor: Annotated[int, asking(PRICE)] = 0
    """An amount off, or the price of the set."""
    take: Count = 0
    """How many are taken for ``n_for_m``, ``n_for_price`` and ``cheapest_free``."""
    pay: Count = 0
    """How many of those taken are paid for."""
    spend_minor: Annotated[int, asking(PRICE)] = 0
    """What must be spent for ``spend``."""
    coupon_code: Text = ""
    """Applies only once this code was scanned or typed; none for everybody."""
    group_id: Id | None = None
    store_id: Id | None = None
    starts_day: Day = 0
    ends_day: Day = 0
    weekdays: Annotated[int, Spec("int", 0, 127)] = 127
    """A bit per weekday, Monday is 1."""
    from_min: Annotated[int, Spec("int", 0, 1440)] = 0
    until_min: Annotated[int, Spec("int", 0, 1440)] = 1440
    """Minutes after local midnight; before ``from_min`` means over midnight."""
    stackable: Flag = False
    """Whether it may meet another promotion on the same goods."""
    priority: Count = 0
    """Stackable ones apply from the lowest."""
    times_max: Count = 0
    """How often it applies to one sale; 0 for as often as it can."""
    active: Flag = True
