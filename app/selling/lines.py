"""From a product to the cart line that sells it, and what is asked on the way."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from app.kit.flow import AskYesNo
from app.kit.translation import translate
from localdb.domain.cart import Cart, CartLine
from localdb.domain.money import MILLI, divide
from localdb.domain.pricing import ListPrice
from localdb.domain.records import Product
from localdb.domain.tax import Taxes, TaxRule
from localdb.errors import Refusal
from localdb.queries.products import ProductView
from localdb.queries.scanning import Scanned

ONE_MILLI = 1000


@dataclass(frozen=True, slots=True)
class Measure:
    """How much of a thing, and what it costs."""

    quantity_milli: int
    price_minor: int
    amount_minor: int | None = None
    """What the label says it costs, whatever quantity times price gives."""

    def applied_to(self, line: CartLine) -> CartLine:
        """A line with this quantity and amount."""
        return replace(line, quantity_milli=self.quantity_milli, amount_minor=self.amount_minor)


def label_measure(scanned: Scanned, times_milli: int) -> Measure:
    """What `times_milli` thousandths of a label sell: whole labels, negative ones given back.

    A label with a price and no weight sells so much of the stock as that price buys. Raises
    Refusal for a part of a label.
    """
    product, amount, quantity = scanned.view.product, scanned.amount_minor, scanned.quantity_milli
    if amount is None and quantity is None:
        return Measure(times_milli, product.price_minor)
    times, part = divmod(times_milli, ONE_MILLI)
    if part:
        raise Refusal(translate("Sell", "Pre-packed label: enter a number of packs, such as 3."))
    if amount is not None and product.kind == "open_price":
        return Measure(times_milli, amount)
    each = _bought(product, amount or 0) if quantity is None else quantity
    return Measure(each * times, product.price_minor, None if amount is None else amount * times)


def _bought(product: Product, amount_minor: int) -> int:
    """How much of a thing an amount buys, in thousandths; of what comes in pieces, one."""
    if product.unit == "piece":
        return ONE_MILLI
    if not product.price_minor:
        raise Refusal(
            translate(
                "Sell",
                "{name} has no price per {unit}: type its weight instead.",
                name=product.name,
                unit=product.unit,
            )
        )
    return max(divide(amount_minor * MILLI, product.price_minor), 1)


def product_line(
    view: ProductView, new_id: Callable[[], str], quantity_milli: int, price_minor: int
) -> tuple[CartLine, ...]:
    """The line of a product, followed by its deposit if it has one."""
    line = _line(view.product, new_id(), quantity_milli, price_minor, view.barcode, view.prices)
    if view.deposit is None:
        return (line,)
    deposit = view.deposit
    return line, _line(deposit, new_id(), quantity_milli, deposit.price_minor, "")


def open_item(
    name: str, code: str, price_minor: int, taxes: Taxes, line_id: str, quantity_milli: int
) -> CartLine:
    """A line for goods the catalogue does not know.

    It carries the highest tax of the shop: too much can be corrected later, too little is owed.
    """
    rules = taxes.rules.values()
    highest = max(rules, key=lambda rule: (_burden(rule, price_minor), rule.id), default=None)
    return CartLine(
        id=line_id,
        name=name,
        barcode=code,
        kind="open_price",
        quantity_milli=quantity_milli,
        unit_price_minor=price_minor,
        list_price_minor=price_minor,
        tax_class_id=highest.id if highest else None,
    )


def age_question(name: str, age: int, born_by: str) -> AskYesNo:
    """Before goods that the young may not buy; `born_by` is the latest birthday that may."""
    return AskYesNo(
        title=translate("Sell", "Is the customer {age} or older?", age=age),
        text=(
            translate(
                "Sell",
                "{name} may not be sold to anyone under {age}. Check an identity document: born "
                "on or before {born_by}.",
                name=name,
                age=age,
                born_by=born_by,
            )
        ),
        yes=translate("Sell", "Yes, {age} or older", age=age),
        no=translate("Sell", "No, do not sell"),
        icon="alert",
    )


def born_by(today: int, age: int) -> int:
    """The latest birthday (YYYYMMDD) of somebody who is `age` years old today.

    Who was born on 29 February is a year older on 1 March of a common year.
    """
    year, month_day = divmod(today, 10_000)
    born = year - age
    is_leap = born % 4 == 0 and (born % 100 != 0 or born % 400 == 0)
    return born * 10_000 + (228 if month_day == 229 and not is_leap else month_day)


def expired_question(name: str, expired: str) -> AskYesNo:
    """Before goods past the date on their label."""
    return AskYesNo(
        title=translate("Sell", "Expired on {expired}", expired=expired),
        text=translate(
            "Sell",
            "{name} expired on {expired}. Swap it for a fresh one.",
            name=name,
            expired=expired,
        ),
        yes=translate("Sell", "Sell anyway"),
        no=translate("Sell", "Don't sell"),
        icon="alert",
        main=False,
    )


def touched(before: Cart, after: Cart, added: CartLine) -> str:
    """The line that took what was added: its own, or the one it was merged into."""
    old = set(before.lines)
    return next(
        (line.id for line in reversed(after.lines) if line not in old and line.linked_to is None),
        added.id,
    )


def _burden(rule: TaxRule, price_minor: int) -> Fraction:
    """The tax of one piece at a price."""
    return sum((share.exact(price_minor, MILLI) for share in rule.shares()), Fraction())


def _line(
    product: Product,
    line_id: str,
    quantity_milli: int,
    price_minor: int,
    barcode: str,
    prices: tuple[ListPrice, ...] = (),
) -> CartLine:
    return CartLine(
        id=line_id,
        product_id=product.id,
        name=product.name,
        sku=product.sku,
        barcode=barcode,
        kind=product.kind,
        unit=product.unit,
        quantity_milli=quantity_milli,
        unit_price_minor=price_minor,
        list_price_minor=product.price_minor,
        tax_class_id=product.tax_class_id,
        min_age=product.min_age,
        category_id=product.category_id,
        prices=prices,
    )
