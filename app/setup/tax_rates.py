"""The taxes that a new shop is offered, by country: published rates with their source and date."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import get_territory_currencies

import resources
from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.errors import Refusal
from localdb.services.setup import NewTaxClass

PPM_PER_PERCENT = 10_000
OWN = "own"
PERCENT_MAX = 100
OWN_MAX = 8
"""Rates of a shop's own."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way of taxing a shop: a country's only one, or that of a state or province."""

    name: str
    classes: tuple[NewTaxClass, ...]
    """The first is the one for goods that say no other."""
    is_checked: bool = True
    """Whether the rates were compared with a second publication."""
    ends: tuple[tuple[str, date], ...] = ()
    """Taxes with a last day that the law names, as they are called: `VAT 8 %`."""

    @property
    def said(self) -> str:
        """Its rates in one line: `19 %, 7 %, 0 %`."""
        return ", ".join(_rate_words(one) for one in self.classes)


@dataclass(frozen=True, slots=True)
class Country:
    """What a country proposes; everything can be chosen otherwise."""

    code: str
    schemes: tuple[Scheme, ...]
    included: bool
    """Whether prices on the shelf contain the tax."""
    currency: str
    timezone: str
    cash_step_minor: int
    source: str
    as_of: str
    note: str = ""


@cache
def countries() -> Mapping[str, Country]:
    """The countries with rates, by ISO code."""
    body = json.loads(resources.text("taxes/countries.json"))
    return {code: _country(code, row, body["sources"]) for code, row in body["countries"].items()}


def country_names(locale: str) -> tuple[tuple[str, str], ...]:
    """Code and name of every country there is, by name; those with rates and those without."""
    try:
        territories = Locale.parse(locale).territories
    except (UnknownLocaleError, ValueError):
        territories = Locale.parse("en").territories
    named = [(code, name) for code, name in territories.items() if re.fullmatch("[A-Z]{2}", code)]
    return tuple(
        sorted((one for one in named if _currency(one[0])), key=lambda one: _plain_letters(one[1]))
    )


def _plain_letters(name: str) -> str:
    """Letters without their accents: the place of a name in a list."""
    parts = unicodedata.normalize("NFKD", name)
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()


def proposal(code: str) -> Country:
    """What a country proposes; one without published rates here proposes all but the taxes."""
    known = countries().get(code)
    if known is not None:
        return known
    return Country(code, (), True, _currency(code), _zone(code), 1, "", "")


def own_scheme(text: str, *, included: bool) -> Scheme:
    """A shop's own rates, such as `19; 7; 0`, the usual one first; raises Refusal."""
    parts = [part for part in re.split(r"[;\s]+", text.replace("%", " ")) if part]
    read = [Formats("en").parse_percent(part) for part in parts]
    rates = [Decimal(ppm) / PPM_PER_PERCENT for ppm in read if ppm is not None and ppm >= 0]
    if not 0 < len(rates) <= OWN_MAX or len(rates) < len(parts) or max(rates) > PERCENT_MAX:
        raise Refusal(
            translate(
                "First run",
                "Enter 1 to {most} rates in percent, such as 19; 7; 0.",
                most=OWN_MAX,
            )
        )
    if len(set(rates)) < len(rates):
        raise Refusal(translate("First run", "Enter each rate once."))
    return Scheme(OWN, _plain("Tax", rates, included=included))


def _country(code: str, row: Mapping[str, Any], sources: Mapping[str, Any]) -> Country:
    included = row.get("included", True)
    if "rates" in row:
        rates = [Decimal(str(rate)) for rate in row["rates"]]
        classes = _plain(row["tax"], rates, included=included)
        schemes = [Scheme(row["tax"], classes, row["checked"], _ends(row))]
    else:
        schemes = [_scheme(one, row["checked"], included=included) for one in row["schemes"]]
    source = sources[row["source"]]
    return Country(
        code,
        tuple(schemes),
        included,
        row.get("currency") or _currency(code),
        row.get("zone") or _zone(code),
        row.get("cash_step_minor", 1),
        source["name"],
        source["date"],
        row.get("note", ""),
    )


def _ends(row: Mapping[str, Any]) -> tuple[tuple[str, date], ...]:
    last_days = row.get("until", {}).items()
    return tuple((f"{row['tax']} {_percent(rate)}", date.fromisoformat(d)) for rate, d in last_days)


def _scheme(row: Mapping[str, Any], country_checked: bool, *, included: bool) -> Scheme:
    classes = [
        NewTaxClass(
            one["code"],
            one["name"],
            {f"{name} {_percent(rate)}": _ppm(rate) for name, rate in one["taxes"].items()},
            included=included,
        )
        for one in row["classes"]
    ]
    return Scheme(row["name"], tuple(classes), row.get("checked", country_checked))


def _plain(tax: str, rates: Sequence[Decimal], *, included: bool) -> tuple[NewTaxClass, ...]:
    """One tax at several rates: the first is the standard, 0 is zero, the others are reduced."""
    classes, reduced = [], 0
    for number, rate in enumerate(rates):
        code, name = "standard", translate("Taxes", "Standard rate")
        if number and rate == 0:
            code, name = "zero", translate("Taxes", "Zero rate")
        elif number:
            reduced += 1
            code = "reduced" if reduced == 1 else f"reduced{reduced}"
            name = translate("Taxes", "Higher rate")
            if rate < rates[0]:
                name = translate("Taxes", "Reduced rate")
        classes.append(
            NewTaxClass(
                code,
                f"{name} {_percent(rate)}" if reduced > 1 else name,
                {f"{tax} {_percent(rate)}": _ppm(rate)},
                included=included,
            )
        )
    return tuple(classes)


def _rate_words(one: NewTaxClass) -> str:
    parts = [name for name, rate in one.rates_ppm.items()]
    return " + ".join(parts)


def _ppm(rate: Any) -> int:
    return int(Decimal(str(rate)) * PPM_PER_PERCENT)


def _percent(rate: Any) -> str:
    return f"{Decimal(str(rate)).normalize():f} %"


def _currency(code: str) -> str:
    return next(iter(get_territory_currencies(code)), "")


def _zone(code: str) -> str:
    return next(iter(get_global("territory_zones").get(code, ())), "UTC")
