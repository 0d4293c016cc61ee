"""A network that resets, hangs, drips, truncates, loses answers and repeats uploads."""

from collections.abc import Callable
from random import Random

import pytest

from app.bootstrap.session import Session
from app.demo.shop import wait_until
from localdb.domain.records import Sale
from localdb.store import rows
from sync.client.status import Connection
from tests.faults.proxy import Fault, is_push
from tests.faults.road import PATIENCE_S, Road, drain, drain_unaided, link_of, waiting
from tests.support.postgres import PostgresDatabase
from tests.support.server import Operator, server_config
from tests.sync.server.tills import NEW_ID, enrolled

MISCHIEF = tuple(fault for fault in Fault if fault not in (Fault.NONE, Fault.SILENCE))
BAD_IN = 3
"""One request in this many goes wrong on the bad line."""


@pytest.fixture
def operator(shared_database: PostgresDatabase) -> Operator:
    """An operator of the database behind the road."""
    return Operator(server_config(shared_database))


@pytest.mark.parametrize("fault", MISCHIEF)
def test_each_kind_of_trouble_costs_nothing(road: Road, fault: Fault) -> None:
    """Failures 10 and 12: two uploads in a row meet it; then all is once on both sides."""
    left = [fault, fault]
    road.proxy.plan = lambda request: left.pop() if is_push(request) and left else Fault.NONE
    with road.till() as session:
        road.sell(session, 20)
        drain(session)
        assert road.wrong(session) == []
    assert road.proxy.faults == [fault, fault]


def test_a_half_open_line_heals_without_a_restart(road: Road) -> None:
    """Failures 6 and 15: nothing answers, nothing fails, nobody acts; then the queue drains."""
    road.proxy.plan = lambda request: Fault.SILENCE
    with road.till() as session:
        road.sell(session, 10)
        link = link_of(session)
        wait_until(lambda: "too long" in link.engine.status.last_error, "the line to be found dead")
        assert link.engine.status.connection is Connection.OFFLINE
        assert waiting(session) == 10
        road.proxy.heal()
        drain_unaided(session)
        wait_until(lambda: link.engine.status.connection is Connection.ONLINE, "the status")
        assert link.engine.status.last_error == ""
        drain(session)
        assert road.wrong(session) == []


def test_a_bad_line_loses_and_doubles_nothing(road: Road) -> None:
    """Failures 5, 10 and 12: every third request meets something bad, in both directions."""
    road.proxy.plan = _bad_line(Random(7))
    with road.till() as session:
        for part in range(6):
            road.sell(session, 15, seed=part)
            link_of(session).engine.sync_now()
        drain(session)
        road.proxy.heal()
        drain(session)
        assert road.wrong(session) == []
        assert link_of(session).prove().agrees
    assert len(road.proxy.faults) > 3


def test_hints_that_are_held_back_cost_a_poll(road: Road, operator: Operator) -> None:
    """A buffering middlebox keeps all that a WebSocket says: another till's sale comes anyway."""
    road.proxy.holds_back = True
    with road.till() as session:
        drain(session)
        identity = session.till.identity
        code = operator.code(identity.org_id, identity.store_id)
        other = enrolled(road.server, code)
        other.push(other.sell(NEW_ID()))
        wait_until(lambda: _sales(session) == 1, "the sale to be polled", PATIENCE_S)
        other.close()


def _sales(session: Session) -> int:
    with session.database.read() as conn:
        return len(rows.find(conn, Sale))


def _bad_line(dice: Random) -> Callable[[str], Fault]:
    return lambda request: Fault.NONE if dice.randrange(BAD_IN) else dice.choice(MISCHIEF)
