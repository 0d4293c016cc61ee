"""What the shop decides about selling, in words: the settings page."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from app.formats import Formats
from localdb.domain.money import PPM
from localdb.errors import EvertillError, Refusal
from localdb.queries import settings as setting_queries
from localdb.services import settings
from localdb.services.till import Till

PPM_PER_PERCENT = PPM // 100


@dataclass(frozen=True, slots=True)
class Choices:
    """A setting with a few values, taken in turn at each tap: value -> words."""

    words: dict[str, str]

    def next(self, value: str) -> str:
        """The value after this one."""
        values = list(self.words)
        return values[(values.index(value) + 1) % len(values)] if value in values else values[0]


@dataclass(frozen=True, slots=True)
class Typed:
    """A setting that is typed: ``money``, ``percents``, ``number`` or ``text``."""

    kind: str = "text"
    none: str = "None"
    """Said where nothing, or 0, is set."""
    unit: str = ""


_YES_NO = Choices({"0": "No", "1": "Yes"})
SETTINGS: dict[str, tuple[str, Choices | Typed]] = {
    "offers": ("Where offers meet", Choices({"best": "The best one", "stack": "All that may"})),
    "tax_rounding": (
        "Tax is rounded",
        Choices({"document": "Once per rate and receipt", "line": "On each line"}),
    ),
    "tax_ties": (
        "Half a cent of tax",
        Choices({"half_up": "Goes up", "half_even": "Goes to the even cent"}),
    ),
    "cash_step_minor": ("Smallest coin", Typed("money")),
    "tip_ppm": ("Tips to offer, in percent", Typed("percents", "No tips")),
    "points_per_unit": (
        "Loyalty points on each whole unit of money",
        Typed("number", "No loyalty scheme"),
    ),
    "point_minor": ("What a point pays", Typed("money", "Nothing")),
    "gift_card_offline_minor": (
        "Most that a card or credit pays without the server",
        Typed("money", "Nothing"),
    ),
    "gift_card_days": ("A gift card is good for", Typed("number", "Ever", " days")),
    "open_price_max_minor": ("Most for goods without a price", Typed("money", "No limit")),
    "blind_count": ("Count the drawer blind", _YES_NO),
    "drawer_max_minor": ("Ask for a drop above", Typed("money", "Never")),
    "paid_in_reasons": ("Reasons for cash in, between semicolons", Typed()),
    "paid_out_reasons": ("Reasons for cash out, between semicolons", Typed()),
    "no_sale_reasons": ("Reasons to open the drawer, between semicolons", Typed()),
    "lock_after_s": ("Lock when idle for", Typed("number", unit=" s")),
    "badge_needs_pin": ("A badge also needs the PIN", _YES_NO),
    "embedded_codes": ("Labels with price or weight, such as 21PPPPPWWWWWK", Typed()),
    "scanner_prefix": ("Scanners send before a code", Typed()),
    "scanner_suffix": ("Scanners send after a code", Typed()),
    "keyboard": ("On-screen keyboard", _YES_NO),
}
"""Every field of ``ShopSettings``: what it is called, and how it is changed."""


class SettingsPresenter:
    """Shows each setting with its value; a tap takes the next choice or asks for the value."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        show: Callable[[list[tuple[str, str]], str], None],
        ask: Callable[[str, str, Callable[[str], object]], object],
    ) -> None:
        self._till = till
        self._formats = formats
        self._show = show
        self._ask = ask
        self._names = list(SETTINGS)
        self.for_store = False

    def open(self, problem: str = "") -> None:
        """Show what is in force in this store."""
        now = self._now()
        rows = [(SETTINGS[name][0], self._written(name, now[name])) for name in self._names]
        self._show(rows, problem)

    def take(self, row: int) -> None:
        """Change the setting in a row."""
        name = self._names[row]
        title, how = SETTINGS[name]
        value = self._now()[name]
        if isinstance(how, Choices):
            self._change(name, how.next(value))
        else:
            self._ask(title, self._typed(how, value), partial(self._entered, name, how))

    def _now(self) -> dict[str, str]:
        found = self._till.ask(setting_queries.in_force)
        return {name: str(getattr(found, name)) for name in self._names}

    def _entered(self, name: str, how: Typed, words: str) -> None:
        try:
            text = self._read(how, words.strip())
        except Refusal as refusal:
            self.open(str(refusal))
            return
        self._change(name, text)

    def _change(self, name: str, text: str) -> None:
        try:
            self._till.write(settings.change, name, text, for_store=self.for_store)
        except EvertillError as error:
            self.open(str(error).replace(name, SETTINGS[name][0]))
            return
        self.open()

    def _written(self, name: str, value: str) -> str:
        _title, how = SETTINGS[name]
        if isinstance(how, Choices):
            return how.words.get(value, value)
        if value in ("", "0"):
            return how.none
        if how.kind == "money":
            return self._formats.money(int(value))
        if how.kind == "percents":
            return ", ".join(self._formats.percent(rate) for rate in _rates(value))
        return value + how.unit

    def _typed(self, how: Typed, value: str) -> str:
        """The value as it would be typed."""
        if how.kind == "money":
            return self._formats.entry(int(value))
        if how.kind == "percents":
            return "; ".join(self._formats.percent_entry(rate) for rate in _rates(value))
        return value

    def _read(self, how: Typed, words: str) -> str:
        """What was typed, as the setting is kept; raises Refusal saying how to type it."""
        if how.kind == "money":
            minor = self._formats.parse_money(words or "0")
            if minor is None or minor < 0:
                raise Refusal("That is not an amount. Type it like 12.50.")
            return str(minor)
        if how.kind == "percents":
            between = r"[;\s]+" if self._formats.decimal_mark == "," else r"[;,\s]+"
            parts = [part for part in re.split(between, words.replace("%", " ")) if part]
            rates = [self._formats.parse_percent(part) for part in parts]
            if any(rate is None or rate <= 0 for rate in rates):
                raise Refusal("Type percentages with semicolons between them, such as 5; 10; 15.")
            return ",".join(str(rate) for rate in rates)
        if how.kind == "number":
            number = self._formats.parse_whole(words or "0")
            if number is None:
                raise Refusal("Type a whole number, such as 30.")
            return str(number)
        return words


def _rates(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part.strip()]
