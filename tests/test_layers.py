"""The imports run one way."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
QT = ("PySide6", "shiboken6")
THIRD_PARTY_IN_DOMAIN = ("sqlalchemy", "pydantic", "httpx", "biip", "babel", *QT)

# folder -> what nothing in it may import
FORBIDDEN: dict[str, tuple[str, ...]] = {
    "localdb/domain": (
        "localdb.store",
        "localdb.services",
        "localdb.queries",
        "sync",
        "app",
        "resources",
        *THIRD_PARTY_IN_DOMAIN,
    ),
    "localdb/store": ("localdb.services", "localdb.queries", "sync", "app", *QT),
    "localdb/queries": ("localdb.services", "sync", "app", *QT),
    "localdb/services": ("sync", "app", *QT),
    "sync/protocol": ("localdb.store", "localdb.services", "localdb.queries", "app", *QT),
    "sync/client": ("sync.server", "app", *QT),
    "sync/server": (
        "localdb.store",
        "localdb.services",
        "localdb.queries",
        "sync.client",
        "app",
        *QT,
    ),
    "resources": ("localdb", "sync", "app", *QT),
}
ONLY_BOOTSTRAP_MAY = ("localdb.store", "sqlalchemy", "httpx")

FEATURES = (
    "people",
    "catalogue",
    "customers",
    "selling",
    "paying",
    "drawer",
    "receipts",
    "returning",
    "syncing",
    "conflicts",
    "setup",
)
"""What people do, from the ground up: a feature may import those before it."""
GROUND = ("devices", "kit")
ABOVE = ("shell", "bootstrap", "demo")
WITH_QT = ("shell", "bootstrap", "devices")


def imports_of(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def offences(folder: str, forbidden: tuple[str, ...]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in sorted((ROOT / folder).rglob("*.py"))
        for name in imports_of(file)
        if any(name == bad or name.startswith(bad + ".") for bad in forbidden)
    ]


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_a_layer_imports_only_what_lies_below_it(folder: str) -> None:
    """Nothing in a folder imports what the architecture keeps from it."""
    assert offences(folder, FORBIDDEN[folder]) == []


def test_the_domain_uses_only_the_standard_library() -> None:
    """The rules of selling run wherever Python does."""
    import sys

    own = ("localdb.domain", "localdb.errors")
    strangers = [
        f"{file.name}: {name}"
        for file in (ROOT / "localdb/domain").rglob("*.py")
        for name in imports_of(file)
        if name.split(".")[0] not in sys.stdlib_module_names
        and name not in ("localdb", *own)
        and not name.startswith(own)
    ]
    assert strangers == []


def test_only_the_composition_root_sees_the_store() -> None:
    """In the application, bootstrap alone opens the database."""
    found = [
        line
        for line in offences("app", ONLY_BOOTSTRAP_MAY)
        if line.split("/")[1] not in ("bootstrap", "demo")
    ]
    assert found == []


def test_qt_lies_in_its_folders() -> None:
    """A feature's state, presenters and words are free of Qt; what imports it lies in `qt/`."""
    found = [
        line
        for line in offences("app", QT)
        if "/qt/" not in line and line.split("/")[1] not in WITH_QT
    ]
    assert found == []


@pytest.mark.parametrize("folder", [*GROUND, *FEATURES, *ABOVE])
def test_a_feature_imports_only_what_stands_below_it(folder: str) -> None:
    """`kit` knows no feature, a feature those below it, and only the composition all of them."""
    order = (*GROUND, *FEATURES, *ABOVE)
    above = tuple(f"app.{name}" for name in order[order.index(folder) + 1 :])
    assert offences(f"app/{folder}", above) == []


def test_what_the_server_decides_knows_no_database() -> None:
    """The core of the server talks to ``ports`` alone, so that it runs over any store."""
    around = ("psycopg", "fastapi", "starlette", "uvicorn")
    rooms = ("sync.server.api", "sync.server.jobs", "sync.server.postgres")
    assert offences("sync/server/core", (*around, *rooms)) == []


def test_the_road_to_the_tables_serves_nobody_above_it() -> None:
    """PostgreSQL's half knows the core's words, not who asks."""
    above = ("sync.server.api", "sync.server.jobs", "fastapi", "starlette")
    assert offences("sync/server/postgres", above) == []


def test_the_top_level_is_the_house_as_agreed() -> None:
    """Nobody adds a room to the house without the client."""
    agreed = {
        "pyproject.toml", "README.md", "app", "localdb", "sync", "resources", "tests",
        "packaging", ".ci", ".gitignore", "LICENSE",
    }  # fmt: skip
    import subprocess

    listed = subprocess.run(
        ["git", "ls-files"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("not a git checkout")
    assert {line.split("/")[0] for line in listed.stdout.splitlines()} <= agreed
    assert not (ROOT / "packaging/__init__.py").exists()
