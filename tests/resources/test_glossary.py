"""What the program says to people: one term for one thing, short on a strip, verbs on buttons."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from resources.glossary import terms, wrong_words

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("app", "localdb", "sync")
STRIP_MAX = 140
"""Characters of a message on a strip."""
SAYERS = frozenset({"say", "Refusal"})
"""What puts a text on a strip."""
UNSEEN = frozenset({"debug", "info", "warning", "error", "exception", "critical", "compile"})
"""Calls whose texts no person at a till sees, such as those of the log."""
TECHNICAL = ("localdb/services/journal_check.py", "localdb/services/verify_journal.py")
"""What an auditor reads who verifies a journal without Evertill: it names the hash."""
REFUSALS = (
    "Refusal",
    "Fault",
    "CursorExpired",
    "BrokenOff",
    "TimedOut",
    "DiskFull",
    "DatabaseBusy",
)
"""How the names of errors end whose texts reach a screen."""
ENGINEERING = re.compile(
    r"\b(hash(es)?|outbox|commit(s|ted)?|epochs?|stubs?|vectors?|cursors?|parked|streams?"
    r"|checkpoints?|dseq|verdicts?|payloads?|tuples?)\b|^group \{\}|\bgroups? (that|were|was)",
    re.IGNORECASE,
)
"""Nouns of the program's making; a group of customers and a row of a file are trade words."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text that people may see, and what it is handed to."""

    where: str
    text: str
    to: str


def literal(node: ast.AST) -> str | None:
    """A text as it is written, with `{}` for what an f-string fills in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
        return "".join(str(part) for part in parts)
    return None


def called(node: ast.Call) -> str:
    """The name of what is called."""
    function = node.func
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def texts(node: ast.AST, to: str = "") -> Iterator[tuple[int, str, str]]:
    """The literals below a node that are no docstrings, with the line and what takes them."""
    if isinstance(node, ast.Call):
        to = called(node)
        if to in UNSEEN and not (node.args and isinstance(node.args[0], ast.Call)):
            return
    if isinstance(node, ast.Assert):
        return
    found = literal(node)
    if found is not None:
        yield getattr(node, "lineno", 0), found, to
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and literal(child.value) is not None:
            continue
        yield from texts(child, to)


def is_sentence(text: str) -> bool:
    """Whether a literal is meant for people: words, and no SQL, key or pattern."""
    first = text.strip().split(" ")[0]
    is_sql = first.isupper() and len(first) > 3
    return " " in text.strip() and text[:1].isupper() and not is_sql and "\\" not in text


def said_in(file: Path) -> Iterator[Said]:
    """The texts of one module that people may see."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for line, text, to in texts(tree):
        if is_sentence(text) or (to in ("Button", "AskYesNo") and text == "OK"):
            yield Said(f"{file.relative_to(ROOT)}:{line}", text, to)


def all_said() -> list[Said]:
    files = (file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py")))
    return [one for file in files for one in said_in(file)]


def test_each_thing_has_one_term() -> None:
    """No text says in other words what the glossary has a term for."""
    wrong = [
        f"{one.where}: {one.text!r} says {word!r}; the term is {term!r}"
        for one in all_said()
        if not one.where.startswith(TECHNICAL)
        for word, term in wrong_words(one.text)
    ]
    assert wrong == []


def test_a_refusal_names_nothing_of_the_programs_making() -> None:
    """What went wrong is said without the nouns of engineers."""
    refusals = [one for one in all_said() if one.to.endswith(REFUSALS)]
    assert len(refusals) > 150
    assert [one for one in refusals if ENGINEERING.search(one.text)] == []


@pytest.mark.parametrize(
    "text",
    ["Group {} is not parked any more.", "Answered about another stream.", "A hash differs."],
)
def test_the_guard_hears_an_engineers_noun(text: str) -> None:
    """Words that were in refusals once would be found again."""
    assert ENGINEERING.search(text)


def test_a_strip_says_it_in_one_breath() -> None:
    """What appears on a strip has at most 140 characters before its places are filled in."""
    long = [
        f"{one.where}: {len(one.text)} characters: {one.text!r}"
        for one in all_said()
        if one.to in SAYERS and len(one.text) > STRIP_MAX
    ]
    assert long == []


def test_a_button_says_what_it_does() -> None:
    """No button is called OK."""
    assert [one.where for one in all_said() if one.text == "OK"] == []


@pytest.mark.parametrize(
    "text", ["It is taken back.", "Hold the cart as", "An offer has ended.", "Settle it anew."]
)
def test_the_guard_hears_a_wrong_word(text: str) -> None:
    """Words that were on screen once would be found again."""
    assert list(wrong_words(text))


def test_the_guard_reads_what_people_see() -> None:
    """Some hundred sentences are read, among them those with places."""
    found = all_said()
    assert len(found) > 500
    assert any("{" in one.text for one in found)


def test_the_glossary_does_not_forbid_its_own_terms() -> None:
    """No term is forbidden by another one."""
    assert [term.term for term in terms() if list(wrong_words(term.term))] == []
