"""What a shop decides about how it sells: kept as ``Setting`` records, read as one typed value.

A setting of a store comes before the organisation's. What this program does not know, or cannot
read, counts as not set: a till must open with whatever a newer one wrote.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Self

from localdb.domain.embedded import rules
from localdb.domain.fields import MINOR_MAX
from localdb.domain.money import PPM
from localdb.domain.records import Setting
from localdb.errors import Refusal

PREFIX = "selling."
"""Before a field's name it makes the key of its record."""

FRAME_MAX = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSettings:
    """One field is one setting, an int or a text; its default is what a new shop does."""

    tax_rounding: str = "document"
    """``document`` (once per rate over the receipt, EN 16931) or ``line``."""
    tax_ties: str = "half_up"
    """``half_up`` or ``half_even``."""
    cash_step_minor: int = 1
    """The smallest coin in use: 5 where cash is rounded to 0.05."""
    offers: str = "best"
    """Where several promotions meet: ``best`` for the customer, or ``stack`` those that may."""
    discount_rounding: str = "price"
    """What a percentage rounds: the ``price`` it leaves, or the ``discount`` it takes off."""
    tip_ppm: str = ""
    """Tips to offer, rates in parts per million between commas; none for no tips."""
    gift_card_offline_minor: int = 5000
    """The most that one gift card or credit pays while the server cannot be asked."""
    gift_card_days: int = 0
    """How long a card is good after it was sold; 0 for ever."""
    points_per_unit: int = 0
    """Loyalty points earned on each whole unit of money; 0 for no loyalty scheme."""
    point_minor: int = 0
    """What a point is worth when it pays."""
    lock_after_s: int = 300
    badge_needs_pin: int = 0
    pin_alone: int = 0
    """Whether a PIN says who somebody is, without a name chosen first."""
    blind_count: int = 1
    """Whether the expected cash is hidden until the drawer was counted."""
    drawer_max_minor: int = 0
    """Cash above which the till asks for a drop to the safe; 0 for never."""
    paid_in_reasons: str = "Change from the bank;Petty cash returned"
    """The usual ones, between semicolons; others can be typed."""
    paid_out_reasons: str = "Cleaning;Postage;Delivery;Office supplies"
    no_sale_reasons: str = "Change for a customer;Change for the till;Drawer check"
    embedded_codes: str = ""
    """The shop's own codes with a price or weight; see ``domain.embedded``."""
    scanner_prefix: str = ""
    """What the shop's scanners send before a code; control characters by name, ``<STX>``."""
    scanner_suffix: str = ""
    """And after it, where that is not Enter or Tab."""
    open_price_max_minor: int = 0
    """The most that a cashier asks for goods without a price; 0 for no limit."""
    open_item_tax: str = ""
    """The code of the tax class for goods without a product; empty for the highest tax."""
    keyboard: int = 0
    """Whether an on-screen keyboard opens with a text field."""

    def reasons(self, kind: str) -> tuple[str, ...]:
        """The usual reasons for a drawer event, in the shop's order; none where it needs none."""
        text = getattr(self, f"{kind}_reasons", "")
        return tuple(reason.strip() for reason in text.split(";") if reason.strip())

    @classmethod
    def of(cls, records: Iterable[Setting], store_id: str) -> Self:
        """The settings in force in a store."""
        mine = [r for r in records if not r.deleted and r.store_id in (None, store_id)]
        ordered = sorted(mine, key=lambda r: (r.store_id is not None, r.id))
        return cls.read({r.key: r.value for r in ordered})

    @classmethod
    def read(cls, values: Mapping[str, str]) -> Self:
        """The settings from texts by key; what cannot be read keeps its default."""
        known = {}
        for field in fields(cls):
            text = values.get(PREFIX + field.name)
            if text is None:
                continue
            try:
                known[field.name] = checked(field.name, text)
            except Refusal:
                continue
        return cls(**known)


_BOUNDS = {
    "cash_step_minor": (1, 1_000_000),
    "gift_card_offline_minor": (0, MINOR_MAX),
    "gift_card_days": (0, 36_500),
    "points_per_unit": (0, PPM),
    "point_minor": (0, PPM),
    "lock_after_s": (30, 86_400),
    "badge_needs_pin": (0, 1),
    "pin_alone": (0, 1),
    "blind_count": (0, 1),
    "drawer_max_minor": (0, MINOR_MAX),
    "open_price_max_minor": (0, MINOR_MAX),
    "keyboard": (0, 1),
}
_CHOICES = {
    "tax_rounding": ("document", "line"),
    "tax_ties": ("half_up", "half_even"),
    "offers": ("best", "stack"),
    "discount_rounding": ("price", "discount"),
}


def bounds(name: str) -> tuple[int, int] | None:
    """The least and the most that a setting may be; None for one that is no number."""
    return _BOUNDS.get(name)


def checked(name: str, text: str) -> Any:
    """The value of a setting from what was typed; raises Refusal saying what it may be."""
    default = next((f.default for f in fields(ShopSettings) if f.name == name), MISSING)
    if default is MISSING:
        raise Refusal("This setting is not known here. Update the till.")
    if isinstance(default, int):
        low, high = _BOUNDS[name]
        if not text.isdecimal() or not low <= int(text) <= high:
            raise Refusal(f"Enter a whole number from {low:,} to {high:,}.")
        return int(text)
    if name == "tip_ppm" and not _are_rates(text):
        raise Refusal("Enter percentages with commas between them, such as 5, 10, 15.")
    if name == "embedded_codes":
        # Said to whoever types it: a scan only passes over what is wrong.
        rules(text)
    if name in ("scanner_prefix", "scanner_suffix") and len(text) > FRAME_MAX:
        raise Refusal(f"Enter at most {FRAME_MAX} characters.")
    if name in _CHOICES and text not in _CHOICES[name]:
        raise Refusal(f"Choose one of {', '.join(_CHOICES[name])}.")
    return text


def _are_rates(text: str) -> bool:
    parts = [part.strip() for part in text.split(",")] if text.strip() else []
    return all(part.isdecimal() and 0 < int(part) <= PPM for part in parts)
