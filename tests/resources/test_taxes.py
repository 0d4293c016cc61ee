"""The table of taxes: what a country offers says where it comes from, and holds known values."""

import json
import re
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

import resources

BODY: dict[str, Any] = json.loads(resources.text("taxes/countries.json"), parse_float=Decimal)
SOURCES: dict[str, dict[str, str]] = BODY["sources"]
COUNTRIES: dict[str, dict[str, Any]] = BODY["countries"]
NO_CASH_SOURCE = {"TH"}
"""Where no source was found for what cash is rounded to."""
HIGHEST = 50
"""Percent; no general tax on sales is higher."""


def rates(row: dict[str, Any]) -> list[Decimal]:
    """Every rate that a country offers, in percent."""
    found = [Decimal(rate) for rate in row.get("rates", ())]
    for scheme in row.get("schemes", ()):
        for one in scheme["classes"]:
            found += [Decimal(rate) for rate in one["taxes"].values()]
    return found


def standard(code: str, scheme: str = "") -> Decimal:
    """What goods that say no other bear, all taxes together, in percent."""
    row = COUNTRIES[code]
    if not scheme:
        return Decimal(row["rates"][0])
    found = next(one for one in row["schemes"] if one["name"] == scheme)
    return Decimal(sum(found["classes"][0]["taxes"].values()))


@pytest.mark.parametrize("key", sorted(SOURCES))
def test_a_source_can_be_looked_up(key: str) -> None:
    """It has a name, an address, and the month it is of or the day it was read; none is to come."""
    source = SOURCES[key]
    address = urlsplit(source["url"])
    assert source["name"]
    assert address.scheme in ("http", "https")
    assert "." in address.netloc
    assert source.keys() & {"date", "read"}
    read = date.fromisoformat(source.get("read", "2026-12-01"))
    assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", source.get("date", "2026-12"))
    assert source.get("date", "2026-12") <= f"{read:%Y-%m}" <= "2026-12"


def test_every_source_is_used() -> None:
    """The list names nothing that no country rests on."""
    keys = ("source", "second", "since_source", "cash_source")
    assert {row[key] for row in COUNTRIES.values() for key in keys if key in row} == set(SOURCES)


@pytest.mark.parametrize("code", sorted(COUNTRIES))
def test_a_country_says_where_its_rates_come_from(code: str) -> None:
    """Checked means two different sources, one of them read; the first has the month it is of."""
    row = COUNTRIES[code]
    assert "date" in SOURCES[row["source"]]
    assert "second" in row or not row["checked"]
    if row["checked"]:
        pair = (row["source"], row["second"])
        assert SOURCES[pair[0]]["url"] != SOURCES[pair[1]]["url"]
        assert any("read" in SOURCES[key] for key in pair)
    else:
        assert row["remark"], "say why it is not checked"
    since = row.get("since", "before 2016")
    assert since == "before 2016" or date.fromisoformat(since) <= date(2026, 12, 1)


@pytest.mark.parametrize("code", sorted(COUNTRIES))
def test_rates_are_percent(code: str) -> None:
    """None is negative or above any country's; each is listed once."""
    row = COUNTRIES[code]
    assert all(0 <= rate <= HIGHEST for rate in rates(row))
    assert len(set(row.get("rates", ()))) == len(row.get("rates", ()))


def test_enough_is_checked() -> None:
    """45 countries at least, all of the European Union, and every state but the one marked."""
    union = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
    compared = {code for code, row in COUNTRIES.items() if row["checked"]}
    assert len(compared) >= 45
    assert compared >= {*union.split(), "CA", "IN", "US"}
    open_states = [
        one["name"] for one in COUNTRIES["US"]["schemes"] if not one.get("checked", True)
    ]
    assert open_states == ["District of Columbia"]


@pytest.mark.parametrize(
    "code", [code for code in COUNTRIES if "cash_step_minor" in COUNTRIES[code]]
)
def test_a_step_of_cash_says_where_it_comes_from(code: str) -> None:
    """Whoever is paid less than the total in cash can look up why."""
    assert ("cash_source" in COUNTRIES[code]) == (code not in NO_CASH_SOURCE)


@pytest.mark.parametrize(
    ("code", "scheme", "percent"),
    [
        ("GB", "", "20"),
        ("CH", "", "8.1"),
        ("NO", "", "25"),
        ("IS", "", "24"),
        ("TR", "", "20"),
        ("JP", "", "10"),
        ("AU", "", "10"),
        ("NZ", "", "15"),
        ("SG", "", "9"),
        ("SA", "", "15"),
        ("IL", "", "18"),
        ("ZA", "", "15"),
        ("NG", "", "7.5"),
        ("HU", "", "27"),
        ("FI", "", "25.5"),
        ("PE", "General", "18"),
        ("CA", "Nova Scotia", "14"),
        ("CA", "Quebec", "14.975"),
        ("IN", "GST in a state (CGST + SGST)", "18"),
        ("US", "California", "7.25"),
        ("US", "Louisiana", "5"),
        ("US", "South Dakota", "4.2"),
        ("US", "Virginia", "5.3"),
        ("US", "Utah", "6.1"),
        ("US", "New Hampshire", "0"),
    ],
)
def test_well_known_rates(code: str, scheme: str, percent: str) -> None:
    """What anybody who sells there knows; a slip in the file is seen."""
    assert standard(code, scheme) == Decimal(percent)


def test_basic_food_in_austria_has_its_own_rate() -> None:
    """4.9 % since July 2026, beside the rates that were there."""
    assert Decimal("4.9") in rates(COUNTRIES["AT"])


@pytest.mark.parametrize(
    ("code", "step"),
    [("CH", 5), ("SE", 100), ("DK", 50), ("HU", 500), ("UA", 50), ("NZ", 10), ("CA", 5), ("IE", 5)],
)
def test_well_known_steps_of_cash(code: str, step: int) -> None:
    """The smallest coin that is still given: 5 rappen, 1 krona, 50 øre, 5 forint, 50 kopiykas."""
    assert COUNTRIES[code]["cash_step_minor"] == step
