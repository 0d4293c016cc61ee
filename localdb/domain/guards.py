"""What an edit of a reference record needs: a person's permission, and perhaps a till that manages.

The services ask the same before they write; the server asks again of what a till sends, for a till
may be in a thief's hands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localdb.domain.permissions import MANAGER, Authority, Permission, read_permissions
from localdb.domain.pin import is_one_time
from localdb.domain.records import (
    RECORDS,
    BalanceCheckpoint,
    Barcode,
    Category,
    Conflict,
    Customer,
    CustomerGroup,
    GiftCard,
    HeldCart,
    PaymentMethod,
    PriceList,
    PriceListItem,
    Product,
    Promotion,
    Role,
    Setting,
    Store,
    TaxClass,
    TaxRate,
    Till,
    User,
)


@dataclass(frozen=True, slots=True)
class Guard:
    """What changing a record takes; without a permission everybody may."""

    permission: Permission | None = None
    at_managing_till: bool = False
    """Whether a plain till may not change it, whoever is signed in there."""
    fields: frozenset[str] | None = None
    """The fields it holds for; None for all of them. A new record with the defaults is free."""
    new_is_free: bool = False
    """Whether anybody may add such a record, whatever it holds."""

    def guarded(self, type_name: str, values: Mapping[str, Any], *, is_new: bool) -> frozenset[str]:
        """Those of the named fields that need leave."""
        if self.permission is None or (is_new and self.new_is_free):
            return frozenset()
        if self.fields is None:
            return frozenset(values)
        named = self.fields & values.keys()
        if not is_new:
            return frozenset(named)
        usual = {f.name: f.default for f in RECORDS[type_name].fields() if not f.required}
        return frozenset(n for n in named if n in usual and values[n] != usual[n])


_MANAGEMENT = Guard(Permission.SETTINGS, at_managing_till=True)
_PEOPLE = Guard(Permission.PEOPLE, at_managing_till=True)
_GOODS = Guard(Permission.CATALOGUE)
_OFFERS = Guard(Permission.PRICES)
GUARDS: Mapping[str, Guard] = {
    Store.TYPE: _MANAGEMENT,
    Till.TYPE: _MANAGEMENT,
    User.TYPE: _PEOPLE,
    Role.TYPE: _PEOPLE,
    Category.TYPE: _GOODS,
    TaxClass.TYPE: _MANAGEMENT,
    TaxRate.TYPE: _MANAGEMENT,
    Product.TYPE: _GOODS,
    Barcode.TYPE: _GOODS,
    CustomerGroup.TYPE: _OFFERS,
    Customer.TYPE: Guard(
        Permission.ADJUST_BALANCE, fields=frozenset({"credit_limit_minor", "tax_exempt"})
    ),
    PriceList.TYPE: _OFFERS,
    PriceListItem.TYPE: _OFFERS,
    Promotion.TYPE: _OFFERS,
    PaymentMethod.TYPE: _MANAGEMENT,
    # Whoever loads money on a card makes it, with the day on which it ends.
    GiftCard.TYPE: Guard(
        Permission.ADJUST_BALANCE,
        fields=frozenset({"active", "code", "deleted", "expires_day"}),
        new_is_free=True,
    ),
    BalanceCheckpoint.TYPE: _MANAGEMENT,
    Setting.TYPE: _MANAGEMENT,
    HeldCart.TYPE: Guard(),
    Conflict.TYPE: Guard(Permission.CONFLICTS),
}
"""Reference type -> what changing it takes; a test holds that none is missing."""


def guard_of(type_name: str) -> Guard:
    """The guard of a reference type; one that nobody thought of is a manager's."""
    return GUARDS.get(type_name, _MANAGEMENT)


def chooses_own_pin(
    user_id: str | None, record_id: str, held: Mapping[str, Any], after: Mapping[str, Any]
) -> bool:
    """Whether somebody puts a PIN of their own in the place of a one-time one, and no more."""
    return (
        user_id == record_id
        and after.keys() == {"pin_hash"}
        and is_one_time(str(held.get("pin_hash", "")))
        and not is_one_time(str(after["pin_hash"]))
    )


def rights_of_role(values: Mapping[str, Any]) -> Authority:
    """What a role record would give; all of it for the manager's, or for a list nobody can read."""
    named = read_permissions(str(values.get("permissions", "")))
    if values.get("code") == MANAGER or named is None:
        return Authority(frozenset(Permission), 1_000_000)
    return Authority(named, int(values.get("discount_max_ppm", 0)))
