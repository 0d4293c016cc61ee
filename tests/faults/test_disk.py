"""A disk that is full, or may not be written: nothing half stored, and selling goes on after."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from app.bootstrap.session import Session, open_session
from app.demo.shop import wait_until
from localdb.domain.ids import IdSource
from localdb.domain.records import Customer
from localdb.errors import DiskFull
from localdb.queries import lists
from sync.server.backend import Backend
from tests.faults import furnish
from tests.faults.books import complaints
from tests.faults.ringing import ring
from tests.faults.road import Road, drain, link_of
from tests.faults.victim import Told, kept_cart
from tests.support.postgres import PostgresDatabase
from tests.support.server import Operator, server_config

NEW_CUSTOMERS = 40
SALES_MAX = 500
LONG_NOTE = "x" * 4000
CHILD = """
import os, sys
from pathlib import Path
from app.bootstrap.session import open_session
from localdb.errors import EnvironmentFault
if os.geteuid() == 0:  # to whom nothing is forbidden
    os.setegid(65534)
    os.seteuid(65534)
try:
    with open_session(Path(sys.argv[1]), use_keyring=False) as session:
        session.database.write(lambda uow: uow.next_number("anything"))
        print("written")
except EnvironmentFault as fault:
    print(fault)
"""


def test_a_sale_on_a_full_disk_is_not_half_stored(tmp_path: Path) -> None:
    """It is refused in words; with space again the till sells on, without a gap in its numbers."""
    told = Told()
    with open_session(tmp_path, use_keyring=False) as session:
        furnish.stand_alone(session)
        ring(session, Random(1), told.take, 5)
        with full(session), pytest.raises(DiskFull, match=r"till\.db is full.*free space"):
            ring(session, Random(2), told.take, SALES_MAX)
        assert complaints(session, told.printed) == []
        assert kept_cart(session) in told.carts_possible()
        ring(session, Random(3), told.take, 5)
        assert complaints(session, told.printed) == []


def test_a_pull_onto_a_full_disk_waits_for_space(
    road: Road, shared_database: PostgresDatabase
) -> None:
    """Failure 5: the status says why; once there is space it goes on, and nothing is missing."""
    with road.till() as session:
        org = session.till.identity.org_id
        with full(session):
            Operator(server_config(shared_database)).run(lambda at: _add_customers(at, org))
            engine = link_of(session).engine
            engine.sync_now()
            wait_until(lambda: "is full" in engine.status.last_error, "the full disk to be noticed")
        road.sell(session, 5)
        drain(session)
        assert len(session.till.ask(lists.customers, "", NEW_CUSTOMERS * 2)) == NEW_CUSTOMERS
        assert road.wrong(session) == []
        assert link_of(session).prove().agrees
        assert engine.status.last_error == ""


@pytest.mark.parametrize("forbidden", [".", "till.db"])
def test_what_may_not_be_written_is_named(forbidden: str) -> None:
    """Failure 19: without the right to write, a sentence names the folder or the file."""
    with tempfile.TemporaryDirectory(prefix="evertill-readonly-") as parent:
        # The child may be another user, who must get this far.
        Path(parent).chmod(0o755)
        folder = Path(parent) / "till"
        with open_session(folder, use_keyring=False) as session:
            furnish.stand_alone(session)
        before = (folder / "till.db").read_bytes()
        with _read_only(folder, folder / forbidden):
            said = _written_by_a_child(folder)
        assert str(folder / forbidden) in said
        assert (folder / "till.db").read_bytes() == before
        with open_session(folder, use_keyring=False) as session:
            assert complaints(session, {}) == []


@contextmanager
def full(session: Session) -> Iterator[None]:
    """A disk on which the database cannot grow by a single page."""
    _limit(session, 1)
    try:
        yield
    finally:
        _limit(session, 2**30)


def _limit(session: Session, pages: int) -> None:
    # The file keeps what it has: a limit below its size means its size.
    statement = f"PRAGMA max_page_count = {pages}"
    session.database.write(lambda uow: uow.connection.exec_driver_sql(statement).close())


async def _add_customers(backend: Backend, org: str) -> None:
    """Change much at the office while the till is at work."""
    new_id = IdSource(backend.services.now_us)
    for number in range(NEW_CUSTOMERS):
        customer = Customer(id=new_id(), name=f"Customer {number}", note=LONG_NOTE)
        await backend.records.create(org, customer)


@contextmanager
def _read_only(folder: Path, forbidden: Path) -> Iterator[None]:
    """Anybody may write anything in the folder, but not what is forbidden or in it."""
    modes = {file: file.stat().st_mode for file in (folder, *folder.rglob("*"))}
    for file in modes:
        is_forbidden = file == forbidden or forbidden in file.parents
        allowed = 0o555 if is_forbidden else 0o777
        file.chmod(allowed if file.is_dir() else allowed & 0o666)
    try:
        yield
    finally:
        for file, mode in modes.items():
            file.chmod(mode)


def _written_by_a_child(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder)], capture_output=True, text=True, check=True
    )
    return done.stdout
