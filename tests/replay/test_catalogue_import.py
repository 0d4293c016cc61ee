"""The large import: codes are classified right, and every row of a file is accounted for."""

from pathlib import Path

import pytest

from tests.replay.catalogue_import import import_products
from tests.replay.import_books import DUPLICATE, classify, cleaned

ROWS = """\
barcode,name
4006381333931,Stabilo Boss
04006381333931,The same with a zero
4006381333932,A wrong check digit
2000000000015,From our own scale
04252614,Cola as UPC-E
042100005264,The same as UPC-A
12345,Too short
12345,Too short again
96385074,  An &amp;   EAN-8\t
8710398602404,
"""


@pytest.mark.parametrize(
    ("code", "key", "kind"),
    [
        ("4006381333931", "4006381333931", "gtin"),
        ("04006381333931", "4006381333931", "gtin"),
        ("4006381333932", "4006381333932", "opaque"),
        ("2000000000015", "2000000000015", "store"),
        ("04252614", "42100005264", "upc-e"),
        ("96385074", "96385074", "gtin"),
        ("00000000", "00000000", "opaque"),
        ("12345", "12345", "opaque"),
        ("8,02E+12", "8,02E+12", "opaque"),
    ],
)
def test_codes_are_told_apart(code: str, key: str, kind: str) -> None:
    """The independent rule knows right GTINs, UPC-E, store codes and everything else."""
    assert classify(code) == (key, kind)


def test_names_are_cleaned() -> None:
    """Entities, control characters and outer spaces go."""
    assert cleaned("  An &amp;   EAN-8\t") == "An & EAN-8"


def test_every_row_of_a_made_up_file_is_accounted_for(tmp_path: Path) -> None:
    """What comes in, what stays out and why agree, and each accepted code is found again."""
    (tmp_path / "made-up.csv").write_text(ROWS)
    outcome = import_products(tmp_path, tmp_path, name="made-up.csv")
    assert outcome.agrees, outcome.text()
    found = {row.name: row.server for row in outcome.rows}
    assert found["in the catalogue"] == "6"
    assert found[f"refused: {DUPLICATE}"] == "3"
    assert found["refused: has no name"] == "1"
    assert found["opaque codes"] == "2"


def test_real_rows_are_accounted_for(data: Path, tmp_path: Path) -> None:
    """The first 5,000 rows of the real file come in or are refused, and are found again."""
    outcome = import_products(data, tmp_path, 5000)
    assert outcome.agrees, outcome.text()
