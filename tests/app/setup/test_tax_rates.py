"""The taxes a new shop is offered: every country's data can be used as it stands."""

import re

import pytest

from app.setup.first_run import CURRENCIES, timezones
from app.setup.tax_rates import countries, country_names, own_scheme, proposal
from localdb.domain.settings import checked
from localdb.errors import Refusal

CODES = sorted(countries())


def rates(country: str, scheme: str) -> dict[str, list[int]]:
    """Class code -> its rates in parts per million."""
    found = next(one for one in countries()[country].schemes if scheme in one.name)
    return {one.code: list(one.rates_ppm.values()) for one in found.classes}


def test_there_are_enough_countries() -> None:
    """Thirty at least, with all of the European Union."""
    union = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
    assert set(union.split()) <= set(CODES)
    assert len(CODES) >= 50


@pytest.mark.parametrize("code", CODES)
def test_a_country_can_be_used_as_it_stands(code: str) -> None:
    """Known to Babel and to the wizard's lists, with a source and date; a standard rate first."""
    country = countries()[code]
    assert code in dict(country_names("en"))
    assert country.currency in CURRENCIES
    assert country.timezone in timezones()
    assert country.source
    assert re.fullmatch(r"20\d\d-\d\d", country.as_of)
    checked("cash_step_minor", str(country.cash_step_minor))
    assert len({one.name for one in country.schemes}) == len(country.schemes)
    for scheme in country.schemes:
        codes = [one.code for one in scheme.classes]
        assert codes[0] == "standard"
        assert len(set(codes)) == len(codes)
        for one in scheme.classes:
            assert one.included == country.included
            assert all(0 <= rate <= 500_000 for rate in one.rates_ppm.values())


@pytest.mark.parametrize(
    ("country", "scheme", "code", "ppm"),
    [
        ("DE", "VAT", "standard", [190_000]),
        ("DE", "VAT", "reduced", [70_000]),
        ("FR", "VAT", "reduced2", [55_000]),
        ("LT", "VAT", "reduced", [120_000]),
        ("IN", "CGST + SGST", "standard", [90_000, 90_000]),
        ("IN", "CGST + SGST", "luxury", [200_000, 200_000]),
        ("CA", "Quebec", "standard", [50_000, 99_750]),
        ("CA", "Ontario", "standard", [130_000]),
        ("CA", "British Columbia", "reduced", [50_000]),
        ("US", "Minnesota", "standard", [68_750]),
        ("US", "Oregon", "standard", [0]),
    ],
)
def test_published_rates(country: str, scheme: str, code: str, ppm: list[int]) -> None:
    """Halves for centre and state, tax beside tax for a province, thousandths of a percent."""
    assert rates(country, scheme)[code] == ppm


def test_the_state_rate_says_that_it_is_not_all() -> None:
    """Whoever sells in a town with a tax of its own is told to type the whole rate."""
    united = countries()["US"]
    assert len(united.schemes) == 51
    assert not united.included
    assert "Local taxes" in united.note


def test_countries_are_listed_as_a_reader_looks_for_them() -> None:
    """An accent moves no name to the end of the list."""
    names = [name for _code, name in country_names("en")]
    assert names.index("Åland Islands") < names.index("Albania")
    assert names.index("Côte d’Ivoire") < names.index("Croatia")


def test_small_coins() -> None:
    """Where the smallest coins are gone, cash is rounded to what is left."""
    steps = {code: countries()[code].cash_step_minor for code in ("CH", "SE", "DK", "CA", "DE")}
    assert steps == {"CH": 5, "SE": 100, "DK": 50, "CA": 5, "DE": 1}


def test_a_country_without_rates_proposes_the_rest() -> None:
    """Its money and its time; the taxes are typed."""
    georgia = proposal("GE")
    assert (georgia.schemes, georgia.currency, georgia.timezone) == ((), "GEL", "Asia/Tbilisi")


def test_rates_of_ones_own_are_read() -> None:
    """The usual one first, with a percent sign or without."""
    scheme = own_scheme("12.5; 0 %; 4.25", included=False)
    assert [(one.code, list(one.rates_ppm.values())) for one in scheme.classes] == [
        ("standard", [125_000]),
        ("zero", [0]),
        ("reduced", [42_500]),
    ]
    assert not any(one.included for one in scheme.classes)


@pytest.mark.parametrize("text", ["", "much", "101", "-1", "7; 7", "1 2 3 4 5 6 7 8 9", "NaN"])
def test_rates_that_cannot_be_are_refused(text: str) -> None:
    """With words that show how to type them."""
    with pytest.raises(Refusal, match=r"19; 7; 0|once"):
        own_scheme(text, included=True)
