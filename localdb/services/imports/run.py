"""Writing an inspected file into the catalogue: in batches, with progress, and cancellable.

Each batch is one transaction and one op group, so that selling goes on and a stop anywhere leaves
whole batches behind; importing the same file again changes nothing.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from localdb.domain.spreadsheet import cell
from localdb.services.imports.batch import Taken, Written, write_batch
from localdb.services.imports.rows import Candidate, RefusedRow, RowRules
from localdb.services.imports.source import CsvSource
from localdb.services.till import Till

BATCH_ROWS = 200
"""Rows of the file in one transaction: with codes and stock a group of 600 ops at most."""
DEFERRED_MAX = 10_000
WARNINGS_KEPT = 1000

Progress = Callable[["ImportResult"], None]


@dataclass(slots=True)
class ImportResult:
    """How an import stands; ``accepted + refused == read`` once ``finished``."""

    total: int
    read: int = 0
    accepted: int = 0
    """Rows that came in: added, changed and unchanged together."""
    refused: int = 0
    changed: int = 0
    unchanged: int = 0
    warned: int = 0
    opaque_codes: int = 0
    store_codes: int = 0
    finished: bool = False
    warnings: list[tuple[int, str]] = field(default_factory=list)
    """Line and warning; the first ``WARNINGS_KEPT`` of them."""

    @property
    def added(self) -> int:
        """Rows that became new products."""
        return self.accepted - self.changed - self.unchanged


def import_catalogue(
    till: Till,
    source: CsvSource,
    rules: RowRules,
    refused_file: Path,
    *,
    progress: Progress = lambda result: None,
    cancelled: Callable[[], bool] = lambda: False,
    default_tax: str = "",
) -> ImportResult:
    """Import every row of ``source`` or write it, with its reasons, to ``refused_file``.

    ``default_tax`` is the code of the class for rows that name none (empty: the first class).
    ``progress`` is called after each batch; ``cancelled`` is asked before each.
    """
    result = ImportResult(source.row_count)
    with RefusedFile(refused_file, source.columns) as refused:
        deferred: list[Candidate] = []
        seen: set[int] = set()
        rows = iter(source.rows())
        while not cancelled() and (batch := list(islice(rows, BATCH_ROWS))):
            result.read += len(batch)
            candidates = [rules.read(line, cells) for line, cells in batch]
            fit = [c for c in candidates if isinstance(c, Candidate)]
            unfit = [c for c in candidates if isinstance(c, RefusedRow)]
            written = till.write(write_batch, fit, default_tax, seen)
            _count(result, written.taken, unfit + written.refused, refused)
            if len(deferred) < DEFERRED_MAX:
                deferred += written.waiting
            else:
                _count(result, [], _orphans(written.waiting), refused)
            progress(result)
        else:
            _write_deferred(till, deferred, default_tax, seen, result, refused)
            result.finished = result.accepted + result.refused == result.read == result.total
        progress(result)
    return result


class RefusedFile:
    """A CSV of the rows that stayed out: the line, the reasons, then the row as it was.

    It is opened in a spreadsheet, so formulas are marked as text; the import takes the mark away.
    """

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self._columns = columns
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(("line", "reasons", *map(cell, columns)))

    def add(self, row: RefusedRow) -> None:
        """Write one refused row."""
        cells = (row.cells.get(column, "") for column in self._columns)
        self._writer.writerow((row.line, cell("; ".join(row.reasons)), *map(cell, cells)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def _write_deferred(
    till: Till,
    deferred: list[Candidate],
    default_tax: str,
    seen: set[int],
    result: ImportResult,
    refused: RefusedFile,
) -> None:
    """Try the rows that named a later one again, until a round brings no more in."""
    while deferred:
        round_ = Written()
        for batch in _batches(deferred):
            written = till.write(write_batch, batch, default_tax, seen)
            round_.taken += written.taken
            round_.refused += written.refused
            round_.waiting += written.waiting
        if not round_.taken:
            round_.refused += _orphans(round_.waiting)
            round_.waiting = []
        _count(result, round_.taken, round_.refused, refused)
        deferred = round_.waiting


def _orphans(candidates: list[Candidate]) -> list[RefusedRow]:
    return [
        c.refused(f"names SKU {c.deposit_sku or c.variant_of}, which is not there")
        for c in candidates
    ]


def _batches(candidates: list[Candidate]) -> Iterator[list[Candidate]]:
    for start in range(0, len(candidates), BATCH_ROWS):
        yield candidates[start : start + BATCH_ROWS]


def _count(
    result: ImportResult,
    taken: list[Taken],
    turned_away: list[RefusedRow],
    refused: RefusedFile,
) -> None:
    result.accepted += len(taken)
    result.refused += len(turned_away)
    for row in turned_away:
        refused.add(row)
    for one in taken:
        candidate = one.row
        result.changed += one.fate == "changed"
        result.unchanged += one.fate == "unchanged"
        result.warned += bool(candidate.warnings)
        if candidate.code:
            result.opaque_codes += candidate.code.kind == "opaque"
            result.store_codes += candidate.code.kind == "store"
        room = WARNINGS_KEPT - len(result.warnings)
        result.warnings += [(candidate.line, warning) for warning in candidate.warnings][:room]
