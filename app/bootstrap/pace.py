"""Keeps the screen prompt while other threads compute: all of them share one interpreter."""

import gc
import sys

SWITCH_INTERVAL_S = 0.001
"""How long another thread computes before the screen gets its turn; Python's own is 5 ms."""


def favour_screen() -> None:
    """Once the first window stands: give way to it often, and look for garbage in new objects only.

    What the start made (modules, widgets, compiled statements) lives as long as the program. To
    search it for garbage stops every thread for several frames, and a sync makes Python do so.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.freeze()
    gc.enable()
