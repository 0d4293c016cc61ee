"""What the shop decides about selling, in words: the settings page."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from app.kit.flow import AskYesNo
from app.kit.formats import Formats
from localdb.domain.money import PPM
from localdb.domain.settings import checked
from localdb.errors import EvertillError, Refusal
from localdb.queries import lists
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
    "offers": (
        "When several promotions apply",
        Choices({"best": "Use the best one", "stack": "Combine all that can be combined"}),
    ),
    "tax_rounding": (
        "Round tax",
        Choices({"document": "Per receipt, for each rate", "line": "Per line"}),
    ),
    "tax_ties": (
        "Round half a cent of tax",
        Choices({"half_up": "Up", "half_even": "To the even cent"}),
    ),
    "discount_rounding": (
        "Round percentage discounts",
        Choices(
            {
                "price": "The price: 5% off 2.30 leaves 2.19",
                "discount": "The discount: 5% off 2.30 leaves 2.18",
            }
        ),
    ),
    "cash_step_minor": ("Cash rounding", Typed("money")),
    "tip_ppm": ("Suggested tips (%)", Typed("percents", "No tips")),
    "points_per_unit": (
        "Points earned per unit of currency spent",
        Typed("number", "No loyalty scheme"),
    ),
    "point_minor": ("Value of one point when redeemed", Typed("money", "Not redeemable")),
    "gift_card_offline_minor": (
        "Offline limit for gift cards and store credit",
        Typed("money", "Nothing"),
    ),
    "gift_card_days": ("Gift cards expire after", Typed("number", "Never", " days")),
    "open_price_max_minor": ("Highest price for open-price items", Typed("money", "No limit")),
    "blind_count": ("Blind cash count", _YES_NO),
    "drawer_max_minor": ("Prompt for a safe drop above", Typed("money", "Never")),
    "paid_in_reasons": ("Pay-in reasons, separated by semicolons", Typed()),
    "paid_out_reasons": ("Pay-out reasons, separated by semicolons", Typed()),
    "no_sale_reasons": ("No-sale reasons, separated by semicolons", Typed()),
    "lock_after_s": ("Lock when inactive for", Typed("number", unit=" s")),
    "badge_needs_pin": ("Require PIN with badge", _YES_NO),
    "embedded_codes": ("In-store labels with price or weight, such as 21PPPPPWWWWWK", Typed()),
    "scanner_prefix": ("Scanner prefix", Typed()),
    "scanner_suffix": ("Scanner suffix", Typed()),
    "open_item_tax": ("Tax of open items", Choices({"": "The highest rate"})),
    "keyboard": ("On-screen keyboard", _YES_NO),
}
"""Every field of ``ShopSettings``: what it is called, and how it is changed."""


ASKED_FIRST = frozenset(
    {"tax_rounding", "tax_ties", "offers", "discount_rounding", "cash_step_minor"}
    | {"open_item_tax"}
)
"""What changes how much customers pay: saved only after the page has shown before and after."""
ALL_STORES, THIS_STORE = "All stores", "This store"


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting as the page shows it."""

    title: str
    value: str
    where: str
    """For whom the value holds."""
    before: str = ""
    """What it is until it is saved; empty where nothing was changed."""

    @property
    def said(self) -> str:
        """All but the title, in one line."""
        change = f"{self.before} \N{RIGHTWARDS ARROW} {self.value}" if self.before else self.value
        return f"{change}  ·  {self.where}{'  ·  not saved yet' if self.before else ''}"


@dataclass(frozen=True, slots=True)
class SettingsState:
    """What the page shows."""

    rows: tuple[SettingRow, ...] = ()
    changes: int = 0
    """How many wait to be saved."""
    can_undo: bool = False
    problem: str = ""
    note: str = ""


class SettingsPresenter:
    """A tap changes a draft; ``save`` writes all drafts at once, ``undo`` takes that back.

    ``ask`` wants a value typed, ``confirm`` a yes.
    """

    def __init__(
        self,
        till: Till,
        formats: Formats,
        show: Callable[[SettingsState], None],
        ask: Callable[[str, str, Callable[[str], object]], object],
        confirm: Callable[[AskYesNo, Callable[[], object]], object],
    ) -> None:
        self._till = till
        self._formats = formats
        self._show = show
        self._ask = ask
        self._confirm = confirm
        self._names = list(SETTINGS)
        self._how = {name: how for name, (_title, how) in SETTINGS.items()}
        self._drafts: dict[str, str] = {}
        self._undo: tuple[dict[str, str | None], bool] | None = None
        self.for_store = False
        self.state = SettingsState()

    def open(self) -> None:
        """Show what is in force in this store; what was not saved is forgotten."""
        self._drafts, self._undo = {}, None
        classes = {one.code: one.name for one in self._till.ask(lists.tax_classes)}
        self._how["open_item_tax"] = Choices({"": "The highest rate", **classes})
        self._refresh()

    def choose_where(self, for_store: bool) -> None:
        """Change what holds for this store only, or for all; what was not saved is forgotten."""
        self.for_store = for_store
        self.open()

    def take(self, row: int) -> None:
        """Draft another value of the setting in a row."""
        name = self._names[row]
        title, how = SETTINGS[name][0], self._how[name]
        value = self._drafts.get(name, self._held()[name])
        if isinstance(how, Choices):
            self._draft(name, how.next(value))
        else:
            self._ask(title, self._typed(how, value), partial(self._entered, name, how))

    def save(self) -> None:
        """Write the drafts; what changes how much customers pay is asked first."""
        asked = [name for name in self._drafts if name in ASKED_FIRST]
        if not asked:
            self._save()
            return
        held = self._held()
        lines = (
            f"{SETTINGS[name][0]}: {self._written(name, held[name])}"
            f" \N{RIGHTWARDS ARROW} {self._written(name, self._drafts[name])}"
            for name in asked
        )
        where = "this store" if self.for_store else "all stores"
        text = "\n".join(lines) + f"\n\nThis changes what customers of {where} pay from now on."
        question = AskYesNo(f"Change for {where}?", text, f"Change for {where}")
        self._confirm(question, self._save)

    def discard(self) -> None:
        """Forget what was not saved."""
        self._drafts = {}
        self._refresh()

    def undo(self) -> None:
        """Put back what the last save changed."""
        if self._undo is None:
            return
        values, for_store = self._undo
        self._write(values, for_store=for_store, note="Put back as it was.")
        self._undo = None
        self._refresh(note=self.state.note, problem=self.state.problem)

    def _held(self) -> dict[str, str]:
        """The values that the drafts would replace."""
        query = setting_queries.in_force if self.for_store else setting_queries.of_all_stores
        found = self._till.ask(query)
        return {name: str(getattr(found, name)) for name in self._names}

    def _entered(self, name: str, how: Typed, words: str) -> None:
        try:
            text = self._read(how, words.strip())
            checked(name, text)
        except Refusal as refusal:
            self._refresh(problem=str(refusal).replace(name, SETTINGS[name][0]))
            return
        self._draft(name, text)

    def _draft(self, name: str, text: str) -> None:
        self._drafts[name] = text
        if text == self._held()[name]:
            del self._drafts[name]
        self._refresh()

    def _save(self) -> None:
        if self._drafts:
            self._write(self._drafts, for_store=self.for_store, note="Saved.")

    def _write(self, values: Mapping[str, str | None], *, for_store: bool, note: str) -> None:
        try:
            before = self._till.write(settings.put, values, for_store=for_store)
        except EvertillError as error:
            self._refresh(problem=str(error))
            return
        self._undo, self._drafts = (before, for_store), {}
        self._refresh(note=note)

    def _refresh(self, *, problem: str = "", note: str = "") -> None:
        held, own = self._held(), self._till.ask(setting_queries.own_to_store)
        self.state = SettingsState(
            tuple(self._row(name, held[name], is_own=name in own) for name in self._names),
            len(self._drafts),
            self._undo is not None,
            problem,
            note,
        )
        self._show(self.state)

    def _row(self, name: str, held: str, *, is_own: bool) -> SettingRow:
        where = THIS_STORE if self.for_store and is_own else ALL_STORES
        if is_own and not self.for_store:
            here = getattr(self._till.ask(setting_queries.in_force), name)
            where = f"{ALL_STORES}; this store has its own: {self._written(name, str(here))}"
        value = self._drafts.get(name, held)
        before = self._written(name, held) if name in self._drafts else ""
        return SettingRow(SETTINGS[name][0], self._written(name, value), where, before)

    def _written(self, name: str, value: str) -> str:
        how = self._how[name]
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
                raise Refusal("Enter percentages separated by semicolons, such as 5; 10; 15.")
            return ",".join(str(rate) for rate in rates)
        if how.kind == "number":
            number = self._formats.parse_whole(words or "0")
            if number is None:
                raise Refusal("Type a whole number, such as 30.")
            return str(number)
        return words


def _rates(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part.strip()]
