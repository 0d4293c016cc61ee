"""Amounts, quantities and times, written and read."""

from datetime import UTC, datetime

import pytest
from babel import Locale

from app.formats import Formats
from localdb.domain.money import Currency


@pytest.mark.parametrize(
    ("locale", "currency", "minor", "written"),
    [
        ("en", "EUR", 1250, "€12.50"),
        ("de", "EUR", 123456, "1.234,56\xa0€"),
        ("en", "JPY", 1234, "¥1,234"),
        ("en", "KWD", 1234, "KWD\xa01.234"),
        ("en", "EUR", -5, "-€0.05"),
        ("sr", "RSD", 12550, "RSD\xa0125,50"),
        ("ar", "IQD", 1250, "د.ع.\u200f\xa01.250"),
    ],
)
def test_money_follows_language_and_currency(
    locale: str, currency: str, minor: int, written: str
) -> None:
    """An amount shows the currency's own decimals in the shop's own language."""
    assert Formats(locale, currency).money(minor) == written


@pytest.mark.parametrize("currency", sorted(Locale("en").currencies))
def test_an_amount_means_what_the_books_mean(currency: str) -> None:
    """One unit typed is one unit of the domain's, also where CLDR would leave decimals out."""
    formats, unit_minor = Formats("en", currency), Currency.of(currency).unit_minor
    assert formats.parse_money("1") == unit_minor
    assert formats.parse_money(formats.entry(unit_minor + 1)) == unit_minor + 1


@pytest.mark.parametrize(
    ("typed", "minor"),
    [("12.5", 1250), ("12,50", 1250), ("3", 300), (".5", 50), ("0", 0), ("-2", -200)],
)
def test_a_typed_amount_is_read(typed: str, minor: int) -> None:
    """Point and comma both mark the decimals."""
    assert Formats().parse_money(typed) == minor


@pytest.mark.parametrize("typed", ["", "abc", "1.234", "1e5", "NaN", "1.2.3", "9" * 16, "²", "-"])
def test_what_is_no_amount_is_none(typed: str) -> None:
    """Nothing is guessed: too many decimals, words and exponents are no amount."""
    assert Formats().parse_money(typed) is None


def test_quantities_show_their_unit() -> None:
    """Pieces are counted plainly, weights to the gram."""
    formats = Formats()
    assert [formats.quantity(3000), formats.quantity(1500), formats.quantity(525, "kg")] == [
        "3",
        "1.5",
        "0.525\xa0kg",
    ]


def test_the_clock_is_the_shops() -> None:
    """A UTC moment is shown in the shop's time zone."""
    assert Formats(timezone="Asia/Tokyo").clock(1_790_000_000_000_000) == "23:13"


def test_a_day_ends_at_the_shops_own_midnight() -> None:
    """Also on the day the clocks change, which has 23 hours."""
    berlin = Formats(timezone="Europe/Berlin")
    noon = round(datetime(2026, 3, 29, 10, tzinfo=UTC).timestamp()) * 1_000_000
    end = datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert berlin.midnight_after(noon) == round(end.timestamp()) * 1_000_000
