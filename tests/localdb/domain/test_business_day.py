"""The day a sale counts into."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.business_day import business_day

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo) -> int:
    local = datetime.fromisoformat(text).replace(tzinfo=zone)
    return (local - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("local", "cutoff_min", "day"),
    [
        ("2025-03-01T00:00", 0, 20250301),
        ("2025-03-01T03:59:59.999999", 240, 20250228),
        ("2025-03-01T04:00", 240, 20250301),
        ("2025-01-01T01:00", 240, 20241231),
        ("2025-03-30T03:30", 240, 20250329),  # 02:00 to 03:00 did not exist that night
        ("2025-10-26T02:30", 150, 20251026),  # nor did the hour from 02:00 come only once
        ("2025-10-26T23:30", 0, 20251026),
    ],
)
def test_cut_off_by_the_wall_clock(local: str, cutoff_min: int, day: int) -> None:
    """A day begins when the shop's clock shows the cut-off, also when clocks change."""
    assert business_day(at(local, BERLIN), BERLIN, cutoff_min) == day


def test_one_moment_is_two_days() -> None:
    """Each store counts by its own time zone."""
    moment = at("2025-03-01T20:00", ZoneInfo("UTC"))
    assert business_day(moment, ZoneInfo("America/New_York")) == 20250301
    assert business_day(moment, ZoneInfo("Asia/Tokyo")) == 20250302


@given(st.integers(10**14, 4 * 10**15), st.integers(0, 1439))
def test_the_same_time_next_day(moment: int, cutoff_min: int) -> None:
    """In a zone whose clocks never change, a day later is the next day."""
    utc = ZoneInfo("UTC")
    today = datetime.strptime(str(business_day(moment, utc, cutoff_min)), "%Y%m%d")  # noqa: DTZ007
    tomorrow = business_day(moment + 86_400_000_000, utc, cutoff_min)
    assert str(tomorrow) == f"{today + timedelta(days=1):%Y%m%d}"
