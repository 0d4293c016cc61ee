"""The screen goes before whatever else the program computes."""

import gc
import sys
from collections.abc import Iterator

import pytest

from app.bootstrap.pace import favour_screen


@pytest.fixture(autouse=True)
def _interpreter_as_it_was() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)
    gc.unfreeze()
    gc.enable()


def test_the_screen_waits_for_nobody_long() -> None:
    """Threads that compute give way, and no garbage is looked for in what the start made."""
    gc.disable()
    gc.unfreeze()
    made = len(gc.get_objects())
    favour_screen()
    assert sys.getswitchinterval() < 0.002
    assert len(gc.get_objects()) < made / 10
    assert gc.isenabled()
