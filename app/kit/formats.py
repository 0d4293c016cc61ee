"""How amounts, quantities and times are written and read on screen and on a receipt."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from unicodedata import category
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates, numbers
from babel.core import get_global

from localdb.domain.money import Currency
from localdb.domain.numbers import NoNumber, NumberStyle, read

MINUS = "\u2212"
WRITTEN_MAX = 4096
_DAY = re.compile(r"(?P<iso>\d{4}-\d\d-\d\d)|\d{1,4}([./-])\d{1,2}\2\d{1,4}")

_WIDE_SIGNS = {"\uffe5": "\u00a5", "\uffe6": "\u20a9"}
"""Full-width signs of yen and won, as CLDR writes them in Japan and Korea: fonts lack them."""
_NARROW = str.maketrans(_WIDE_SIGNS)


@dataclass(frozen=True)
class Formats:
    """The writing habits of one shop: its figures and dates follow its country, not the language.

    ``locale`` is the language of the program, ``country`` ISO 3166, empty where nobody said.
    """

    locale: str = "en"
    currency: str = "EUR"
    timezone: str = "UTC"
    country: str = ""

    @cached_property
    def exponent(self) -> int:
        """Decimals of the currency: 0 for JPY, 2 for EUR, 3 for KWD.

        Those the books are kept in (ISO 4217), not those that CLDR shows: it drops what hardly
        anybody pays in (the dinar of Iraq or Serbia), and an amount would mean something else.
        """
        return Currency.of(self.currency).exponent

    @cached_property
    def decimal_mark(self) -> str:
        return numbers.get_decimal_symbol(self._locale)

    @cached_property
    def symbol(self) -> str:
        return numbers.get_currency_symbol(self.currency, self._locale).translate(_NARROW)

    @cached_property
    def _locale(self) -> Locale:
        """How figures and dates are written: as most people of the country do (CLDR)."""
        if not self.country:
            return Locale.parse(self.locale)
        likely = get_global("likely_subtags").get(f"und_{self.country}", "")
        for name in (f"{self.locale}_{self.country}", likely):
            try:
                found = Locale.parse(name)
            except (UnknownLocaleError, ValueError):
                continue
            # Marks of a right-to-left script would turn a line of another script around.
            return found if found.character_order == "left-to-right" else Locale("en", "GB")
        return Locale.parse(self.locale)

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def money(self, minor: int) -> str:
        """An amount with its currency: `€12.50`, `KWD 1.234`."""
        return self._money(minor)

    @cached_property
    def _money(self) -> Callable[[int], str]:
        # A till writes the same prices over and over: its tiles at each key press.
        return lru_cache(WRITTEN_MAX)(self._written_money)

    def _written_money(self, minor: int) -> str:
        shown = numbers.get_currency_precision(self.currency)
        if self.symbol == self.currency or shown != self.exponent:
            return f"{self.symbol}\u00a0{self.amount(minor)}"
        written = numbers.format_currency(self._decimal(minor), self.currency, locale=self._locale)
        return written.translate(_NARROW)

    def amount(self, minor: int) -> str:
        """An amount alone, as in a column: `12.50`."""
        pattern = "#,##0" + ("." + "0" * self.exponent if self.exponent else "")
        return numbers.format_decimal(self._decimal(minor), format=pattern, locale=self._locale)

    def entry(self, minor: int) -> str:
        """An amount as it would be typed: `1250.00`, no grouping."""
        return f"{self._decimal(minor):f}".replace(".", self.decimal_mark)

    def quantity_entry(self, milli: int) -> str:
        """A quantity as it would be typed: `1250.5`, no grouping."""
        return self._plain(Decimal(milli).scaleb(-3))

    def percent_entry(self, ppm: int) -> str:
        """A rate in parts per million as a percentage would be typed: `5.5`."""
        return self._plain(Decimal(ppm).scaleb(-4))

    def _plain(self, number: Decimal) -> str:
        return f"{number.normalize():f}".replace(".", self.decimal_mark)

    def quantity(self, milli: int, unit: str = "piece") -> str:
        """`3` for pieces, `0.525 kg` for what is weighed or measured."""
        number = Decimal(milli).scaleb(-3)
        if unit == "piece":
            return numbers.format_decimal(number, format="#,##0.###", locale=self._locale)
        written = numbers.format_decimal(number, format="#,##0.000", locale=self._locale)
        return f"{written}\u00a0{unit}"

    def percent(self, ppm: int) -> str:
        """A rate given in parts per million: `19%`, `5.5%`."""
        return numbers.format_percent(
            Decimal(ppm).scaleb(-6), format="#,##0.####%", locale=self._locale
        )

    def share(self, ppm: int) -> str:
        """A computed share in parts per million, rounded up to one decimal at most: `13.6%`."""
        return numbers.format_percent(
            Decimal(-(-ppm // 1000)).scaleb(-3), format="#,##0.#%", locale=self._locale
        )

    def clock(self, at_us: int) -> str:
        """A UTC moment in microseconds as the shop's wall clock shows it: `14:31`."""
        return self._local(at_us).strftime("%H:%M")

    def stamp(self, at_us: int) -> str:
        """Date and time for a receipt, in the shop's own time zone."""
        return str(dates.format_datetime(self._local(at_us), "short", locale=self._locale)).replace(
            "\u202f", " "
        )

    def midnight_after(self, at_us: int) -> int:
        """The end of the shop's day that holds a UTC moment in microseconds, as another."""
        local = self._local(at_us)
        day = datetime(local.year, local.month, local.day, tzinfo=local.tzinfo)
        return round((day + timedelta(days=1)).timestamp()) * 1_000_000

    def day(self, day: int) -> str:
        """A date given as YYYYMMDD: `21 Nov 2026`."""
        written = date(day // 10_000, day // 100 % 100, day % 100)
        if self._locale.language == Locale.parse(self.locale).language:
            return str(dates.format_date(written, "medium", locale=self._locale))
        return str(dates.format_date(written, "d MMM y", locale=self.locale))

    def day_entry(self, day: int) -> str:
        """A date given as YYYYMMDD as it would be typed: `21/11/2026`, in the country's order."""
        written = date(day // 10_000, day // 100 % 100, day % 100)
        pattern = re.sub(r"y+", "yyyy", self._locale.date_formats["short"].pattern)
        typed = str(dates.format_date(written, pattern, locale=self._locale))
        # A country whose short dates cannot be read back is given the one that everybody reads.
        return typed if self.parse_day(typed) == day else written.isoformat()

    @cached_property
    def style(self) -> NumberStyle:
        """How the shop writes numbers, with the signs of its currency."""
        signs = {self.currency, self.symbol, *(c for c in self.symbol if category(c) == "Sc")}
        signs |= {wide for wide, narrow in _WIDE_SIGNS.items() if narrow in signs}
        group = numbers.get_group_symbol(self._locale)
        return NumberStyle(self.decimal_mark, group, tuple(sorted(signs)))

    def parse_money(self, text: str) -> int | None:
        """Minor units of a typed amount; None when it is no amount or has too many decimals.

        This and the next three raise AmbiguousNumber where the text means two numbers.
        """
        return _read(text, self.exponent, self.style)

    def parse_quantity(self, text: str) -> int | None:
        """Thousandths of a typed quantity; None when it is none or finer than a thousandth."""
        return _read(text, 3, replace(self.style, signs=()))

    def parse_percent(self, text: str) -> int | None:
        """Parts per million of a typed percentage; None when it is none or finer than that."""
        return _read(text, 4, replace(self.style, signs=("%", "\u066a")))

    def parse_whole(self, text: str) -> int | None:
        """A typed whole number; None when it is none."""
        return _read(text, 0, replace(self.style, signs=()))

    def parse_day(self, text: str) -> int | None:
        """A typed day as YYYYMMDD: `2026-11-21`, or as the shop's language writes it in figures."""
        parts = _DAY.fullmatch(text.strip())
        if parts is None:
            return None
        try:
            day: date = (
                date.fromisoformat(text.strip())
                if parts["iso"]
                else dates.parse_date(text.strip(), locale=self._locale, format="short")
            )
        except ValueError:
            return None
        return day.year * 10_000 + day.month * 100 + day.day

    def _decimal(self, minor: int) -> Decimal:
        return Decimal(minor).scaleb(-self.exponent)

    def _local(self, at_us: int) -> datetime:
        return datetime.fromtimestamp(at_us / 1_000_000, UTC).astimezone(self._zone)


def _read(text: str, decimals: int, style: NumberStyle) -> int | None:
    try:
        return read(text, decimals, style)
    except NoNumber:
        return None
