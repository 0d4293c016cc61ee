"""The tax engine: sums close, order does not matter, and published examples come out the same."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.money import Currency, Rounding
from localdb.domain.records import TaxClass, TaxRate
from localdb.domain.tax import (
    Rate,
    Taxes,
    TaxLine,
    TaxRounding,
    TaxRow,
    TaxRule,
    rules_of,
    tax_lines,
    without_tax,
)
from localdb.errors import Refusal
from tests.localdb.domain.build import (
    COMPOUND,
    EXCISE,
    EXCLUDED_5,
    FREE,
    INCLUDED_7,
    INCLUDED_19,
    LEVY,
    RULES,
    TWO_INCLUDED,
    numbered_id,
)

tax_inputs = st.lists(
    st.builds(
        TaxLine,
        amount_minor=st.integers(-50_000, 1_000_000),
        rule=st.sampled_from([*RULES.values(), None]),
        quantity_milli=st.integers(-20_000, 20_000),
    ),
    max_size=12,
)


def taxed(rule_id: str, *amounts: int, rounding: TaxRounding = TaxRounding.PER_DOCUMENT) -> Any:
    return tax_lines([TaxLine(amount, RULES[rule_id]) for amount in amounts], rounding)


def test_included_base_is_the_balancing_figure() -> None:
    """What was printed less the rounded tax is the base: 24.99 at 19 % is 21.00 and 3.99."""
    assert taxed(INCLUDED_19, 2499).rows == (TaxRow("VAT", 190_000, 2100, 399),)
    assert taxed(INCLUDED_19, 2499).added_minor == 0


def test_excluded_tax_comes_on_top() -> None:
    """The tax of an excluded class is added to what was printed."""
    result = taxed(EXCLUDED_5, 1000)
    assert result.rows == (TaxRow("GST", 50_000, 1000, 50),)
    assert result.added_minor == 50


def test_compound_rate_taxes_the_tax_before_it() -> None:
    """A compound rate counts the earlier tax into its base."""
    result = taxed(COMPOUND, 10_000)
    assert result.rows == (
        TaxRow("QST", 99_750, 10_500, 1047),
        TaxRow("GST", 50_000, 10_000, 500),
    )


def test_several_included_rates_leave_one_net() -> None:
    """Undoing included rates gives back the net that they were put on."""
    net = 10_000
    gross = net + 1900 + 179  # 1.5 % of 11,900 is 178.5
    assert taxed(TWO_INCLUDED, gross).rows[0].base_minor == net


def test_rounding_once_or_per_line() -> None:
    """Three lines of 0.10 at 5 % are taxed 0.02 together, and 0.03 one by one."""
    assert taxed(EXCLUDED_5, 10, 10, 10).tax_minor == 2
    assert taxed(EXCLUDED_5, 10, 10, 10, rounding=TaxRounding.PER_LINE).tax_minor == 3


def test_exempt_and_zero_rated() -> None:
    """No class gives no row; a rate of 0 % gives a row without tax."""
    assert tax_lines([TaxLine(100, None)]).rows == ()
    assert taxed(FREE, 100).rows == (TaxRow("VAT", 0, 100, 0),)


def test_one_rate_in_two_classes_is_rounded_once() -> None:
    """GST alone and GST beside QST are one tax of the document."""
    lines = [TaxLine(10, RULES[EXCLUDED_5]), TaxLine(10, RULES[COMPOUND])]
    gst = next(row for row in tax_lines(lines).rows if row.name == "GST")
    assert (gst.base_minor, gst.tax_minor) == (20, 1)


@given(tax_inputs, st.sampled_from(TaxRounding), st.sampled_from(Rounding))
def test_every_sum_closes(lines: list[TaxLine], rounding: TaxRounding, ties: Rounding) -> None:
    """Lines and rows sum to one tax, and each line's tax is within a unit per rate of the exact."""
    result = tax_lines(lines, rounding, ties)
    assert sum(row.tax_minor for row in result.rows) == result.tax_minor
    for line, tax in zip(lines, result.line_taxes, strict=True):
        shares = line.rule.shares() if line.rule else []
        exact = (share.exact(line.amount_minor, line.quantity_milli) for share in shares)
        assert abs(tax - sum(exact, Fraction())) <= len(shares)


@given(tax_inputs, st.sampled_from(TaxRounding), st.randoms(use_true_random=False))
def test_order_does_not_matter(lines: list[TaxLine], rounding: TaxRounding, random: Any) -> None:
    """Scanning in another order changes neither the tax nor its table."""
    shuffled = random.sample(lines, len(lines))
    one, other = tax_lines(lines, rounding), tax_lines(shuffled, rounding)
    assert (one.rows, one.added_minor) == (other.rows, other.added_minor)


@given(tax_inputs, st.sampled_from(TaxRounding))
def test_negated_lines_negate_the_tax(lines: list[TaxLine], rounding: TaxRounding) -> None:
    """What comes back takes back exactly the tax."""
    back = [TaxLine(-line.amount_minor, line.rule, -line.quantity_milli) for line in lines]
    assert tax_lines(back, rounding).tax_minor == -tax_lines(lines, rounding).tax_minor


@given(st.integers(0, 10**9), st.sampled_from([INCLUDED_19, INCLUDED_7, TWO_INCLUDED]))
def test_base_and_taxes_make_up_the_gross(gross: int, rule_id: str) -> None:
    """Under included rates nothing is left between the base, the taxes and the printed price."""
    result = taxed(rule_id, gross)
    plain = next(row for row in result.rows if row.name == "VAT")
    assert plain.base_minor + result.tax_minor == gross


def test_rules_of_records() -> None:
    """Rates apply in order of position, deleted ones do not, and a class may have none."""
    one, other = numbered_id(50), numbered_id(51)
    classes = [
        TaxClass(id=one, code="A", name="A", included=False),
        TaxClass(id=other, code="B", name="B"),
    ]
    rates = [
        TaxRate(id=numbered_id(60), tax_class_id=one, name="second", rate_ppm=2, position=2),
        TaxRate(id=numbered_id(61), tax_class_id=one, name="first", rate_ppm=1, position=1),
        TaxRate(id=numbered_id(62), tax_class_id=one, name="gone", rate_ppm=3, deleted=True),
    ]
    rules = rules_of(classes, rates)
    assert rules[one] == TaxRule(one, "A", False, (Rate("first", 1), Rate("second", 2)))
    assert rules[other].rates == ()


def test_unknown_class_is_refused() -> None:
    """A class this till has not heard of must not be sold untaxed."""
    with pytest.raises(Refusal, match="manager"):
        Taxes(RULES).rule(numbered_id(99))


# ---------------------------------------------------------------- fixed amounts a unit

EXCISE_THEN_VAT, BAG_LEVY = RULES[EXCISE], RULES[LEVY]


def test_a_fixed_tax_in_the_price() -> None:
    """Two bottles at 5.95: 1.00 excise, and VAT on the rest and on the excise; 9.00 is left."""
    result = tax_lines([TaxLine(1190, EXCISE_THEN_VAT, 2000)])
    assert result.rows == (
        TaxRow("VAT", 190_000, 1000, 190),
        TaxRow("Excise", 0, 900, 100, 50),
    )
    assert result.added_minor == 0


def test_a_fixed_tax_on_top() -> None:
    """0.10 for each of three bags, beside a VAT that does not count it."""
    result = tax_lines([TaxLine(300, BAG_LEVY, 3000)])
    assert [(row.name, row.base_minor, row.tax_minor) for row in result.rows] == [
        ("VAT", 300, 57),
        ("Levy", 300, 30),
    ]
    assert result.added_minor == 87


def test_a_fixed_tax_by_weight() -> None:
    """Half a kilogram carries half the amount, rounded with the rest of the document."""
    lines = [TaxLine(100, BAG_LEVY, 250), TaxLine(100, BAG_LEVY, 250)]
    assert next(r for r in tax_lines(lines).rows if r.name == "Levy").tax_minor == 5


def test_who_pays_no_tax_pays_no_fixed_tax() -> None:
    """Both come out of the price."""
    assert without_tax(1190, EXCISE_THEN_VAT, 2000) == 900


def test_one_amount_under_two_names_is_two_taxes() -> None:
    """Rows are told apart by name, rate and amount a unit."""
    other = TaxRule("z", "", False, (Rate("Levy", 0, per_unit_minor=20),))
    rows = tax_lines([TaxLine(100, BAG_LEVY), TaxLine(100, other)]).rows
    assert [
        (row.name, row.per_unit_minor, row.tax_minor) for row in rows if row.name == "Levy"
    ] == [
        ("Levy", 10, 10),
        ("Levy", 20, 20),
    ]


@pytest.mark.parametrize(
    ("currency", "price", "tax"), [("JPY", 1080, 80), ("EUR", 10_80, 80), ("KWD", 1_080, 80)]
)
def test_tax_is_whole_minor_units_of_any_currency(currency: str, price: int, tax: int) -> None:
    """Eight percent in a price of 1,080 units is 80, whether a unit is a yen, a cent or a fils."""
    assert Currency.of(currency).exponent in (0, 2, 3)
    rule = TaxRule("x", "", True, (Rate("Tax", 80_000),))
    assert tax_lines([TaxLine(price, rule)]).tax_minor == tax
