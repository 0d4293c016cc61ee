"""What two people do at two tills: every pair of two edits each of one product."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement, product

FIELDS = ("price_minor", "name", "note")
"""Two whose contradictions ask a manager, and one where the later edit wins."""
DELETE = "deleted"
SETTLE = "settle"
"""Settle the conflict in dispute for one side; only where there is one."""

Script = tuple[str, ...]
FIRST = (*FIELDS, DELETE)
SECOND = (*FIELDS, DELETE, SETTLE)


@dataclass(frozen=True, slots=True)
class Case:
    """What each till does, in order, and how many mishaps there are on the way."""

    scripts: tuple[Script, Script]
    mishaps: int

    def __str__(self) -> str:
        return f"{' | '.join('+'.join(script) for script in self.scripts)} ({self.mishaps})"


def scripts() -> list[Script]:
    """Every script of two edits; who deletes and deletes again brings the product back."""
    return list(product(FIRST, SECOND))


def cases(mishaps: int) -> Iterator[Case]:
    """Every pair of scripts; which of the tills has which makes no difference."""
    for pair in combinations_with_replacement(scripts(), 2):
        yield Case(pair, mishaps)


def single_edits(mishaps: int) -> Iterator[Case]:
    """Every pair of one edit each, with more mishaps."""
    for one, other in combinations_with_replacement(FIRST, 2):
        yield Case(((one,), (other,)), mishaps)


SMALL = (
    Case((("price_minor",), ("price_minor",)), 1),
    Case((("price_minor",), ("name",)), 0),
    Case((("note",), ("note",)), 0),
    Case((("deleted",), ("price_minor",)), 0),
    Case((("price_minor", "settle"), ("price_minor",)), 1),
)
"""What the test plays at each run, in about 30 s of processor time."""
