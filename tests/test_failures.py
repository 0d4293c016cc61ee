"""Every failure known from other systems has a test that names its number.

The list was made from public issue threads; a number here that no test's docstring holds ("Failure
12: ...", "Failures 10 and 12: ...") is a promise without proof.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
REQUIRED = {*range(1, 35)}
_NAMED = re.compile(r"Failures? (\d+(?:(?:, | and )\d+)*)")


def named_in(docstring: str) -> set[int]:
    """The failures that a docstring says it holds."""
    return {int(n) for found in _NAMED.findall(docstring) for n in re.findall(r"\d+", found)}


def running_tests(file: Path) -> Iterator[ast.FunctionDef]:
    """Every test of a file that runs: a skipped or expected failure proves nothing."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            marks = {ast.unparse(mark).partition("(")[0] for mark in node.decorator_list}
            if not marks & {"pytest.mark.skip", "pytest.mark.xfail"}:
                yield node


def test_no_failure_of_the_list_is_without_a_test() -> None:
    """The numbers in the docstrings of all tests cover the list."""
    held = {
        number
        for file in TESTS.rglob("test_*.py")
        for test in running_tests(file)
        for number in named_in(ast.get_docstring(test) or "")
    }
    assert REQUIRED - held == set()


def test_numbers_are_read_out_of_a_sentence() -> None:
    """One, two or three numbers, at the beginning or within."""
    assert named_in("Failure 7: parked.") == {7}
    assert named_in("Failures 5, 10 and 12: every third request.") == {5, 10, 12}
    assert named_in("Once more, failure-free: 3 of them.") == set()
