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
    Label,
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
    LABEL: ClassVar[str] = "Price list"

    name: Annotated[Name, Label("Name")]
    group_id: Annotated[Id, Label("Group")] | None = None
    store_id: Annotated[Id, Label("Store")] | None = None
    starts_day: Annotated[Day, Label("Starts day")] = 0
    ends_day: Annotated[Day, Label("Ends day")] = 0
    """The last day it applies."""
    active: Annotated[Flag, Label("Active")] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceListItem(Reference):
    TYPE: ClassVar[str] = "price_list_item"
    LABEL: ClassVar[str] = "List price"

    price_list_id: Annotated[Id, Label("Price list")]
    product_id: Annotated[Id, Label("Product")]
    price_minor: Annotated[int, asking(PRICE), Label("Price")]
    min_quantity_milli: Annotated[int, Spec("int", 0, MILLI_MAX), Label("Minimum quantity")] = 0
    """Bought in one sale, for this price to apply."""


PROMOTION_KINDS = (
    "percent", "amount", "n_for_m", "n_for_price", "bundle", "cheapest_free", "spend",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion(Reference):
    """An offer that prices a cart down by itself; ``domain.promotions`` says how."""

    TYPE: ClassVar[str] = "promotion"
    LABEL: ClassVar[str] = "Promotion"

    name: Annotated[Name, Label("Name")]
    """As printed on the receipt."""
    kind: Annotated[str, one_of(*PROMOTION_KINDS, policy=Policy.ASK), Label("Kind")]
    targets: Annotated[str, asking(JSON), Label("Targets")] = "[]"
    """JSON list of ``{"products": [id], "categories": [id], "quantity": n}``; none is all."""
    rate_ppm: Annotated[int, Spec("int", 0, 1_000_000, policy=Policy.ASK), Label("Rate")] = 0
    amount_minor: Annotated[int, asking(PRICE), Label("Amount")] = 0
    """An amount off, or the price of the set."""
    take: Annotated[Count, Label("Take")] = 0
    """How many are taken for ``n_for_m``, ``n_for_price`` and ``cheapest_free``."""
    pay: Annotated[Count, Label("Pay")] = 0
    """How many of those taken are paid for."""
    spend_minor: Annotated[int, asking(PRICE), Label("Spend")] = 0
    """What must be spent for ``spend``."""
    coupon_code: Annotated[Text, Label("Coupon code")] = ""
    """Applies only once this code was scanned or typed; none for everybody."""
    group_id: Annotated[Id, Label("Group")] | None = None
    store_id: Annotated[Id, Label("Store")] | None = None
    starts_day: Annotated[Day, Label("Starts day")] = 0
    ends_day: Annotated[Day, Label("Ends day")] = 0
    weekdays: Annotated[int, Spec("int", 0, 127), Label("Weekdays")] = 127
    """A bit per weekday, Monday is 1."""
    from_min: Annotated[int, Spec("int", 0, 1440), Label("From (minutes after midnight)")] = 0
    until_min: Annotated[int, Spec("int", 0, 1440), Label("Until (minutes after midnight)")] = 1440
    """Minutes after local midnight; before ``from_min`` means over midnight."""
    stackable: Annotated[Flag, Label("Stackable")] = False
    """Whether it may meet another promotion on the same goods."""
    priority: Annotated[Count, Label("Priority")] = 0
    """Stackable ones apply from the lowest."""
    times_max: Annotated[Count, Label("Times max")] = 0
    """How often it applies to one sale; 0 for as often as it can."""
    active: Annotated[Flag, Label("Active")] = True
