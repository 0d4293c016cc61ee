"""The sample shop: tax classes, categories and about 300 products from ``resources``."""

import csv
import tempfile
from decimal import Decimal
from pathlib import Path

import resources
from localdb.domain.barcode import check_digit
from localdb.services import catalogue
from localdb.services.imports.rows import RowRules
from localdb.services.imports.run import ImportResult, Progress, import_catalogue
from localdb.services.imports.source import CsvSource, guess_mapping, inspect
from localdb.services.till import Till

SYNTHETIC_LOW_MINOR, SYNTHETIC_RANGE_MINOR = 49, 2000


def load(till: Till, file: Path | None = None, *, progress: Progress | None = None) -> ImportResult:
    """Load taxes and categories, then the sample catalogue, or another CSV of products.

    A file without a price column gets synthetic prices: nobody publishes a large table of
    barcodes with prices, and a demonstration needs some.
    """
    _load_taxes(till)
    _load_categories(till)
    source = inspect(file or resources.path("catalogue/catalogue.csv"))
    with tempfile.TemporaryDirectory() as folder:
        return import_catalogue(
            till,
            source,
            rules_for(source, till.currency.exponent),
            Path(folder) / "refused.csv",
            progress=progress or (lambda result: None),
        )


def rules_for(source: CsvSource, exponent: int) -> RowRules:
    """The rules for a demonstration file: synthetic prices where it has none."""
    mapping = guess_mapping(source.columns)
    return RowRules(mapping, exponent, None if "price" in mapping else synthetic_price_minor)


def synthetic_price_minor(code: str) -> int:
    """A price between 0.49 and 20.48, always the same for a code."""
    digits = "".join(character for character in code if character.isdigit()) or "0"
    return SYNTHETIC_LOW_MINOR + (int(digits) * 10 + check_digit(digits)) % SYNTHETIC_RANGE_MINOR


def _load_taxes(till: Till) -> None:
    for row in _rows("catalogue/tax_classes.csv"):
        percent = row["rate_percent"]
        rates = {f"VAT {percent} %": int(Decimal(percent) * 10_000)}
        till.write(catalogue.add_tax_class, row["code"], row["name"], rates)


def _load_categories(till: Till) -> None:
    for row in _rows("catalogue/categories.csv"):
        till.write(catalogue.add_category, row["name"], colour=row["accent"], icon=row["icon"])


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(resources.text(name).splitlines()))
