"""A start that cannot be: said in words that name the file, which stays as it is."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from random import Random

import pytest

from app.__main__ import main
from app.bootstrap.session import open_session
from localdb.store import engine, migrate
from tests.faults import furnish
from tests.faults.books import complaints
from tests.faults.ringing import ring
from tests.faults.victim import Told, Victim

Harm = Callable[[Path], AbstractContextManager[None]]


@contextmanager
def damaged(folder: Path) -> Iterator[None]:
    """Garbage where the database was, and a backup beside it."""
    backup = folder / "backups" / "till-v1-7.db"
    backup.parent.mkdir()
    backup.write_bytes(b"older")
    with _changed(folder / "till.db", lambda good: b"\x07" * len(good)):
        yield


@contextmanager
def of_a_newer_program(folder: Path) -> Iterator[None]:
    """The schema of the next version."""
    _pragma(folder, f"user_version = {migrate.SCHEMA_VERSION + 1}")
    yield
    _pragma(folder, f"user_version = {migrate.SCHEMA_VERSION}")


@contextmanager
def without_its_key(folder: Path) -> Iterator[None]:
    """The key file is gone."""
    key = (folder / "till.key").rename(folder / "elsewhere")
    yield
    key.rename(folder / "till.key")


@contextmanager
def locked_by_another_program(folder: Path) -> Iterator[None]:
    """Somebody looks into the file with another program."""
    other = engine.connect(folder / "till.db", _key(folder))
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def open_already(folder: Path) -> Iterator[None]:
    """The same till is open."""
    with open_session(folder, use_keyring=False):
        yield


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (damaged, r"till\.db is damaged. It was left as it is. The newest backup is .*till-v1-7"),
        (of_a_newer_program, r"till\.db was written by a newer Evertill"),
        (without_its_key, r"key of .*till\.db is gone.*recovery sheet"),
        (locked_by_another_program, r"Another program is using .*till\.db"),
        (open_already, r"already running on"),
    ],
)
def test_what_cannot_be_opened_is_named_and_kept(
    needs_qt: None, tmp_path: Path, capsys: pytest.CaptureFixture[str], harm: Harm, words: str
) -> None:
    """Failure 19: one sentence, exit status 1, the file untouched; put right, all is there."""
    told = Told()
    with open_session(tmp_path, use_keyring=False) as session:
        furnish.stand_alone(session)
        ring(session, Random(1), told.take, 3)
    with harm(tmp_path):
        before = (tmp_path / "till.db").read_bytes()
        assert main(["--data-dir", str(tmp_path)]) == 1
        assert (tmp_path / "till.db").read_bytes() == before
    said = capsys.readouterr().err
    assert re.search(words, said), said
    assert said.count("\n") == 1
    with open_session(tmp_path, use_keyring=False) as session:
        assert complaints(session, told.printed) == []


def test_a_second_process_leaves_the_first_alone(
    needs_qt: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Failure 11: it is told who is there; the first sells on; its death frees the folder."""
    with open_session(tmp_path, use_keyring=False) as session:
        furnish.stand_alone(session)
    told = Told()
    with Victim(tmp_path, told, seed=1) as first:
        first.hear(10)
        assert main(["--data-dir", str(tmp_path)]) == 1
        first.hear(50)
    assert "already running" in capsys.readouterr().err
    with open_session(tmp_path, use_keyring=False) as session:
        assert complaints(session, told.printed, told.deaths) == []


def test_a_data_folder_that_is_a_file_is_refused_in_words(
    needs_qt: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong path is named, and what lies there stays."""
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    assert main(["--data-dir", str(file)]) == 1
    assert f"cannot use {file}" in capsys.readouterr().err
    assert file.read_text() == "mine"


@contextmanager
def _changed(file: Path, change: Callable[[bytes], bytes]) -> Iterator[None]:
    good = file.read_bytes()
    file.write_bytes(change(good))
    yield
    file.write_bytes(good)


def _pragma(folder: Path, setting: str) -> None:
    connection = engine.connect(folder / "till.db", _key(folder))
    connection.execute(f"PRAGMA {setting}")
    connection.close()


def _key(folder: Path) -> bytes:
    return bytes.fromhex((folder / "till.key").read_text())
