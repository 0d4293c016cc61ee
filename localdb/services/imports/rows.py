"""One row of a product file, by pure rules: a candidate, or every reason why not."""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from localdb.domain.barcode import Code, normalise
from localdb.domain.fields import MILLI_MAX, MINOR_MAX
from localdb.domain.numbers import AmbiguousNumber, NoNumber, NumberStyle, TooFine, read
from localdb.domain.records import PRODUCT_KINDS, UNITS
from localdb.errors import Refusal
from localdb.services.imports.columns import PLAIN_TEXTS

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
UNIT_NAMES = {"": "piece", "pc": "piece", "pcs": "piece", "each": "piece", "litre": "l"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row fit for the catalogue, still to be checked against what is there."""

    line: int
    name: str
    sku: str
    code: Code | None
    price_minor: int
    cost_minor: int
    stock_milli: int
    category: str
    tax: str
    unit: str
    kind: str
    min_age: int
    deposit_sku: str
    variant_of: str
    plu: str
    texts: Mapping[str, str]
    """Plain texts by their field of the product; see ``columns.PLAIN_TEXTS``."""
    cells: Mapping[str, str]
    """The row as it stands in the file."""
    warnings: tuple[str, ...] = ()
    product_id: str = ""
    """The product it is about, where the file names it by its id."""
    given: frozenset[str] = frozenset()
    """Fields that the row has a value for; of a product that is here no others are touched."""
    lacking: tuple[str, ...] = ()
    """What a new product needs and the row has not."""

    def refused(self, *reasons: str) -> "RefusedRow":
        """The row as one that stays out after all."""
        return RefusedRow(self.line, self.cells, reasons)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that stays out, with every reason."""

    line: int
    cells: Mapping[str, str]
    reasons: tuple[str, ...]


@dataclass(slots=True)
class RowRules:
    """Reads rows of one file.

    ``mapping`` is field -> column; ``exponent`` the currency's decimals; ``synthetic_price``
    gives a price in minor units for a code when the file has none (demonstrations only);
    ``style`` is how the file writes numbers.
    """

    mapping: Mapping[str, str]
    exponent: int = 2
    synthetic_price: Callable[[str], int] | None = None
    style: NumberStyle = field(default_factory=NumberStyle)
    odd_minor: int = 0
    """A price from here on comes in with a warning; 0 for no such price."""
    _reasons: list[str] = field(default_factory=list, init=False)
    _warnings: list[str] = field(default_factory=list, init=False)
    _lacking: list[str] = field(default_factory=list, init=False)

    def read(self, line: int, cells: Mapping[str, str]) -> Candidate | RefusedRow:
        """The row as a candidate, or refused with all its reasons."""
        self._reasons, self._warnings, self._lacking = [], [], []
        cell = {name: cells.get(column, "").strip() for name, column in self.mapping.items()}
        code = self._code(cell.get("barcode", ""))
        sku = cell.get("sku") or (code.value if code else "")
        if not sku and not cell.get("id"):
            self._reasons.append("has neither a barcode nor an SKU")
        elif len(sku) > 64:
            self._reasons.append("the SKU is longer than 64 characters")
        kind = self._choice("kind", cell.get("kind", ""), PRODUCT_KINDS, "normal")
        candidate = Candidate(
            line=line,
            name=self._name(cell.get("name", "")),
            sku=sku,
            code=code,
            price_minor=self._price(cell.get("price", ""), sku, kind),
            cost_minor=self._number("cost", cell.get("cost", ""), self.exponent, MINOR_MAX),
            stock_milli=self._number("stock", cell.get("stock", ""), 3, MILLI_MAX, signed=True),
            category=self._short("category", cell.get("category", "")),
            tax=cell.get("tax", ""),
            unit=self._unit(cell.get("unit", "")),
            kind=kind,
            min_age=self._number("min_age", cell.get("min_age", ""), 0, 99),
            deposit_sku=cell.get("deposit_sku", ""),
            variant_of=cell.get("variant_of", ""),
            plu=cell.get("plu", "")[:8],
            texts={
                one.field: self._short(one.name, cell.get(one.name, ""), limit)
                for one, limit in PLAIN_TEXTS
            },
            cells=cells,
            warnings=tuple(self._warnings),
            product_id=cell.get("id", ""),
            given=frozenset(name for name, text in cell.items() if text),
            lacking=tuple(self._lacking),
        )
        if self._reasons:
            return RefusedRow(line, cells, (*self._reasons, *self._lacking))
        return candidate

    def _code(self, text: str) -> Code | None:
        if not text:
            return None
        try:
            code = normalise(text)
        except Refusal as refusal:
            self._reasons.append(str(refusal))
            return None
        if code.warning:
            self._warnings.append(code.warning)
        return code

    def _name(self, text: str) -> str:
        name = " ".join(CONTROL.sub(" ", html.unescape(text)).split())
        if name != text:
            self._warnings.append("the name was cleaned of control characters, entities or spaces")
        if not name:
            (self._reasons if text else self._lacking).append("has no name")
        elif len(name) > 255:
            self._reasons.append("the name is longer than 255 characters")
        return name

    def _short(self, what: str, text: str, limit: int = 255) -> str:
        if len(text) > limit:
            self._reasons.append(f"the {what} is longer than {limit} characters")
        return text

    def _price(self, text: str, sku: str, kind: str) -> int:
        if text:
            price = self._number("price", text, self.exponent, MINOR_MAX)
            if 0 < self.odd_minor <= price:
                self._warnings.append(f"the price {text} is unusually high: check it")
            return price
        if kind == "open_price":
            return 0
        if self.synthetic_price is not None:
            return self.synthetic_price(sku)
        self._lacking.append("has no price")
        return 0

    def _unit(self, text: str) -> str:
        return self._choice("unit", UNIT_NAMES.get(text.lower(), text.lower()), UNITS, "piece")

    def _choice(self, what: str, text: str, choices: tuple[str, ...], default: str) -> str:
        if not text:
            return default
        if text not in choices:
            self._reasons.append(f"{what} {text!r} is none of {', '.join(choices)}")
        return text

    def _number(
        self, what: str, text: str, decimals: int, limit: int, *, signed: bool = False
    ) -> int:
        if not text:
            return 0
        try:
            number = read(text, decimals, self.style)
        except TooFine:
            self._reasons.append(f"{what} {text} has more than {decimals} decimals")
            return 0
        except NoNumber:
            self._reasons.append(f"{what} {text!r} is not a number")
            return 0
        except AmbiguousNumber as both:
            self._reasons.append(f"{what} {text} can be two numbers. {both}")
            return 0
        if number < 0 and not signed:
            self._reasons.append(f"{what} {text} is below zero")
        elif abs(number) > limit:
            self._reasons.append(f"{what} {text} is absurdly large")
        return number
