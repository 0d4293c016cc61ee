"""The sample shop: taxes, categories, about 300 products and some offers from ``resources``."""

import csv
import json
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import resources
from localdb.domain.barcode import check_digit
from localdb.domain.money import MILLI, PPM
from localdb.domain.promotions import Target, targets_json
from localdb.domain.records import TaxClass
from localdb.queries import lists, products, taxes
from localdb.services import catalogue, offers
from localdb.services.imports.rows import RowRules
from localdb.services.imports.run import ImportResult, Progress, import_catalogue
from localdb.services.imports.source import CsvSource, guess_mapping, inspect
from localdb.services.till import Till

SYNTHETIC_LOW_MINOR, SYNTHETIC_RANGE_MINOR = 49, 2000


def load(till: Till, file: Path | None = None, *, progress: Progress | None = None) -> ImportResult:
    """Load taxes and categories, then the sample catalogue with its offers, or another CSV.

    A file without a price column gets synthetic prices: nobody publishes a large table of
    barcodes with prices, and a demonstration needs some.
    """
    _load_taxes(till)
    _load_categories(till)
    source = inspect(file or resources.path("catalogue/catalogue.csv"))
    with tempfile.TemporaryDirectory() as folder:
        done = import_catalogue(
            till,
            source,
            rules_for(source, till.currency.exponent),
            Path(folder) / "refused.csv",
            progress=progress or (lambda result: None),
        )
    if file is None:
        _load_offers(till)
    return done


def rules_for(source: CsvSource, exponent: int) -> RowRules:
    """The rules for a demonstration file: synthetic prices where it has none."""
    mapping = guess_mapping(source.columns)
    return RowRules(mapping, exponent, None if "price" in mapping else synthetic_price_minor)


def synthetic_price_minor(code: str) -> int:
    """A price between 0.49 and 20.48, always the same for a code."""
    digits = "".join(character for character in code if character.isdigit()) or "0"
    return SYNTHETIC_LOW_MINOR + (int(digits) * 10 + check_digit(digits)) % SYNTHETIC_RANGE_MINOR


def _load_taxes(till: Till) -> None:
    """The sample's own; a shop that has chosen its taxes keeps them."""
    chosen = {one.code: one for one in till.ask(lists.tax_classes)}
    for row in _rows("catalogue/tax_classes.csv"):
        if chosen:
            _stand_in(till, row, chosen)
            continue
        percent = row["rate_percent"]
        rates = {f"VAT {percent} %": int(Decimal(percent) * 10_000)}
        till.write(catalogue.add_tax_class, row["code"], row["name"], rates)


def _stand_in(till: Till, row: Mapping[str, str], chosen: Mapping[str, TaxClass]) -> None:
    """A class that the sample's goods name and the shop has not: the shop's first rate."""
    if row["code"] in chosen:
        return
    first = next(iter(chosen.values()))
    rates = till.ask(taxes.in_force).rules[first.id].rates
    named = {rate.name: rate.rate_ppm for rate in rates}
    till.write(catalogue.add_tax_class, row["code"], first.name, named, included=first.included)


def _load_categories(till: Till) -> None:
    for row in _rows("catalogue/categories.csv"):
        till.write(catalogue.add_category, row["name"], colour=row["accent"], icon=row["icon"])


def _load_offers(till: Till) -> None:
    body = json.loads(resources.text("catalogue/offers.json"))
    unit_minor = till.currency.unit_minor
    for offer in body["promotions"]:
        _add_promotion(till, offer, unit_minor)
    for given in body["price_lists"]:
        price_list = till.write(offers.add_price_list, given["name"])
        for price in given["prices"]:
            till.write(
                offers.put_price,
                price_list.id,
                _product_id(till, price["sku"]),
                int(Decimal(price["price"]) * unit_minor),
                min_quantity_milli=price["min_quantity"] * MILLI,
            )


def _add_promotion(till: Till, offer: Mapping[str, Any], unit_minor: int) -> None:
    targets = [
        Target(frozenset(_product_id(till, sku) for sku in target["skus"]))
        for target in offer.get("targets", ())
    ]
    till.write(
        offers.add_promotion,
        offer["name"],
        offer["kind"],
        targets=targets_json(targets),
        rate_ppm=int(Decimal(offer.get("percent", 0)) * PPM / 100),
        amount_minor=int(Decimal(offer.get("amount", 0)) * unit_minor),
        take=offer.get("take", 0),
        pay=offer.get("pay", 0),
        coupon_code=offer.get("coupon_code", ""),
    )


def _product_id(till: Till, sku: str) -> str:
    found = till.ask(products.by_code, sku)
    assert found is not None, "an offer of the sample is for what the sample sells"
    return found.product.id


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(resources.text(name).splitlines()))
