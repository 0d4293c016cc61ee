"""A made-up catalogue of any size: the same for the same number of products."""

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localdb.domain.barcode import check_digit
from localdb.domain.ids import IdSource
from localdb.domain.records import Barcode, Category, Product, TaxClass, TaxRate
from tests.support.clock import Clock


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PAGE_ROWS = 5_000
STOCK_MILLI = 1_000_000
CATEGORIES = ("Bakery", "Dairy", "Drinks", "Frozen", "Fruit", "Household", "Meat", "Sweets")
_MAKERS = _words(
    "Albion Bergmann Calder Delmar Elwood Fenwick Grandin Harrow Iversen Jolly Kestrel Lindqvist "
    "Mirabel Norden Oakfield Pemberton Quint Rosalind Sorrel Tamarind Ulmer Verano Whitby Xenia "
    "Yarrow Zephyr Amsel Brook Corvo Dune Estrel Fjord Glen Hazel Ilmen Juniper Kilda Loch Moor"
)
_THINGS = _words(
    "apple apricot bacon baguette barley basil beans beer berry biscuit bread broth butter cake "
    "candle carrot cheese cherry chocolate cider cocoa coffee cookie corn cracker cream crisps "
    "detergent dressing egg flour garlic ginger granola grape ham honey jam juice ketchup lemon "
    "lentil lime mango milk mint muesli mushroom mustard napkin noodle nut oat oil olive onion "
    "orange pasta peach pear pepper pickle pie pizza plum popcorn potato pudding raisin rice roll "
    "salad salmon salt sauce sausage shampoo soap soda soup spinach sponge sugar syrup tea toast "
    "tofu tomato trout tuna turkey vanilla vinegar wafer walnut water wheat wine yeast yogurt"
)
_KINDS = _words("classic organic light extra smoked fresh dried mild spicy creamy family mini")
_SIZES = ("100 g", "250 g", "500 g", "1 kg", "330 ml", "750 ml", "1 l", "6 pcs")
_RATES = {"reduced": 70_000, "standard": 190_000}


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """A reference record as a server's snapshot holds it."""

    type: str
    id: str
    values: Mapping[str, Any]
    version: int = 1
    vector: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one type; ``next_after`` is empty on its last page."""

    type: str
    rows: Sequence[SnapshotRow]
    next_after: str


@dataclass(frozen=True, slots=True)
class StockLevels:
    """A page of stock on hand."""

    levels: Sequence[tuple[str, int]]
    next_after: str


class SampleCatalogue:
    """``products`` products, each with one barcode and stock; ids rise within each type."""

    def __init__(self, products: int) -> None:
        self.products = products
        self._new_id = IdSource(Clock(), random.Random(1).randbytes)
        self._taxes = {code: self._new_id() for code in _RATES}
        self._categories = [self._new_id() for _ in CATEGORIES]
        self._ids = [self._new_id() for _ in range(products)]

    @property
    def rows(self) -> int:
        """How many rows all tables get, stock included."""
        return 3 * self.products + len(CATEGORIES) + 2 * len(_RATES)

    @property
    def ids(self) -> Sequence[str]:
        """The products' ids."""
        return self._ids

    @property
    def counts(self) -> dict[str, int]:
        """Rows per record type."""
        small = {"tax_class": len(_RATES), "tax_rate": len(_RATES), "category": len(CATEGORIES)}
        return small | {"product": self.products, "barcode": self.products}

    def pages(self, rows_max: int = PAGE_ROWS) -> Iterator[Page]:
        """Every record page by page, in the order a snapshot sends them."""
        yield Page("tax_class", [self._tax_class(code) for code in _RATES], "")
        yield Page("tax_rate", [self._tax_rate(code) for code in _RATES], "")
        yield Page("category", [self._category(number) for number in range(len(CATEGORIES))], "")
        yield from self._paged("product", map(self.product, range(self.products)), rows_max)
        yield from self._paged("barcode", map(self._barcode, range(self.products)), rows_max)

    def stock_pages(self) -> Iterator[StockLevels]:
        """Stock on hand of every product."""
        for start in range(0, self.products, PAGE_ROWS):
            ids = self._ids[start : start + PAGE_ROWS]
            last = start + PAGE_ROWS >= self.products
            yield StockLevels([(id_, STOCK_MILLI) for id_ in ids], "" if last else ids[-1])

    def product(self, number: int) -> SnapshotRow:
        """The product with this number, from 0."""
        rng = random.Random(number)
        product = Product(
            id=self._ids[number],
            sku=f"SKU{number:07}",
            name=_name(rng),
            price_minor=rng.randint(49, 2499),
            tax_class_id=self._taxes["standard" if rng.random() < 0.3 else "reduced"],
            category_id=rng.choice(self._categories),
            cost_minor=rng.randint(20, 48),
        )
        return SnapshotRow(product.TYPE, product.id, product.values())

    def code(self, number: int) -> str:
        """The EAN-13 of the product with this number."""
        payload = f"40{number:010}"
        return f"{payload}{check_digit(payload)}"

    def search_texts(self, count: int) -> list[str]:
        """What cashiers type, key by key: every prefix of a few searches that ends in a letter."""
        rng = random.Random(2)
        return list(itertools.islice(_typed(rng), count))

    def _paged(
        self, record_type: str, rows: Iterator[SnapshotRow], rows_max: int
    ) -> Iterator[Page]:
        left = self.products
        while left > 0:
            page = list(itertools.islice(rows, rows_max))
            left -= len(page)
            yield Page(record_type, page, page[-1].id if left else "")

    def _barcode(self, number: int) -> SnapshotRow:
        barcode = Barcode(id=self._new_id(), code=self.code(number), product_id=self._ids[number])
        return SnapshotRow(barcode.TYPE, barcode.id, barcode.values())

    def _tax_class(self, code: str) -> SnapshotRow:
        record = TaxClass(id=self._taxes[code], code=f"bench-{code}", name=code.title())
        return SnapshotRow(record.TYPE, record.id, record.values())

    def _tax_rate(self, code: str) -> SnapshotRow:
        percent = _RATES[code] // 10_000
        record = TaxRate(
            id=self._new_id(),
            tax_class_id=self._taxes[code],
            name=f"VAT {percent} %",
            rate_ppm=_RATES[code],
        )
        return SnapshotRow(record.TYPE, record.id, record.values())

    def _category(self, number: int) -> SnapshotRow:
        record = Category(
            id=self._categories[number], name=CATEGORIES[number], colour="teal", position=number
        )
        return SnapshotRow(record.TYPE, record.id, record.values())


def _name(rng: random.Random) -> str:
    return (
        f"{rng.choice(_MAKERS)} {rng.choice(_KINDS)} {rng.choice(_THINGS)} "
        f"{rng.choice(_THINGS)} {rng.choice(_SIZES)}"
    )


def _typed(rng: random.Random) -> Iterator[str]:
    while True:
        words = (rng.choice(_MAKERS).lower(), rng.choice(_THINGS), rng.choice(_KINDS))
        text = " ".join(words[: rng.randint(1, 3)])
        yield from (text[:end] for end in range(1, len(text) + 1) if text[end - 1] != " ")
