"""A US grocer's baskets, as carts and payments.

The shelf price of a line is what it sold for plus what retail discounts and matched coupons took
off; a coupon is a payment. Every product is in the reduced tax class (7 %, contained in the
price), so that the file's totals stand to the cent and the tax engine has work. Times are taken as
UTC.
"""

import csv
import gzip
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NamedTuple, cast

from localdb.domain.cart import Cart, CartLine
from localdb.domain.fields import MINOR_MAX
from localdb.domain.ids import IdSource
from localdb.domain.money import Currency, divide
from localdb.domain.pricing import Discount, line_amount
from localdb.domain.records import Product
from localdb.domain.tender import Paid, Tender
from localdb.errors import Refusal

TRANSACTIONS, PRODUCTS = "cj_transactions_2017_q1.csv.gz", "cj_products.csv.gz"
TAX = "reduced"
STORES = ("S01", "S02")
"""Even store numbers are rung in the first, odd ones in the second."""
FUEL_FROM = 100
"""Fuel is counted in thousandths of a gallon; below this it is a prepaid sum, counted as one."""


class Line(NamedTuple):
    """A line of the file; money in cents."""

    product: str
    quantity: int
    sales: int
    retail_discount: int
    coupon: int
    coupon_match: int


@dataclass(slots=True)
class Basket:
    """What one household carried out."""

    number: str
    at_us: int
    store: str
    lines: list[Line] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(line.sales for line in self.lines)

    @property
    def coupon(self) -> int:
        return sum(line.coupon for line in self.lines)


class Ware(NamedTuple):
    """A product of the file's catalogue."""

    name: str
    department: str
    is_fuel: bool


@contextmanager
def opened(path: Path) -> Iterator[IO[str]]:
    """A text file, plain or gzip."""
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
            yield cast("IO[str]", text)
    else:
        with path.open(encoding="utf-8", newline="") as text:
            yield text


def read_baskets(path: Path, limit: int | None = None) -> list[Basket]:
    """The first ``limit`` baskets of a file; a row that cannot be read is a Refusal naming it."""
    baskets: dict[str, Basket] = {}
    with opened(path) as text:
        rows = csv.DictReader(text)
        for row in rows:
            try:
                number = row["basket_id"]
                if number not in baskets:
                    if len(baskets) == limit:
                        continue
                    baskets[number] = _basket(row)
                baskets[number].lines.append(_line(row))
            except (KeyError, TypeError, ValueError) as error:
                raise unreadable(path, rows.line_num, error) from error
    return list(baskets.values())


def unreadable(path: Path, line: int, error: Exception) -> Refusal:
    """What is wrong with a row of a file, and where."""
    what = f"there is no column {error}" if isinstance(error, KeyError) else str(error)
    return Refusal(f"{path.name}, line {line}: {what}.")


def read_wares(path: Path) -> dict[str, Ware]:
    """Product number -> what it is."""
    with opened(path) as text:
        return {row["product_id"]: _ware(row) for row in csv.DictReader(text)}


def write_catalogue(
    path: Path, baskets: Iterable[Basket], wares: Mapping[str, Ware]
) -> tuple[str, ...]:
    """Write the products that the baskets name as a file to import; gives their numbers.

    A product costs what it first cost; one that the catalogue does not list goes by its number.
    """
    seen: dict[str, Line] = {}
    for basket in baskets:
        for line in basket.lines:
            seen.setdefault(line.product, line)
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(("sku", "name", "price", "category", "tax", "unit", "kind"))
        for number, line in seen.items():
            writer.writerow(_catalogue_row(number, line, wares.get(number)))
    return tuple(seen)


def quantity_milli(line: Line, ware: Ware | None) -> int:
    """A line's quantity in thousandths; 0 stays 0."""
    is_fuel = ware.is_fuel if ware else line.quantity >= 10 * FUEL_FROM
    return line.quantity if is_fuel and line.quantity >= FUEL_FROM else 1000 * line.quantity


def cart_of(
    basket: Basket, goods: Mapping[str, Product], wares: Mapping[str, Ware], new_id: IdSource
) -> Cart:
    """The basket as a cart; a product that is not in ``goods`` is a Refusal."""
    cart = Cart(note=basket.number)
    for line in basket.lines:
        product = goods.get(line.product)
        if product is None:
            raise Refusal("A product of the basket is not in the catalogue.")
        cart = cart.add(cart_line(line, product, wares.get(line.product), new_id()), merge=False)
    return cart


def cart_line(line: Line, product: Product, ware: Ware | None, line_id: str) -> CartLine:
    """One line; quantity 0 becomes an amount line, which moves no stock."""
    shelf, off = shelf_price(line)
    quantity = quantity_milli(line, ware)
    rung = CartLine(
        id=line_id,
        product_id=product.id,
        name=product.name,
        sku=product.sku,
        kind=product.kind if quantity else "open_price",
        unit=product.unit,
        quantity_milli=quantity or 1000,
        unit_price_minor=min(divide(abs(shelf) * 1000, abs(quantity) or 1000), MINOR_MAX),
        list_price_minor=product.price_minor,
        tax_class_id=product.tax_class_id,
        discount=Discount(amount_minor=abs(off)) if off else None,
    )
    exact = line_amount(rung.quantity_milli, rung.unit_price_minor) == shelf
    return rung if exact else replace(rung, amount_minor=shelf)


def shelf_price(line: Line) -> tuple[int, int]:
    """The price before discounts and what they took off; a discount larger than the price, or of
    the other sign, is folded into the price.
    """
    off = line.retail_discount + line.coupon_match
    shelf = line.sales + off
    fits = 0 <= off <= shelf or shelf <= off <= 0
    return (shelf, off) if fits else (line.sales, 0)


def rest_method(basket: Basket) -> str:
    """How what coupons do not pay is paid: the file does not say, so baskets take turns."""
    return "card" if basket.number[-1:] in "13579" else "cash"


def tender_of(basket: Basket, currency: Currency) -> Tender:
    """The coupons, then the rest; coupons worth more than the basket are paid out."""
    tender = Tender(basket.total, currency)
    coupon, rest = basket.coupon, basket.total - basket.coupon
    if 0 <= coupon <= basket.total:
        tender = tender.pay("coupon", coupon) if coupon else tender
        return tender.pay(rest_method(basket)) if rest else tender
    # No cashier may do this; it is what the file says happened.
    paid = [Paid(m, a, a) for m, a in (("coupon", coupon), (rest_method(basket), rest)) if a]
    return replace(tender, payments=tuple(paid))


def _basket(row: dict[str, str]) -> Basket:
    at = datetime.fromisoformat(row["ts"]).replace(tzinfo=UTC)
    return Basket(
        number=row["basket_id"],
        at_us=int(at.timestamp()) * 1_000_000,
        store=STORES[int(row["store_id"]) % 2],
    )


def _line(row: dict[str, str]) -> Line:
    return Line(
        row["product_id"],
        int(row["quantity"]),
        int(row["sales_cents"]),
        int(row["retail_disc_cents"]),
        int(row["coupon_disc_cents"]),
        int(row["coupon_match_disc_cents"]),
    )


def _ware(row: dict[str, str]) -> Ware:
    kind, size = row["product_type"], row["package_size"]
    name = " ".join(f"{kind or row['product_category']} {size}".split())
    return Ware(name or row["product_id"], row["department"], kind.startswith("GASOLINE"))


def _catalogue_row(number: str, line: Line, ware: Ware | None) -> tuple[str, ...]:
    quantity = quantity_milli(line, ware) or 1000
    price = divide(abs(shelf_price(line)[0]) * 1000, abs(quantity))
    fuel = ware.is_fuel if ware else quantity % 1000 != 0
    # The catalogue knows no gallon; to the replay a unit is only a word.
    unit, kind = ("l", "weighed") if fuel else ("piece", "normal")
    return (
        number,
        ware.name if ware else number,
        f"{price // 100}.{price % 100:02}",
        ware.department if ware else "",
        TAX,
        unit,
        kind,
    )
