"""Importing products from a CSV file: choose, map, look, start, and know what stayed out."""

import errno
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from app.kit.authority import may
from app.kit.formats import Formats
from app.kit.translation import translate
from app.kit.words import field_inside, field_words, record_words
from app.syncing.panel import Aside
from localdb.domain import currencies
from localdb.domain.labels import inside_sentence
from localdb.domain.permissions import Permission
from localdb.domain.records import Barcode, Product
from localdb.errors import EvertillError, Refusal
from localdb.services.imports.batch import Change
from localdb.services.imports.columns import FILE_FIELDS, REFERENCES
from localdb.services.imports.decimal_mark import MarksFound, find_marks
from localdb.services.imports.preview import PREVIEW_ROWS, PreviewRow, preview
from localdb.services.imports.rows import RowRules
from localdb.services.imports.run import ImportResult, import_catalogue
from localdb.services.imports.source import CsvSource, guess_mapping, inspect
from localdb.services.till import Till

T = TypeVar("T")
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
    rate: str = ""
    is_cancelling: bool = False
    headline: str = ""
    summary: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    refused_file: str = ""

    @property
    def can_start(self) -> bool:
        """Whether the import may begin."""
        return self.stage == "ready" and not self.missing and bool(self.decimal_mark)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found out about a file: its decimal mark, or nothing where it must be chosen."""

    mark: str
    marks: MarksFound
    rows: list[PreviewRow]


class ImportPresenter:
    """Reads and writes off the UI thread; `post` brings progress back onto it."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        now_us: Callable[[], int],
        show: Callable[[ImportState], None],
        *,
        aside: Aside,
        post: Callable[[Callable[[], None]], None],
        folder: Path,
    ) -> None:
        self._till = till
        self._formats = formats
        self._now_us = now_us
        self._show = show
        self._aside = aside
        self._post = post
        self._folder = folder
        self._source: CsvSource | None = None
        self._mapping: dict[str, str] = {}
        self._chosen_mark = ""
        self._started_us = 0
        self._cancelled = False
        self.state = ImportState()

    @property
    def is_running(self) -> bool:
        return self.state.stage == "running"

    def open(self) -> None:
        """Begin anew, unless an import is running."""
        if not self.is_running:
            self._source = None
            self.state = ImportState()
            self._show(self.state)

    def choose(self, path: str, encoding: str = "") -> None:
        """Look into a file; a refusal says what to do and lets the encoding be chosen."""
        if not path.strip():
            self._set(error="Choose a file first.")
            return
        self._set(stage="reading", path=path.strip(), encoding=encoding, error="", lines=())
        file = Path(path.strip()).expanduser()
        self._aside(lambda: _tried(lambda: inspect(file, encoding or None)), self._inspected)

    def choose_encoding(self, encoding: str) -> None:
        """Read the same file in another encoding."""
        if encoding != self.state.encoding or self.state.stage == "choose":
            self.choose(self.state.path, encoding)

    def map(self, field: str, column: str) -> None:
        """Read a field from a column; an empty column leaves it out."""
        if self._mapping.get(field, "") == column or self._source is None:
            return
        self._mapping.pop(field, None)
        if column:
            self._mapping[field] = column
        self._look()

    def choose_mark(self, mark: str) -> None:
        """Read the file's numbers with this mark before their decimals."""
        if self._source is not None and mark != self.state.decimal_mark:
            self._chosen_mark = mark
            self._look()

    def start(self) -> None:
        """Import all rows; only a manager may."""
        if not self.state.can_start or self._source is None:
            return
        if not may(self._till, Permission.CATALOGUE):
            self._set(error="Only a manager may import products. Ask a manager to sign in.")
            return
        self._cancelled = False
        self._started_us = self._now_us()
        rules = self._rules(dict(self._mapping), self.state.decimal_mark)
        source, file = self._source, self._refused_file()
        self._set(stage="running", permille=0, progress="Starting …", rate="", error="")
        self._aside(
            lambda: _tried(lambda: self._import(source, rules, file)),
            lambda found: self._done(found, file),
        )

    def cancel(self) -> None:
        """Stop after the batch in hand; what came in so far stays."""
        if self.is_running:
            self._cancelled = True
            self._set(is_cancelling=True)

    # ------------------------------------------------------------ off the UI thread

    def _import(self, source: CsvSource, rules: RowRules, refused_file: Path) -> ImportResult:
        refused_file.parent.mkdir(parents=True, exist_ok=True)
        return import_catalogue(
            self._till,
            source,
            rules,
            refused_file,
            progress=self._report,
            cancelled=lambda: self._cancelled,
        )

    def _report(self, result: ImportResult) -> None:
        now = replace(result, warnings=[])
        self._post(lambda: self._progressed(now))

    # ------------------------------------------------------------ back on it

    def _inspected(self, found: "CsvSource | EvertillError") -> None:
        if isinstance(found, EvertillError):
            self._source = None
            self._set(stage="choose", error=str(found), asks_encoding=True, file_words="")
            return
        self._source = found
        self._chosen_mark = ""
        self._mapping = guess_mapping(found.columns)
        name = next((words for words, e in ENCODINGS if e == self.state.encoding), found.encoding)
        self._set(
            stage="ready",
            error="",
            columns=found.columns,
            file_words=f"{found.row_count:,} rows, {len(found.columns)} columns, {name}",
        )
        self._look()

    def _look(self) -> None:
        """Show the mapping and, once it is complete, what the first rows become."""
        source = self._source
        assert source is not None, "nothing to look at"
        found_by = {"id", "sku", "barcode"}
        missing = [] if found_by & self._mapping.keys() else ["Barcode or SKU"]
        if not self._mapping.keys() - found_by:
            missing.insert(0, "Name or Price")
        self._set(
            mapping=tuple((field, self._mapping.get(field, "")) for field, *_ in FIELDS),
            missing=f"Map a column to: {', '.join(missing)}." if missing else "",
            lines=(),
            preview_words="",
            decimal_mark=self._chosen_mark,
        )
        if not missing:
            mapping, mark = dict(self._mapping), self._chosen_mark
            self._aside(lambda: _tried(lambda: self._seen(source, mapping, mark)), self._looked)

    def _seen(self, source: CsvSource, mapping: dict[str, str], mark: str) -> "Seen":
        """Off the UI thread: how the file writes numbers and, once known, its first rows."""
        style, exponent = self._formats.style, self._formats.exponent
        marks = find_marks(source, mapping, exponent, style)
        mark = mark or marks.mark(style.decimal) or ""
        rows = preview(self._till, source, self._rules(mapping, mark)) if mark else []
        return Seen(mark, marks, rows)

    def _looked(self, found: "Seen | EvertillError") -> None:
        if isinstance(found, EvertillError):
            self._set(error=str(found))
            return
        if not found.mark:
            self._set(missing=_which_mark(found.marks))
            return
        lines = tuple(self._line(row) for row in found.rows)
        first = "First 20 rows: " if len(lines) == PREVIEW_ROWS else ""
        self._set(
            lines=lines,
            decimal_mark=found.mark,
            preview_words=first + _forecast([line.fate for line in lines]),
        )

    def _progressed(self, result: ImportResult) -> None:
        if not self.is_running:
            return
        seconds = max((self._now_us() - self._started_us) / 1_000_000, 0.001)
        permille = min(1000, 1000 * result.read // max(result.total, 1))
        self._set(
            permille=permille,
            progress=f"{result.read:,} of {result.total:,} rows · {_counts(result)}",
            rate=f"{int(result.read / seconds):,} rows a second",
        )

    def _done(self, found: "ImportResult | EvertillError", file: Path) -> None:
        if isinstance(found, EvertillError):
            self._set(stage="ready", error=str(found), is_cancelling=False)
            return
        if not found.refused:
            file.unlink(missing_ok=True)
        self._set(
            stage="done",
            is_cancelling=False,
            headline=_headline(found),
            summary=_summary(found),
            warnings=tuple(f"Line {line}: {text}" for line, text in found.warnings[:PREVIEW_ROWS]),
            refused_file=str(file) if found.refused else "",
        )

    # ------------------------------------------------------------ small things

    def _rules(self, mapping: dict[str, str], mark: str) -> RowRules:
        style = self._formats.style.certain(mark)
        odd = currencies.facts(self._formats.currency).odd_minor
        return RowRules(mapping, self._formats.exponent, style=style, odd_minor=odd)

    def _refused_file(self) -> Path:
        stem = Path(self.state.path).name.split(".")[0] or "import"
        return self._folder / f"{stem}-refused-{self._started_us // 1_000_000}.csv"

    def _line(self, row: PreviewRow) -> PreviewLine:
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

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


def _inside(field: str) -> str:
    if field == "barcode":
        return inside_sentence(record_words(Barcode.TYPE))
    return field_inside(Product.TYPE, field)


def field_names() -> Mapping[str, str]:
    """Field -> words, with a star for what must be there."""
    return {name: f"{_words(name)} *" if must else _words(name) for name, must in FIELDS}


def _words(name: str) -> str:
    field = _DECLARED[name].field
    if REFERENCES.get(field, ("", ""))[1] == "sku":
        return translate("Import", "{field} (SKU)", field=field_words(Product.TYPE, field))
    if field:
        return field_words(Product.TYPE, field)
    if name == "barcode":
        return record_words(Barcode.TYPE)
    return translate("Import", "Stock") if name == "stock" else translate("Import", "Product ID")


def _which_mark(found: MarksFound) -> str:
    """Why the decimal mark must be chosen."""
    if found.proofs:
        seen = " and ".join(f"line {e.line} has {e.text}" for e in found.proofs.values())
        return f"Rows disagree: {seen}. Choose how this file writes numbers."
    assert found.unclear is not None, "nothing to choose"
    return (
        f"Line {found.unclear.line} has {found.unclear.text}, which can be two numbers. "
        "Choose how this file writes numbers."
    )


def _tried(job: Callable[[], T]) -> T | EvertillError:
    try:
        return job()
    except EvertillError as error:
        return error
    except OSError as error:
        full = " The disk is full." if error.errno == errno.ENOSPC else ""
        return Refusal(f"The import stopped: {error}.{full}")


def _forecast(fates: list[str]) -> str:
    """What the first rows would do: `2 to add, 1 to change, 1 skipped.`"""
    words = {"added": "to add", "changed": "to change"}
    counts = [
        f"{fates.count(fate)} {words.get(fate, fate)}"
        for fate in ("added", "changed", "unchanged", "skipped")
        if fate in fates
    ]
    return f"{', '.join(counts)}." if counts else "No rows."


def _counts(result: ImportResult) -> str:
    """`1,200 added, 3 changed, 1 skipped`; what there was none of is not said."""
    counted = (
        (result.added, "added"),
        (result.changed, "changed"),
        (result.unchanged, "unchanged"),
        (result.refused, "skipped"),
    )
    return ", ".join(f"{count:,} {words}" for count, words in counted if count) or "nothing yet"


def _headline(result: ImportResult) -> str:
    if not result.finished:
        return f"Stopped after {result.read:,} of {result.total:,} rows"
    return f"Import finished: {_counts(result)}"


def _summary(result: ImportResult) -> tuple[tuple[str, str], ...]:
    rows = (
        ("Rows read", result.read),
        ("Added", result.added),
        ("Changed", result.changed),
        ("Unchanged", result.unchanged),
        ("Skipped", result.refused),
        ("With warnings", result.warned),
    )
    return tuple((name, f"{count:,}") for name, count in rows)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
