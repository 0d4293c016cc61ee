"""Price lists and promotions as a manager makes and changes them.

The ``add_`` functions are for setting a shop up; who makes or changes an offer at a till needs the
permission ``prices``, and the journal keeps what was changed.
"""

from typing import Any

from localdb.domain.permissions import Permission
from localdb.domain.promotions import problems_of
from localdb.domain.records import PriceList, PriceListItem, Promotion
from localdb.domain.validate import problems
from localdb.errors import Refusal, ValidationRefusal
from localdb.services import people
from localdb.services.editing import require_unchanged
from localdb.store.unit_of_work import UnitOfWork


def add_promotion(uow: UnitOfWork, /, name: str, kind: str, **fields: Any) -> Promotion:
    """Add a promotion; raises ValidationRefusal naming each field that is wrong."""
    promotion = Promotion(id=uow.new_id(), name=name, kind=kind, **fields)
    _check(promotion)
    uow.insert(promotion)
    return promotion


def create_promotion(uow: UnitOfWork, /, name: str, kind: str, **fields: Any) -> Promotion:
    """Make a promotion at a till; see ``add_promotion``."""
    people.require(uow, Permission.PRICES)
    promotion = add_promotion(uow, name, kind, **fields)
    uow.journal("offer_changed", {"promotion": promotion.id, "name": name, "kind": kind, **fields})
    return promotion


def change_promotion(uow: UnitOfWork, /, promotion_id: str, **changes: Any) -> Promotion:
    """Change fields of a promotion; sales that were paid keep what they were.

    Raises ValidationRefusal when it would make no sense any more.
    """
    people.require(uow, Permission.PRICES)
    held = uow.get(Promotion, promotion_id)
    if held is None or held.deleted:
        raise Refusal("This promotion was deleted. Reload the list.")
    _check(Promotion(**{**held.values(), **changes}))
    changed = uow.edit(Promotion, promotion_id, **changes)
    uow.journal("offer_changed", {"promotion": promotion_id, **changes})
    return changed


def add_price_list(uow: UnitOfWork, /, name: str, **fields: Any) -> PriceList:
    """Add a price list without prices; raises ValidationRefusal."""
    price_list = PriceList(id=uow.new_id(), name=name, **fields)
    if price_list.ends_day and price_list.ends_day < price_list.starts_day:
        raise ValidationRefusal({"ends_day": "is before the first day"})
    uow.insert(price_list)
    return price_list


def create_price_list(uow: UnitOfWork, /, name: str, **fields: Any) -> PriceList:
    """Make a price list at a till; see ``add_price_list``."""
    people.require(uow, Permission.PRICES)
    price_list = add_price_list(uow, name, **fields)
    uow.journal("offer_changed", {"price_list": price_list.id, "name": name, **fields})
    return price_list


def change_price_list(uow: UnitOfWork, /, list_id: str, **changes: Any) -> PriceList:
    """Change whom a price list is for and when; open carts keep the prices they scanned."""
    people.require(uow, Permission.PRICES)
    held = uow.get(PriceList, list_id)
    if held is None or held.deleted:
        raise Refusal("This price list was deleted. Reload the list.")
    changed = PriceList(**{**held.values(), **changes})
    if changed.ends_day and changed.ends_day < changed.starts_day:
        raise ValidationRefusal({"ends_day": "is before the first day"})
    changed = uow.edit(PriceList, list_id, **changes)
    uow.journal("offer_changed", {"price_list": list_id, **changes})
    return changed


def save_price_list(uow: UnitOfWork, seen: PriceList | None, /, **values: Any) -> PriceList:
    """Make a price list, or change the one that was ``seen``; raises as the two do."""
    if seen is None:
        return create_price_list(uow, values.pop("name", ""), **values)
    require_unchanged(uow, seen)
    return change_price_list(uow, seen.id, **values)


def save_promotion(uow: UnitOfWork, seen: Promotion | None, /, **values: Any) -> Promotion:
    """Make a promotion, or change the one that was ``seen``; raises as the two do."""
    if seen is None:
        name, kind = values.pop("name", ""), values.pop("kind", "")
        return create_promotion(uow, name, kind, **values)
    require_unchanged(uow, seen)
    return change_promotion(uow, seen.id, **values)


def save_list_price(
    uow: UnitOfWork,
    seen: PriceListItem | None,
    list_id: str,
    /,
    product_id: str,
    price_minor: int,
    min_quantity_milli: int,
) -> None:
    """Put a price on a list, or in the place of the one that was ``seen``."""
    if seen is not None:
        require_unchanged(uow, seen)
        before = (seen.product_id, seen.min_quantity_milli)
        if before != (product_id, min_quantity_milli):
            set_price(uow, list_id, before[0], None, min_quantity_milli=seen.min_quantity_milli)
    set_price(uow, list_id, product_id, price_minor, min_quantity_milli=min_quantity_milli)


def put_price(
    uow: UnitOfWork,
    list_id: str,
    product_id: str,
    price_minor: int,
    *,
    min_quantity_milli: int = 0,
) -> None:
    """Set what a price list asks for a product, from a quantity on (thousandths)."""
    for held in _prices(uow, list_id, product_id, min_quantity_milli):
        uow.edit(PriceListItem, held.id, price_minor=price_minor)
        return
    uow.insert(
        PriceListItem(
            id=uow.new_id(),
            price_list_id=list_id,
            product_id=product_id,
            price_minor=price_minor,
            min_quantity_milli=min_quantity_milli,
        )
    )


def set_price(
    uow: UnitOfWork,
    list_id: str,
    product_id: str,
    price_minor: int | None,
    *,
    min_quantity_milli: int = 0,
) -> None:
    """Set a list's price at a till, or take it off the list with None; see ``put_price``."""
    people.require(uow, Permission.PRICES)
    if price_minor is None:
        for held in _prices(uow, list_id, product_id, min_quantity_milli):
            uow.edit(PriceListItem, held.id, deleted=True)
    else:
        put_price(uow, list_id, product_id, price_minor, min_quantity_milli=min_quantity_milli)
    uow.journal(
        "offer_changed",
        {
            "price_list": list_id,
            "product": product_id,
            "price_minor": price_minor,
            "min_quantity_milli": min_quantity_milli,
        },
    )


def _prices(
    uow: UnitOfWork, list_id: str, product_id: str, min_quantity_milli: int
) -> list[PriceListItem]:
    return uow.find(
        PriceListItem,
        price_list_id=list_id,
        product_id=product_id,
        min_quantity_milli=min_quantity_milli,
        deleted=False,
    )


def _check(promotion: Promotion) -> None:
    wrong = problems(Promotion, promotion.values()) or problems_of(promotion)
    if wrong:
        raise ValidationRefusal(wrong)
