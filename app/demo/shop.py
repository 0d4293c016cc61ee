"""The demonstration's organisation: two stores, people with known PINs, enrolled tills."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from app.bootstrap.session import Session, open_session
from app.demo.cable import Cable
from app.demo.server import DemoServer
from app.setup import sample
from localdb.domain.records import User
from localdb.errors import Refusal
from localdb.queries import lists, products
from localdb.services import people
from localdb.services.imports.run import ImportResult
from localdb.services.till import Till

Say = Callable[[str], None]
"""Tells whoever waits what is done next."""
STORES = (("S01", "Evertill Market"), ("S02", "Evertill Corner"))
PEOPLE = (
    ("Ada", "manager", "4321", "EVT-ADA-1"),
    ("Grace", "cashier", "1234", "EVT-GRACE-1"),
    ("Linus", "cashier", "2345", "EVT-LINUS-1"),
    ("Noor", "supervisor", "3456", "EVT-NOOR-1"),
)
"""Name, role, PIN and the code on the badge."""
PATIENCE_S = 600.0


@dataclass(slots=True)
class DemoTill:
    """An enrolled till and the cable it hangs on."""

    session: Session
    cable: Cable


@contextmanager
def opened_tills(
    server: DemoServer, data_dir: Path, count: int, say: Say = lambda step: None
) -> Iterator[list[DemoTill]]:
    """``count`` tills, enrolled at the first run, two to a store in turn; closed at the end."""
    with ExitStack() as stack:
        shop = _organisation(server, data_dir / "demo.json", say)
        tills = []
        for number in range(count):
            say(f"Opening till {number + 1} of {count}")
            folder = data_dir / f"till-{number + 1}"
            session = stack.enter_context(open_session(folder, use_keyring=False))
            if not session.till.is_set_up:
                store = shop.store_ids[number // 2 % len(shop.store_ids)]
                say(f"Making an enrolment code for till {number + 1}")
                code = server.operate("enrol", "--org", shop.org_id, "--store", store)["code"]
                say(f"Enrolling till {number + 1}")
                session.enrol(server.url, code, f"Till {number + 1}")
            # The port is another one at each start.
            session.move_server(server.url)
            cable = Cable()
            session.connect(cable.through)
            tills.append(DemoTill(session, cable))
        yield tills


def stock_up(
    tills: Sequence[DemoTill], catalogue: Path | None, say: Say = lambda step: None
) -> None:
    """At the first run write the people and the catalogue at one till; wait until all have them.

    Raises Refusal when a till does not get them.
    """
    first = tills[0].session.till
    if not first.ask(lists.people):
        for name, role, pin, badge in PEOPLE:
            first.write(people.create, name, role, pin, badge=badge)
        say("Adding people, taxes and categories")
        sample.load(first, catalogue, progress=lambda done: say(_products(done)))
    known = first.ask(products.count)
    say("Waiting until every till has the catalogue")
    for till in tills:
        wait_until(partial(_has_products, till.session.till, known), "a till to load")


def manager(till: DemoTill) -> User:
    """Somebody who may settle conflicts."""
    return next(user for user in till.session.till.ask(lists.people) if user.role == "manager")


def _has_products(till: Till, count: int) -> bool:
    return till.ask(products.count) == count


def wait_until(happened: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait for the background to do something; raises Refusal when it does not."""
    give_up_at = time.monotonic() + patience_s
    while not happened():
        if time.monotonic() > give_up_at:
            raise Refusal(f"Stopped after {patience_s:.0f} seconds of waiting for {what}.")
        time.sleep(0.02)


@dataclass(frozen=True, slots=True)
class _Shop:
    """Ids the server gave out at the first run."""

    org_id: str
    store_ids: list[str]


def _products(done: ImportResult) -> str:
    return f"Adding products: {done.read:,} of {done.total:,}"


def _organisation(server: DemoServer, kept: Path, say: Say) -> _Shop:
    if kept.exists():
        return _Shop(**json.loads(kept.read_text(encoding="utf-8")))
    say("Creating the organisation")
    org_id = str(server.operate("org", "Evertill Demo", "--manager", "")["org_id"])
    stores = []
    for store in STORES:
        say(f"Creating the store {store[0]}, {store[1]}")
        stores.append(server.operate("store", "--org", org_id, *store))
    shop = _Shop(org_id, [str(store["store_id"]) for store in stores])
    kept.write_text(json.dumps(asdict(shop)), encoding="utf-8")
    return shop
