"""Nobody parses a typed number alone: `localdb.domain.numbers` is the one reader."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_layers import FEATURES

ROOT = Path(__file__).parent.parent
READERS = ("int", "float", "Decimal", "Fraction")
TYPED = (
    *(f"app/{feature}/" for feature in FEATURES),
    "app/kit/",
    "localdb/services/imports",
)
"""Where texts that people typed come in: even a plain `int(...)` of one has its reason here."""
EVERYWHERE = ("app", "localdb", "sync")
ALLOWED = {
    ("app/kit/formats.py", "Decimal"): "writes whole numbers of the books",
    ("app/setup/sample.py", "Decimal"): "the sample catalogue's own file, which is ours",
    ("app/setup/sample.py", "int"): "the sample catalogue's own file, which is ours",
    ("app/setup/tax_rates.py", "int"): "the table of rates, which is ours",
    ("app/setup/tax_rates.py", "Decimal"): "the table of rates, which is ours, and whole numbers",
    ("localdb/domain/receipt_text.py", "Decimal"): "writes whole numbers of the books",
    ("app/catalogue/offer_words.py", "int"): "a time of day, after its pattern was checked",
    ("app/paying/charge.py", "int"): "the id of an option that the till offered",
    ("app/kit/pin.py", "int"): "one key that picks a person",
    ("app/setup/setting_text.py", "int"): "stored values, which the domain wrote",
    ("app/selling/variants.py", "int"): "orders names by the numbers in them",
    ("app/returning/qt/refund.py", "int"): "a page's index from a bool",
    ("app/kit/qt/table.py", "int"): "a flag of Qt's",
}


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for folder in EVERYWHERE:
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield str(file.relative_to(ROOT)), ast.parse(file.read_text(encoding="utf-8"))


def _readers(name: str, tree: ast.Module) -> Iterator[str]:
    """The calls in a module that may turn a text into a number."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
            continue
        called = node.func.id
        if called not in READERS or isinstance(node.args[0], ast.Constant):
            continue
        if called == "Decimal" or name.startswith(TYPED):
            yield called


def test_no_typed_text_becomes_a_number_outside_the_one_reader() -> None:
    """Neither `Decimal(text)` anywhere nor `int(text)` where people type, but for named reasons."""
    found = {(name, call) for name, tree in _modules() for call in _readers(name, tree)}
    assert found == set(ALLOWED)


def test_nobody_swaps_decimal_marks() -> None:
    """`replace(",", ".")` reads a thousand as one."""
    swaps = [
        f"{name}:{node.lineno}"
        for name, tree in _modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "replace"
        and [a.value for a in node.args if isinstance(a, ast.Constant)] == [",", "."]
    ]
    assert swaps == []


@pytest.mark.parametrize("text", ["Decimal(text)", "int(field.text())", "float(typed)"])
def test_the_guard_sees_a_reader(text: str) -> None:
    """A module of presenters that parses by itself would be found."""
    assert list(_readers("app/selling/new.py", ast.parse(text)))
