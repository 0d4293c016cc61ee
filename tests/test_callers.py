"""Nothing is written that only tests call: a feature that nobody can reach is not there."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAM = tuple(ROOT / top for top in ("app", "localdb", "sync"))

A_PAGE_TO_COME = "a service whose page the manager's part brings; sync and rights are tested by it"
ALLOWED: dict[str, str] = {
    # a service without its page yet
    "localdb/domain/cart.py set_note": "the cart's menu brings the note; receipts print it already",
    "localdb/domain/stock.py count_delta": A_PAGE_TO_COME,
    # called by a library, by the name that it asks for
    "localdb/store/tables.py process_bind_param": "SQLAlchemy, on the way into a column",
    "localdb/store/tables.py process_result_value": "SQLAlchemy, on the way out of it",
    "sync/server/api/bodies.py apply_compression": "Starlette, for each piece of an answer",
    "sync/server/metrics.py collect": "prometheus_client, at each scrape",
    "app/selling/qt/cart_list.py paint": "Qt",
    "app/kit/qt/table.py paint": "Qt",
    "app/selling/qt/tiles.py paint": "Qt",
    # read by a tool that makes translation files
    "app/kit/record_labels.py record_labels": "lupdate finds the labels of records in it",
    # a device for tests
    "app/devices/ports.py openings": "what the drawer that is a file has to tell",
}
"""File and name -> who calls it, or why nobody does yet."""
_ONLY_SHAPE_IT = {"property", "staticmethod", "classmethod", "contextmanager", "override", "cache"}


def names_in(file: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(file.read_text(encoding="utf-8")))


def mentioned(files: list[Path]) -> Counter[str]:
    """Every name that is read, and every text that could be one; an import alone is no use."""
    found: Counter[str] = Counter()
    for file in files:
        for node in names_in(file):
            match node:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    found[name] += 1
                case ast.Constant(value=str(text)) if text.isidentifier():
                    found[text] += 1
    return found


def uncalled(files: list[Path]) -> list[str]:
    used = mentioned(files)
    return [
        f"{file.relative_to(ROOT)} {node.name}"
        for file in files
        if "migrations" not in file.parts
        for node in names_in(file)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and is_public(node.name)
        and not used[node.name]
        and not is_registered(node)
    ]


def is_public(name: str) -> bool:
    """Ours to call: Qt asks for its overrides in a spelling of its own."""
    return not name.startswith("_") and (name[0].isupper() or name == name.lower())


def is_registered(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Whether a decorator hands it to somebody: a route, a listener."""
    called = (one for one in node.decorator_list if isinstance(one, ast.Call))
    return any(ast.unparse(one.func).split(".")[-1] not in _ONLY_SHAPE_IT for one in called) and (
        not isinstance(node, ast.ClassDef)
    )


@pytest.fixture(scope="module")
def program() -> list[Path]:
    return sorted(file for top in PROGRAM for file in top.rglob("*.py"))


def test_everything_public_is_called_by_the_program(program: list[Path]) -> None:
    """A public name occurs elsewhere than in tests, or says here why not.

    By name alone, so a namesake hides another: it finds what is forgotten, and proves nothing.
    """
    assert [name for name in uncalled(program) if name not in ALLOWED] == []


def test_what_is_allowed_still_needs_it(program: list[Path]) -> None:
    """Once something has a caller, or is gone, its excuse goes too."""
    assert sorted(set(ALLOWED) - set(uncalled(program))) == []


def test_the_guard_sees_what_only_tests_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function, a method and a property that nobody names are found; a route is not."""
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    file = tmp_path / "lonely.py"
    file.write_text(
        "def used(): ...\n"
        "def lonely(): used()\n"
        "class Box:\n"
        "    @property\n"
        "    def width(self): ...\n"
        "@router.get('/')\n"
        "def route(): ...\n"
    )
    assert uncalled([file]) == ["lonely.py lonely", "lonely.py Box", "lonely.py width"]
