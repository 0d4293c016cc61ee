"""The day a sale counts into: local time, from one cut-off to the next."""

from datetime import UTC, datetime, timedelta, tzinfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def business_day(at_us: int, zone: tzinfo, cutoff_min: int = 0) -> int:
    """The business day of a moment, as YYYYMMDD.

    ``at_us`` is UTC microseconds; ``cutoff_min`` the minutes after local midnight, by the wall
    clock, at which a new day begins (0 to 1,439): at 240 a sale at 03:59 is still yesterday's.
    """
    local = (_EPOCH + timedelta(microseconds=at_us)).astimezone(zone)
    day = local.date()
    if local.hour * 60 + local.minute < cutoff_min:
        day -= timedelta(days=1)
    return day.year * 10_000 + day.month * 100 + day.day
