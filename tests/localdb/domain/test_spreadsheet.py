"""What is written for people to open in a spreadsheet runs nothing there, and reads back whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.spreadsheet import MARK, cell, text_of


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", " =1"])
def test_a_formula_becomes_text(text: str) -> None:
    """It begins with the mark, and is the same again when it is read."""
    assert cell(text) == MARK + text
    assert text_of(cell(text)) == text


@pytest.mark.parametrize("text", ["", "Milk", "-5", "+1,000.50", "12", "'s-Hertogenbosch", "a=b"])
def test_anything_else_is_left_alone(text: str) -> None:
    """Numbers with a sign among it: a correction of stock stays a number."""
    assert cell(text) == text
    assert text_of(text) == text


@given(st.text(alphabet="'=+-@\t 1a", max_size=6) | st.text())
def test_whatever_was_written_reads_back(text: str) -> None:
    """Marked or not, also what had a mark already; and no cell begins as a formula."""
    assert text_of(cell(text)) == text
    written = cell(text).lstrip(" ")
    assert written[:1] not in ("=", "@", "\t", "\r")
