"""What a scan says: a product, and perhaps its weight, price, count, lot and expiry."""

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from localdb.domain.embedded import Measured, Rule, measured, rules
from localdb.domain.money import MILLI, Currency
from localdb.errors import Refusal
from localdb.queries import here, products, settings
from localdb.queries.products import ProductView

if TYPE_CHECKING:
    from biip.gs1_element_strings import GS1ElementStrings

GS = "\x1d"
"""Ends an element of variable length; scanners send it in place of FNC1."""
_SYMBOLOGIES = ("]C1", "]e0", "]d2", "]Q3", "]J1")
"""Symbology identifiers (ISO/IEC 15424) of codes that hold GS1 element strings."""
_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z]")
"""Any symbology identifier, which a scanner may be set to send before each code."""
_GTIN_AI = "01"
_GTIN_PART = 16
_WEIGHTS = ("310", "320")
_PRICES, _PRICES_WITH_CURRENCY = ("392",), ("393", "391")
_COUNTS = ("30", "37")
_LOTS, _EXPIRIES = ("10",), ("17", "15")
_NUMERIC = {
    "AED": "784", "AUD": "036", "BGN": "975", "BHD": "048", "BRL": "986", "CAD": "124",
    "CHF": "756", "CNY": "156", "CZK": "203", "DKK": "208", "EUR": "978", "GBP": "826",
    "HUF": "348", "IDR": "360", "ILS": "376", "INR": "356", "JPY": "392", "KES": "404",
    "KRW": "410", "KWD": "414", "MXN": "484", "NGN": "566", "NOK": "578", "NZD": "554",
    "PHP": "608", "PLN": "985", "RON": "946", "SEK": "752", "SGD": "702", "THB": "764",
    "TRY": "949", "USD": "840", "ZAR": "710",
}  # fmt: skip
"""ISO 4217 numbers, as labels carry them; a currency that is not here is taken on trust."""
_POUND_UG = 453_592_370
"""The international avoirdupois pound in micrograms: 0.45359237 kg."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """A product as it was scanned; what the code does not say is None, empty or 0."""

    view: ProductView
    quantity_milli: int | None = None
    """Weight in thousandths of the product's unit, or pieces in thousandths."""
    amount_minor: int | None = None
    """The price on the label: what the line costs, whatever the catalogue says."""
    lot: str = ""
    expires_day: int = 0
    """YYYYMMDD."""


def read(connection: Connection, text: str) -> Scanned | None:
    """What a scanned or typed code stands for here; None when nothing here has it.

    A code that is registered as it stands comes first, then the shop's own layouts, then GS1
    element strings. Raises Refusal for a label that contradicts this shop, as in currency.
    """
    plain = products.by_code(connection, text)
    if plain is not None:
        return Scanned(plain)
    code = text.strip()
    if _SYMBOLOGY.match(code) and not code.startswith(_SYMBOLOGIES):
        # What an EAN or a Code 128 says does not depend on which of them it is.
        return read(connection, code[3:])
    found = measured(code, _rules(settings.in_force(connection).embedded_codes))
    if found is not None:
        return _labelled(connection, found)
    return _elements(connection, code) if _may_hold_elements(code) else None


@cache
def _rules(text: str) -> tuple[Rule, ...]:
    try:
        return rules(text)
    except Refusal:
        # Written by a newer program, or by hand: other codes must still scan.
        return ()


def _labelled(connection: Connection, label: Measured) -> Scanned | None:
    """By the label's registered code, or by the number inside it as PLU or SKU."""
    bare = label.product.lstrip("0")
    for key in (label.plain, label.product, bare):
        view = products.by_code(connection, key) if key else None
        if view is not None:
            pieces = None if label.pieces is None else label.pieces * MILLI
            weight = label.weight_milli if pieces is None else pieces
            return Scanned(view, weight, label.price_minor)
    return None


def _may_hold_elements(code: str) -> bool:
    marked = code.startswith(_SYMBOLOGIES) or GS in code
    gtin_and_more = code.startswith(_GTIN_AI) and len(code) >= _GTIN_PART and code[:16].isdigit()
    return marked or gtin_and_more or code.startswith("(")


def _elements(connection: Connection, code: str) -> Scanned | None:
    message = _parsed(code)
    if message is None:
        return None
    gtin = message.get(ai="01") or message.get(ai="02")
    view = products.by_code(connection, gtin.value) if gtin is not None else None
    if view is None:
        return None
    return Scanned(
        view,
        _quantity(message, view.product.unit),
        _price(message, Currency.of(here.store(connection).currency)),
        _text(message, _LOTS),
        _day(message),
    )


def _parsed(code: str) -> "GS1ElementStrings | None":
    # 60 ms to import, and most shops never scan one.
    from biip import ParseError
    from biip.gs1_messages import GS1Message

    for identifier in _SYMBOLOGIES:
        code = code.removeprefix(identifier)
    try:
        if code.startswith("("):
            return GS1Message.parse_hri(code).element_strings
        return GS1Message.parse(code.lstrip(GS)).element_strings
    except ParseError:
        return None


def _quantity(message: "GS1ElementStrings", unit: str) -> int | None:
    for prefix in _WEIGHTS:
        weight = message.get(ai=prefix)
        if weight is not None and weight.decimal is not None and unit != "piece":
            kilograms = weight.decimal if prefix == "310" else weight.decimal * _POUND_UG / 10**9
            return round(kilograms * MILLI)
    for ai in _COUNTS:
        count = message.get(ai=ai)
        if count is not None and count.value.isdigit() and int(count.value):
            return int(count.value) * MILLI
    return None


def _price(message: "GS1ElementStrings", currency: Currency) -> int | None:
    for prefix in (*_PRICES, *_PRICES_WITH_CURRENCY):
        price = message.get(ai=prefix)
        if price is None or price.decimal is None:
            continue
        if prefix in _PRICES_WITH_CURRENCY and _foreign(price.value[:3], currency):
            raise Refusal("The price on this label is in another currency. Type the price.")
        return round(price.decimal * currency.unit_minor)
    return None


def _foreign(numeric: str, currency: Currency) -> bool:
    known = _NUMERIC.get(currency.code)
    return known is not None and known != numeric


def _text(message: "GS1ElementStrings", ais: tuple[str, ...]) -> str:
    found = (message.get(ai=ai) for ai in ais)
    return next((element.value for element in found if element is not None), "")


def _day(message: "GS1ElementStrings") -> int:
    for ai in _EXPIRIES:
        element = message.get(ai=ai)
        if element is not None and element.date is not None:
            date = element.date
            return date.year * 10_000 + date.month * 100 + date.day
    return 0
