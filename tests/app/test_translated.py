"""Texts that people see go through `translate`, so that languages can follow."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"
ROOT = APP.parent
NOT_YET = {
    "bootstrap": "what is said on the command line, before a language is known",
    "demo": "the demonstration's own command and menu",
    "devices": "drivers, below what is translated",
}
"""Folder of `app` -> why its texts are not translated."""
_WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")
"""Two words, the second in small letters: a text, and no name that the program uses itself."""
_NOT_SHOWN = {"translate", "setStyleSheet", "AssertionError", "ValueError", "critical", "exception"}
"""Calls whose texts are translated, style, or for the log."""
_LOG = {"shell/crash.py"}
"""Files that write the log alone."""


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and words of each text in a function that nobody translates."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        words = _words_of(node)
        if not words or not _WORDS.search(words):
            continue
        above = list(_above(node, parents))
        in_function = any(isinstance(one, ast.FunctionDef) for one in above)
        if in_function and not any(_hides(one) for one in above):
            yield node.lineno, words  # type: ignore[attr-defined]


def _words_of(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values
        )
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return ""


def _above(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    while node in parents:
        node = parents[node]
        yield node


def _hides(node: ast.AST) -> bool:
    """Whether what stands inside is seen by nobody, or translated, or part of a longer text."""
    if isinstance(node, ast.Call):
        return getattr(node.func, "id", getattr(node.func, "attr", "")) in _NOT_SHOWN
    # A docstring is an expression by itself.
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_docstring or isinstance(node, ast.Assert | ast.JoinedStr)


FOLDERS = sorted(one.name for one in APP.iterdir() if (one / "__init__.py").exists())


@pytest.mark.parametrize("folder", [name for name in FOLDERS if name not in NOT_YET])
def test_every_text_of_a_function_is_translated(folder: str) -> None:
    """Whoever writes one without it is told where it is."""
    found = [
        f"{file.relative_to(ROOT)}:{line}: {words}"
        for file in sorted((APP / folder).rglob("*.py"))
        if str(file.relative_to(APP)) not in _LOG
        for line, words in texts(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_a_text_that_is_not_translated_is_found() -> None:
    """A plain one and one with places; a docstring, a log entry and an assertion are none."""
    source = '''
def shown(name):
    """Words about it."""
    assert name, "no name was given"
    log.critical("something went wrong")
    translate("X", "Nothing to do here")
    say("Nothing to do here")
    return f"Nothing to do, {name} went home"
'''
    assert sorted(words for _line, words in texts(ast.parse(source))) == [
        "Nothing to do here",
        "Nothing to do, X went home",
    ]
