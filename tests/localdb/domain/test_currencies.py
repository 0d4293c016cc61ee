"""What is known of each currency in use."""

from datetime import date

import pytest
from babel.core import get_global

from localdb.domain.cart import CART_MAX_MINOR
from localdb.domain.cash_count import denominations
from localdb.domain.currencies import LISTS, codes, facts
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


@pytest.mark.parametrize("code", codes())
def test_a_row_says_which_lists_have_its_notes(code: str) -> None:
    """By the letters of the lists, each once; a row that no list has says so by having none."""
    assert facts(code).listed_in in ("", "d", "w", "dw")


def test_the_lists_can_be_looked_up() -> None:
    """Every letter has a name, an address and the day it was read."""
    assert {letter for code in codes() for letter in facts(code).listed_in} == set(LISTS)
    for name, address, read in LISTS.values():
        assert name
        assert address.startswith("https://")
        assert date.fromisoformat(read) <= date(2026, 12, 1)


def test_the_notes_most_shops_take_are_in_both_lists() -> None:
    """Half of the rows at least, and the currencies most cash is counted in."""
    both = {code for code in codes() if facts(code).listed_in == "dw"}
    assert both >= {"EUR", "USD", "GBP", "CHF", "JPY", "CAD", "AUD", "NZD", "NOK", "DKK", "CNY"}
    assert len(both) * 2 > len(codes())


@pytest.mark.parametrize(
    ("code", "largest", "notes"),
    [
        ("EUR", 500, (5, 10, 20, 50, 100)),
        ("GBP", 50, (5, 10, 20, 50)),
        ("JPY", 10_000, (1000, 5000, 10_000)),
        ("DKK", 500, (50, 100, 200, 500)),
        ("USD", 100, (1, 5, 10, 20, 50, 100)),
    ],
)
def test_well_known_notes(code: str, largest: int, notes: tuple[int, ...]) -> None:
    """What anybody who works at a till there knows; a slip in a row is seen."""
    assert (facts(code).largest_note, facts(code).notes) == (largest, notes)
