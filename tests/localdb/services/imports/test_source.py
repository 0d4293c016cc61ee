"""A file is understood as a whole before anything of it is imported."""

import gzip
from pathlib import Path

import pytest

from localdb.errors import Refusal
from localdb.services.imports.source import guess_mapping, inspect


def test_encoding_delimiter_and_length_are_found_out(tmp_path: Path) -> None:
    """A UTF-8 file with a mark and semicolons, as a spreadsheet saves it, just works."""
    file = tmp_path / "a.csv"
    file.write_bytes("\ufeffEAN;Name;Price\n1;Käse;2,00\n2;Brot;3,00\n".encode())
    source = inspect(file)
    assert (source.delimiter, source.columns, source.row_count) == (
        ";",
        ("EAN", "Name", "Price"),
        2,
    )
    assert [cells["Name"] for _, cells in source.rows()] == ["Käse", "Brot"]


def test_utf_16_and_gzip_are_read(tmp_path: Path) -> None:
    """What other programs export is taken as it is."""
    file = tmp_path / "a.csv.gz"
    file.write_bytes(gzip.compress("name,price\nTea,1\n".encode("utf-16")))
    assert [cells for _, cells in inspect(file).rows()] == [{"name": "Tea", "price": "1"}]


def test_another_encoding_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """Wrong letters in the catalogue are worse than no import; choosing the encoding helps."""
    file = tmp_path / "a.csv"
    file.write_bytes("name,price\nKäse,1\n".encode("cp1252"))
    with pytest.raises(Refusal, match="CSV UTF-8"):
        inspect(file)
    assert inspect(file, "cp1252").row_count == 1


def test_newlines_inside_quotes_are_one_row(tmp_path: Path) -> None:
    """A quoted name may span lines."""
    file = tmp_path / "a.csv"
    file.write_text('name,price\n"Tea\nblack",1\n', encoding="utf-8")
    assert inspect(file).row_count == 1


@pytest.mark.parametrize("content", [b"", b"\n", b'name\n"' + b"x" * 200_000])
def test_what_is_no_csv_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty file, or one with a field without end."""
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    with pytest.raises(Refusal):
        inspect(file)


def test_a_missing_or_broken_file_is_refused(tmp_path: Path) -> None:
    """No such file, and a gzip file cut short."""
    with pytest.raises(Refusal):
        inspect(tmp_path / "none.csv")
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(b"name,price\n" + b"Tea,1\n" * 1000)[:-20])
    with pytest.raises(Refusal):
        inspect(cut)


def test_usual_headings_are_recognised() -> None:
    """Each field takes the first column that is called like it."""
    assert guess_mapping(("GTIN", "Description", "Unit Price", "Colour")) == {
        "barcode": "GTIN",
        "name": "Description",
        "price": "Unit Price",
    }
