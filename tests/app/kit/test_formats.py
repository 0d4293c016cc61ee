"""Amounts, quantities and times, written and read."""

from datetime import UTC, datetime

import pytest
from babel import Locale

from app.kit.formats import Formats
from localdb.domain.money import Currency
from localdb.domain.numbers import AmbiguousNumber


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


@pytest.mark.parametrize(
    ("locale", "currency", "typed", "minor"),
    [
        ("en", "EUR", "1,000", 100_000),
        ("en", "EUR", "1,250", 125_000),
        ("de", "EUR", "1.250", 125_000),
        ("en", "JPY", "12,000", 12_000),
        ("hi", "INR", "1,23,456.78", 12_345_678),
        ("de_CH", "CHF", "CHF 1’234.50", 123_450),
        ("fr", "EUR", "1\u202f234,50\u00a0€", 123_450),
        ("ar_EG", "EGP", "١٬٢٣٤٫٥٠", 123_450),
        ("en", "KWD", "1.250", 1250),
        ("en_CA", "CAD", "$5", 500),
        ("en", "CAD", "$5", 500),
    ],
)
def test_grouping_is_read_in_the_shops_language(
    locale: str, currency: str, typed: str, minor: int
) -> None:
    """A thousand stays a thousand."""
    assert Formats(locale, currency).parse_money(typed) == minor


@pytest.mark.parametrize(("locale", "typed"), [("en", "1,250"), ("de", "1.250")])
def test_a_weight_that_may_be_two_is_refused_with_both(locale: str, typed: str) -> None:
    """A quantity has three decimals, so grouping and decimals look alike."""
    with pytest.raises(AmbiguousNumber, match="Did you mean"):
        Formats(locale).parse_quantity(typed)


@pytest.mark.parametrize("locale", ["en", "de", "fr", "de_CH", "ar_EG", "fa", "hi"])
@pytest.mark.parametrize("number", [1, 1234, 1_234_567, 999_000])
def test_what_is_offered_to_be_typed_is_read_as_it_was(locale: str, number: int) -> None:
    """A field's first value, confirmed with Enter, changes nothing."""
    formats = Formats(locale, "KWD")
    assert formats.parse_money(formats.entry(number)) == number
    assert formats.parse_quantity(formats.quantity_entry(number)) == number
    assert formats.parse_percent(formats.percent_entry(number)) == number


@pytest.mark.parametrize(
    ("country", "currency", "money", "stamp"),
    [
        ("DE", "EUR", "1.234,50\u00a0€", "21/09/2026, 14:13"),
        ("FR", "EUR", "1\u202f234,50\u00a0€", "21/09/2026, 14:13"),
        ("IN", "INR", "₹1,234.50", "21/09/26, 2:13 pm"),
        ("US", "USD", "$1,234.50", "9/21/26, 2:13 PM"),
        ("EG", "EGP", "EGP\u00a01,234.50", "21/09/2026, 14:13"),
        ("XX", "EUR", "€1,234.50", "9/21/26, 2:13 PM"),
    ],
)
def test_figures_and_dates_follow_the_country(
    country: str, currency: str, money: str, stamp: str
) -> None:
    """An English program in a German shop writes a comma; an unknown country changes nothing."""
    formats = Formats("en", currency, "UTC", country)
    assert formats.money(123450) == money
    assert formats.stamp(1_790_000_000_000_000) == stamp
    assert formats.parse_money(formats.entry(123450)) == 123450


def test_a_day_in_words_stays_in_the_language_of_the_program() -> None:
    """Months are English where the program is, in whatever country."""
    assert Formats("en", "JPY", "UTC", "JP").day(20261121) == "21 Nov 2026"
    assert Formats("en", "USD", "UTC", "US").day(20261121) == "Nov 21, 2026"


@pytest.mark.parametrize(("currency", "country"), [("JPY", "JP"), ("KRW", "KR")])
def test_signs_are_written_as_fonts_have_them_and_read_either_way(
    currency: str, country: str
) -> None:
    """CLDR writes the yen in full width for Japan; the receipt and the screen do not."""
    formats = Formats("ja", currency, "UTC", country)
    written = formats.money(1200)
    assert not set(written) & set("￥￦")
    assert formats.parse_money(written) == 1200
    assert formats.parse_money(written.replace("¥", "￥").replace("₩", "￦")) == 1200
