"""What the first rows of a file would become, found out by importing and undoing them."""

from dataclasses import dataclass
from itertools import islice

from localdb.services.imports.batch import Change, Fate, Taken, Written, write_batch
from localdb.services.imports.rows import Candidate, RefusedRow, RowRules
from localdb.services.imports.source import CsvSource
from localdb.services.till import Till
from localdb.store.unit_of_work import UnitOfWork

PREVIEW_ROWS = 20


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row of the file: the product it becomes, or why it stays out."""

    line: int
    name: str
    sku: str
    code: str
    price_minor: int | None
    reasons: tuple[str, ...] = ()
    """Why it stays out; empty when it comes in."""
    warnings: tuple[str, ...] = ()
    fate: Fate = "added"
    """What comes of it when it comes in."""
    changes: tuple[Change, ...] = ()
    """Of a product that is here: from what to what."""


def preview(
    till: Till, source: CsvSource, rules: RowRules, *, default_tax: str = ""
) -> list[PreviewRow]:
    """The first ``PREVIEW_ROWS`` rows as an import would treat them; nothing is written."""
    read = [rules.read(line, cells) for line, cells in islice(source.rows(), PREVIEW_ROWS)]
    fit = [row for row in read if isinstance(row, Candidate)]
    written = _tried(till, fit, default_tax)
    refused = {row.line: row.reasons for row in written.refused}
    taken = {one.row.line: one for one in written.taken}
    return [_shown(row, rules, refused, taken.get(row.line)) for row in read]


class _Undone(Exception):
    """Carries the outcome out of a transaction that must leave nothing behind."""

    def __init__(self, written: Written) -> None:
        super().__init__()
        self.written = written


def _tried(till: Till, candidates: list[Candidate], default_tax: str) -> Written:
    try:
        till.write(_try, candidates, default_tax)
    except _Undone as undone:
        return undone.written
    raise AssertionError("a preview was committed")


def _try(uow: UnitOfWork, candidates: list[Candidate], default_tax: str) -> None:
    raise _Undone(write_batch(uow, candidates, default_tax))


def _shown(
    row: Candidate | RefusedRow,
    rules: RowRules,
    refused: dict[int, tuple[str, ...]],
    taken: Taken | None,
) -> PreviewRow:
    if isinstance(row, Candidate):
        code = row.code.value if row.code else ""
        reasons = refused.get(row.line, ())
        return PreviewRow(
            row.line,
            row.name or (taken.name if taken else ""),
            row.sku,
            code,
            row.price_minor if "price" in row.given or not row.lacking else None,
            reasons,
            row.warnings,
            taken.fate if taken else "added",
            taken.changes if taken else (),
        )
    cell = {name: row.cells.get(column, "").strip() for name, column in rules.mapping.items()}
    return PreviewRow(
        row.line,
        cell.get("name", ""),
        cell.get("sku", ""),
        cell.get("barcode", ""),
        None,
        row.reasons,
    )
