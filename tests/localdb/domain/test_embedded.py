"""Labels that a shop prints itself: what a layout reads, and what it must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.barcode import check_digit, has_check_digit
from localdb.domain.embedded import Rule, measured, rules
from localdb.errors import Refusal


def coded(payload: str) -> str:
    """The payload with its check digit."""
    return payload + str(check_digit(payload))


def test_a_weight_is_read_and_the_label_without_it_is_known() -> None:
    """525 g of product 01234, registered as a label of nothing."""
    found = Rule.parse("21PPPPPWWWWWK").read(coded("210123400525"))
    assert found is not None
    assert (found.product, found.weight_milli, found.price_minor) == ("01234", 525, None)
    assert found.plain == coded("210123400000")


@pytest.mark.parametrize(
    ("layout", "payload", "weight", "price", "pieces"),
    [
        ("22PPPPPVVVVVK", "220123400399", None, 399, None),
        ("23PPPPPWWWWWK/2", "230123401250", 12_500, None, None),
        ("24PPPPPCVVVVK", "240123470399", None, 399, None),
        ("25PPPPPPPQQQK", "250123456012", None, None, 12),
    ],
)
def test_each_measure_is_read(
    layout: str, payload: str, weight: int | None, price: int | None, pieces: int | None
) -> None:
    """Price in minor units, weight with other decimals, pieces; a digit that is skipped."""
    found = Rule.parse(layout).read(coded(payload))
    assert found is not None
    assert (found.weight_milli, found.price_minor, found.pieces) == (weight, price, pieces)


def test_other_codes_are_left_alone() -> None:
    """Another prefix, another length, a wrong check digit, letters."""
    rule = Rule.parse("21PPPPPWWWWWK")
    good = coded("210123400525")
    wrong = good[:-1] + str((int(good[-1]) + 1) % 10)
    for code in (coded("220123400525"), wrong, good[1:], "21ABCDE005250", ""):
        assert rule.read(code) is None


def test_a_upc_label_fits_its_ean_layout() -> None:
    """An American scale prints 12 digits from 2; its layout may be written with 13."""
    upc = coded("20123400525")
    found = measured(upc, rules("02PPPPPWWWWWK"))
    assert found is not None
    assert (found.product, found.weight_milli) == ("01234", 525)
    assert measured("0" + upc, rules("2PPPPPWWWWWK")) is not None


@pytest.mark.parametrize(
    "text",
    ["", "PPPPPWWWWWK", "21PPPPPWWWWW", "21PPPPPWWWK", "21PPPPPPPPPPK", "21PPPPPWWVVVK",
     "21PPWWPPPWWWK", "21PPPPPWWWWWK/9", "hello"],
)  # fmt: skip
def test_a_wrong_layout_is_refused_in_words(text: str) -> None:
    """It says which layout is wrong, and how one is written."""
    with pytest.raises(Refusal, match=text or "layout"):
        Rule.parse(text)


def test_many_layouts_stand_in_one_setting() -> None:
    """The first that fits wins; there is an end to how many."""
    both = rules("21PPPPPWWWWWK, 22PPPPPVVVVVK\n")
    assert [rule.layout[:2] for rule in both] == ["21", "22"]
    with pytest.raises(Refusal, match="At most"):
        rules(",".join(["21PPPPPWWWWWK"] * 21))


@given(st.integers(0, 99_999), st.integers(0, 99_999))
def test_what_is_printed_is_read(product: int, grams: int) -> None:
    """Every label a scale can print comes back as it was meant, and its plain form is a GTIN."""
    found = measured(coded(f"21{product:05}{grams:05}"), rules("21PPPPPWWWWWK"))
    assert found is not None
    assert (int(found.product), found.weight_milli) == (product, grams)
    assert has_check_digit(found.plain)


@given(st.text(max_size=20))
def test_nothing_scanned_breaks_a_layout(text: str) -> None:
    """Whatever comes from a scanner is read or left alone."""
    measured(text, rules("21PPPPPWWWWWK 22PPPPPVVVVVK"))
