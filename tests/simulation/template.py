"""The shop every history begins with: built once over the real road, then copied."""

import os
import random
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localdb.domain.records import Product, Store, TaxClass, User
from localdb.services import catalogue, people
from localdb.store.database import Database
from localdb.store.engine import engines
from localdb.store.unit_of_work import UnitOfWork
from sync.client.bootstrap import load_now
from sync.client.enrol import enrol
from sync.server.core.ports import Store as ServerStore
from tests.simulation.clock import VirtualClock
from tests.simulation.lean_engine import SharedEngines
from tests.simulation.memory_store import MemoryStore
from tests.simulation.memory_tables import Backup
from tests.simulation.releases import Releases
from tests.simulation.server import SimServer, drive
from tests.simulation.till import SimTill
from tests.support.taxes import default_taxes

STORES = ("S01", "S02")
TILLS = ("S01", "S01", "S01", "S02")
"""The store of each till of the shop."""
PRODUCTS = 8
EPOCH = "01900000-0000-7000-8000-00000000e0c1"
FILE = "till.db"


@dataclass(frozen=True, slots=True)
class TillTemplate:
    """An enrolled till: its file and its token."""

    name: str
    file: bytes
    token: str
    user: User
    store_id: str


@dataclass(frozen=True, slots=True)
class Template:
    """A shop with two stores, four enrolled tills and a small catalogue, all of it in sync."""

    org_id: str
    store_ids: tuple[str, ...]
    backup: Backup | None
    """The server, when it is one in memory."""
    tills: tuple[TillTemplate, ...]
    empty_file: bytes
    began_s: float
    """Where a history's clock starts."""
    releases: Releases
    engines: SharedEngines
    """Of the one folder that all histories of this process use in turn."""


def memory_folder() -> Path | None:
    """Where files cost nothing, if this machine has such a place."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() else None


def workshop() -> Path:
    """Where the histories of this process have their files, one history after the other."""
    return (memory_folder() or Path(tempfile.gettempdir())) / f"evertill-sim-{os.getpid()}"


def build() -> Template:
    """The template over a server in memory."""
    store = MemoryStore(EPOCH)
    template = build_over(store, drive)
    return Template(
        template.org_id,
        template.store_ids,
        store.backup(),
        template.tills,
        template.empty_file,
        template.began_s,
        template.releases,
        template.engines,
    )


def build_over(store: ServerStore, run: Callable[[Coroutine[Any, Any, Any]], Any]) -> Template:
    """The template over any store, which holds the shop afterwards."""
    clock, rng = VirtualClock(), random.Random("the shop")
    server = SimServer(store, clock.now_us, rng, lambda org, heads: None, run)
    org_id = server.drive(server.devices.create_org("Corner Shop"))
    with tempfile.TemporaryDirectory(prefix="evertill-shop-", dir=memory_folder()) as folder:
        empty_file = _empty_file(Path(folder) / "empty", clock)
        store_ids = tuple(_new_store(server, org_id, code) for code in STORES)
        tills: list[TillTemplate] = []
        for number, code in enumerate(TILLS):
            till = SimTill(
                f"T{number + 1}",
                Path(folder) / f"T{number + 1}",
                clock,
                server.serve,
                random.Random(f"till {number}"),
                lambda line: None,
                empty_file,
                engines,
            )
            store_id = store_ids[STORES.index(code)]
            _enrol(till, server, org_id, store_id)
            if not tills:
                till.write(_stock_the_shop)
            _sync(till)
            user = till.ask(_manager)
            till.stop()
            file = (till.folder / FILE).read_bytes()
            tills.append(TillTemplate(till.name, file, till.tokens.load(), user, store_id))
    began_s = clock.s + 60.0
    return Template(
        org_id, store_ids, None, tuple(tills), empty_file, began_s, Releases(), SharedEngines()
    )


def _empty_file(folder: Path, clock: VirtualClock) -> bytes:
    Database.open(folder, key=None, now_us=clock.now_us).close()
    return (folder / FILE).read_bytes()


def _new_store(server: SimServer, org_id: str, code: str) -> str:
    store = Store(id=server.new_id(), code=code, name=f"Store {code}")
    server.drive(server.editor.create(org_id, Store.TYPE, store.values()))
    return store.id


def _enrol(till: SimTill, server: SimServer, org_id: str, store_id: str) -> None:
    code = server.drive(server.devices.create_code(org_id, store_id))
    till.folder.mkdir(parents=True)
    (till.folder / FILE).write_bytes(till.empty_file)
    till.start()
    enrol(till.database, till.gateway, till.tokens, code=code, till_name=till.name)
    load_now(till.database, till.gateway, lambda progress: None)
    till.begin_sync()


def _stock_the_shop(uow: UnitOfWork) -> None:
    """People, taxes and goods, as one group."""
    for name, role in (("Ada", "manager"), ("Grace", "cashier")):
        people.create(uow, name, role, "4321")
    default_taxes(uow)
    reduced = uow.find(TaxClass, code="reduced")[0]
    for number in range(PRODUCTS):
        product = Product(
            id=uow.new_id(),
            sku=f"SKU{number}",
            name=f"Thing {number}",
            price_minor=99 + 50 * number,
            tax_class_id=reduced.id,
        )
        catalogue.add_product(uow, product, (f"400000000{number}",), 10_000)


def _manager(conn: Any) -> User:
    row = conn.exec_driver_sql("SELECT * FROM user WHERE role = 'manager' ORDER BY id").mappings()
    return User.from_values(dict(row.first()))


def _sync(till: SimTill) -> None:
    for _ in range(50):
        till.clock.pass_to(till.due_at)
        till.step()
        if not till.engine.status.waiting and till.due_at > till.clock.s + 4:
            return
    raise AssertionError("the shop does not come into sync")
