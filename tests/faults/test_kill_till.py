"""``kill -9`` of a till in the middle of sales."""

import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from app.bootstrap.session import open_session
from app.demo.shop import wait_until
from tests.faults import furnish
from tests.faults.books import complaints
from tests.faults.kills import killed_often
from tests.faults.ringing import ring
from tests.faults.victim import Told

KILLS = int(os.environ.get("EVERTILL_KILLS", "5"))
WAIT_S = 30.0


def test_every_printed_receipt_outlives_the_kill(tmp_path: Path) -> None:
    """Failure 13: what was printed is stored once and whole, in order, and the cart is kept."""
    told, wrong = killed_often(tmp_path / "till", KILLS, seed=20_26)
    assert wrong == []
    assert told.deaths == KILLS
    assert told.printed


@pytest.mark.parametrize("after_s", [0.05, 0.4])
def test_a_first_run_that_was_killed_can_be_run_again(tmp_path: Path, after_s: float) -> None:
    """Failure 33: the till is set up or it is not; either way the folder opens, and it sells."""
    folder = tmp_path / "till"
    child = subprocess.Popen(
        [sys.executable, "-m", "app", "selftest", "--data-dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: (folder / "till.key").exists(), "the first run to begin", WAIT_S)
        time.sleep(after_s)
    finally:
        child.kill()
        child.wait(WAIT_S)
    told = Told()
    with open_session(folder, use_keyring=False) as session:
        if not session.till.is_set_up:
            furnish.stand_alone(session)
            ring(session, Random(1), told.take, 3)
        assert complaints(session, told.printed, deaths=1) == []
