"""Barcode keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.barcode import check_digit, expand_upc_e, has_check_digit, normalise
from localdb.errors import Refusal
from tests.localdb.domain.build import vectors


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("4006381333931", "4006381333931", "gtin13"),
        (" 4 006381 333931 ", "4006381333931", "gtin13"),
        ("96385074", "96385074", "gtin8"),
        ("0000096385074", "96385074", "gtin8"),
        ("036000291452", "36000291452", "gtin12"),
        ("0036000291452", "36000291452", "gtin12"),
        ("00036000291452", "36000291452", "gtin12"),
        ("10012345678902", "10012345678902", "gtin14"),
        ("2001234567893", "2001234567893", "store"),
        ("201111111115", "201111111115", "store"),
        ("0201111111115", "201111111115", "store"),
        ("04252614", "42100005264", "gtin12"),
    ],
)
def test_numbers_with_a_right_check_digit(text: str, value: str, kind: str) -> None:
    """Every way to write one number gives one key."""
    code = normalise(text)
    assert (code.value, code.kind, code.check_ok, code.warning) == (value, kind, True, "")


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("4006381333932", "the check digit is wrong"),
        ("0012345678901", "the check digit is wrong"),
        ("12345", "not the length of a barcode number"),
        ("1" * 45, "not the length of a barcode number"),
        ("00000000", "not the length of a barcode number"),
        ("ABC-123", ""),
        ("SHELF 4 B", ""),
    ],
)
def test_anything_else_is_kept_as_it_is(text: str, warning: str) -> None:
    """A code that is no GTIN is opaque, with a warning when it looks like a broken one."""
    code = normalise(text)
    assert (code.value, code.kind, code.check_ok, code.warning) == (text, "opaque", False, warning)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "\n", "12\x0034", "40\x1d06", "\ufeff96385074", "1" * 65, "8,02E+12", "4E+12"],
)
def test_what_cannot_be_a_barcode_is_refused(text: str) -> None:
    """Nothing, control characters, endless text and a spreadsheet's leftovers are refused."""
    with pytest.raises(Refusal):
        normalise(text)


@given(st.text())
def test_any_text_has_a_stable_key_or_is_refused(text: str) -> None:
    """Reading a key again gives the same key."""
    try:
        code = normalise(text)
    except Refusal:
        return
    assert 1 <= len(code.value) <= 64
    if code.kind == "opaque":
        assert normalise(code.value).value == code.value


@given(st.integers(1, 10**12 - 1))
def test_padding_does_not_change_the_key(payload: int) -> None:
    """One number as 13 and as 14 digits is one key."""
    digits = f"{payload:012}"
    digits += str(check_digit(digits))
    assert normalise(digits) == normalise(f"0{digits}")


def test_ean_8_comes_before_upc_e() -> None:
    """Eight digits that are right as both are taken as an EAN-8."""
    both = next(
        text
        for text in (f"{number:08}" for number in range(1_000_000, 2_000_000))
        if has_check_digit(text) and has_check_digit(expand_upc_e(text) or "00")
    )
    assert normalise(both).kind == "gtin8"


def test_gtin_vectors() -> None:
    """Numbers that another library's tests accept or refuse are told apart the same way."""
    for vector in vectors("barcode_vectors.json", "gtin_parse"):
        if vector["ok"]:
            code = normalise(vector["input"])
            assert code.check_ok, vector
            assert code.value == vector["input"].strip().lstrip("0")
            kind = vector["format"].replace("_", "").lower()
            assert code.kind == ("store" if code.value[0] == "2" else kind)
        elif not vector["config"]:
            assert not normalise(vector["input"]).check_ok, vector


def test_check_digit_vectors() -> None:
    """Published check digits come out the same."""
    for vector in vectors("barcode_vectors.json", "check_digit"):
        if vector["ok"]:
            assert check_digit(vector["input"]) == vector["output"]


def test_upc_vectors() -> None:
    """UPC-A and eight-digit UPC-E of another library's tests are read or refused alike."""
    for vector in vectors("barcode_vectors.json", "upc_parse"):
        if len(vector["input"].strip()) in (8, 12):
            assert normalise(vector["input"]).check_ok == vector["ok"], vector


def test_conversion_vectors() -> None:
    """A GTIN converted to any longer form keeps its key."""
    for vector in vectors("barcode_vectors.json", "convert"):
        if vector["ok"] and vector["source_type"] == "Gtin":
            assert normalise(vector["input"]).value == normalise(vector["output"]).value, vector
