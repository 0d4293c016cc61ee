"""Writing an inspected file into the catalogue: in batches, with progress, and cancellable.

Each batch is one transaction and one op group, so that selling goes on and a stop anywhere leaves
whole batches behind; importing the same file again refuses what is already there.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, select

from localdb.domain.records import Barcode, Category, Product
from localdb.services import stock
from localdb.services.imports.rows import Candidate, RefusedRow, RowRules
from localdb.services.imports.source import CsvSource
from localdb.services.till import Till
from localdb.store.tables import TABLES
from localdb.store.unit_of_work import UnitOfWork

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
    refused: int = 0
    warned: int = 0
    opaque_codes: int = 0
    store_codes: int = 0
    finished: bool = False
    warnings: list[tuple[int, str]] = field(default_factory=list)
    """Line and warning; the first ``WARNINGS_KEPT`` of them."""


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
        rows = iter(source.rows())
        while not cancelled() and (batch := list(islice(rows, BATCH_ROWS))):
            result.read += len(batch)
            candidates = [rules.read(line, cells) for line, cells in batch]
            fit = [c for c in candidates if isinstance(c, Candidate)]
            unfit = [c for c in candidates if isinstance(c, RefusedRow)]
            written = till.write(write_batch, fit, default_tax)
            _count(result, written.accepted, unfit + written.refused, refused)
            if len(deferred) < DEFERRED_MAX:
                deferred += written.waiting
            else:
                _count(result, [], _orphans(written.waiting), refused)
            progress(result)
        else:
            _write_deferred(till, deferred, default_tax, result, refused)
            result.finished = result.accepted + result.refused == result.read == result.total
        progress(result)
    return result


@dataclass(slots=True)
class Written:
    """What became of a batch; ``waiting`` are rows that name an SKU not seen yet."""

    accepted: list[Candidate] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    waiting: list[Candidate] = field(default_factory=list)


def write_batch(uow: UnitOfWork, candidates: list[Candidate], default_tax: str) -> Written:
    """Add the candidates that clash with nothing; one transaction."""
    return _Batch(uow, candidates, default_tax).write()


class RefusedFile:
    """A CSV of the rows that stayed out: the line, the reasons, then the row as it was."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self._columns = columns
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(("line", "reasons", *columns))

    def add(self, row: RefusedRow) -> None:
        """Write one refused row."""
        cells = (row.cells.get(column, "") for column in self._columns)
        self._writer.writerow((row.line, "; ".join(row.reasons), *cells))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


class _Batch:
    """One batch against the catalogue as it stands."""

    def __init__(self, uow: UnitOfWork, candidates: list[Candidate], default_tax: str) -> None:
        self._uow = uow
        self._candidates = candidates
        connection = uow.connection
        self._taxes = _by_key(connection, "tax_class", "code")
        self._default_tax = default_tax or next(iter(self._taxes), "")
        self._categories = _by_key(connection, "category", "name")
        codes = [c.code.value for c in candidates if c.code]
        self._codes = _taken(connection, "barcode", "code", codes)
        named = {s for c in candidates for s in (c.sku, c.deposit_sku, c.variant_of) if s}
        self._skus = _ids_by_sku(connection, sorted(named))

    def write(self) -> Written:
        done = Written()
        for candidate in self._candidates:
            reason = self._clash(candidate)
            if reason:
                done.refused.append(candidate.refused(reason))
            elif self._names_a_stranger(candidate):
                done.waiting.append(candidate)
            else:
                self._add(candidate)
                done.accepted.append(candidate)
        return done

    def _clash(self, candidate: Candidate) -> str:
        if candidate.code and candidate.code.value in self._codes:
            return f"barcode {candidate.code.value} is already in the catalogue"
        if candidate.sku in self._skus:
            return f"SKU {candidate.sku} is already in the catalogue"
        if (candidate.tax or self._default_tax) not in self._taxes:
            return f"tax {candidate.tax or '(none)'} is not one of {', '.join(self._taxes)}"
        return ""

    def _names_a_stranger(self, candidate: Candidate) -> bool:
        named = (candidate.deposit_sku, candidate.variant_of)
        return any(sku and sku not in self._skus for sku in named)

    def _add(self, candidate: Candidate) -> None:
        uow = self._uow
        product = Product(
            id=uow.new_id(),
            sku=candidate.sku,
            name=candidate.name,
            price_minor=candidate.price_minor,
            cost_minor=candidate.cost_minor,
            tax_class_id=self._taxes[candidate.tax or self._default_tax],
            category_id=self._category(candidate.category),
            unit=candidate.unit,
            kind=candidate.kind,
            min_age=candidate.min_age,
            deposit_id=self._skus.get(candidate.deposit_sku),
            variant_of=self._skus.get(candidate.variant_of),
            plu=candidate.plu,
        )
        self._skus[product.sku] = product.id
        uow.insert(product)
        if candidate.code:
            self._codes.add(candidate.code.value)
            uow.insert(Barcode(id=uow.new_id(), code=candidate.code.value, product_id=product.id))
        if candidate.stock_milli:
            stock.move(uow, product.id, candidate.stock_milli, "import")

    def _category(self, name: str) -> str | None:
        if not name:
            return None
        if name not in self._categories:
            category = Category(id=self._uow.new_id(), name=name, position=len(self._categories))
            self._uow.insert(category)
            self._categories[name] = category.id
        return self._categories[name]


def _write_deferred(
    till: Till,
    deferred: list[Candidate],
    default_tax: str,
    result: ImportResult,
    refused: RefusedFile,
) -> None:
    """Try the rows that named a later one again, until a round brings no more in."""
    while deferred:
        round_ = Written()
        for batch in _batches(deferred):
            written = till.write(write_batch, batch, default_tax)
            round_.accepted += written.accepted
            round_.refused += written.refused
            round_.waiting += written.waiting
        if not round_.accepted:
            round_.refused += _orphans(round_.waiting)
            round_.waiting = []
        _count(result, round_.accepted, round_.refused, refused)
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
    accepted: list[Candidate],
    turned_away: list[RefusedRow],
    refused: RefusedFile,
) -> None:
    result.accepted += len(accepted)
    result.refused += len(turned_away)
    for row in turned_away:
        refused.add(row)
    for candidate in accepted:
        result.warned += bool(candidate.warnings)
        if candidate.code:
            result.opaque_codes += candidate.code.kind == "opaque"
            result.store_codes += candidate.code.kind == "store"
        room = WARNINGS_KEPT - len(result.warnings)
        result.warnings += [(candidate.line, warning) for warning in candidate.warnings][:room]


def _by_key(connection: Connection, record_type: str, key: str) -> dict[str, str]:
    table = TABLES[record_type]
    rows = connection.execute(
        select(table.c[key], table.c.id).where(table.c.deleted.is_(False)).order_by(table.c.id)
    )
    return {row[0]: row[1] for row in rows}


def _taken(connection: Connection, record_type: str, key: str, values: list[str]) -> set[str]:
    table = TABLES[record_type]
    rows = connection.execute(
        select(table.c[key]).where(table.c[key].in_(values), table.c.deleted.is_(False))
    )
    return {row[0] for row in rows}


def _ids_by_sku(connection: Connection, skus: list[str]) -> dict[str, str]:
    table = TABLES["product"]
    rows = connection.execute(
        select(table.c.sku, table.c.id).where(table.c.sku.in_(skus), table.c.deleted.is_(False))
    )
    return {row.sku: row.id for row in rows}
