"""A whole shop here: PostgreSQL and the API in processes of their own, the tills in this one."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.demo.server import DemoServer, running
from app.demo.shop import DemoTill, manager, opened_tills, stock_up, wait_until
from app.demo.trade import shelf
from localdb.errors import Refusal
from localdb.services.shifts import open_shift
from tests.bench.pending import Pending
from tests.bench.world import World


@dataclass(frozen=True, slots=True)
class Shop:
    """The server and its tills; a manager is signed in at each and a shift is open."""

    server: DemoServer
    tills: list[DemoTill]
    shelf: list[str]


@contextmanager
def opened(world: World, tills: int) -> Iterator[Shop]:
    """The sample shop, durable as in earnest; raises Pending where PostgreSQL cannot run."""
    with tempfile.TemporaryDirectory(prefix="shop-", dir=world.folder) as folder:
        # The embedded server runs as a user of its own when this process is root.
        for entered in (world.folder, Path(folder)):
            entered.chmod(0o755)
        try:
            with running(Path(folder)) as server, _tills(server, Path(folder), tills) as shop:
                yield shop
        except Refusal as refusal:
            raise Pending(str(refusal)) from refusal


@contextmanager
def _tills(server: DemoServer, folder: Path, count: int) -> Iterator[Shop]:
    with opened_tills(server, folder, count) as tills:
        stock_up(tills, None)
        wait_until(lambda: all(map(is_level, tills)), "the tills to load")
        for till in tills:
            till.session.till.sign_in(manager(till))
            till.session.till.write(open_shift, 20_000)
        wait_until(lambda: all(map(is_level, tills)), "the shifts to arrive")
        yield Shop(server, tills, tills[0].session.till.ask(shelf))


def is_level(till: DemoTill) -> bool:
    """Whether a till has delivered and received everything."""
    link = till.session.link
    assert link is not None
    link.engine.sync_now()
    return link.engine.status.waiting == 0 and link.is_level()
