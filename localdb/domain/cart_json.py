"""Parts of a cart as JSON and back: what holds its default is left out, the unknown passed over."""

from dataclasses import asdict, fields
from typing import Any, TypeVar

from localdb.domain.ids import is_id
from localdb.domain.pricing import Discount, ListPrice

P = TypeVar("P")
_IDS = (
    "product_id",
    "category_id",
    "tax_class_id",
    "customer_id",
    "group_id",
    "account_id",
    "held_cart_id",
)
_TUPLES: dict[str, type] = {"lines": object, "prices": ListPrice, "coupons": str}
"""Fields that hold several of a kind."""


def given(part: Any) -> dict[str, Any]:
    """The fields of a part, but for its lines, that do not hold their default."""
    values = {
        f.name: value
        for f in fields(part)
        if f.name != "lines" and (value := getattr(part, f.name)) != f.default
    }
    if isinstance(values.get("discount"), Discount):
        values["discount"] = asdict(values["discount"])
    if "prices" in values:
        values["prices"] = [given(price) for price in values["prices"]]
    return values


def known(part: type[Any], values: dict[str, Any]) -> dict[str, Any]:
    """The values that this program knows, ready to build a part from."""
    found = {f.name: values[f.name] for f in fields(part) if f.name in values}
    if found.get("discount") is not None:
        found["discount"] = typed(Discount(**found["discount"]))
    if "prices" in found:
        prices = (ListPrice(**known(ListPrice, price)) for price in found["prices"])
        found["prices"] = tuple(map(typed, prices))
    if isinstance(found.get("coupons"), list):
        found["coupons"] = tuple(found["coupons"])
    return found


def typed(part: P) -> P:
    """The part, if each field holds what it declares: sums of anything else would crash later.

    Raises TypeError naming the first field that does not.
    """
    for f in fields(part):  # type: ignore[arg-type] # every part is a dataclass
        value: Any = getattr(part, f.name)
        if f.name in _TUPLES:
            whole = isinstance(value, tuple)
            if not whole or not all(isinstance(item, _TUPLES[f.name]) for item in value):
                raise TypeError(f"{f.name} holds something strange")
            continue
        if f.name in _IDS and value is not None and not (isinstance(value, str) and is_id(value)):
            raise TypeError(f"{f.name} is not an id")
        declared: Any = f.type
        if not isinstance(value, declared) or isinstance(value, bool) is not (declared is bool):
            raise TypeError(f"{f.name} cannot be {value!r}")
    return part
