"""The wall clock of a shop."""

from zoneinfo import ZoneInfo

from localdb.domain.local_time import LocalTime

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_US = 3_600_000_000


def test_a_moment_in_a_zone() -> None:
    """An hour before midnight in Greenwich is tomorrow in Berlin."""
    at_us = 1_795_302_000_000_000  # 2026-11-21 23:00 UTC
    assert LocalTime.of(at_us, BERLIN) == LocalTime(20261122, 0)
    assert LocalTime.of(at_us, ZoneInfo("UTC")) == LocalTime(20261121, 23 * 60)


def test_summer_time_is_two_hours() -> None:
    """The same hour of Greenwich is an hour later by the clock in July."""
    july_us = 1_784_635_200_000_000  # 2026-07-21 12:00 UTC
    assert LocalTime.of(july_us, BERLIN) == LocalTime(20260721, 14 * 60)


def test_weekdays_and_yesterday() -> None:
    """Monday is 1, Sunday 64; the day before the first of a year is the last of the other."""
    assert LocalTime(20261123).weekday_bit == 1
    assert LocalTime(20261122).weekday_bit == 64
    assert LocalTime(20270101, 5).day_before() == LocalTime(20261231, 5)


def test_within_days() -> None:
    """Both ends count; 0 is open."""
    day = LocalTime(20261121)
    assert day.is_within(0, 0)
    assert day.is_within(20261121, 20261121)
    assert not day.is_within(20261122, 0)
    assert not day.is_within(0, 20261120)
