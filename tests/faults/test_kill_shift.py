"""``kill -9`` of a till at any step of opening, moving through and closing shifts."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import Connection

from app.bootstrap.session import open_session
from localdb.domain.journal import verify
from localdb.queries import journals, shift_reports
from localdb.queries import shifts as shift_queries
from tests.faults import furnish
from tests.support.shift_books import differences

KILLS = int(os.environ.get("EVERTILL_KILLS", "5"))
LINES_MAX = 60
AIM_S = 0.02
END_S = 30.0
_EVENTS = "SELECT kind, count(*) FROM shift_event GROUP BY kind"
_SALES = "SELECT count(*) FROM sale"
_Z_NUMBERS = "SELECT z_number FROM shift_event WHERE kind = 'close' ORDER BY id"


def heard_until_killed(folder: Path, dice: random.Random) -> list[tuple[str, str]]:
    """What a till said before it was killed: ``(doing | done, step)``."""
    command = [sys.executable, "-m", "tests.faults.shifting", str(folder)]
    command += ["--seed", str(dice.getrandbits(32))]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        said = [child.stdout.readline() for _ in range(dice.randint(1, LINES_MAX))]
        time.sleep(dice.random() * AIM_S)
        child.kill()
        # A line that was cut off was not said.
        said += [line for line in child.stdout if line.endswith("\n")]
    finally:
        child.kill()
        child.wait(END_S)
        child.stdout.close()
    return [(what, step) for what, step in map(json.loads, said)]


def stored(connection: Connection) -> Counter[str]:
    """How often each step is on disk."""
    steps = Counter({kind: int(n) for kind, n in connection.exec_driver_sql(_EVENTS)})
    steps["sell"] = int(connection.exec_driver_sql(_SALES).scalar_one())
    return +steps


def test_a_shift_is_before_or_after_a_step_and_never_between(tmp_path: Path) -> None:
    """What was done is stored once; of the step under way, all or nothing; the totals agree."""
    folder, dice = tmp_path / "till", random.Random(2611)
    with open_session(folder, use_keyring=False) as session:
        furnish.stand_alone(session)
        before = session.till.ask(stored)
    for _ in range(KILLS):
        heard = heard_until_killed(folder, dice)
        done = Counter(step for what, step in heard if what == "done")
        doing = Counter(step for what, step in heard if what == "doing") - done
        with open_session(folder, use_keyring=False) as session:
            now = session.till.ask(stored)
            assert now - before - done in (Counter(), doing)
            assert not (before + done) - now
            session.till.ask(check_books, session.till.identity.device_id)
        before = now


def check_books(connection: Connection, device_id: str) -> None:
    """The chain holds, Z numbers have no gap, and each shift's totals are its rows."""
    assert verify(journals.own_entries(connection)) is None
    newest = shift_queries.newest(connection)
    assert newest is not None
    assert differences(newest, connection, device_id) == {}
    numbers = list(connection.exec_driver_sql(_Z_NUMBERS).scalars())
    assert numbers == list(range(1, len(numbers) + 1))
    for one in shift_reports.closed(connection):
        kept = shift_reports.z_report(connection, one.event_id).shift
        assert differences(kept, connection, device_id) == {}
