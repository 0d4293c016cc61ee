"""Rounds of selling and ``kill -9`` at a till that syncs, at its server, or at both at once."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Literal, get_args

from sync.server.migrate import APP_ROLE, migrate
from tests.faults.road import Road, built, drain, link_of
from tests.faults.servers import MortalPostgres, ServerProcess
from tests.faults.victim import Victim
from tests.support.postgres import PostgresDatabase
from tests.support.server import Operator, server_config

Target = Literal["till", "server", "both", "postgres"]
TARGETS: tuple[Target, ...] = get_args(Target)
LINES_MAX = 120
AIM_S = 0.03
"""A kill falls somewhere in this span after the last line that was waited for."""


@contextmanager
def own_road(folder: Path) -> Iterator[tuple[Road, MortalPostgres]]:
    """A shop with a server and a durable PostgreSQL of its own, all of which can be killed."""
    with ExitStack() as stack:
        # Below /tmp and not in a private folder: as root the server runs as another user.
        data = Path(tempfile.mkdtemp(prefix="evertill-pg-"))
        stack.callback(data.rmdir)
        postgres = MortalPostgres(data / "data")
        stack.callback(postgres.stop)
        owner_url = postgres.ensure_database("evertill")
        migrate(owner_url)
        database = PostgresDatabase(owner_url, postgres.database("evertill", user=APP_ROLE))
        server = ServerProcess(database.app_url, folder / "server.log")
        server.start()
        stack.callback(server.stop)
        operator = Operator(server_config(database))
        org_id = operator.org()
        code = operator.code(org_id, operator.store(org_id))
        road = stack.enter_context(built(folder / "till", server, owner_url, code))
        yield road, postgres


def killed_often(
    road: Road, postgres: MortalPostgres | None, targets: tuple[Target, ...], kills: int, seed: int
) -> list[str]:
    """What was wrong with either side's books after some round; empty when nothing ever was."""
    dice = Random(seed)
    for number in range(kills):
        target = dice.choice(targets)
        _kill_once(road, postgres, target, dice)
        with road.till() as session:
            drain(session)
            wrong = road.wrong(session)
            if not link_of(session).prove().agrees:
                wrong.append("the proof does not agree")
        if wrong:
            return [f"after kill {number + 1} ({target}): {what}" for what in wrong]
    return []


def _kill_once(road: Road, postgres: MortalPostgres | None, target: Target, dice: Random) -> None:
    """Kill in the middle of ringing and syncing; a till whose server died rings on for a while."""
    with Victim(road.folder, road.told, seed=dice.getrandbits(32), sync=True) as victim:
        victim.hear(dice.randint(1, LINES_MAX))
        time.sleep(dice.random() * AIM_S)
        if target in ("server", "both"):
            road.server.kill()
        if target == "postgres":
            assert postgres is not None
            postgres.kill()
        if target in ("server", "postgres"):
            victim.hear(dice.randint(1, LINES_MAX))
    if target in ("server", "both"):
        road.server.start()
    if target == "postgres":
        assert postgres is not None
        postgres.start_again()
