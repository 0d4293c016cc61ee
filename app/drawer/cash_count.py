"""A count of cash while it is typed: pieces of each note and coin, or a plain sum."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.drawer.shift_report import over_short_words
from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.domain.cash_count import CashCount, denominations
from localdb.errors import Refusal


@dataclass(frozen=True, slots=True)
class CashEntry:
    """Reads what was typed; raises Refusal saying what to do."""

    formats: Formats
    expected_minor: int | None = None

    @property
    def notes(self) -> tuple[int, ...]:
        """Values in minor units, largest first; none for a currency counted as a sum only."""
        return denominations(self.formats.currency).notes

    @property
    def coins(self) -> tuple[int, ...]:
        return denominations(self.formats.currency).coins

    def of_pieces(self, typed: Mapping[int, str]) -> CashCount:
        """The count of what was typed beside each value; an empty field is none of it."""
        if not any(text.strip() for text in typed.values()):
            raise Refusal(translate("Cash", "Enter the count. If the drawer is empty, enter 0."))
        return CashCount.of({value: self._pieces(text) for value, text in typed.items()})

    def of_sum(self, text: str) -> CashCount:
        """The count of a plain sum."""
        minor = self.formats.parse_money(text)
        if minor is None or minor < 0:
            raise Refusal(translate("Cash", "Enter an amount, such as 12.50."))
        return CashCount(minor)

    def line(self, value: int, text: str) -> str:
        """What the pieces of one value come to; empty for none."""
        try:
            minor = value * self._pieces(text)
        except Refusal:
            return ""
        return self.formats.amount(minor) if minor else ""

    def total(self, count: CashCount | None) -> str:
        """The sum so far."""
        return self.formats.money(count.total_minor if count else 0)

    def difference(self, count: CashCount | None) -> str:
        """How the count compares; empty where it is blind, or nothing was counted yet."""
        if self.expected_minor is None or count is None:
            return ""
        words = over_short_words(count.total_minor - self.expected_minor, self.formats)
        expected = self.formats.money(self.expected_minor)
        return translate(
            "Cash", "Expected {amount}  ·  {difference}", amount=expected, difference=words
        )

    def _pieces(self, text: str) -> int:
        pieces = self.formats.parse_whole(text) if text.strip() else 0
        if pieces is None or pieces < 0:
            raise Refusal(translate("Cash", "Enter how many there are, such as 12."))
        return pieces
