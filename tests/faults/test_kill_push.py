"""``kill -9`` of the till, and of the server, in the middle of uploads."""

import threading
import time
from random import Random

import pytest

from tests.faults.proxy import Moment
from tests.faults.road import Road, at_push, drain, drain_unaided, link_of
from tests.faults.victim import Victim

SERVER_KILLS = 2
SALES_A_ROUND = 12
AIM_S = 0.015
WAIT_S = 30.0


@pytest.mark.parametrize("moment", Moment)
def test_a_till_killed_in_an_upload_doubles_nothing(road: Road, moment: Moment) -> None:
    """Failures 13 and 16: restarted, it sends old and new once; both sides hold each receipt."""
    with Victim(road.folder, road.told, seed=len(moment), sync=True) as victim:
        at_push(road, 3, moment, victim.kill)
        victim.hear_out()
    road.proxy.heal()
    with road.till() as session:
        road.sell(session, 5)
        drain(session)
        assert road.wrong(session) == []
    assert road.told.deaths == 1
    assert len(road.told.printed) > 5


def test_a_server_killed_in_an_upload_loses_and_doubles_nothing(road: Road) -> None:
    """Failures 10, 12 and 15: killed over and over; after the last time nobody helps the till."""
    dice = Random(3)
    with road.till() as session:
        for seed in range(SERVER_KILLS):
            link_of(session).engine.sync_now()
            killed = _kill_server_in_an_upload(road, dice.random() * AIM_S)
            road.sell(session, SALES_A_ROUND, seed)
            assert killed.wait(WAIT_S)
            road.server.start()
        drain_unaided(session)
        drain(session)
        assert road.wrong(session) == []


def _kill_server_in_an_upload(road: Road, after_s: float) -> threading.Event:
    """Kill it that long after it was sent the next upload; set once it is dead."""
    killed = threading.Event()

    def kill() -> None:
        time.sleep(after_s)
        road.server.kill()
        killed.set()

    at_push(road, 1, Moment.SENT, kill)
    return killed
