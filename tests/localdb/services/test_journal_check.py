"""Verifying and exporting a till's own journal."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from localdb.domain import journal
from localdb.errors import Refusal
from localdb.queries import journals
from localdb.services import journal_check, shifts
from localdb.services.journal_check import Checked, check, export, recipe_file
from localdb.store.unit_of_work import UnitOfWork
from tests.support.shops import Shop, small_shop

ENTRIES = 30


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A journal of some entries, read in slices that are smaller."""
    statement = journals._NEXT.limit(None).limit(7)
    monkeypatch.setattr(journals, "_NEXT", statement)
    with small_shop(tmp_path / "till") as made:
        for number in range(ENTRIES):
            made.till.write(shifts.no_sale, f"look {number}, été")
        yield made


def never() -> bool:
    return False


def tamper(shop: Shop, sql: str) -> None:
    """Change the rows behind the program's back."""

    def job(uow: UnitOfWork) -> None:
        uow.connection.exec_driver_sql(sql)

    shop.till.write(job)


def test_a_journal_that_holds_says_how_far(shop: Shop) -> None:
    """All entries, the last hash, and progress on the way."""
    seen: list[Checked] = []
    found = check(shop.till, seen.append, never)
    entries = shop.till.ask(journals.own_entries)
    assert found.finished
    assert found.broken is None
    assert (found.entries, found.total) == (len(entries), len(entries))
    assert (found.head, found.last_at_us) == (entries[-1].hash, entries[-1].at_us)
    assert len(seen) > 3
    assert [one.entries for one in seen] == sorted(one.entries for one in seen)


@pytest.mark.parametrize(
    ("sql", "seq", "reason"),
    [
        ("UPDATE journal_entry SET payload = '{}' WHERE seq = 20", 20, "changed"),
        ("DELETE FROM journal_entry WHERE seq = 14", 15, "14 is missing"),
        ("UPDATE journal_entry SET at_us = 1 WHERE seq = 8", 8, "changed"),
        ("UPDATE journal_entry SET seq = 8 WHERE seq = 21", 8, "9 is missing"),
    ],
)
def test_the_first_break_is_named_exactly(shop: Shop, sql: str, seq: int, reason: str) -> None:
    """Also at the edge of what is read at once, and for two entries of one number."""
    tamper(shop, sql)
    found = check(shop.till, lambda _: None, never)
    assert found.broken is not None
    assert not found.finished
    assert found.broken.seq == seq
    assert reason in found.broken.reason


def test_an_export_is_verified_by_its_own_recipe(shop: Shop, tmp_path: Path) -> None:
    """Without this program: the lines of Python in the text beside it run as they stand."""
    file = tmp_path / "journal-T01.jsonl"
    found = export(shop.till, file, lambda _: None, never)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) == found.entries
    assert json.loads(lines[-1])["hash"] == found.head
    assert run_recipe(file) == f"All {found.entries} entries hold; the last hash is {found.head}."
    lines[4] = lines[4].replace("look", "LOOK").replace("no_sale", "nosale")
    file.write_text("\n".join([*lines[:4], *lines[5:]]) + "\n", encoding="utf-8")
    assert run_recipe(file) == "The chain breaks at entry 5."


def run_recipe(file: Path) -> str:
    """What the indented lines of the recipe say, run as a program."""
    text = recipe_file(file).read_text(encoding="utf-8")
    code = text[text.index("    import hashlib") : text.index("This export:")]
    program = "\n".join(line[4:] for line in code.splitlines())
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=file.parent, capture_output=True, text=True, timeout=60
    )
    return (ran.stdout + ran.stderr).strip()


def test_a_broken_journal_is_exported_whole(shop: Shop, tmp_path: Path) -> None:
    """It is evidence; the answer says where it breaks."""
    tamper(shop, "UPDATE journal_entry SET payload = '{}' WHERE seq = 5")
    file = tmp_path / "journal.jsonl"
    found = export(shop.till, file, lambda _: None, never)
    assert found.broken is not None
    assert found.broken.seq == 5
    assert len(file.read_text(encoding="utf-8").splitlines()) == found.total


def test_a_cancelled_export_leaves_no_file(shop: Shop, tmp_path: Path) -> None:
    """Neither the file nor a part of it."""
    folder = tmp_path / "out"
    folder.mkdir()
    seen: list[Checked] = []
    found = export(shop.till, folder / "journal.jsonl", seen.append, lambda: len(seen) == 2)
    assert not found.finished
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_refused(shop: Shop, tmp_path: Path) -> None:
    """In words that say what to do."""
    with pytest.raises(Refusal, match="Choose another folder"):
        export(shop.till, tmp_path / "none" / "journal.jsonl", lambda _: None, never)


def test_what_an_export_holds_is_what_the_hash_covers() -> None:
    """Each value that goes into the hash is there, and the hash."""
    assert {*journal_check.FIELDS} == {*journal.entry_hash.__code__.co_varnames[:6], "hash"}
