"""``kill -9`` of PostgreSQL in the middle of uploads: of one backend, then of all of it."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.bootstrap.session import Session
from sync.server.migrate import APP_ROLE
from tests.faults.kills_both import own_road
from tests.faults.proxy import Moment
from tests.faults.road import Road, at_push, drain, drain_unaided, link_of
from tests.faults.servers import MortalPostgres

SALES_A_ROUND = 12
WAIT_S = 30.0


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[tuple[Road, MortalPostgres]]:
    """A road that ends in a PostgreSQL of this test alone, with its usual, durable settings."""
    with own_road(tmp_path) as made:
        yield made


def test_postgres_killed_in_an_upload_loses_and_doubles_nothing(
    mortal: tuple[Road, MortalPostgres],
) -> None:
    """Failures 5 and 10: neither a dead backend nor a dead database parks or doubles a sale."""
    mortal_road, postgres = mortal
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
