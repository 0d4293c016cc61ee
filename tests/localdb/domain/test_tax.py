"""The tax engine: sums close, order does not matter, and published examples come out the same."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.money import Rounding
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
    EXCLUDED_5,
    FREE,
    INCLUDED_7,
    INCLUDED_19,
    RULES,
    TWO_INCLUDED,
    numbered_id,
    vectors,
)

tax_inputs = st.lists(
    st.builds(
        TaxLine,
        amount_minor=st.integers(-50_000, 1_000_000),
        rule=st.sampled_from([*RULES.values(), None]),
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
    back = tax_lines([TaxLine(-line.amount_minor, line.rule) for line in lines], rounding)
    assert back.tax_minor == -tax_lines(lines, rounding).tax_minor


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


def test_single_line_vectors() -> None:
    """Published single lines under percentages come out the same, per line and per document."""
    tried = 0
    for vector in vectors("tax_vectors.json", "odoo_line"):
        rule = _rule(_flat(vector["input"]["taxes"]))
        scale = _scale(vector["input"]["currency"]["rounding"])
        amounts = [_amount(item, scale) for item in vector["input"]["lines"]]
        if rule is None or scale is None or None in amounts:
            continue
        tried += 1
        method = vector["input"]["rounding_method"]
        rounding = TaxRounding.PER_LINE if method == "round_per_line" else TaxRounding.PER_DOCUMENT
        result = tax_lines([TaxLine(amount or 0, rule) for amount in amounts], rounding)
        wanted = sum(_rounded(tax["tax"], scale) for tax in vector["expected"]["taxes"])
        assert result.tax_minor == wanted, vector["id"]
    assert tried >= 9


def test_half_even_vector() -> None:
    """A published document with two taxes comes out the same under half-even ties."""
    (vector,) = [v for v in vectors("tax_vectors.json", "tryton_document") if v["id"] == "T551"]
    rates = {
        tax["id"]: Rate(str(tax["id"]), int(tax["percent"]) * 10_000)
        for tax in vector["input"]["taxes"]
    }
    lines = [
        TaxLine(
            int(Decimal(item["price_unit"]) * 100),
            TaxRule(str(item["taxes"]), "", False, tuple(rates[i] for i in item["taxes"])),
        )
        for item in vector["input"]["lines"]
    ]
    rows = {row.name: row for row in tax_lines(lines, ties=Rounding.HALF_EVEN).rows}
    for wanted in vector["expected"]:
        row = rows[str(wanted["tax"])]
        assert row.base_minor == int(Decimal(wanted["base"]) * 100)
        assert row.tax_minor == int(Decimal(wanted["amount"]) * 100)


def test_net_price_vector() -> None:
    """A published price of 121 with 21 % in it is 100 to whoever pays no tax."""
    found = {v["id"]: v for v in vectors("tax_vectors.json", "odoo_adapt_price")}
    price = int(found["T186"]["input"]["price_unit"] * 100)
    rule = TaxRule("x", "", True, (Rate("VAT", 210_000),))
    assert without_tax(price, rule) == int(found["T186"]["expected"]["price_unit"] * 100)


def _flat(taxes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [child for tax in taxes for child in tax.get("children", [tax])]


def _rule(taxes: list[dict[str, Any]]) -> TaxRule | None:
    """The rule a vector means; None when it uses what we do not claim."""
    included = {bool(tax.get("price_include")) for tax in taxes}
    plain = all(
        tax["type"] == "percent" and tax["amount"] >= 0 and not tax.get("include_base_amount")
        for tax in taxes
    )
    if not plain or len(included) != 1:
        return None
    rates = tuple(Rate(str(t["id"]), int(Decimal(str(t["amount"])) * 10_000)) for t in taxes)
    return TaxRule("rule", "", included.pop(), rates)


def _scale(rounding: float) -> int | None:
    steps = 1 / Decimal(str(rounding))
    return int(steps) if str(int(steps)).strip("0") == "1" else None


def _amount(item: dict[str, Any], scale: int | None) -> int | None:
    amount = Decimal(str(item["price_unit"])) * Decimal(str(item["quantity"])) * (scale or 0)
    return int(amount) if amount == int(amount) else None


def _rounded(value: float, scale: int) -> int:
    return int((Decimal(str(value)) * scale).quantize(Decimal(1), "ROUND_HALF_UP"))
