"""What is known of each currency in use."""

import pytest
from babel.core import get_global

from localdb.domain.cart import CART_MAX_MINOR
from localdb.domain.cash_count import denominations
from localdb.domain.currencies import codes, facts
from localdb.domain.fields import INT64_MAX, MINOR_MAX


def in_use() -> set[str]:
    """The currencies that are legal tender somewhere today, by CLDR."""
    return {
        code
        for currencies in get_global("territory_currencies").values()
        for code, _since, until, is_tender in currencies
        if until is None and is_tender
    }


def test_every_currency_in_use_is_listed() -> None:
    """No shop in the world sells under guessed bounds."""
    assert in_use() <= set(codes())


@pytest.mark.parametrize("code", codes())
def test_a_row_makes_sense(code: str) -> None:
    """Notes rise, the largest is the largest, and an odd amount is more than any note."""
    found = facts(code)
    assert list(found.notes) == sorted(set(found.notes))
    assert found.notes[-1] <= found.largest_note < found.odd_units
    assert found.decimals in (0, 2, 3)
    assert found.odd_minor * 10 < CART_MAX_MINOR
    counted = denominations(code).notes
    assert not counted or counted[0] // 10**found.decimals <= found.largest_note


def test_a_code_that_is_not_listed_has_usual_values() -> None:
    """A till of an unknown currency sells, in hundredths."""
    assert facts("ABC").decimals == 2


def test_the_largest_sale_fits_every_column() -> None:
    """With taxes of 1,000 % it is within a record's bounds, and 10,000 of them within 64 bits."""
    assert CART_MAX_MINOR * 11 <= MINOR_MAX
    assert CART_MAX_MINOR * 11 * 10_000 <= INT64_MAX
