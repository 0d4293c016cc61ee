"""One product as a manager changes it; only what was really changed travels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.kit.flow import AskNumber, AskYesNo
from app.kit.formats import Formats
from app.kit.odd_amounts import odd_price
from app.kit.words import Wording
from localdb.domain.fields import PRICE
from localdb.domain.records import Product
from localdb.errors import EvertillError, Refusal, ValidationRefusal
from localdb.queries import lists, products
from localdb.queries.names import names
from localdb.services import catalogue
from localdb.services.till import Till

FORM = {
    "name": 2, "price_minor": 1, "cost_minor": 1, "category_id": 1, "tax_class_id": 1, "plu": 1,
}  # fmt: skip
"""Fields as the sheet shows them, in reading order, each with how many of two columns it takes."""
PICKED = ("category_id", "tax_class_id")
TYPED = tuple(name for name in FORM if name not in PICKED)
NO_CATEGORY = "No category"
CHANGED_ELSEWHERE = "This product was changed elsewhere. Reload: what you typed is kept."
REMOVED_ELSEWHERE = "This product was removed from sale elsewhere."


@dataclass(frozen=True, slots=True)
class ProductState:
    """What the sheet shows."""

    title: str = ""
    sku: str = ""
    unit: str = ""
    entries: Mapping[str, str] = field(default_factory=dict)
    """Field -> what stands in it: the typed words, or the id picked (empty for none)."""
    choices: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """Field -> id and name of what can be picked."""
    errors: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    """Field -> what another till made of a field that is being changed here."""
    stock: str = ""
    """Empty for what has no stock."""
    moved: str = ""
    """Said when the product is not as it was loaded any more."""
    error: str = ""
    can_reload: bool = False
    can_save: bool = False


class ProductPresenter:
    """Holds what was typed beside what was loaded; calls `done` once it is saved or removed."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        show: Callable[[ProductState], None],
        done: Callable[[], object],
    ) -> None:
        self._till = till
        self._formats = formats
        self._wording = Wording(Product.TYPE, formats, {})
        self._show = show
        self._done = done
        self._loaded: Product | None = None
        self.state = ProductState()

    @property
    def product(self) -> Product:
        """The product as it was loaded; asking before `open` is a bug."""
        assert self._loaded is not None, "no product is open"
        return self._loaded

    def open(self, product_id: str) -> None:
        """Show a product as it is now; raises Refusal when it is not here."""
        self._loaded = self._found(product_id)
        self._set(
            title=self.product.name,
            sku=self.product.sku,
            unit=self.product.unit,
            entries=self._entries(self.product),
            choices=self._choices(),
            stock=self._stock(),
        )

    def type(self, name: str, entry: str) -> None:
        """A field was typed into or picked."""
        if entry == self.state.entries[name]:
            return
        self._set(
            entries={**self.state.entries, name: entry},
            errors=_without(self.state.errors, name),
            error="",
        )

    def save(self) -> None:
        """Write what was changed; what is wrong is said at its field."""
        changes, errors = self._changes()
        if errors:
            self._set(errors=errors)
        elif not changes or self._edit(**changes):
            self._done()

    def remove(self) -> None:
        """Take it off sale; receipts that name it stay as they are."""
        if self._edit(deleted=True):
            self._done()

    def adjust(self, quantity_milli: int | None) -> None:
        """Add a signed correction to the stock at once; None for backing out."""
        if quantity_milli is None:
            return
        try:
            self._till.write(catalogue.correct_stock, self.product.id, quantity_milli)
        except ValidationRefusal:
            self._set(error="That quantity is too high. Type a smaller one.")
        except EvertillError as error:
            self._set(error=str(error))
        else:
            self._set(error="", stock=self._stock())

    def look(self) -> None:
        """Something was written: notice when it was this product, and keep the stock current."""
        now = self._till.ask(products.view, self.product.id)
        moved = ""
        if now is None or now.product.deleted:
            moved = REMOVED_ELSEWHERE
        elif now.product != self.product:
            moved = CHANGED_ELSEWHERE
        self._set(moved=moved, can_reload=moved == CHANGED_ELSEWHERE, stock=self._stock())

    def reload(self) -> None:
        """Take in what others changed; what was typed here stays, with theirs beside it."""
        before, now = self._entries(self.product), self._found(self.product.id)
        after = self._entries(now)
        kept = {n: e for n, e in self.state.entries.items() if e not in (before[n], after[n])}
        theirs = {n: getattr(now, n) for n in kept if after[n] != before[n]}
        self._loaded = now
        self._set(
            title=now.name,
            sku=now.sku,
            unit=now.unit,
            entries=after | kept,
            choices=self._choices(),
            hints=self._hints(theirs),
            moved="",
            error="",
            can_reload=False,
        )

    def question_save(self) -> AskYesNo | None:
        """What to confirm before a very high price is saved; None where nothing is to be asked."""
        changes, errors = self._changes()
        if errors or "price_minor" not in changes:
            return None
        before, after = self.product.price_minor, changes["price_minor"]
        return odd_price(self._formats, self.product.name, before, after)

    def question_remove(self) -> AskYesNo:
        """What to confirm before it goes."""
        return AskYesNo(
            "Archive product?",
            f"{self.product.name} will no longer be found or sold, on any till. "
            "Its past receipts stay.",
            "Archive",
            "Keep",
            icon="trash",
        )

    def question_adjust(self) -> AskNumber:
        """By how much the stock is off."""
        unit = self.product.unit
        return AskNumber(
            "Adjust stock by",
            "quantity" if unit == "piece" else "weight",
            f"{self.product.name}: {self.state.stock} in stock. Use a minus sign to remove stock.",
            "" if unit == "piece" else unit,
        )

    # ------------------------------------------------------------ inside

    def _edit(self, **changes: Any) -> bool:
        try:
            self._till.write(catalogue.edit_product, self.product, **changes)
        except ValidationRefusal as refusal:
            self._set(
                errors={n: f"{self._wording.label(n)} {m}." for n, m in refusal.errors.items()}
            )
        except EvertillError as error:
            self.look()
            # A product that moved is said with the way out; anything else in its own words.
            self._set(error="" if self.state.moved else str(error))
        else:
            return True
        return False

    def _changes(self) -> tuple[dict[str, Any], dict[str, str]]:
        """The values that differ from what was loaded, and what is wrong with what was typed."""
        loaded = self._entries(self.product)
        changes, errors = {}, {}
        for name, entry in self.state.entries.items():
            if entry == loaded[name]:
                continue
            try:
                value = self._value(name, entry)
            except Refusal as refusal:
                errors[name] = str(refusal)
            else:
                if value != getattr(self.product, name):
                    changes[name] = value
        return changes, errors

    def _value(self, name: str, entry: str) -> Any:
        if name in PICKED:
            return entry or None
        if name in ("price_minor", "cost_minor"):
            self._require_amount(name, entry)
        return self._wording.typed(name, entry)

    def _require_amount(self, name: str, entry: str) -> None:
        """The domain bounds amounts in minor units, which nobody types."""
        minor = self._formats.parse_money(entry)
        if minor is not None and minor < PRICE.low:
            raise Refusal(f"{self._wording.label(name)} cannot be negative.")
        if minor is not None and minor > PRICE.high:
            raise Refusal(
                f"{self._wording.label(name)} is at most {self._formats.money(PRICE.high)}."
            )

    def _entries(self, product: Product) -> dict[str, str]:
        typed = {name: self._wording.entry(name, getattr(product, name)) for name in TYPED}
        return typed | {name: getattr(product, name) or "" for name in PICKED}

    def _choices(self) -> dict[str, tuple[tuple[str, str], ...]]:
        categories = {c.id: c.name for c in self._till.ask(lists.categories)}
        taxes = {t.id: t.name for t in self._till.ask(lists.tax_classes)}
        # What the product has stays to be picked, even where it is not offered any more.
        taxes |= self._till.ask(names, "tax_class", (self.product.tax_class_id,))
        if self.product.category_id:
            categories |= self._till.ask(names, "category", (self.product.category_id,))
        return {
            "category_id": (("", NO_CATEGORY), *categories.items()),
            "tax_class_id": tuple(taxes.items()),
        }

    def _hints(self, theirs: Mapping[str, Any]) -> dict[str, str]:
        wording = Wording.of(self._till, self._formats, Product.TYPE, theirs.items())
        return {
            name: f"Changed elsewhere to {wording.value(name, value)}"
            for name, value in theirs.items()
        }

    def _stock(self) -> str:
        if self.product.kind in ("service", "open_price"):
            return ""
        milli = self._till.ask(products.stock, self.product.id)
        return self._formats.quantity(milli, self.product.unit)

    def _found(self, product_id: str) -> Product:
        view = self._till.ask(products.view, product_id)
        if view is None:
            raise Refusal("This product no longer exists here.")
        return view.product

    def _set(self, **changes: Any) -> None:
        state = replace(self.state, **changes)
        changed = self._loaded is not None and state.entries != self._entries(self.product)
        self.state = replace(state, can_save=changed and not state.moved)
        self._show(self.state)


def _without(said: Mapping[str, str], name: str) -> dict[str, str]:
    return {field: words for field, words in said.items() if field != name}
