"""The sample catalogue is whole: valid numbers, links that resolve, prices that parse."""

import csv
import io
import json
from collections import Counter
from decimal import Decimal

import pytest

import resources
from resources import iconset, styling
from tests.resources import make_catalogue


def table(name: str) -> list[dict[str, str]]:
    """Return a file of the sample catalogue as rows."""
    return list(csv.DictReader(io.StringIO(resources.text(f"catalogue/{name}"))))


GOODS = table("catalogue.csv")
BY_SKU = {row["sku"]: row for row in GOODS}


def present(column: str) -> list[str]:
    """Return the filled cells of a column."""
    return [row[column] for row in GOODS if row[column]]


@pytest.mark.parametrize("name", ["catalogue.csv", "tax_classes.csv", "categories.csv"])
def test_files_are_as_generated(name: str) -> None:
    """The shipped files and their generator say the same."""
    assert resources.text(f"catalogue/{name}") == make_catalogue.files()[name]


def test_columns_are_as_agreed() -> None:
    """The import reads exactly these columns."""
    assert ",".join(GOODS[0]) == (
        "sku,barcode,name,category,price,tax,cost,unit,stock,kind,"
        "min_age,deposit_sku,variant_of,plu"
    )


@pytest.mark.parametrize("column", ["sku", "barcode", "name", "plu"])
def test_identifiers_are_unique(column: str) -> None:
    """No two products answer to the same number or name."""
    assert [value for value, times in Counter(present(column)).items() if times > 1] == []


def test_barcodes_are_valid() -> None:
    """EAN-8 or EAN-13, weights 3 and 1 from the right, and no in-store prefix."""
    for code in present("barcode"):
        assert len(code) in (8, 13)
        digits = [int(digit) for digit in reversed(code)]
        assert (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0, code
        assert code[0] not in "02"
    assert {len(code) for code in present("barcode")} == {8, 13}


def test_links_lead_somewhere() -> None:
    """Deposits lead to deposit items, variants to an ordinary product that is no variant."""
    assert all(BY_SKU[sku]["kind"] == "deposit" for sku in present("deposit_sku"))
    parents = [BY_SKU[sku] for sku in present("variant_of")]
    assert parents
    assert all(row["kind"] == "normal" and not row["variant_of"] for row in parents)


def test_prices_parse() -> None:
    """Prices have two decimals; only open-price goods have none; nothing sells below cost."""
    for row in GOODS:
        assert (row["price"] == "") == (row["kind"] == "open_price"), row
        if row["price"]:
            assert Decimal(row["price"]).as_tuple().exponent == -2
            assert Decimal(0) <= Decimal(row["cost"]) <= Decimal(row["price"])


def test_values_are_known() -> None:
    """Taxes, units, ages, categories and kinds are the agreed ones."""
    assert set(present("tax")) == {row["code"] for row in table("tax_classes.csv")}
    assert set(present("unit")) == {"piece", "kg", "l"}
    assert set(present("min_age")) == {"16", "18"}
    assert set(present("category")) == {row["name"] for row in table("categories.csv")}
    assert set(present("kind")) == {"normal", "weighed", "open_price", "service", "deposit"}
    assert all(Decimal(amount) >= 0 for amount in present("stock"))


def test_every_kind_is_represented() -> None:
    """A demonstration meets each kind of goods more than once."""
    kinds = Counter(present("kind"))
    assert 290 <= sum(kinds.values()) <= 320
    assert min(kinds.values()) >= 4
    assert kinds["weighed"] >= 30


def test_weighed_goods_have_a_short_code() -> None:
    """What is weighed is priced per kilogram and found on the keypad."""
    for row in GOODS:
        if row["kind"] == "weighed":
            assert row["unit"] == "kg"
            assert row["plu"]
            assert not row["barcode"]


def test_categories_have_a_colour_and_an_icon() -> None:
    """Each category's accent and icon exist."""
    for row in table("categories.csv"):
        assert row["accent"] in styling.tokens("light").accents
        assert row["icon"] in iconset.names()


def test_offers_are_for_what_is_sold() -> None:
    """Every SKU that a promotion or a price list names is in the catalogue."""
    body = json.loads(resources.text("catalogue/offers.json"))
    named = [
        sku
        for offer in body["promotions"]
        for target in offer.get("targets", ())
        for sku in target["skus"]
    ]
    named += [price["sku"] for given in body["price_lists"] for price in given["prices"]]
    assert len(named) > 5
    assert set(named) <= set(BY_SKU)
