"""Each row of a product file is a candidate or is refused with every reason."""

import pytest

from localdb.services.imports.rows import Candidate, RefusedRow, RowRules

MAPPING = {name: name for name in ("barcode", "sku", "name", "price", "unit", "stock", "cost")}


def read(**cells: str) -> Candidate | RefusedRow:
    return RowRules(MAPPING).read(2, {"name": "Tea", "price": "1.00", **cells})


def accepted(**cells: str) -> Candidate:
    row = read(**cells)
    assert isinstance(row, Candidate), row
    return row


def reasons(**cells: str) -> tuple[str, ...]:
    row = read(**cells)
    assert isinstance(row, RefusedRow), row
    return row.reasons


@pytest.mark.parametrize(
    ("text", "minor"),
    [("1.29", 129), ("1,29", 129), ("€ 1.29", 129), ("EUR 4,5", 450), ("1.234,50", 123450),
     ("1,234.50", 123450), ("3", 300), ("0", 0)],
)  # fmt: skip
def test_a_price_is_read_as_people_write_it(text: str, minor: int) -> None:
    """Point or comma, with a currency or without."""
    assert accepted(sku="1", price=text).price_minor == minor


@pytest.mark.parametrize("text", ["abc", "1.2.x", "1.299", "-1", "1e5", "99999999999999999", "--"])
def test_a_price_that_is_none_is_refused(text: str) -> None:
    """Nothing is guessed, rounded or cut."""
    assert reasons(sku="1", price=text)


def test_every_reason_is_given_at_once() -> None:
    """A row with three faults is mended in one go."""
    assert len(reasons(name="", price="x", unit="bushel")) == 4


def test_a_wrong_check_digit_comes_in_as_an_opaque_code_with_a_warning() -> None:
    """Real shelves hold such codes; scanning them must work."""
    row = accepted(barcode="4006381333932")
    assert row.code is not None
    assert (row.code.kind, row.code.value) == ("opaque", "4006381333932")
    assert row.warnings


def test_a_code_ruined_by_a_spreadsheet_is_refused() -> None:
    """8,02E+12 stands for many products, so for none."""
    assert "spreadsheet" in reasons(barcode="8,02E+12")[0]


def test_the_name_is_cleaned_but_never_emptied() -> None:
    """Control characters, entities and outer spaces go; a name of nothing else is refused."""
    assert accepted(sku="1", name=" Ca\x00f\u00e9 &amp;\ttea ").name == "Ca f\u00e9 & tea"
    assert reasons(sku="1", name=" \x07 ") == ("has no name",)


def test_the_sku_is_the_code_when_there_is_none() -> None:
    """A file of barcodes and names is enough."""
    assert accepted(barcode="0000000000017").sku == "17"
    assert "neither" in reasons()[0]
