"""Numbers as people write them: the only reader of typed and imported amounts.

``1,250`` is twelve hundred and fifty in English and one and a quarter in German, so nothing is
guessed. Each text has at most two readings, one for each mark that can stand before the decimals.
Where only one is possible it is taken, whatever the shop's language: ``1.234,50``, ``1,23,456.78``
(India), ``1’234.50`` (Switzerland). Where both are possible, the shop's habit decides where the
decimals fit it: none of a price in cents has three. Else the text is refused with both readings.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Self

from localdb.errors import Refusal

DIGITS_MAX = 15
"""Digits of a number: all such fit SQLite's and PostgreSQL's 64-bit integers."""
ARABIC_DECIMAL = "\u066b"
_OTHER = {".": ",", ",": "."}
_ALIKE = str.maketrans(
    # Spaces, apostrophes and minus signs as keyboards and spreadsheets write them.
    dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008", " ")
    | dict.fromkeys("\u2009\u200a\u202f\u205f\u3000\t", " ")
    | dict.fromkeys("\u2018\u2019\u02bc\uff07\u00b4`", "'")
    | dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d", "-")
    | {"\uff0c": ",", "\u060c": ",", "\u2e41": ",", "\uff0e": ".", "\uff0b": "+"}
    # Marks of writing direction.
    | dict.fromkeys("\u061c\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff", "")
)
_CORE = re.compile(r"[0-9.,' \u066b\u066c]*[0-9][0-9.,' \u066b\u066c]*")


_NO_CENTS = re.compile(r"(?<=[0-9])[.,]--?(\D*)$")


class NoNumber(Refusal):
    """The text is no number."""


class TooFine(NoNumber):
    """The number has more decimals than it can have here."""


class AmbiguousNumber(Refusal):
    """The text means two numbers; the message says both and how to type either."""


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How a shop, or a file, writes numbers: its decimal mark, its grouping mark, its currency."""

    decimal: str = "."
    group: str = ","
    signs: tuple[str, ...] = ("\u20ac", "EUR")
    """What may stand before or behind an amount; another currency is no number here."""
    is_certain: bool = False
    """Whether ``decimal`` is known to be the decimal mark, so that the other only groups."""

    def certain(self, decimal: str) -> Self:
        """The style of a file in which ``decimal``, a point or a comma, is the decimal mark."""
        group = _OTHER[decimal] if self.group in _OTHER else self.group
        return replace(self, decimal=decimal, group=group, is_certain=True)

    def written(self, whole: str, decimals: str = "", *, grouped: bool = True) -> str:
        """A number of digits, in this style, without needless zeros behind the decimal mark."""
        number = f"{int(whole or '0'):,}".replace(",", self.group) if grouped else whole or "0"
        rest = decimals.rstrip("0")
        return f"{number}{self.decimal}{rest}" if rest else number


@dataclass(frozen=True, slots=True)
class _Reading:
    whole: str
    decimals: str


def read(text: str, decimals: int, style: NumberStyle) -> int:
    """The number in units of ``10 ** -decimals``: ``12.5`` with 2 decimals is 1250.

    Raises NoNumber, TooFine where digits that count would be lost, AmbiguousNumber.
    """
    sign, core = _stripped(text, style.signs)
    found = _chosen(sign, core, decimals, style)
    if found is None or len(found.whole) + len(found.decimals) > DIGITS_MAX:
        raise NoNumber(f"{text.strip() or 'Nothing'} is not a number.")
    kept = found.decimals.ljust(decimals, "0")
    if kept[decimals:].strip("0"):
        raise TooFine(f"{text.strip()} has more than {decimals} decimals.")
    units = int(found.whole + kept[:decimals])
    return -units if sign == "-" else units


def decimal_marks(text: str, style: NumberStyle) -> frozenset[str]:
    """The decimal marks under which a text is a number: both, one, or none where it is none."""
    try:
        _sign, core = _stripped(text, style.signs)
    except NoNumber:
        return frozenset()
    return frozenset(mark for mark in _OTHER if _reading(core, mark) is not None)


def _stripped(text: str, signs: tuple[str, ...]) -> tuple[str, str]:
    """The sign, or nothing, and what is left without it, without currency and outer spaces."""
    left = text.translate(_ALIKE).strip()
    sign = ""
    if left.startswith("(") and left.endswith(")"):
        # Bookkeepers write what is owed in brackets.
        sign, left = "-", left[1:-1].strip()
    left, currency_taken = _digits(left), False
    alike = sorted((s.translate(_ALIKE).casefold() for s in signs), key=len, reverse=True)
    # "5.-" and "5,–" are prices without cents.
    left = _NO_CENTS.sub(r"\1", left)
    while True:
        folded = left.casefold()
        affix = next((s for s in alike if s and folded.startswith(s)), "")
        suffix = next((s for s in alike if s and folded.endswith(s)), "")
        if not sign and left[:1] and left[0] in "+-":
            sign, left = left[0], left[1:].strip()
        elif not sign and left[-1:] and left[-1] in "+-":
            sign, left = left[-1], left[:-1].strip()
        elif affix and not currency_taken:
            left, currency_taken = left[len(affix) :].strip(), True
        elif suffix and not currency_taken:
            left, currency_taken = left[: -len(suffix)].strip(), True
        else:
            break
    if not _CORE.fullmatch(left):
        raise NoNumber(f"{text.strip() or 'Nothing'} is not a number.")
    return sign, left


def _digits(text: str) -> str:
    """The text with the decimal digits of any script as 0 to 9."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in text
    )


def _chosen(sign: str, core: str, decimals: int, style: NumberStyle) -> _Reading | None:
    mark = style.decimal if style.decimal in _OTHER else "."
    home = _reading(core, mark)
    away = None if style.is_certain else _reading(core, _OTHER[mark])
    if home is None or away is None or home == away:
        return home or away
    # Both are a number: one mark with three digits behind it.
    many, few = sorted((home, away), key=lambda reading: len(reading.decimals))
    is_habit = mark in core or style.group.translate(_ALIKE) in core
    if is_habit and (home is many) == (len(few.decimals) > decimals):
        return home
    if len(few.decimals.rstrip("0")) > decimals:
        return few
    minus = "-" if sign == "-" else ""
    said = [style.written(many.whole), style.written(few.whole, few.decimals)]
    typed = [style.written(r.whole, r.decimals, grouped=False) for r in (many, few)]
    raise AmbiguousNumber(
        f"Did you mean {minus}{said[0]} or {minus}{said[1]}? "
        f"Type {minus}{typed[0]} or {minus}{typed[1]}."
    )


def _reading(core: str, mark: str) -> _Reading | None:
    """The text with ``mark`` before its decimals; None when it is no number that way."""
    mark = ARABIC_DECIMAL if ARABIC_DECIMAL in core else mark
    whole, _found, decimals = core.partition(mark)
    if decimals and not decimals.isdecimal():
        return None
    marks = {character for character in whole if not character.isdecimal()}
    if len(marks) > 1 or (marks and not _is_grouped(whole, marks.copy().pop())):
        return None
    if marks:
        whole = whole.replace(marks.pop(), "")
    return _Reading(whole, decimals) if whole or decimals else None


def _is_grouped(whole: str, mark: str) -> bool:
    """Whether groups are of three digits, or of two before the last three as in India."""
    first, *groups = whole.split(mark)
    if not 1 <= len(first) <= 3 or first[0] == "0":
        return False
    sizes = [len(group) for group in groups]
    western = all(size == 3 for size in sizes)
    indian = len(first) <= 2 and sizes[-1] == 3 and all(size == 2 for size in sizes[:-1])
    return western or indian
