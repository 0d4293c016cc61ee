"""Typed and imported numbers: read where they can mean one thing, refused where they mean two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.numbers import (
    AmbiguousNumber,
    NoNumber,
    NumberStyle,
    TooFine,
    decimal_marks,
    read,
)

ENGLISH = NumberStyle()
GERMAN = NumberStyle(",", ".")
FRENCH = NumberStyle(",", "\u202f")
SWISS = NumberStyle(".", "\u2019", ("CHF",))
STYLES = (ENGLISH, GERMAN, FRENCH, SWISS)


@pytest.mark.parametrize(
    ("style", "text", "decimals", "number"),
    [
        (ENGLISH, "1,000", 2, 100_000),
        (ENGLISH, "1,250", 2, 125_000),
        (ENGLISH, "12,000", 0, 12_000),
        (ENGLISH, "1,234,560", 2, 123_456_000),
        (ENGLISH, "1.234.560", 2, 123_456_000),
        (GERMAN, "1.250", 2, 125_000),
        (GERMAN, "1.250,50", 2, 125_050),
        (ENGLISH, "1.250,50", 2, 125_050),
        (GERMAN, "12.50", 2, 1250),
        (ENGLISH, "12,5", 2, 1250),
        (ENGLISH, "0,250", 3, 250),
        (ENGLISH, "1.234", 3, 1234),
        (ENGLISH, "1,23,456.78", 2, 12_345_678),
        (ENGLISH, "12,34,567", 2, 123_456_700),
        (SWISS, "1\u2019234.50", 2, 123_450),
        (ENGLISH, "1'234.50", 2, 123_450),
        (FRENCH, "1\u202f234,50", 2, 123_450),
        (FRENCH, "1\u00a0234,50", 2, 123_450),
        (ENGLISH, "1 234", 2, 123_400),
        (ENGLISH, "\u0661\u066c\u0662\u0663\u0664\u066b\u0665\u0660", 2, 123_450),
        (ENGLISH, "\u06f1\u06f2\u066b\u06f5", 2, 1250),
        (ENGLISH, "\u0967\u0968.\u096b", 2, 1250),
        (ENGLISH, "\uff11\uff12\uff0e\uff15", 2, 1250),
        (ENGLISH, "\u20ac5", 2, 500),
        (FRENCH, "5,00\u00a0\u20ac", 2, 500),
        (ENGLISH, "EUR 4,5", 2, 450),
        (SWISS, "CHF 5.-", 2, 500),
        (GERMAN, "5,\u2013 \u20ac", 2, 500),
        (GERMAN, "1.250,--", 2, 125_000),
        (ENGLISH, "-5", 2, -500),
        (ENGLISH, "\u22125", 2, -500),
        (ENGLISH, "5-", 2, -500),
        (ENGLISH, "(5.00)", 2, -500),
        (ENGLISH, "-\u20ac5", 2, -500),
        (ENGLISH, "\u20ac-5", 2, -500),
        (ENGLISH, "5 \u20ac-", 2, -500),
        (ENGLISH, "\u200e-5\u200f", 2, -500),
        (ENGLISH, "+5", 2, 500),
        (ENGLISH, ".5", 2, 50),
        (ENGLISH, "5.", 2, 500),
        (ENGLISH, "12.5000", 2, 1250),
        (ENGLISH, "007", 0, 7),
        (ENGLISH, "9" * 15, 0, 999_999_999_999_999),
    ],
)  # fmt: skip
def test_a_number_that_means_one_thing_is_read(
    style: NumberStyle, text: str, decimals: int, number: int
) -> None:
    """Grouping, scripts, currency signs and minus forms are read as they are written."""
    assert read(text, decimals, style) == number


@pytest.mark.parametrize(
    ("style", "text", "decimals", "said"),
    [
        (ENGLISH, "1,250", 3, "Did you mean 1,250 or 1.25? Type 1250 or 1.25."),
        (ENGLISH, "1.250", 2, "Did you mean 1,250 or 1.25? Type 1250 or 1.25."),
        (ENGLISH, "-1.250", 2, "Did you mean -1,250 or -1.25? Type -1250 or -1.25."),
        (GERMAN, "1.250", 3, "Did you mean 1.250 or 1,25? Type 1250 or 1,25."),
        (GERMAN, "1,000", 2, "Did you mean 1.000 or 1? Type 1000 or 1."),
        (FRENCH, "1.250", 2, "Did you mean 1\u202f250 or 1,25? Type 1250 or 1,25."),
        (ENGLISH, "12.000", 0, "Did you mean 12,000 or 12? Type 12000 or 12."),
    ],
)
def test_a_number_that_means_two_things_is_refused_with_both(
    style: NumberStyle, text: str, decimals: int, said: str
) -> None:
    """The message says both readings and how to type either."""
    with pytest.raises(AmbiguousNumber) as refused:
        read(text, decimals, style)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-", "abc", "1e5", "NaN", "1.2.3", "1,,250", "1,25,00", "0,123,456", "1 25",
        "\u00b2", "$5", "USD 5", "--5", "-5-", "1.234.56", "1,234.567.890", "9" * 16, "5 5 5",
        "5%", "()", "\u20ac", "1'23", "1,2345,678",
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused(text: str) -> None:
    """Nothing is guessed: not words, other currencies, wrong groups or exponents."""
    with pytest.raises(NoNumber):
        read(text, 2, ENGLISH)


@pytest.mark.parametrize(("text", "decimals"), [("1.299", 2), ("1.5", 0), ("0.0001", 3)])
def test_digits_that_would_be_lost_are_refused(text: str, decimals: int) -> None:
    """An amount is never rounded or cut by reading it."""
    with pytest.raises(TooFine):
        read(text, decimals, ENGLISH)


def test_in_a_file_whose_mark_is_known_the_other_mark_only_groups() -> None:
    """A certain style has one reading."""
    assert read("1,250", 3, ENGLISH.certain(".")) == 1_250_000
    assert read("1,250", 3, ENGLISH.certain(",")) == 1250
    with pytest.raises(NoNumber):
        read("1,25", 2, ENGLISH.certain("."))


@given(
    number=st.integers(-(10**14), 10**14),
    decimals=st.integers(0, 4),
    style=st.sampled_from(STYLES),
    is_grouped=st.booleans(),
)
def test_no_number_written_in_the_shops_style_is_read_as_another(
    number: int, decimals: int, style: NumberStyle, is_grouped: bool
) -> None:
    """What a shop writes by its own habit comes back as it was, or is asked about."""
    digits = f"{abs(number):0{decimals + 1}d}"
    whole, rest = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    written = f"{int(whole):,}".replace(",", style.group) if is_grouped else whole
    text = ("-" if number < 0 else "") + written + (style.decimal + rest if decimals else "")
    try:
        found = read(text, decimals, style)
    except AmbiguousNumber:
        # Only where nothing stands behind a group can it be taken for decimals.
        assert is_grouped
        assert decimals >= 3 or style is FRENCH
    else:
        assert found == number


@given(
    text=st.text("0123456789.,' -+\u20ac()\u202f\u066b", max_size=12), style=st.sampled_from(STYLES)
)
def test_a_reading_is_the_only_one_or_the_shops_own(text: str, style: NumberStyle) -> None:
    """Whatever is typed, a number that is taken has no second reading that would fit as well."""
    try:
        number = read(text, 2, style)
    except (NoNumber, AmbiguousNumber):
        return
    others = set()
    for mark in decimal_marks(text, style):
        try:
            others.add(read(text, 2, style.certain(mark)))
        except NoNumber:
            continue
    assert number in others
    assert len(others) == 1 or (style.group == "," and "," in text) or (
        style.group == "." and "." in text
    )  # fmt: skip
