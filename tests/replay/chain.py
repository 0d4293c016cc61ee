"""Two stores with a till each, enrolled at a real server over a real PostgreSQL."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr
from sqlalchemy import Connection, select

from app.bootstrap.session import Session, open_session
from app.demo.cable import Cable
from app.demo.server import DemoServer
from localdb.domain.records import Product, Store, User
from localdb.errors import Refusal
from localdb.queries import lists, products, sync_view, taxes
from localdb.services import people, shifts
from localdb.services.imports.rows import RowRules
from localdb.services.imports.run import ImportResult, import_catalogue
from localdb.services.imports.source import guess_mapping, inspect
from localdb.services.till import Till
from localdb.store.tables import TABLES
from sync.server.backend import open_backend, real_services
from sync.server.commands import CODE_HOURS
from sync.server.config import ServerConfig
from tests.replay.grocer import STORES
from tests.support.taxes import default_taxes

PATIENCE_S = 600.0
"""How long nothing at all may happen before the replay gives up."""
POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class ReplayTill:
    """An enrolled till and the cable it hangs on."""

    session: Session
    cable: Cable

    @property
    def waiting(self) -> int:
        """How many groups the server has not taken yet; while draining, as of a second ago."""
        assert self.session.link is not None
        # To count a long queue reads all of it, so the engine's own count is good enough for long.
        return (
            self.session.link.engine.status.waiting
            or self.session.till.ask(sync_view.queue).waiting.groups
        )

    def parked(self) -> list[str]:
        """What the server refused for good, and why."""
        return [
            f"{group.verdict} {group.code}: {group.detail}"
            for group in self.session.till.ask(sync_view.queue).parked
        ]


@dataclass(frozen=True, slots=True)
class Chain:
    """The shops of a replay; ``tills`` by store code."""

    server: DemoServer
    org_id: str
    folder: Path
    tills: dict[str, ReplayTill]

    def furnish(self, catalogue: Path) -> dict[str, Product]:
        """People, taxes and the products of a file, written at one till for both; by SKU.

        Raises Refusal when a product of the file does not come in.
        """
        first = next(iter(self.tills.values())).session.till
        manager = first.write(people.create, "Ada", "manager", "4321")
        first.sign_in(manager)
        first.write(default_taxes)
        done = load_catalogue(first, catalogue, self.folder / "refused.csv")
        self.drain("the catalogue")
        for till in self.tills.values():
            _wait_until(lambda t=till: _has_all(t, done.accepted), "a till to load")  # type: ignore[misc]
            _open_for_trade(till, manager)
        return first.ask(goods)

    def unplug(self) -> None:
        """Cut every till off."""
        for till in self.tills.values():
            till.cable.unplug()

    def plug_in(self) -> None:
        """Connect every till again."""
        for till in self.tills.values():
            till.cable.plug_in()
            if till.session.link is not None:
                till.session.link.engine.sync_now()

    def drain(self, what: str) -> None:
        """Wait until nothing waits to go up; raises Refusal when nothing moves any more."""
        left, moved_at = self._waiting(), time.monotonic()
        while left:
            time.sleep(POLL_S)
            before, left = left, self._waiting()
            if left != before:
                moved_at = time.monotonic()
                tell(f"{left:,} groups of {what} left to drain")
            elif time.monotonic() - moved_at > PATIENCE_S:
                raise Refusal(f"{left:,} groups of {what} do not drain.")
        tell_line(f"{what}: drained")

    def level(self) -> None:
        """Wait until every till has pulled all that the server has."""
        for till in self.tills.values():
            _wait_until(lambda t=till: _is_level(t), "a till to catch up")  # type: ignore[misc]

    def _waiting(self) -> int:
        return sum(till.waiting for till in self.tills.values())


@contextmanager
def opened(server: DemoServer, folder: Path) -> Iterator[Chain]:
    """An organisation of its own with a till in each store, loaded; closed at the end."""
    with ExitStack() as stack:
        organised = asyncio.run(_organise(server))
        tills = {}
        for store, code in organised.enrolment_codes.items():
            till = stack.enter_context(_till(server, code, folder / store))
            _wait_until(lambda t=till: _has_loaded(t), "a till to load")  # type: ignore[misc]
            tills[store] = till
        yield Chain(server, organised.org_id, folder, tills)


def load_catalogue(till: Till, catalogue: Path, refused: Path) -> ImportResult:
    """Import a file of products, every row of it; raises Refusal when one stays out."""
    source = inspect(catalogue)
    done = import_catalogue(
        till,
        source,
        RowRules(guess_mapping(source.columns)),
        refused,
        progress=lambda so_far: tell(f"{so_far.accepted:,} products imported"),
    )
    if not done.finished or done.refused:
        raise Refusal(f"{done.refused} of {done.total} products stayed out; see {refused}.")
    return done


def goods(connection: Connection) -> dict[str, Product]:
    """Every product by SKU."""
    rows = connection.execute(select(TABLES["product"])).mappings()
    return {row["sku"]: Product.from_values(dict(row)) for row in rows}


def tell(progress: str) -> None:
    """Progress, over the line before."""
    if sys.stderr.isatty():
        print(f"\r{progress:<70}", end="", file=sys.stderr, flush=True)


def tell_line(text: str) -> None:
    """A line of progress that stays."""
    clear = "\r" if sys.stderr.isatty() else ""
    print(f"{clear}{text:<70}".rstrip(), file=sys.stderr, flush=True)


class _Organised(NamedTuple):
    org_id: str
    enrolment_codes: dict[str, str]
    """Store code -> what enrols its till."""


async def _organise(server: DemoServer) -> _Organised:
    """What an operator does with ``evertill-server org``, ``store`` and ``enrol``, in one go."""
    config = ServerConfig(database_url=SecretStr(server.database_url))
    async with open_backend(config, real_services()) as backend:
        org_id = await backend.devices.create_org("Replay")
        codes = {}
        for code in STORES:
            store = Store(id=backend.services.new_id(), code=code, name=f"Store {code}")
            await backend.records.create(org_id, store)
            codes[code] = await backend.devices.create_code(org_id, store.id, "", CODE_HOURS)
    return _Organised(org_id, codes)


@contextmanager
def _till(server: DemoServer, code: str, folder: Path) -> Iterator[ReplayTill]:
    with open_session(folder, use_keyring=False) as session:
        session.enrol(server.url, code, "Till")
        cable = Cable()
        session.connect(cable.through)
        yield ReplayTill(session, cable)


def _open_for_trade(till: ReplayTill, user: User) -> None:
    shop = till.session.till
    shop.sign_in(next(known for known in shop.ask(lists.people) if known.id == user.id))
    shop.write(shifts.open_shift, 0)


def _has_loaded(till: ReplayTill) -> bool:
    link = till.session.link
    return link is not None and link.engine.status.last_success_us is not None


def _is_level(till: ReplayTill) -> bool:
    link = till.session.link
    return link is not None and link.is_level()


def _has_all(till: ReplayTill, product_count: int) -> bool:
    shop = till.session.till
    return (
        shop.ask(products.count) == product_count
        and bool(shop.ask(lists.people))
        and bool(shop.ask(taxes.in_force).rules)
    )


def _wait_until(happened: Callable[[], bool], what: str) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not happened():
        if time.monotonic() > give_up_at:
            raise Refusal(f"Waited {PATIENCE_S:.0f} s for {what}, in vain.")
        time.sleep(POLL_S)
