"""From a product to the cart line that sells it, and what is asked on the way."""

from collections.abc import Callable
from fractions import Fraction

from app.presenters.flow import AskYesNo
from localdb.domain.cart import Cart, CartLine
from localdb.domain.money import MILLI
from localdb.domain.pricing import ListPrice
from localdb.domain.records import Product
from localdb.domain.tax import Taxes, TaxRule
from localdb.queries.products import ProductView


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


def age_question(name: str, age: int) -> AskYesNo:
    """Before goods that the young may not buy."""
    return AskYesNo(
        title=f"Is the customer {age} or older?",
        text=f"{name} may not be sold to anyone under {age}. Check an identity document.",
        yes=f"Yes, {age} or older",
        no="No, do not sell",
        icon="alert",
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
