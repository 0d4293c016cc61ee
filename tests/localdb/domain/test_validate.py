"""The checks a record's values pass before they are stored."""

from typing import Any

import pytest

from localdb.domain.records import Customer, Payment, Product, Record, SaleLine, Store, TaxRate
from localdb.domain.validate import problems
from tests.localdb.domain.build import numbered_id


@pytest.mark.parametrize(
    ("record", "name", "value", "words"),
    [
        (Product, "name", "", "1 to 255"),
        (Product, "name", "x" * 256, "1 to 255"),
        (Product, "name", None, "must be given"),
        (Product, "name", 5, "must be text"),
        (Product, "name", "a\x00b", "null"),
        (Product, "price_minor", -1, "between"),
        (Product, "price_minor", 10**15 + 1, "between"),
        (Product, "price_minor", 1.5, "whole number"),
        (Product, "price_minor", True, "whole number"),
        (Product, "price_minor", "5", "whole number"),
        (Product, "cost_minor", -1, "between"),
        (Product, "tax_class_id", "not-an-id", "not an id"),
        (Product, "tax_class_id", numbered_id(1).upper() + " ", "not an id"),
        (Product, "kind", "magic", "one of"),
        (Product, "deleted", 1, "yes or no"),
        (SaleLine, "quantity_milli", 0, "not be 0"),
        (SaleLine, "quantity_milli", 10**12 + 1, "between"),
        (Payment, "method", "", "1 to 64"),
        (TaxRate, "rate_ppm", 10_000_001, "between"),
        (Store, "currency", "EURO", "3 to 3"),
        (Store, "day_cutoff_min", 1440, "between"),
    ],
)
def test_a_wrong_value_is_named(record: type[Record], name: str, value: Any, words: str) -> None:
    """Each refused field says what is wrong with it."""
    assert words in problems(record, {name: value})[name]


@pytest.mark.parametrize(
    ("record", "name", "value"),
    [
        (Product, "name", "x" * 255),
        (Product, "name", "😀"),
        (Product, "price_minor", 0),
        (Product, "price_minor", 10**15),
        (Product, "category_id", None),
        (SaleLine, "quantity_milli", -1),
        (Customer, "note", ""),
    ],
)
def test_the_bounds_themselves_are_allowed(record: type[Record], name: str, value: Any) -> None:
    """A value on the edge passes."""
    assert problems(record, {name: value}) == {}


def test_all_problems_are_listed() -> None:
    """A person sees every mistake at once, and unknown fields are none."""
    found = problems(Product, {"name": "", "price_minor": -1, "kind": "magic", "colour": 5})
    assert set(found) == {"name", "price_minor", "kind"}
