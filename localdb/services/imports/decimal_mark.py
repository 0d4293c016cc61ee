"""Which decimal mark a product file is written with, found before any row is read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from localdb.domain.numbers import NumberStyle, decimal_marks
from localdb.services.imports.source import CsvSource

NUMERIC = ("price", "cost", "stock")
"""Fields of a product that may have decimals."""
_HAS_MARK = re.compile(r"[.,]")
_PLAIN = re.compile(r"[0-9]+([.,])[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class Example:
    """A number that says something about the file: where it stands, and as it is written."""

    line: int
    text: str


@dataclass(slots=True)
class MarksFound:
    """What the rows say; ``proofs`` has the first number that only one mark explains, by mark."""

    proofs: dict[str, Example] = field(default_factory=dict)
    unclear: Example | None = None
    """The first number that either mark explains: ``1,250``."""

    def mark(self, usual: str) -> str | None:
        """The file's decimal mark; None where rows disagree, or none of them decides."""
        if len(self.proofs) == 1:
            return next(iter(self.proofs))
        return usual if not self.proofs and self.unclear is None else None


def find_marks(
    source: CsvSource, mapping: Mapping[str, str], exponent: int, style: NumberStyle
) -> MarksFound:
    """Look at every number of the mapped columns, until rows disagree.

    ``exponent`` is the decimals of the currency: an amount that has none only groups.
    """
    found = MarksFound()
    decimals = {"price": exponent, "cost": exponent, "stock": 3}
    columns = [(mapping[name], decimals[name]) for name in NUMERIC if name in mapping]
    for line, cells in source.rows():
        for column, most in columns:
            text = cells.get(column, "")
            if _HAS_MARK.search(text):
                _note(found, Example(line, text.strip()), most, style)
        if len(found.proofs) > 1:
            break
    return found


def _note(found: MarksFound, example: Example, decimals: int, style: NumberStyle) -> None:
    plain = _PLAIN.fullmatch(example.text)
    marks = frozenset(plain[1]) if plain else decimal_marks(example.text, style)
    if len(marks) == 2 and decimals == 0:
        marks -= set(_HAS_MARK.findall(example.text))
    if len(marks) == 1:
        found.proofs.setdefault(next(iter(marks)), example)
    elif marks and found.unclear is None:
        found.unclear = example
