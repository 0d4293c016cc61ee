"""``kill -9`` of a till in the middle of sales."""

import os
from pathlib import Path

from tests.faults.kills import killed_often

KILLS = int(os.environ.get("EVERTILL_KILLS", "5"))


def test_every_printed_receipt_outlives_the_kill(tmp_path: Path) -> None:
    """Failure 13: what was printed is stored once and whole, in order, and the cart is kept."""
    told, wrong = killed_often(tmp_path / "till", KILLS, seed=20_26)
    assert wrong == []
    assert told.deaths == KILLS
    assert told.printed
