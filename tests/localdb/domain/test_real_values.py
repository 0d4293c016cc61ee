"""Values that name something real are checked once, and a bad one becomes one that works."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.real_values import (
    SERIES_MAX,
    file_name,
    is_series,
    series_code,
    wrong_name,
    zone,
)
from localdb.domain.records import Customer, Store, Till
from localdb.domain.validate import problems
from sync.protocol.validation import change_errors

BAD = [
    (Store, "timezone", "Mars/Base"),
    (Store, "timezone", "../../etc/passwd"),
    (Store, "timezone", "/etc/localtime"),
    (Store, "timezone", "Europe"),
    (Store, "timezone", " "),
    (Store, "currency", "EUX"),
    (Store, "currency", "eur"),
    (Store, "code", "S" * 60),
    (Store, "code", "/tmp/out"),
    (Store, "code", "..\\x"),
    (Store, "code", "S 1"),
    (Store, "code", "S01\n"),
    (Store, "code", "main"),
    (Till, "code", "T/1"),
    (Till, "code", "-1"),
    (Customer, "email", "mary"),
    (Customer, "email", "a@b c"),
]
GOOD = [
    (Store, "timezone", "Europe/Vienna"),
    (Store, "timezone", "UTC"),
    (Store, "currency", "JPY"),
    (Store, "code", "S01"),
    (Store, "code", "7"),
    (Till, "code", "T03-27"),
    (Till, "code", "T01R2611211704"),
    (Till, "code", "T03B"),
    (Customer, "email", ""),
    (Customer, "email", "mary@example.org"),
]


@pytest.mark.parametrize(("record", "field", "text"), BAD, ids=lambda value: repr(value)[:20])
def test_what_names_nothing_is_refused_on_both_sides(
    record: type[Store | Till | Customer], field: str, text: str
) -> None:
    """The till's services and the server's door read the same declaration."""
    assert field in problems(record, {field: text})
    assert [error.where for error in change_errors(record, {field: text})] == [field]


@pytest.mark.parametrize(("record", "field", "text"), GOOD, ids=lambda value: repr(value)[:20])
def test_what_names_something_is_taken(
    record: type[Store | Till | Customer], field: str, text: str
) -> None:
    """Codes of restored and re-enrolled tills among them."""
    assert problems(record, {field: text}) == {}
    assert change_errors(record, {field: text}) == []


@given(st.text(max_size=100))
def test_any_text_becomes_a_code_that_can_be_printed(text: str) -> None:
    """It fits a receipt number, stays in its folder, and is the same each time."""
    code = series_code(text)
    assert is_series(code)
    assert len(code) <= SERIES_MAX
    assert series_code(text) == series_code(code) == code
    assert not set(file_name(text)) & set("/\\:.")


def test_two_bad_codes_stay_apart() -> None:
    """Receipt numbers of two stores must not meet."""
    assert series_code("S" * 60) != series_code("S" * 61)
    assert (series_code("S01"), series_code("main")) == ("S01", "MAIN")


def test_an_unknown_zone_is_utc() -> None:
    """A till that cannot tell the local day sells by UTC's."""
    assert zone("Mars/Base").key == "UTC"
    assert zone("Asia/Tokyo").key == "Asia/Tokyo"
    assert wrong_name("", "anything") == ""
