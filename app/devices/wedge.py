"""Telling a keyboard-wedge scanner from a person, by timing or by a configured prefix and suffix.

Pure: characters and their times go in, verdicts come out. Qt is in `scanner.py`.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

LENGTH_MIN = 6
GAP_AVERAGE_MAX_MS = 30
GAP_MAX_MS = 100
GS = "\x1d"
"""Ends an element of variable length in a GS1 element string."""
LENGTH_MAX = 256
"""A longer burst is no barcode: a cat, or a stuck key."""


STAR = "*"
_MULTIPLIER = re.compile(r"-?(\d+([.,]\d+)?)?[*×]")
"""What a person types before a scan: `3*`, or the star alone when the number came well before."""
_NAMES = {"<STX>": "\x02", "<ETX>": "\x03", "<GS>": GS}


def spelled(text: str) -> str:
    """A prefix or suffix as a shop writes it down, with control characters by name: ``<STX>``."""
    for name, character in _NAMES.items():
        text = text.replace(name, character)
    return text


class Verdict(Enum):
    """What to do with a character just typed."""

    PASS = auto()
    """Deliver it, after everything that was withheld."""
    HOLD = auto()
    """Withhold it: it may belong to a scan."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A code read by a scanner; its first `leaked` characters were already delivered as typing."""

    code: str
    leaked: int
    typed: str = ""
    """What a person typed in the same breath, which is no part of the code and stays."""


class Wedge:
    """Watches one keyboard. Times are milliseconds on any one clock that never runs backwards.

    The first character of a burst is delivered at once, so that typing is never late; the next ones
    are withheld while they come faster than a person types. `end` decides, `reset` gives up.
    A multiplier typed by hand (`3*`) ends a burst: what follows is a code of its own.
    """

    def __init__(self, prefix: str = "", suffix: str = "") -> None:
        self._prefix = prefix
        self._suffix = suffix
        self.reset()

    def reset(self) -> None:
        """Forget the burst."""
        self._run = ""
        self._began_ms = 0.0
        self._last_ms = 0.0
        self._slowest_ms = 0.0
        self._passed = 0

    def character(self, character: str, at_ms: float) -> Verdict:
        """Judge one printable character."""
        if self._run:
            self._slowest_ms = max(self._slowest_ms, at_ms - self._last_ms)
        too_long = len(self._run) >= LENGTH_MAX
        if not self._run or self._slowest_ms > GAP_MAX_MS or too_long or self._was_multiplier():
            self.reset()
            self._began_ms = at_ms
        self._run += character
        self._last_ms = at_ms
        if self._is_fast():
            return Verdict.HOLD
        self._passed = len(self._run)
        return Verdict.PASS

    def expects(self, control: str) -> bool:
        """Whether a control character may be part of a scan now: within a burst, or as its frame.

        A chord that a person presses, like Ctrl+C, stays what it is.
        """
        if self._run:
            return control == GS or control in self._prefix + self._suffix
        return self._prefix.startswith(control)

    @property
    def has_just_begun(self) -> bool:
        """Whether the last character was the first of its burst."""
        return len(self._run) == 1

    def end(self, at_ms: float) -> Scan | None:
        """Judge Enter or Tab: the scan it ends, or None when it is an ordinary key."""
        scan = self._scan(at_ms)
        self.reset()
        return scan

    def suffix_seen(self) -> Scan | None:
        """The scan that the configured suffix has just ended, without Enter or Tab."""
        if not (self._suffix and self._run.endswith(self._suffix)):
            return None
        return self.end(self._last_ms)

    def _was_multiplier(self) -> bool:
        """Whether a person typed all of the burst so far, as a multiplier.

        A scanner sends a star too, at both ends of Code 39, and pauses nowhere.
        """
        by_hand = self._slowest_ms > GAP_AVERAGE_MAX_MS
        return by_hand and _MULTIPLIER.fullmatch(self._run) is not None

    def _is_fast(self) -> bool:
        """Whether the burst so far is faster than a person; one character alone says nothing."""
        if self._prefix and self._run.startswith(self._prefix):
            return True
        gaps = len(self._run) - 1
        return gaps > 0 and self._last_ms - self._began_ms <= gaps * GAP_AVERAGE_MAX_MS

    def _scan(self, at_ms: float) -> Scan | None:
        if at_ms - self._last_ms > GAP_MAX_MS:
            return None
        if self._prefix or self._suffix:
            code = self._framed()
            if code:
                return Scan(code, self._passed)
        if len(self._run) >= LENGTH_MIN and self._is_fast():
            if self._run.startswith(STAR) and not self._run.endswith(STAR):
                # No label begins with a star only: the scan came right upon a person's.
                return Scan(self._run[1:], self._passed, STAR)
            return Scan(self._run, self._passed)
        return None

    def _framed(self) -> str:
        """What stands between the configured prefix and suffix; empty when they are not there."""
        run = self._run
        if not (run.startswith(self._prefix) and run.endswith(self._suffix)):
            return ""
        return run[len(self._prefix) : len(run) - len(self._suffix)]
