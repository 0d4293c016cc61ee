"""The decimal mark of a file is what all its numbers agree on, or is asked for."""

from pathlib import Path

import pytest

from localdb.domain.numbers import NumberStyle
from localdb.services.imports.decimal_mark import Example, MarksFound, find_marks
from localdb.services.imports.source import guess_mapping, inspect

ENGLISH = NumberStyle()


def found(folder: Path, *prices: str, exponent: int = 2, stock: str = "") -> MarksFound:
    """What the rows of a file with these prices say."""
    file = folder / "goods.csv"
    rows = "".join(f"S{n};Tea;{price};{stock}\n" for n, price in enumerate(prices))
    file.write_text(f"sku;name;price;stock\n{rows}", encoding="utf-8")
    source = inspect(file)
    return find_marks(source, guess_mapping(source.columns), exponent, ENGLISH)


@pytest.mark.parametrize(
    ("prices", "mark"),
    [
        (("2.50", "1,250"), "."),
        (("2,50", "1.250"), ","),
        (("1,234,560",), "."),
        (("1.234.560",), ","),
        (("1.234,50",), ","),
        (("1,23,456.78",), "."),
        (("12", "3"), "."),
        (("€ 4,5", "oops"), ","),
        (("1,250",), None),
        (("2.50", "2,50"), None),
    ],
)
def test_the_numbers_of_a_file_say_its_mark(
    tmp_path: Path, prices: tuple[str, ...], mark: str | None
) -> None:
    """One number that has one reading decides for all; none, or two that disagree, do not."""
    assert found(tmp_path, *prices).mark(".") == mark


def test_a_currency_without_decimals_only_groups(tmp_path: Path) -> None:
    """12,000 yen are twelve thousand in any country's file."""
    assert found(tmp_path, "12,000", exponent=0).mark(",") == "."
    assert found(tmp_path, "12.000", exponent=0).mark(".") == ","


def test_every_number_counts_and_the_rows_are_named(tmp_path: Path) -> None:
    """The stock may say what the prices leave open, and the question quotes both rows."""
    assert found(tmp_path, "1,250", stock="0,5").mark(".") == ","
    proofs = found(tmp_path, "3", "2.50", "2,50").proofs
    assert proofs == {".": Example(3, "2.50"), ",": Example(4, "2,50")}
