"""What a thing costs here and now, without selling it."""

from collections.abc import Callable
from dataclasses import dataclass

from app.kit.formats import Formats
from app.kit.translation import translate
from app.selling.lines import ONE_MILLI, label_measure, product_line
from localdb.domain.cart import Cart
from localdb.domain.terms import Terms
from localdb.domain.totals import totals
from localdb.queries import products
from localdb.queries.scanning import Scanned
from localdb.services.till import Till

STOCKED = ("normal", "weighed", "deposit")


@dataclass(frozen=True, slots=True)
class PriceView:
    """One product's price in large type; the name is empty while nothing was scanned yet."""

    name: str = ""
    price: str = ""
    before: str = ""
    """The catalogue's price, where another one applies."""
    offers: str = ""
    """What makes it cheaper: price lists and offers by name."""
    stock: str = ""


def price_of(
    till: Till,
    formats: Formats,
    scanned: Scanned,
    cart: Cart,
    terms: Terms,
    new_id: Callable[[], str],
) -> PriceView:
    """The price of one, for the customer of `cart`, with what price lists and offers say."""
    product = scanned.view.product
    stock = ""
    if product.kind in STOCKED:
        held = till.ask(products.stock, product.id)
        stock = translate("Sell", "In stock: {held}", held=formats.quantity(held, product.unit))
    if product.kind == "open_price" and scanned.amount_minor is None:
        return PriceView(product.name, translate("Sell", "Enter price"), stock=stock)
    measure = label_measure(scanned, ONE_MILLI)
    line = product_line(scanned.view, new_id, measure.quantity_milli, measure.price_minor)[0]
    if scanned.amount_minor is None:
        measured = totals(cart.only(line.with_quantity(ONE_MILLI)), terms).lines[0]
        each = "" if product.unit == "piece" else f"/{product.unit}"
    else:
        measured = totals(cart.only(measure.applied_to(line)), terms).lines[0]
        each = ""
    now = measured.total_minor
    usual = product.price_minor if scanned.amount_minor is None else now
    names = [measured.list_name, *(saving.name for saving in measured.savings)]
    return PriceView(
        name=product.name,
        price=f"{formats.money(now)}{each}",
        before=translate("Sell", "instead of {usual}{each}", usual=formats.money(usual), each=each)
        if now != usual
        else "",
        offers=", ".join(dict.fromkeys(filter(None, names))),
        stock=stock,
    )
