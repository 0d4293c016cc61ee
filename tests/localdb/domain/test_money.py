"""Rounding and sharing out."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.money import Currency, Rounding, allocate, divide, rate_of, round_to_step
from tests.localdb.domain.build import vectors

amounts = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("numerator", "denominator", "half_up", "half_even"),
    [(5, 2, 3, 2), (7, 2, 4, 4), (-5, 2, -3, -2), (5, -2, -3, -2), (4, 3, 1, 1), (0, 7, 0, 0)],
)
def test_ties(numerator: int, denominator: int, half_up: int, half_even: int) -> None:
    """A tie goes away from zero or to the even neighbour, alike on both sides of zero."""
    assert divide(numerator, denominator) == half_up
    assert divide(numerator, denominator, Rounding.HALF_EVEN) == half_even


@given(amounts, st.integers(1, 10**9), st.sampled_from(Rounding))
def test_divide_is_nearest_and_mirrors(
    numerator: int, denominator: int, rounding: Rounding
) -> None:
    """Rounding never moves a value by more than a half, and mirrors its negative."""
    result = divide(numerator, denominator, rounding)
    assert abs(Fraction(numerator, denominator) - result) <= Fraction(1, 2)
    assert divide(-numerator, denominator, rounding) == -result


@given(amounts, st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_allocate_loses_nothing(total: int, weights: list[int]) -> None:
    """Parts sum to the total, lie within one unit of their exact share, and 0 gets nothing."""
    parts = allocate(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1
        assert weight or part == 0


@given(amounts, st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_allocate_mirrors(total: int, weights: list[int]) -> None:
    """Sharing out a negative total gives the negated parts."""
    assert allocate(-total, weights) == [-part for part in allocate(total, weights)]


def test_allocate_by_nothing() -> None:
    """Nothing can be shared over nothing, and only something over nothing is a bug."""
    assert allocate(0, [0, 0]) == [0, 0]
    with pytest.raises(ZeroDivisionError):
        allocate(1, [0, 0])


def test_rates() -> None:
    """A rate is in parts per million."""
    assert rate_of(1000, 190_000) == 190


def test_currencies() -> None:
    """Currencies carry their ISO 4217 number of decimals."""
    units = {code: Currency.of(code).unit_minor for code in ("EUR", "JPY", "KWD")}
    assert units == {"EUR": 100, "JPY": 1, "KWD": 1000}


def test_round_to_step_vectors() -> None:
    """Published examples of rounding to a step come out the same."""
    for vector in vectors("tax_vectors.json", "round_to_step"):
        if vector["input"]["method"] == "half_up":
            amount, step = _thousandths(vector["input"]["amount"]), vector["input"]["step"]
            expected = _thousandths(vector["expected"])
            assert round_to_step(amount, _thousandths(step)) == expected, vector["id"]


def _thousandths(text: str) -> int:
    return int(Fraction(text) * 1000)
