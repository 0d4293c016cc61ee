"""Who may do what at a till: permissions, the roles that hold them, and a manager's leave.

A shop's ``Role`` records override a built-in role of the same code, or add one. ``manager`` alone
cannot be cut down: somebody must be left who can give rights back.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from localdb.domain.money import PPM
from localdb.domain.records import Role

CASHIER, SUPERVISOR, MANAGER = "cashier", "supervisor", "manager"


class Permission(StrEnum):
    """Something that not everybody may do; a value is the code kept in roles and the audit log."""

    VOID_LINE = "void_line"
    OPEN_ITEM = "open_item"
    """Goods the catalogue does not know, at a price typed in."""
    PRICE_CHANGE = "price_change"
    """A price below the list's, by hand."""
    DISCOUNT_ABOVE_LIMIT = "discount_above_limit"
    """A discount above the role's own limit."""
    SELL_EXPIRED = "sell_expired"
    """Goods past the date on their label."""
    RETURN_WITHOUT_RECEIPT = "return_without_receipt"
    """Goods that come back unproved: negative lines too."""
    RETURN_DEPOSIT = "return_deposit"
    """Empties: the deposit is paid out."""
    REFUND = "refund"
    """Goods that come back with their receipt, also in exchange."""
    VOID_SALE = "void_sale"
    """A whole sale taken back after it was paid."""
    TENDER_CORRECTION = "tender_correction"
    GIFT_CARD_LOAD = "gift_card_load"
    """Money put on a card, against payment."""
    OVERDRAW_CREDIT = "overdraw_credit"
    """A card or credit charged beyond what is known to be on it."""
    ON_ACCOUNT = "on_account"
    ADJUST_BALANCE = "adjust_balance"
    """A card's, credit's or customer's balance changed by hand, without payment."""
    NO_SALE = "no_sale"
    PAID_IN = "paid_in"
    PAID_OUT = "paid_out"
    DROP = "drop"
    OPEN_SHIFT = "open_shift"
    CLOSE_SHIFT = "close_shift"
    SEE_EXPECTED_CASH = "see_expected_cash"
    """X reports, and the cash that should be in the drawer before it was counted."""
    TRAINING = "training"
    CATALOGUE = "catalogue"
    PRICES = "prices"
    """Price lists and promotions."""
    STOCK = "stock"
    REPORTS = "reports"
    JOURNAL = "journal"
    AUDIT_LOG = "audit_log"
    CONFLICTS = "conflicts"
    SYNC_QUEUE = "sync_queue"
    """What the server refused: send it again, or give it up."""
    PEOPLE = "people"
    SETTINGS = "settings"
    RECOVERY_KEY = "recovery_key"
    """The key of this till's data, on paper."""


@dataclass(frozen=True, slots=True)
class Authority:
    """What one person may do."""

    permissions: frozenset[Permission] = frozenset()
    discount_max_ppm: int = 0
    """The most this person gives by hand, of the price before it."""

    def may(self, permission: Permission) -> bool:
        """Whether this needs nobody else's leave."""
        return permission in self.permissions

    def may_give(self, discount_ppm: int) -> bool:
        """Whether a discount of this share of the price needs nobody else's leave."""
        return discount_ppm <= self.discount_max_ppm or self.may(Permission.DISCOUNT_ABOVE_LIMIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Something about to be done that may need somebody's leave."""

    permission: Permission
    words: str
    """What is to be done, for whoever is asked and for the audit log."""
    amount_minor: int = 0
    """The money it is about, if any."""
    discount_ppm: int = 0
    """Of a discount: its share of the price."""

    def allowed_by(self, authority: Authority) -> bool:
        """Whether somebody with this authority may do it, or allow it."""
        if self.permission is Permission.DISCOUNT_ABOVE_LIMIT:
            return authority.may_give(self.discount_ppm)
        return authority.may(self.permission)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Leave for one action, by own right or by somebody else's PIN or badge; never kept."""

    permission: Permission
    user_id: str
    """Who acts."""
    approved_by: str | None = None
    """Who allowed it; None by own right."""
    audit_id: str | None = None
    """The audit entry of an override."""


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A role that every shop has without a record."""

    code: str
    name: str
    authority: Authority = field(default_factory=Authority)


_AT_THE_TILL = frozenset(
    {
        Permission.VOID_LINE,
        Permission.OPEN_ITEM,
        Permission.RETURN_DEPOSIT,
        Permission.REFUND,
        Permission.TENDER_CORRECTION,
        Permission.GIFT_CARD_LOAD,
        Permission.NO_SALE,
        Permission.PAID_IN,
        Permission.DROP,
        Permission.OPEN_SHIFT,
        Permission.CLOSE_SHIFT,
    }
)
_IN_CHARGE = frozenset(
    {
        Permission.PRICE_CHANGE,
        Permission.SELL_EXPIRED,
        Permission.RETURN_WITHOUT_RECEIPT,
        Permission.VOID_SALE,
        Permission.ON_ACCOUNT,
        Permission.PAID_OUT,
        Permission.SEE_EXPECTED_CASH,
        Permission.TRAINING,
    }
)
BUILT_IN = (
    BuiltIn(CASHIER, "Cashier", Authority(_AT_THE_TILL, 100_000)),
    BuiltIn(SUPERVISOR, "Supervisor", Authority(_AT_THE_TILL | _IN_CHARGE, 300_000)),
    BuiltIn(MANAGER, "Manager", Authority(frozenset(Permission), PPM)),
)
_BUILT_IN = {role.code: role for role in BUILT_IN}


def role_of(code: str, roles: Iterable[Role]) -> Role | None:
    """The record of a role's code; of two, as two offline tills may make, the older one."""
    same = (role for role in roles if role.code == code and not role.deleted)
    return min(same, key=lambda role: role.id, default=None)


def authority_of(code: str, roles: Iterable[Role]) -> Authority:
    """What people of a role may do; of a role that is not known here, what a cashier may."""
    record = role_of(code, roles)
    if code == MANAGER or record is None:
        return _BUILT_IN.get(code, _BUILT_IN[CASHIER]).authority
    permissions = read_permissions(record.permissions)
    if permissions is None:
        return _BUILT_IN.get(code, _BUILT_IN[CASHIER]).authority
    return Authority(permissions, record.discount_max_ppm)


def role_name(code: str, roles: Iterable[Role]) -> str:
    """What a role is called on screens."""
    record = role_of(code, roles)
    if record is not None:
        return record.name
    return _BUILT_IN[code].name if code in _BUILT_IN else code.replace("_", " ").capitalize()


def read_permissions(text: str) -> frozenset[Permission] | None:
    """The permissions in a role's JSON; those of a newer program are left out.

    None for a text that is no list.
    """
    try:
        codes = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(codes, list):
        return None
    return frozenset(p for p in Permission if p.value in codes)


def write_permissions(permissions: Iterable[Permission]) -> str:
    """A role's permissions as its record keeps them, in one order whoever wrote them."""
    chosen = frozenset(permissions)
    return json.dumps([p.value for p in Permission if p in chosen], separators=(",", ":"))
