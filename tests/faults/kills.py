"""Rounds of selling and ``kill -9`` at one data folder, with the books checked after each."""

import random
import time
from pathlib import Path

from app.bootstrap.session import open_session
from tests.faults import furnish
from tests.faults.books import complaints
from tests.faults.victim import Told, Victim, kept_cart

LINES_MAX = 160
AIM_S = 0.02
"""The kill falls somewhere in this span after the last line that was waited for."""


def killed_often(folder: Path, kills: int, seed: int) -> tuple[Told, list[str]]:
    """What the tills of all rounds printed, and what was wrong with the books afterwards."""
    dice = random.Random(seed)
    with open_session(folder, use_keyring=False) as session:
        furnish.stand_alone(session)
    told = Told()
    for number in range(kills):
        _kill_once(folder, told, dice)
        if wrong := _wrong_at(folder, told):
            return told, [f"after kill {number + 1}: {what}" for what in wrong]
    return told, []


def _kill_once(folder: Path, told: Told, dice: random.Random) -> None:
    with Victim(folder, told, seed=dice.getrandbits(32)) as victim:
        victim.hear(dice.randint(1, LINES_MAX))
        time.sleep(dice.random() * AIM_S)


def _wrong_at(folder: Path, told: Told) -> list[str]:
    with open_session(folder, use_keyring=False) as session:
        wrong = complaints(session, told.printed, told.deaths)
        if kept_cart(session) not in told.carts_possible():
            wrong.append(f"the open cart is {kept_cart(session)}, not as it was saved")
    return wrong
