"""Published tax examples of other systems, run under the rules that are claimed here.

Every vector of ``../shared/data/tax_vectors.json`` about line and document taxes is either run or
named with the reason why it is not. Where the folder is absent the tests are skipped; rounding to
a step and cash rounding are run beside ``money`` and ``tender``.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from localdb.domain.money import Rounding
from localdb.domain.tax import Rate, TaxLine, TaxRounding, TaxRule, tax_lines, without_tax
from tests.localdb.domain.build import vectors

Vector = dict[str, Any]

LEFT_OUT = {
    "T185": "leaves a price alone that was quoted without tax, though the new tax is in it",
    "T188": "a class that holds taxes in the price and taxes on top at once",
    "T189": "a class that holds taxes in the price and taxes on top at once",
    "T191": "a rate of the price with tax (division), as in Brazil",
    "T211": "a class that holds taxes in the price and taxes on top at once",
    "T227": "a class that holds taxes in the price and taxes on top at once",
    "T240": "a price finer than the currency's smallest unit",
    "T247": "a negative rate",
    "T542": "a discounted price finer than the currency's smallest unit",
    "T548": "a price finer than the currency's smallest unit",
    "T549": "a price finer than the currency's smallest unit",
    "T550": "a price finer than the currency's smallest unit",
    "T552": "a price finer than the currency's smallest unit",
    "T553": "a price finer than the currency's smallest unit",
    "T554": "what several taxes are off by together pushed to the first of them",
    "T555": "a price finer than the currency's smallest unit",
}
"""Id -> what it needs that is not claimed."""


def run(kind: str, check: Callable[[Vector], None]) -> int:
    """Check the vectors of a kind that are not left out; how many were run."""
    claimed = [vector for vector in vectors("tax_vectors.json", kind) if not left_out(vector)]
    for vector in claimed:
        check(vector)
    return len(claimed)


def left_out(vector: Vector) -> bool:
    return vector["id"] in LEFT_OUT


def test_single_lines() -> None:
    """Rates and fixed amounts, in the price and on top, one after another: 19 of 24 are run."""
    assert run("odoo_line", _check_line) == 19


def test_documents_of_several_lines() -> None:
    """The document's tax of two of three, whose sum is spread over the lines."""
    assert run("odoo_lines_allocation", _check_document) == 2


def test_half_even_document() -> None:
    """Two taxes under half-even ties: one of eight has prices in whole cents and no residual."""
    assert run("tryton_document", _check_half_even) == 1


def test_prices_without_their_tax() -> None:
    """What is in a price comes out of it, and another tax goes on: three of six."""
    assert run("odoo_adapt_price", _check_adapted) == 3


def test_every_vector_is_run_or_named() -> None:
    """No reason stands for a vector that is not there, or that was forgotten."""
    kinds = ("odoo_line", "odoo_lines_allocation", "tryton_document", "odoo_adapt_price")
    there = {vector["id"] for kind in kinds for vector in vectors("tax_vectors.json", kind)}
    assert set(LEFT_OUT) <= there
    assert len(there) - len(LEFT_OUT) == 19 + 2 + 1 + 3


# ---------------------------------------------------------------- how a vector reads


def _check_line(vector: Vector) -> None:
    given, scale = vector["input"], _scale(vector["input"]["currency"]["rounding"])
    rule = _rule(_flat(given["taxes"]), scale)
    lines = [_line(item, rule, scale) for item in given["lines"]]
    result = tax_lines(lines, _rounding(given))
    wanted = [_minor(tax["tax"], scale) for tax in vector["expected"]["taxes"]]
    by_name = {row.name: row.tax_minor for row in result.rows}
    assert [by_name[rate.name] for rate in rule.rates] == wanted, vector["id"]
    total = sum(line.amount_minor for line in lines) + result.added_minor
    assert total == _minor(vector["expected"]["total_included"], scale), vector["id"]


def _check_document(vector: Vector) -> None:
    given, scale = vector["input"], _scale(vector["input"]["currency"]["rounding"])
    rule = _rule(given["taxes"], scale)
    lines = [_line(item, rule, scale) for item in given["lines"]]
    wanted = sum(
        _minor(tax["tax_amount"], scale)
        for line in vector["expected"]
        for tax in line["taxes_data"]
    )
    assert tax_lines(lines, _rounding(given)).tax_minor == wanted, vector["id"]


def _check_half_even(vector: Vector) -> None:
    rates = {
        tax["id"]: Rate(str(tax["id"]), int(Decimal(tax["percent"]) * 10_000))
        for tax in vector["input"]["taxes"]
    }
    lines = []
    for item in vector["input"]["lines"]:
        rule = TaxRule(str(item["taxes"]), "", False, tuple(rates[i] for i in item["taxes"]))
        lines.append(_line(item, rule, 100))
    rows = {row.name: row for row in tax_lines(lines, ties=Rounding.HALF_EVEN).rows}
    for wanted in vector["expected"]:
        row = rows[str(wanted["tax"])]
        assert row.base_minor == _minor(wanted["base"], 100)
        assert row.tax_minor == _minor(wanted["amount"], 100)


def _check_adapted(vector: Vector) -> None:
    given = vector["input"]
    net = without_tax(_minor(given["price_unit"], 100), _rule(given["original_taxes"], 100))
    new = [tax for tax in given["new_taxes"] if tax.get("price_include")]
    on_top = _rule([{**tax, "price_include": False} for tax in new], 100)
    price = net + tax_lines([TaxLine(net, on_top)]).tax_minor
    assert price == _minor(vector["expected"]["price_unit"], 100), vector["id"]


def _rounding(given: Vector) -> TaxRounding:
    per_line = given["rounding_method"] == "round_per_line"
    return TaxRounding.PER_LINE if per_line else TaxRounding.PER_DOCUMENT


def _flat(taxes: list[Vector]) -> list[Vector]:
    return [child for tax in taxes for child in tax.get("children", [tax])]


def _rule(taxes: list[Vector], scale: int) -> TaxRule:
    """The class that the taxes of a vector are: all of them in the price, or all on top."""
    (included,) = {bool(tax.get("price_include")) for tax in taxes} or {False}
    before: list[Vector] = []
    rates = []
    for tax in taxes:
        counted = [one for one in before if one.get("include_base_amount")]
        compound = bool(counted) and tax["type"] == "percent" and tax.get("is_base_affected", True)
        assert not compound or counted == before, "a tax on some of those before it"
        rates.append(_rate(tax, scale, compound=compound))
        before.append(tax)
    return TaxRule("rule", "", included, tuple(rates))


def _rate(tax: Vector, scale: int, *, compound: bool) -> Rate:
    name = str(tax["id"])
    if tax["type"] == "fixed":
        return Rate(name, 0, per_unit_minor=_minor(tax["amount"], scale))
    assert tax["type"] == "percent"
    return Rate(name, int(Decimal(str(tax["amount"])) * 10_000), compound)


def _line(item: Vector, rule: TaxRule, scale: int) -> TaxLine:
    """A line in units of the currency; a negative price is goods that come back."""
    price = Decimal(str(item["price_unit"])) * scale
    quantity = Decimal(str(item.get("quantity", 1)))
    amount = price * quantity * (100 - item.get("discount", 0)) / 100
    assert amount == int(amount), "a price finer than the currency"
    if price < 0:
        quantity = -quantity
    return TaxLine(int(amount), rule, int(quantity * 1000))


def _scale(rounding: float) -> int:
    """How many of the currency's smallest units make one."""
    scale = 1 / Decimal(str(rounding))
    assert scale == int(scale)
    return int(scale)


def _minor(value: float | str, scale: int) -> int:
    return int((Decimal(str(value)) * scale).quantize(Decimal(1), "ROUND_HALF_UP"))
