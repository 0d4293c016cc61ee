"""PINs and badges: stored as slow hashes, and a delay that grows with every wrong try."""

import hashlib
import hmac

from localdb.errors import Refusal

LENGTH_MIN, LENGTH_MAX = 4, 12
SALT_BYTES = 16
BADGE_MIN, BADGE_MAX = 6, 64
"""Shorter ones a scanner's burst could not be told from typing."""
FREE_TRIES = 5
FIRST_DELAY_S = 5
LONGEST_DELAY_S = 900

ONE_TIME_DIGITS = 6

_LASTING, _ONE_TIME = "scrypt", "scrypt-once"
_COST_LOG2, _BLOCK, _LANES = 14, 8, 1
"""About 50 ms and 16 MiB a try (RFC 7914's interactive setting)."""
_COST_LOG2_MAX = 17
_BADGE_SALT = b"evertill's badge"
_MEMORY_MAX = 256 * 1024 * 1024


def hash_pin(pin: str, salt: bytes, *, one_time: bool = False) -> str:
    """What is stored of a PIN of 4 to 12 digits; ``salt`` is ``SALT_BYTES`` random bytes.

    A one-time PIN was given out by somebody else: it lets its owner choose another and no more.
    It is a kind of hash and not a field of its own, so that no merge can part the two.
    """
    check_pin(pin)
    scheme = _ONE_TIME if one_time else _LASTING
    return f"{scheme}${_COST_LOG2}${salt.hex()}${_derive(pin, salt, _COST_LOG2).hex()}"


def check_pin(pin: str) -> None:
    """Raises Refusal unless this can be a PIN: 4 to 12 digits."""
    if not (pin.isascii() and pin.isdigit() and LENGTH_MIN <= len(pin) <= LENGTH_MAX):
        raise Refusal(f"A PIN has {LENGTH_MIN} to {LENGTH_MAX} digits.")


def is_one_time(stored: str) -> bool:
    """Whether a stored PIN must be replaced by its owner before anything else."""
    return stored.startswith(f"{_ONE_TIME}$")


def pin_mark(stored: str) -> str:
    """What tells a stored PIN from the one that was there before, and nothing else of it."""
    return hashlib.sha256(stored.encode()).hexdigest()[:16]


def badge_digest(code: str) -> str:
    """What is stored of a badge's code of 6 to 64 characters: never the code itself.

    One salt for all, because a badge says who somebody is: it is looked up by its digest. Takes
    about 50 ms, so that codes cannot be tried by the million.
    """
    if not (code.isascii() and code.isprintable()) or not BADGE_MIN <= len(code) <= BADGE_MAX:
        raise Refusal(f"A badge has {BADGE_MIN} to {BADGE_MAX} letters or digits.")
    return f"badge${_COST_LOG2}${_derive(code, _BADGE_SALT, _COST_LOG2).hex()}"


def verify_pin(pin: str, stored: str) -> bool:
    """Whether ``pin`` is the one behind ``stored``; False also for a hash this program cannot read.

    Takes about 50 ms.
    """
    try:
        scheme, cost, salt, digest = stored.split("$")
        cost_log2, salt_bytes, expected = int(cost), bytes.fromhex(salt), bytes.fromhex(digest)
    except ValueError:
        return False
    # The hash came through sync: an absurd cost must not stop the till.
    if scheme not in (_LASTING, _ONE_TIME) or not 1 <= cost_log2 <= _COST_LOG2_MAX:
        return False
    return hmac.compare_digest(_derive(pin, salt_bytes, cost_log2), expected)


def delay_s(wrong_tries: int) -> int:
    """Seconds to wait after so many wrong tries in a row: none before the fifth, then doubling."""
    if wrong_tries < FREE_TRIES:
        return 0
    # Bounded, so that a count from a damaged row cannot build a giant number.
    doublings = min(wrong_tries - FREE_TRIES, 30)
    return min(FIRST_DELAY_S << doublings, LONGEST_DELAY_S)


def wait_us(wrong_tries: int, last_try_us: int, now_us: int) -> int:
    """Microseconds still to wait before the next try; a clock set back never waits longer."""
    delay_us = delay_s(wrong_tries) * 1_000_000
    return min(max(last_try_us + delay_us - now_us, 0), delay_us)


def _derive(pin: str, salt: bytes, cost_log2: int) -> bytes:
    return hashlib.scrypt(
        pin.encode(),
        salt=salt,
        n=1 << cost_log2,
        r=_BLOCK,
        p=_LANES,
        maxmem=_MEMORY_MAX,
        dklen=32,
    )
