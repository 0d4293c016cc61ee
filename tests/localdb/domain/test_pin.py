"""PINs and the delay after wrong ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.pin import (
    LONGEST_DELAY_S,
    SALT_BYTES,
    badge_digest,
    delay_s,
    hash_pin,
    verify_pin,
    wait_us,
)
from localdb.errors import Refusal

SALT = bytes(range(SALT_BYTES))


def test_a_pin_verifies() -> None:
    """The right PIN opens, a wrong one does not, and the PIN is not in what is stored."""
    stored = hash_pin("2580", SALT)
    assert verify_pin("2580", stored)
    assert not verify_pin("2581", stored)
    assert "2580" not in stored
    assert hash_pin("2580", SALT[::-1]) != stored


@pytest.mark.parametrize("pin", ["", "123", "1" * 13, "12a4", "１２３４", "12 34"])
def test_what_is_no_pin_is_refused(pin: str) -> None:
    """A PIN is 4 to 12 plain digits."""
    with pytest.raises(Refusal):
        hash_pin(pin, SALT)


@pytest.mark.parametrize(
    "stored",
    ["", "plain", "scrypt$14$zz$00", "md5$14$00$00", "scrypt$40$00$00", "scrypt$x$00$00"],
)
def test_an_unreadable_hash_opens_for_nobody(stored: str) -> None:
    """A damaged or foreign hash is a wrong PIN, not a crash or an endless computation."""
    assert not verify_pin("2580", stored)


def test_the_delay_grows() -> None:
    """Four tries are free, then the wait doubles up to a quarter of an hour."""
    assert [delay_s(tries) for tries in (0, 4, 5, 6, 7)] == [0, 0, 5, 10, 20]
    assert delay_s(10**9) == LONGEST_DELAY_S


@given(st.integers(0, 100), st.integers(0, 10**15), st.integers(0, 10**15))
def test_the_wait_is_bounded(tries: int, last_us: int, now_us: int) -> None:
    """Whatever the clock says, nobody waits longer than the delay."""
    assert 0 <= wait_us(tries, last_us, now_us) <= delay_s(tries) * 1_000_000


def test_the_wait_runs_out() -> None:
    """After the delay the next try is free."""
    assert wait_us(5, 1_000_000, 2_000_000) == 4_000_000
    assert wait_us(5, 1_000_000, 6_000_000) == 0


def test_a_badge_is_found_by_its_digest_and_never_kept_itself() -> None:
    """The same code gives the same digest, another one another, and none holds the code."""
    digest = badge_digest("EVT-ADA-1")
    assert digest == badge_digest("EVT-ADA-1")
    assert digest != badge_digest("EVT-ADA-2")
    assert "ADA" not in digest


@pytest.mark.parametrize("code", ["", "12345", "x" * 65, "B\u00e4renbadge", "with\nbreak"])
def test_what_no_scanner_sends_is_no_badge(code: str) -> None:
    """Too short to be told from typing, too long, or not what a code holds."""
    with pytest.raises(Refusal, match="badge has 6 to 64"):
        badge_digest(code)
