"""Counting cash by notes and coins."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.cash_count import (
    PIECES_MAX,
    CashCount,
    counted_cash,
    denominations,
    pieces_in,
)
from localdb.domain.money import Currency
from localdb.errors import Refusal

LISTED = ("EUR", "USD", "GBP", "CHF", "JPY", "INR", "CAD", "AUD", "SEK", "PLN", "KWD")


@pytest.mark.parametrize("currency", LISTED)
def test_notes_and_coins_stand_in_order(currency: str) -> None:
    """Largest first, none twice, every note worth more than every coin but where both exist."""
    known = denominations(currency)
    for values in (known.notes, known.coins):
        assert list(values) == sorted(set(values), reverse=True)
        assert all(value > 0 for value in values)
    assert known.notes[-1] >= known.coins[0] or currency in ("USD", "INR")


def test_the_euro_and_the_yen() -> None:
    """In minor units: a note of fifty euros is 5,000 cents, one of a thousand yen is 1,000."""
    assert 50 * Currency.of("EUR").unit_minor in denominations("EUR").notes
    assert 1000 * Currency.of("JPY").unit_minor in denominations("JPY").notes
    assert denominations("XTS").all == ()


@given(st.dictionaries(st.sampled_from(denominations("EUR").all), st.integers(0, 500)))
def test_a_count_is_its_pieces(pieces: dict[int, int]) -> None:
    """The sum is that of the pieces, and what an event keeps gives the same pieces back."""
    count = CashCount.of(pieces)
    assert count.total_minor == sum(value * number for value, number in pieces.items())
    detail = json.dumps(count.to_detail())
    assert pieces_in(detail) == {v: n for v, n in pieces.items() if n}
    assert counted_cash(pieces_in(detail)) == count.total_minor


@pytest.mark.parametrize("pieces", [{500: -1}, {0: 3}, {500: PIECES_MAX + 1}])
def test_senseless_pieces_are_refused(pieces: dict[int, int]) -> None:
    """Fewer than none, of nothing, or more than any drawer holds."""
    with pytest.raises(Refusal):
        CashCount.of(pieces)


@pytest.mark.parametrize("detail", ["{}", "[]", "null", "x", '{"count": 3}', '{"count": {"a": 1}}'])
def test_a_detail_without_a_count_has_no_pieces(detail: str) -> None:
    """Whatever an older or newer program kept there."""
    assert pieces_in(detail) == {}
