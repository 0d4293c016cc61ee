"""Time-ordered identifiers (UUIDv7, RFC 9562 section 5.7), from a clock and randomness given in."""

import hashlib
import os
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

_CANONICAL = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(slots=True)
class IdSource:
    """Makes UUIDv7 ids that rise within one process, also when the clock does not.

    ``now_us`` gives UTC microseconds; ``random_bytes`` gives that many random bytes.
    """

    now_us: Callable[[], int]
    random_bytes: Callable[[int], bytes] = os.urandom
    _last: int = field(default=0, init=False)

    def __call__(self) -> str:
        """A new id in canonical text."""
        # 48 bits of milliseconds, then the sub-millisecond part in the 12 bits of rand_a
        # (method 3 of RFC 9562 section 6.2); a clock that stands still or goes back is pushed on.
        ms, us = divmod(self.now_us(), 1000)
        tick = max((ms << 12) | (us * 4096 // 1000), self._last + 1)
        self._last = tick
        low = int.from_bytes(self.random_bytes(8), "big") & ((1 << 62) - 1)
        value = (tick >> 12) << 80 | 0x7 << 76 | (tick & 0xFFF) << 64 | 0b10 << 62 | low
        return str(uuid.UUID(int=value))


def time_us(id_: str) -> int:
    """When a UUIDv7 was made, in UTC microseconds, to the millisecond."""
    return (uuid.UUID(id_).int >> 80) * 1000


def id_at(at_us: int) -> str:
    """The lowest id of a moment: ids begin with their time."""
    digits = f"{max(at_us // 1000, 0):012x}"
    return f"{digits[:8]}-{digits[8:]}-0000-0000-000000000000"


def derived_id(parent: str, about: str) -> str:
    """An id that follows from what it is about: the time of another id, then a hash."""
    digest = int.from_bytes(hashlib.sha256(about.encode()).digest()[:10], "big")
    time = int(parent.replace("-", "")[:12], 16)
    low = digest & ((1 << 62) - 1)
    value = time << 80 | 0x7 << 76 | (digest >> 62 & 0xFFF) << 64 | 0b10 << 62 | low
    return str(uuid.UUID(int=value))


def is_id(text: str) -> bool:
    """Whether ``text`` is a UUID in canonical lower-case form."""
    return _CANONICAL.fullmatch(text) is not None
