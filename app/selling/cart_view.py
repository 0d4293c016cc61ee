"""The cart as the selling screen shows it: every figure already written out."""

from dataclasses import dataclass

from app.kit.formats import MINUS, Formats
from app.kit.translation import translate
from localdb.domain.cart import Cart, CartLine
from localdb.domain.pricing import Saving
from localdb.domain.totals import LineTotal, Totals


@dataclass(frozen=True, slots=True)
class LineView:
    """One row of the cart."""

    id: str
    name: str
    detail: str
    """`3 × €1.20`, with the price list that says so: `3 × €1.10 Club`."""
    saved: str
    """`−€1.65 (3 for 2, 10%)`, or nothing."""
    total: str
    is_linked: bool
    """A deposit that follows the line above."""


@dataclass(frozen=True, slots=True)
class CartView:
    """The right-hand side of the selling screen."""

    lines: tuple[LineView, ...] = ()
    selected: int = -1
    count: str = ""
    customer: str = ""
    discount: str = ""
    tax: str = ""
    total: str = ""
    """What is to be paid, or paid out, after what comes back in exchange."""
    pays_out: bool = False
    """Whether the customer gets money."""
    charge: str = "Charge"
    """The words of the button: `Charge €3.49`, `Refund €1.19`."""
    can_charge: bool = False


class CartWriter:
    """Writes carts out; a line that has not changed since the last time is not written again."""

    def __init__(self, formats: Formats) -> None:
        self._formats = formats
        self._written: dict[tuple[CartLine, LineTotal], LineView] = {}

    def write(
        self, cart: Cart, totals: Totals, selected_id: str | None, back_minor: int = 0
    ) -> CartView:
        """Write a cart out; `selected_id` is the line that F4 to F9 act on.

        `back_minor` is what comes back for this cart in an exchange.
        """
        formats, written = self._formats, self._written
        pairs = tuple(zip(cart.lines, totals.lines, strict=True))
        self._written = {pair: written.get(pair) or _line(*pair, formats) for pair in pairs}
        ids = [line.id for line in cart.lines]
        due_minor = 0 if cart.is_empty else totals.total_minor - back_minor
        total = formats.money(abs(due_minor))
        verb = translate("Sell", "Refund") if due_minor < 0 else translate("Sell", "Charge")
        return CartView(
            lines=tuple(self._written.values()),
            selected=ids.index(selected_id) if selected_id in ids else -1,
            count=_count(cart),
            customer=cart.customer_name,
            discount=_saved(max(totals.discount_minor, 0), (), formats),
            tax=_tax(cart, totals, formats),
            total=total,
            pays_out=due_minor < 0,
            charge=verb if cart.is_empty else f"{verb} {total}",
            can_charge=not cart.is_empty,
        )


def _line(line: CartLine, money: LineTotal, formats: Formats) -> LineView:
    price = formats.money(money.unit_price_minor)
    if line.unit != "piece":
        price += f"/{line.unit}"
    if money.list_name:
        price += f" {money.list_name}"
    note = f"  ·  {line.note}" if line.note else ""
    return LineView(
        id=line.id,
        name=line.name,
        detail=f"{formats.quantity(line.quantity_milli, line.unit)} × {price}{note}",
        saved=_saved(money.discount_minor, money.savings, formats),
        total=formats.money(money.total_minor),
        is_linked=line.linked_to is not None,
    )


def _saved(discount_minor: int, savings: tuple[Saving, ...], formats: Formats) -> str:
    """How much, first, for the end may be cut off; then what saved it, as far as it has a name."""
    if discount_minor == 0:
        return ""
    sign = MINUS if discount_minor > 0 else ""
    amount = f"{sign}{formats.money(abs(discount_minor))}"
    names = ", ".join(saving.name for saving in savings if saving.name)
    return f"{amount} ({names})" if names else amount


def _count(cart: Cart) -> str:
    """Pieces count by number; a weighed line counts as one; deposits do not count."""
    items = sum(
        abs(line.quantity_milli) // 1000 if line.unit == "piece" else 1
        for line in cart.lines
        if line.linked_to is None
    )
    return f"{items} item" if items == 1 else f"{items} items"


def _tax(cart: Cart, totals: Totals, formats: Formats) -> str:
    if cart.tax_exempt:
        return translate("Sell", "Tax exempt")
    all_added = 0 < totals.added_tax_minor == totals.tax_minor
    return f"{'plus' if all_added else 'incl.'} tax {formats.money(totals.tax_minor)}"
