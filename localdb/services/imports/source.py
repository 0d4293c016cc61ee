"""Opens a CSV file of products, plain or gzip, and finds out how it is to be read."""

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from localdb.domain.spreadsheet import text_of
from localdb.errors import Refusal
from localdb.services.imports.columns import FILE_FIELDS

DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class CsvSource:
    """A CSV file that can be read: what it is encoded and delimited by, and how long it is."""

    path: Path
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    row_count: int

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Each row with its line number in the file (the line on which the row ends)."""
        with _opened(self.path, self.encoding) as text:
            reader = csv.reader(text, delimiter=self.delimiter)
            next(reader, None)
            for cells in reader:
                if cells:
                    yield (
                        reader.line_num,
                        dict(zip(self.columns, map(text_of, cells), strict=False)),
                    )


def inspect(path: Path, encoding: str | None = None) -> CsvSource:
    """Find out how a file is to be read, reading all of it once.

    Raises Refusal when it is missing, empty, no text in the given or a Unicode encoding, or no
    CSV; the message says what to do. Nothing is imported from a file that fails here.
    """
    try:
        chosen = encoding or _encoding(path)
        with _opened(path, chosen) as text:
            first = text.readline()
            if not first.strip():
                raise Refusal(f"{path.name} is empty. Choose a file with a heading row.")
            delimiter = max(DELIMITERS, key=first.count)
            columns = tuple(
                text_of(c.strip()) for c in next(csv.reader([first], delimiter=delimiter))
            )
            count = sum(1 for cells in csv.reader(text, delimiter=delimiter) if cells)
    except UnicodeError as error:
        raise Refusal(
            f"{path.name} is not readable as {encoding or 'Unicode'}: save it as 'CSV UTF-8' in"
            " your spreadsheet, or choose its encoding, and import again. Nothing was imported."
        ) from error
    except (OSError, EOFError) as error:
        raise Refusal(f"{path.name} cannot be read: {error}.") from error
    except csv.Error as error:
        raise Refusal(f"{path.name} is not a CSV file ({error}). Nothing was imported.") from error
    return CsvSource(path, chosen, delimiter, columns, count)


def guess_mapping(columns: tuple[str, ...]) -> dict[str, str]:
    """Field -> column, for every column whose heading is recognised."""
    by_heading = {column.casefold().replace("_", " "): column for column in reversed(columns)}
    mapping: dict[str, str] = {}
    for field in FILE_FIELDS:
        for heading in field.headings:
            if (column := by_heading.get(heading)) is not None:
                mapping[field.name] = column
                break
    return mapping


def _encoding(path: Path) -> str:
    with _binary(path) as raw:
        mark = raw.read(4)
    return "utf-16" if mark[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def _binary(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        return cast("BinaryIO", gzip.open(path, "rb"))
    return path.open("rb")


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[io.TextIOWrapper]:
    with _binary(path) as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
        yield text
