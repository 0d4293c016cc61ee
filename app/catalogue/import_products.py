"""Importing products from a CSV file: choose, map, look, start, and know what stayed out."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.catalogue.import_state import (
    ENCODINGS,
    FIELDS,
    ImportState,
    PreviewWriter,
    counts,
    forecast,
    headline,
    summary,
    which_mark,
)
from app.kit.authority import may
from app.kit.formats import Formats
from app.kit.job import Job, Run, Worker
from app.kit.translation import translate
from localdb.domain import currencies
from localdb.domain.permissions import Permission
from localdb.errors import Refusal
from localdb.services.imports.decimal_mark import MarksFound, find_marks
from localdb.services.imports.preview import PREVIEW_ROWS, PreviewRow, preview
from localdb.services.imports.rows import RowRules
from localdb.services.imports.run import ImportResult, import_catalogue
from localdb.services.imports.source import CsvSource, guess_mapping, inspect
from localdb.services.till import Till


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found out about a file: its decimal mark, or nothing where it must be chosen."""

    mark: str
    marks: MarksFound
    rows: list[PreviewRow]


class ImportPresenter:
    """Reads and writes off the UI thread, as one job at a time."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        now_us: Callable[[], int],
        show: Callable[[ImportState], None],
        *,
        worker: Worker,
        folder: Path,
    ) -> None:
        self._till = till
        self._formats = formats
        self._now_us = now_us
        self._show = show
        self._writer = PreviewWriter(formats)
        self._job = Job(worker)
        self._folder = folder
        self._source: CsvSource | None = None
        self._mapping: dict[str, str] = {}
        self._chosen_mark = ""
        self._started_us = 0
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
            self._set(error=translate("Import", "Choose a file first."))
            return
        self._set(stage="reading", path=path.strip(), encoding=encoding, error="", lines=())
        file = Path(path.strip()).expanduser()
        self._job.start(lambda _: _inspect(file, encoding), self._inspected, self._not_inspected)

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
            self._set(
                error=translate(
                    "Import", "Only a manager may import products. Ask a manager to sign in."
                )
            )
            return
        self._started_us = self._now_us()
        rules = self._rules(dict(self._mapping), self.state.decimal_mark)
        source, file = self._source, self._refused_file()
        self._set(stage="running", permille=0, progress=translate("Import", "Starting …"), error="")
        self._job.start(
            lambda run: self._import(run, source, rules, file),
            lambda result: self._done(result, file),
            lambda words: self._set(stage="ready", error=words, is_cancelling=False),
            self._progressed,
        )

    def cancel(self) -> None:
        """Stop after the batch in hand; what came in so far stays."""
        if self.is_running:
            self._job.cancel()
            self._set(is_cancelling=True)

    # ------------------------------------------------------------ off the UI thread

    def _import(
        self, run: Run[ImportResult], source: CsvSource, rules: RowRules, refused_file: Path
    ) -> ImportResult:
        with _disk_said():
            refused_file.parent.mkdir(parents=True, exist_ok=True)
            return import_catalogue(
                self._till,
                source,
                rules,
                refused_file,
                # The result is counted on, and its warnings are for the end.
                progress=lambda result: run.report(replace(result, warnings=[])),
                cancelled=run.is_cancelled,
            )

    def _seen(self, source: CsvSource, mapping: dict[str, str], mark: str) -> Seen:
        """How the file writes numbers and, once known, its first rows."""
        style, exponent = self._formats.style, self._formats.exponent
        with _disk_said():
            marks = find_marks(source, mapping, exponent, style)
            mark = mark or marks.mark(style.decimal) or ""
            rows = preview(self._till, source, self._rules(mapping, mark)) if mark else []
        return Seen(mark, marks, rows)

    # ------------------------------------------------------------ back on it

    def _not_inspected(self, words: str) -> None:
        self._source = None
        self._set(stage="choose", error=words, asks_encoding=True, file_words="")

    def _inspected(self, found: CsvSource) -> None:
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
        missing = [] if found_by & self._mapping.keys() else [translate("Import", "Barcode or SKU")]
        if not self._mapping.keys() - found_by:
            missing.insert(0, translate("Import", "Name or Price"))
        self._set(
            mapping=tuple((field, self._mapping.get(field, "")) for field, *_ in FIELDS),
            missing=translate("Import", "Map a column to: {missing}.", missing=", ".join(missing))
            if missing
            else "",
            lines=(),
            preview_words="",
            decimal_mark=self._chosen_mark,
        )
        if not missing:
            mapping, mark = dict(self._mapping), self._chosen_mark
            self._job.start(
                lambda _: self._seen(source, mapping, mark),
                self._looked,
                lambda words: self._set(error=words),
            )

    def _looked(self, found: Seen) -> None:
        if not found.mark:
            self._set(missing=which_mark(found.marks))
            return
        lines = tuple(self._writer.line(row) for row in found.rows)
        first = translate("Import", "First 20 rows: ") if len(lines) == PREVIEW_ROWS else ""
        self._set(
            lines=lines,
            decimal_mark=found.mark,
            preview_words=first + forecast([line.fate for line in lines]),
        )

    def _progressed(self, result: ImportResult) -> None:
        permille = min(1000, 1000 * result.read // max(result.total, 1))
        self._set(
            permille=permille,
            progress=f"{result.read:,} of {result.total:,} rows · {counts(result)}",
        )

    def _done(self, found: ImportResult, file: Path) -> None:
        if not found.refused:
            file.unlink(missing_ok=True)
        self._set(
            stage="done",
            is_cancelling=False,
            headline=headline(found),
            summary=summary(found),
            warnings=tuple(
                translate("Import", "Line {line}: {said}", line=line, said=text)
                for line, text in found.warnings[:PREVIEW_ROWS]
            ),
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

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


def _inspect(file: Path, encoding: str) -> CsvSource:
    with _disk_said():
        return inspect(file, encoding or None)


@contextmanager
def _disk_said() -> Iterator[None]:
    """What the disk refuses, as a Refusal that says what to do."""
    try:
        yield
    except OSError as error:
        full = translate("Import", " The disk is full.") if error.errno == errno.ENOSPC else ""
        raise Refusal(
            translate("Import", "The import stopped: {error}.{full}", error=error, full=full)
        ) from error
