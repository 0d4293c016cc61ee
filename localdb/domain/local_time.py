"""A moment by the wall clock of a shop: what dates, weekdays and happy hours are judged by."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Self

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MIN = 1440


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A calendar day as YYYYMMDD and the minutes after its midnight (0 to 1,439)."""

    day: int
    minute: int = 0

    @classmethod
    def of(cls, at_us: int, zone: tzinfo) -> Self:
        """The wall clock of a zone at a moment in UTC microseconds."""
        local = (_EPOCH + timedelta(microseconds=at_us)).astimezone(zone)
        return cls._on(local.date(), local.hour * 60 + local.minute)

    @property
    def weekday_bit(self) -> int:
        """1 on a Monday, 2 on a Tuesday, to 64 on a Sunday."""
        return 1 << self._date.weekday()

    def day_before(self) -> Self:
        """The same minute of yesterday."""
        return self._on(self._date - timedelta(days=1), self.minute)

    def is_within(self, starts_day: int, ends_day: int) -> bool:
        """Whether the day lies between two days, both included; 0 leaves that end open."""
        return starts_day <= self.day and (not ends_day or self.day <= ends_day)

    @property
    def _date(self) -> date:
        return date(self.day // 10_000, self.day // 100 % 100, self.day % 100)

    @classmethod
    def _on(cls, day: date, minute: int) -> Self:
        return cls(day.year * 10_000 + day.month * 100 + day.day, minute)
