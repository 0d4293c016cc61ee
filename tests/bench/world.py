"""What the benchmarks share: how large the run is, its folder, and a till with a full catalogue."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from localdb.domain.records import User
from localdb.queries import lists
from localdb.services import setup, shifts
from localdb.services.till import Till
from localdb.store.bulk import BulkLoad
from localdb.store.database import Database
from localdb.store.keys import KEY_BYTES, store_key_file
from tests.bench.catalogue import SampleCatalogue
from tests.support.clock import Clock

KEY = bytes(range(KEY_BYTES))
EPOCH = "01890000-0000-7000-8000-00000000e0c4"
PIN = "1234"
PRODUCTS = 100_000
SHOP = setup.NewShop(store_name="Bench", manager_name="Ada", manager_pin=PIN)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured; ``effort`` scales every number of repetitions, 1 is a full run."""

    products: int = PRODUCTS
    effort: float = 1.0

    def times(self, full: int) -> int:
        """That many repetitions in a full run; never fewer than three."""
        return max(3, int(full * self.effort))


@dataclass(frozen=True, slots=True)
class OpenTill:
    """A till at work on a copy of the template."""

    folder: Path
    database: Database
    till: Till
    user: User


@dataclass(frozen=True, slots=True)
class World:
    """One bench run: how much, the run's folder, and a catalogue to sell from."""

    size: Size
    folder: Path

    @property
    def catalogue(self) -> SampleCatalogue:
        """The products that every till sells."""
        return _catalogue(self.size.products)

    @property
    def template(self) -> Path:
        """The data folder of a till with the catalogue and an open shift, built at first use."""
        folder = self.folder / "template"
        if not folder.exists():
            _build_template(self.folder / "template.draft", self.catalogue)
            (self.folder / "template.draft").rename(folder)
        return folder

    def copy(self) -> Path:
        """A data folder of one's own."""
        own = tempfile.mkdtemp(prefix="till-", dir=self.folder)
        return Path(shutil.copytree(self.template, own, dirs_exist_ok=True))

    @contextmanager
    def till(self) -> Iterator[OpenTill]:
        """A till on a fresh copy, its manager signed in; the copy is removed at the end."""
        folder = self.copy()
        database = Database.open(folder, key=KEY, now_us=Clock())
        try:
            till = Till(database)
            user = till.ask(lists.people)[0]
            till.sign_in(user)
            yield OpenTill(folder, database, till, user)
        finally:
            database.close()
            shutil.rmtree(folder)


@cache
def _catalogue(products: int) -> SampleCatalogue:
    return SampleCatalogue(products)


def _build_template(folder: Path, catalogue: SampleCatalogue) -> None:
    store_key_file(folder, KEY)
    database = Database.open(folder, key=KEY, now_us=Clock())
    try:
        _furnish(database, catalogue)
    finally:
        database.close()
    shutil.rmtree(folder / "backups", ignore_errors=True)


def _furnish(database: Database, catalogue: SampleCatalogue) -> None:
    till = Till(database)
    till.sign_in(till.write(setup.stand_alone, SHOP))
    till.write(shifts.open_shift, 20_000)
    store_id = till.identity.store_id
    load = database.begin_load("bench")
    fill(load, catalogue, store_id)
    load.copy_history(database.file)
    load.build(EPOCH, {"org": 0, store_id: 0})
    database.replace_with(load)


def fill(load: BulkLoad, catalogue: SampleCatalogue, store_id: str) -> None:
    """Put every page of the catalogue into a draft."""
    for page in catalogue.pages():
        load.put_page(page.type, page.rows, [], page.next_after)
    for stock in catalogue.stock_pages():
        load.put_stock(store_id, 0, stock.levels, stock.next_after)
