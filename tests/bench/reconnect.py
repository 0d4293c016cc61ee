"""How soon a till delivers after the network is back, without anybody asking it to."""

import time

from sqlalchemy import Connection

from app.demo.shop import DemoTill, wait_until
from localdb.store import outbox
from tests.bench import shop
from tests.bench.results import Measured
from tests.bench.samples import Samples
from tests.bench.trade import ring_offline
from tests.bench.world import World

OUTAGES = 8
OUTAGE_S = 4.0
PATIENCE_S = 70.0


def measure(world: World) -> dict[str, Measured]:
    """A sale rung while the cable is out, delivered when it is in again."""
    away, online = Samples(), Samples()
    with shop.opened(world, 1) as opened:
        till = opened.tills[0]
        for _ in range(world.size.times(OUTAGES)):
            with online.timed():
                ring_offline(till.session.till, opened.shelf, 1)
                _delivered(till)
            till.cable.unplug()
            ring_offline(till.session.till, opened.shelf, 1)
            time.sleep(OUTAGE_S)
            till.cable.plug_in()
            with away.timed():
                _delivered(till)
    details = away.summary("reconnect") | online.summary("online")
    note = f"outages of {OUTAGE_S:.0f} s; floor a sale rung and delivered online, median"
    value, floor = away.at(95) / 1000, online.median / 1000
    return {"reconnect": Measured(value, floor, len(away), note, details)}


def _delivered(till: DemoTill) -> None:
    def nothing_waits(connection: Connection) -> bool:
        return not outbox.next_batch(connection, 1, 0)

    wait_until(lambda: till.session.till.ask(nothing_waits), "the sale to go up", PATIENCE_S)
