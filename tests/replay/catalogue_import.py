"""A whole country's barcodes into one till: every row comes in or is refused, and is found again.

The file has no prices; they are derived from the barcodes and are not real.
"""

import csv
import random
import re
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sqlalchemy import select

from app.bootstrap.session import Session, open_session
from app.setup import sample
from localdb.queries import products
from localdb.services import setup
from localdb.services.imports.run import ImportResult, import_catalogue
from localdb.services.imports.source import inspect
from localdb.services.till import Till
from localdb.store.tables import TABLES
from tests.replay import import_books
from tests.replay.books import Comparison, table
from tests.replay.chain import tell
from tests.replay.grocer import opened
from tests.replay.import_books import ImportBooks
from tests.support.taxes import default_taxes

PRODUCTS = "off_products_2019.csv.gz"
SCANS, SEARCHES = 1000, 200
SEED = 818_846
SEARCH_LIMIT = 50
_CODE = re.compile(r"(barcode|SKU) \S+ is already in the catalogue")


@dataclass(slots=True)
class Timed:
    """How long one thing took each time, in seconds, and for which it did not work."""

    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure what happens inside."""
        began = time.perf_counter()
        yield
        self.seconds.append(time.perf_counter() - began)

    def __str__(self) -> str:
        ordered = sorted(self.seconds) or [0.0]
        p50, p99 = (ordered[int(len(ordered) * share)] for share in (0.5, 0.99))
        return (
            f"{len(self.seconds):,} in ms: median {p50 * 1000:.2f}, p99 {p99 * 1000:.2f},"
            f" worst {ordered[-1] * 1000:.2f}; {len(self.failed)} failed {self.failed[:3] or ''}"
        )


@dataclass(slots=True)
class ImportOutcome:
    """What the import came to and what the till did with it after a restart."""

    rows: list[Comparison]
    unexplained: int
    """Refused rows without a reason."""
    upc_e: int
    import_s: float
    open_s: float
    scans: Timed
    searches: Timed
    database_bytes: int

    @property
    def agrees(self) -> bool:
        """Whether every row is accounted for and every accepted one is found."""
        return (
            all(row.agrees for row in self.rows)
            and not self.unexplained
            and not self.scans.failed
            and not self.searches.failed
        )

    def text(self) -> str:
        """The outcome as it is printed."""
        rows = int(self.rows[0].file.replace(",", ""))
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        return "\n".join(
            (
                table(self.rows, "catalogue"),
                "",
                f"imported in {self.import_s:.1f} s, {rows / self.import_s:,.0f} rows/s",
                f"database {self.database_bytes / 2**20:,.0f} MiB; peak memory {peak_mib:,} MiB",
                f"codes read as UPC-E: {self.upc_e:,}",
                f"reopened in {self.open_s * 1000:.0f} ms",
                f"scans:    {self.scans}",
                f"searches: {self.searches}",
                f"refused rows without a reason: {self.unexplained}",
                "Every row is accounted for." if self.agrees else "ROWS ARE NOT ACCOUNTED FOR.",
            )
        )


def import_products(
    data: Path, folder: Path, limit: int | None = None, *, name: str = PRODUCTS
) -> ImportOutcome:
    """Import the file, or its first ``limit`` rows, into a new till; restart it, scan, search."""
    file = _file(data / name, folder, limit)
    expected, refused = import_books.count(file), folder / "refused.csv"
    with _till(folder) as session:
        session.till.sign_in(session.till.write(setup.stand_alone, _SHOP))
        session.till.write(default_taxes)
        began = time.monotonic()
        done = _load(session.till, file, refused)
        import_s = time.monotonic() - began
        database = session.database.file
    began = time.monotonic()
    with _till(folder) as session:
        open_s = time.monotonic() - began
        found, unexplained = _found(session, done, refused)
        picked = _picked(file, expected)
        return ImportOutcome(
            rows=_compare(expected, found),
            unexplained=unexplained,
            upc_e=expected.upc_e,
            import_s=import_s,
            open_s=open_s,
            scans=_scan(session.till, picked),
            searches=_search(session.till, picked[:SEARCHES]),
            database_bytes=database.stat().st_size,
        )


_SHOP = setup.NewShop(store_name="Import", manager_name="Ada", manager_pin="4321")


@contextmanager
def _till(folder: Path) -> Iterator[Session]:
    with open_session(folder / "till", use_keyring=False) as session:
        yield session


def _load(till: Till, file: Path, refused: Path) -> ImportResult:
    source = inspect(file)
    return import_catalogue(
        till,
        source,
        sample.rules_for(source, till.currency.exponent),
        refused,
        progress=lambda so_far: tell(f"{so_far.read:,} of {so_far.total:,} rows read"),
    )


def _found(session: Session, done: ImportResult, refused: Path) -> tuple[ImportBooks, int]:
    """The books as the till holds them, and how many refused rows give no reason."""
    books = ImportBooks(rows=done.read)
    books.kinds.update(opaque=done.opaque_codes, store=done.store_codes)
    with refused.open(encoding="utf-8", newline="") as text:
        reasons = [row["reasons"] for row in csv.DictReader(text)]
    books.refused.update(_CODE.sub(r"\1 is already in the catalogue", r) for r in reasons)
    barcode, product = TABLES["barcode"], TABLES["product"]
    pairs = select(barcode.c.code, product.c.name).join(
        product, product.c.id == barcode.c.product_id
    )
    books.accepted = session.till.ask(products.count)
    with session.database.read() as connection:
        for code, name in connection.execute(pairs):
            books.codes.add(f"{code}|{name}")
    return books, sum(not reason for reason in reasons)


def _compare(expected: ImportBooks, found: ImportBooks) -> list[Comparison]:
    here, there = expected.figures(), found.figures()
    return [
        Comparison("till", name, here.get(name, ""), there.get(name, ""))
        for name in dict.fromkeys((*here, *there))
    ]


def _file(file: Path, folder: Path, limit: int | None) -> Path:
    """The file itself, or a copy of its first rows."""
    if limit is None:
        return file
    shorter = folder / "first-rows.csv"
    with opened(file) as text, shorter.open("w", encoding="utf-8", newline="") as copy:
        csv.writer(copy).writerows(islice(csv.reader(text), limit + 1))
    return shorter


def _picked(file: Path, expected: ImportBooks) -> list[tuple[str, str]]:
    """Random rows that must be in the catalogue: the code as written, and the cleaned name."""
    drawn = random.Random(SEED)
    wanted = set(drawn.sample(range(expected.rows), min(SCANS, expected.rows)))
    first: dict[str, str] = {}
    picked = []
    with opened(file) as text:
        for number, row in enumerate(csv.DictReader(text)):
            name = import_books.cleaned(row["name"])
            key = import_books.classify(row["barcode"].strip())[0]
            if name:
                first.setdefault(key, name)
                if number in wanted:
                    picked.append((row["barcode"], first[key]))
    drawn.shuffle(picked)
    return picked


def _scan(till: Till, picked: list[tuple[str, str]]) -> Timed:
    scans = Timed()
    for code, name in picked:
        with scans.measured():
            view = till.ask(products.by_code, code)
        if view is None or view.product.name != name:
            scans.failed.append(code)
    return scans


def _search(till: Till, picked: list[tuple[str, str]]) -> Timed:
    """Search each name; it fails when fewer hits than fit are shown and none has the name."""
    searches = Timed()
    for _, name in picked:
        with searches.measured():
            hits = till.ask(products.search, name, SEARCH_LIMIT)
        if len(hits) < SEARCH_LIMIT and name not in {hit.name for hit in hits}:
            searches.failed.append(name)
    return searches
