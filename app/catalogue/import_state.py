"""What the import's page shows, and its words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.kit.formats import Formats
from app.kit.translation import translate
from app.kit.words import field_inside, field_words, record_words
from localdb.domain.labels import inside_sentence
from localdb.domain.records import Barcode, Product
from localdb.services.imports.batch import Change
from localdb.services.imports.columns import FILE_FIELDS, REFERENCES
from localdb.services.imports.decimal_mark import MarksFound
from localdb.services.imports.preview import PreviewRow
from localdb.services.imports.run import ImportResult

Stage = Literal["choose", "reading", "ready", "running", "done"]

ENCODINGS = (
    ("Unicode (UTF-8)", ""),
    ("Western European (Windows)", "cp1252"),
    ("Central European (Windows)", "cp1250"),
    ("Cyrillic (Windows)", "cp1251"),
    ("Greek (Windows)", "cp1253"),
    ("Turkish (Windows)", "cp1254"),
    ("Western European (ISO)", "iso-8859-15"),
    ("Unicode (UTF-16)", "utf-16"),
)
MARKS = (("1,234.50", "."), ("1.234,50", ","))
"""Ways to write numbers, and the decimal mark of each."""
_ORDER = (
    "id", "name", "price", "barcode", "sku", "category", "tax", "cost", "stock", "unit",
    "kind", "min_age", "plu", "deposit_sku", "variant_of",
)  # fmt: skip
_NEEDED = frozenset({"name", "price"})
"""What a new product needs."""
_DECLARED = {one.name: one for one in FILE_FIELDS}
FIELDS = tuple(
    (name, name in _NEEDED) for name in (*_ORDER, *(n for n in _DECLARED if n not in _ORDER))
)
"""What a product takes from a file, and whether a new one needs it."""


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One row of the file and what becomes of it."""

    line: str
    name: str
    code: str
    price: str
    fate: str
    """`added`, `changed`, `unchanged` or `skipped`."""
    said: str


@dataclass(frozen=True, slots=True)
class ImportState:
    """What the page shows."""

    stage: Stage = "choose"
    path: str = ""
    error: str = ""
    asks_encoding: bool = False
    encoding: str = ""
    file_words: str = ""
    columns: tuple[str, ...] = ()
    mapping: tuple[tuple[str, str], ...] = ()
    """Field and the column it is read from."""
    decimal_mark: str = ""
    """The mark before decimals in this file; empty until it is known."""
    missing: str = ""
    """What must still be mapped before it can start."""
    lines: tuple[PreviewLine, ...] = ()
    preview_words: str = ""
    permille: int = 0
    progress: str = ""
    is_cancelling: bool = False
    headline: str = ""
    summary: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    refused_file: str = ""

    @property
    def can_start(self) -> bool:
        """Whether the import may begin."""
        return self.stage == "ready" and not self.missing and bool(self.decimal_mark)


class PreviewWriter:
    """Writes out what a row of the file becomes."""

    def __init__(self, formats: Formats) -> None:
        self._formats = formats

    def line(self, row: PreviewRow) -> PreviewLine:
        """A row with its fate, and why or how."""
        price = "" if row.price_minor is None else self._formats.money(row.price_minor)
        changes = tuple(self._changed(change) for change in row.changes)
        said = "; ".join(row.reasons or (*changes, *row.warnings))
        name, code = row.name or "–", row.code or row.sku or "–"
        fate = "skipped" if row.reasons else row.fate
        return PreviewLine(str(row.line), name, code, price, fate, _sentence(said))

    def _changed(self, change: Change) -> str:
        """A change in words: `price €1.25 → €1.50`."""
        before = self._written(change.field, change.before)
        after = self._written(change.field, change.after)
        return f"{_inside(change.field)} {before} → {after}"

    def _written(self, field: str, value: Any) -> str:
        if field.endswith("_minor"):
            return self._formats.money(value)
        return str(value) or "–"


def field_names() -> Mapping[str, str]:
    """Field -> words, with a star for what must be there."""
    return {name: f"{_words(name)} *" if must else _words(name) for name, must in FIELDS}


def _inside(field: str) -> str:
    if field == "barcode":
        return inside_sentence(record_words(Barcode.TYPE))
    return field_inside(Product.TYPE, field)


def _words(name: str) -> str:
    field = _DECLARED[name].field
    if REFERENCES.get(field, ("", ""))[1] == "sku":
        return translate("Import", "{field} (SKU)", field=field_words(Product.TYPE, field))
    if field:
        return field_words(Product.TYPE, field)
    if name == "barcode":
        return record_words(Barcode.TYPE)
    return translate("Import", "Stock") if name == "stock" else translate("Import", "Product ID")


def which_mark(found: MarksFound) -> str:
    """Why the decimal mark must be chosen."""
    if found.proofs:
        seen = " and ".join(f"line {e.line} has {e.text}" for e in found.proofs.values())
        return translate(
            "Import", "Rows disagree: {seen}. Choose how this file writes numbers.", seen=seen
        )
    assert found.unclear is not None, "nothing to choose"
    return translate(
        "Import",
        "Line {line} has {said}, which can be two numbers. Choose how this file writes numbers.",
        line=found.unclear.line,
        said=found.unclear.text,
    )


def forecast(fates: list[str]) -> str:
    """What the first rows would do: `2 to add, 1 to change, 1 skipped.`"""
    words = {"added": translate("Import", "to add"), "changed": translate("Import", "to change")}
    counts = [
        f"{fates.count(fate)} {words.get(fate, fate)}"
        for fate in ("added", "changed", "unchanged", "skipped")
        if fate in fates
    ]
    return f"{', '.join(counts)}." if counts else translate("Import", "No rows.")


def counts(result: ImportResult) -> str:
    """`1,200 added, 3 changed, 1 skipped`; what there was none of is not said."""
    counted = (
        (result.added, "added"),
        (result.changed, "changed"),
        (result.unchanged, "unchanged"),
        (result.refused, "skipped"),
    )
    return ", ".join(f"{count:,} {words}" for count, words in counted if count) or translate(
        "Import", "nothing yet"
    )


def headline(result: ImportResult) -> str:
    """How it ended, in one line."""
    if not result.finished:
        return translate(
            "Import",
            "Stopped after {read:,} of {total:,} rows",
            read=result.read,
            total=result.total,
        )
    return translate("Import", "Import finished: {result}", result=counts(result))


def summary(result: ImportResult) -> tuple[tuple[str, str], ...]:
    """What the rows became, a line each."""
    rows = (
        (translate("Import", "Rows read"), result.read),
        (translate("Import", "Added"), result.added),
        (translate("Import", "Changed"), result.changed),
        (translate("Import", "Unchanged"), result.unchanged),
        (translate("Import", "Skipped"), result.refused),
        (translate("Import", "With warnings"), result.warned),
    )
    return tuple((name, f"{count:,}") for name, count in rows)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
