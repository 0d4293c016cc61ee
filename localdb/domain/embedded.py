"""Codes that a shop prints itself, with a price, a weight or a count inside.

Each shop has its own layouts (GS1 leaves prefixes 02 and 20 to 29 to it), so they are rules that it
writes down: ``21PPPPPWWWWWK``. A digit stands for itself, ``P`` for the product's number, ``W`` for
weight in thousandths of the unit, ``V`` for the price in minor units, ``Q`` for pieces, ``C`` for a
digit that is skipped, and ``K``, the last, for the check digit. ``W`` of two decimals is ``.../2``.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from localdb.domain.barcode import check_digit, has_check_digit
from localdb.domain.money import MILLI
from localdb.errors import Refusal

RULES_MAX = 20
_LAYOUT = re.compile(r"([0-9]{1,4}[0-9PWVQC]+K)(?:/([0-3]))?")
_LENGTHS = (8, 12, 13, 14)
_WEIGHT_DECIMALS = 3
_MEASURES = "WVQ"


@dataclass(frozen=True, slots=True)
class Measured:
    """What an embedded code says; one of the three measures is given."""

    product: str
    """The digits that name the product."""
    plain: str
    """The code with its measure zeroed and its check digit made anew: how a label is registered."""
    weight_milli: int | None = None
    price_minor: int | None = None
    pieces: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One layout; ``decimals`` is how many of a weight's digits stand behind the point."""

    layout: str
    decimals: int = _WEIGHT_DECIMALS

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a layout as a shop writes it; raises Refusal saying what is wrong."""
        found = _LAYOUT.fullmatch(text.strip().upper())
        if found is None:
            raise Refusal(
                f"{text} is no layout of a code. Write it like 21PPPPPWWWWWK: first digits, then "
                "P for the product, W for weight, V for price or Q for pieces, and K at the end."
            )
        layout, decimals = found.group(1), found.group(2)
        if len(layout) not in _LENGTHS:
            raise Refusal(f"{text} has {len(layout)} places. A barcode has 8, 12, 13 or 14.")
        letters = Counter(re.sub("[0-9]", "", layout))
        if not letters["P"] or sum(bool(letters[m]) for m in _MEASURES) != 1:
            raise Refusal(f"{text} needs P for the product and one of W, V and Q.")
        if any(len(re.findall(f"{letter}+", layout)) > 1 for letter in "P" + _MEASURES):
            raise Refusal(f"The places of one letter in {text} must stand together.")
        return cls(layout, _WEIGHT_DECIMALS if decimals is None else int(decimals))

    def read(self, code: str) -> Measured | None:
        """What ``code`` says under this rule; None when it is not of this layout."""
        if len(code) != len(self.layout) or not (code.isascii() and code.isdigit()):
            return None
        literal = all(
            mark == digit for mark, digit in zip(self.layout, code, strict=True) if mark.isdigit()
        )
        if not literal or not has_check_digit(code):
            return None
        weight, price, pieces = (self._number(code, letter) for letter in _MEASURES)
        if weight is not None:
            weight = weight * MILLI // 10**self.decimals
        return Measured(self._digits(code, "P"), self._plain(code), weight, price, pieces)

    def _digits(self, code: str, letter: str) -> str:
        return "".join(d for m, d in zip(self.layout, code, strict=True) if m == letter)

    def _number(self, code: str, letter: str) -> int | None:
        digits = self._digits(code, letter)
        return int(digits) if digits else None

    def _plain(self, code: str) -> str:
        kept = "".join(
            "0" if mark in _MEASURES + "C" else digit
            for mark, digit in zip(self.layout[:-1], code[:-1], strict=True)
        )
        return kept + str(check_digit(kept))


def rules(text: str) -> tuple[Rule, ...]:
    """The rules in a setting, between commas or white space; raises Refusal for a wrong one."""
    found = tuple(Rule.parse(part) for part in re.split(r"[\s,;]+", text) if part)
    if len(found) > RULES_MAX:
        raise Refusal(f"At most {RULES_MAX} code layouts are possible. Remove one first.")
    return found


def measured(code: str, ruled: Iterable[Rule]) -> Measured | None:
    """What a code says under the first rule that fits it; a UPC-A also fits as an EAN-13."""
    spellings = (code, "0" + code) if len(code) == 12 else (code, code.removeprefix("0"))
    for rule in ruled:
        for spelling in spellings:
            found = rule.read(spelling)
            if found is not None:
                return found
    return None
