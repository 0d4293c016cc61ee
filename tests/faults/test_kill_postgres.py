"""``kill -9`` of PostgreSQL in the middle of uploads: of one backend, then of all of it."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.bootstrap.session import Session
from sync.server.migrate import APP_ROLE, create_app_role, migrate
from tests.faults.conftest import enrolment_code
from tests.faults.proxy import Moment
from tests.faults.road import Road, at_push, built, drain, drain_unaided, link_of
from tests.faults.servers import MortalPostgres, ServerProcess
from tests.support.postgres import PostgresDatabase
from tests.support.server import Operator, server_config

SALES_A_ROUND = 12
WAIT_S = 30.0


@pytest.fixture
def postgres() -> Iterator[MortalPostgres]:
    """A PostgreSQL of this test alone, with its usual, durable settings."""
    # Below /tmp and not in the private tmp_path: as root the server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="evertill-pg-"))
    server = MortalPostgres(folder / "data")
    yield server
    server.stop()
    folder.rmdir()


@pytest.fixture
def mortal_road(postgres: MortalPostgres, tmp_path: Path) -> Iterator[Road]:
    """A road that ends in that PostgreSQL."""
    owner_url = postgres.ensure_database("evertill")
    migrate(owner_url)
    create_app_role(owner_url)
    database = PostgresDatabase(owner_url, postgres.database("evertill", user=APP_ROLE))
    code = enrolment_code(Operator(server_config(database)))
    server = ServerProcess(database.app_url, tmp_path / "server.log")
    server.start()
    try:
        with built(tmp_path / "till", server, owner_url, code) as road:
            yield road
    finally:
        server.stop()


def test_postgres_killed_in_an_upload_loses_and_doubles_nothing(
    mortal_road: Road, postgres: MortalPostgres
) -> None:
    """Failures 5 and 10: neither a dead backend nor a dead database parks or doubles a sale."""
    with mortal_road.till() as session:
        _sell_while(mortal_road, lambda: postgres.kill_backend(APP_ROLE), session)
        drain(session)
        assert mortal_road.wrong(session) == []
        _sell_while(mortal_road, postgres.kill, session)
        postgres.start_again()
        drain_unaided(session)
        drain(session)
        assert mortal_road.wrong(session) == []
        assert link_of(session).prove().agrees


def _sell_while(road: Road, kill: Callable[[], None], session: Session) -> None:
    """Ring sales, and kill when the next of their uploads has reached the server."""
    killed = threading.Event()

    def act() -> None:
        kill()
        killed.set()

    at_push(road, 1, Moment.SENT, act)
    road.sell(session, SALES_A_ROUND)
    assert killed.wait(WAIT_S)
