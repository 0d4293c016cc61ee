"""Verifying and exporting a till's own journal."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from localdb.domain import journal
from localdb.domain.money import Currency
from localdb.domain.tender import Tender
from localdb.errors import Refusal
from localdb.queries import journals, receipts, shift_reports
from localdb.services import checkout, journal_check, shifts
from localdb.services.journal_check import Checked, check, export, recipe_file
from localdb.store.unit_of_work import UnitOfWork
from tests.support.shops import Shop, small_shop

ENTRIES = 30
LAST_MOVEMENT = "SELECT max(id) FROM stock_movement"


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


def rung(shop: Shop) -> str:
    """A sale of milk and bread for cash; the id."""
    cart = shop.cart(shop.milk, shop.bread)
    tender = Tender(478, Currency.of("EUR")).pay("cash", 478)
    return shop.till.write(checkout.checkout, cart, tender).sale_id


def verified(file: Path, *code: str) -> tuple[int, str]:
    """What the script beside an export says of it; with nothing of this program at hand."""
    script = file.with_name(journal_check.VERIFIER.name)
    words = [sys.executable, "-I", script.name, file.name, *code]
    ran = subprocess.run(words, cwd=file.parent, capture_output=True, text=True, timeout=60)
    return ran.returncode, (ran.stdout + ran.stderr).strip()


def test_an_export_is_verified_by_the_script_beside_it(shop: Shop, tmp_path: Path) -> None:
    """Without this program; a line left out, an entry or a payment changed is named."""
    rung(shop)
    file = tmp_path / "journal-T01.jsonl"
    found = export(shop.till, file, lambda _: None, never)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) == found.entries
    assert json.loads(lines[-1])["hash"] == found.head
    code, said = verified(file)
    assert code == 0
    assert f"All {found.entries} entries hold" in said
    assert found.head in said
    paper = journal.paper_code(found.head)
    assert f"on paper {paper.replace('-', '')}" in said
    assert paper in recipe_file(file).read_text(encoding="utf-8")
    assert f"Entry {found.entries} has this code: sale" in verified(file, paper.lower())[1]
    assert verified(file, "0000-0000")[0] == 1
    for wrong, number in (
        ([*lines[:-1], lines[-1].replace('"method": "cash"', '"method": "card"')], len(lines)),
        ([*lines[:4], *lines[5:]], 5),
        ([*lines[:4], lines[4].replace("no_sale", "nosale"), *lines[5:]], 5),
    ):
        file.write_text("\n".join(wrong) + "\n", encoding="utf-8")
        code, said = verified(file)
        assert (code, f"breaks at entry {number}" in said) == (1, True)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE payment SET method = 'card' WHERE sale_id = ?",
        "UPDATE sale SET total_minor = 1 WHERE id = ?",
        "UPDATE sale SET note = 'x' WHERE id = ?",
        "DELETE FROM sale_line WHERE sale_id = ? AND position = 0",
        "DELETE FROM sale_tax WHERE sale_id = ?",
        "UPDATE stock_movement SET quantity_milli = -1 WHERE sale_id = ?",
    ],
)
def test_a_changed_sale_is_named_by_its_entry(shop: Shop, sql: str) -> None:
    """What the entry was written with is hashed: every value of every fact of the sale."""
    sale = rung(shop)
    rung(shop)
    assert check(shop.till, lambda _: None, never).finished
    (entry,) = [e for e in shop.till.ask(journals.own_entries) if sale in e.payload]
    tamper(shop, sql.replace("?", f"'{sale}'"))
    found = check(shop.till, lambda _: None, never)
    assert found.broken is not None
    assert (found.broken.seq, found.broken.reason) == (entry.seq, journal_check.CHANGED)


def test_facts_made_long_before_their_entry_are_found(shop: Shop) -> None:
    """A payment that waited for hours, or a clock that was set back in between."""
    early = f"00000000{rung(shop)[8:]}"
    tamper(shop, f"UPDATE stock_movement SET id = '{early}' WHERE id = ({LAST_MOVEMENT})")
    held = shop.till.ask(journals.written_with, shop.till.ask(journals.own_entries)[-1:])
    assert early in {values["id"] for facts in held.values() for _, values in facts}


def test_an_entry_of_an_older_release_holds_as_it_is(shop: Shop) -> None:
    """It says nothing of facts: none are asked for."""
    entries = shop.till.ask(journals.own_entries)
    assert journal.facts_of_entry('{"sale":"x","total_minor":5}') is None
    assert journal.facts_of_entry("[]") is None
    old = journal.link(
        entries[-1],
        entry_id=shop.till.write(UnitOfWork.new_id),
        store_id=entries[-1].store_id,
        device_id=entries[-1].device_id,
        kind="sale",
        payload={"sale": "x"},
        at_us=entries[-1].at_us,
    )
    shop.till.write(lambda uow: uow.insert(old))
    assert check(shop.till, lambda _: None, never).finished


def test_the_code_on_paper_leads_to_the_entry(shop: Shop) -> None:
    """Of a sale and of a close; a code that nothing was printed with leads nowhere."""
    receipt = shop.till.ask(receipts.load, rung(shop))
    digits = journal.read_paper_code(receipt.journal_code)
    assert digits is not None
    (entry,) = shop.till.ask(journals.entries_with_code, digits)
    assert json.loads(entry.payload)["receipt"] == receipt.sale.receipt_number
    shop.till.write(shifts.close_shift, 0)
    (closed,) = shop.till.ask(shift_reports.closed)
    report = shop.till.ask(shift_reports.z_report, closed.event_id)
    digits = journal.read_paper_code(report.journal_code)
    assert digits is not None
    (entry,) = shop.till.ask(journals.entries_with_code, digits)
    assert entry.kind == "shift_close"
    assert shop.till.ask(journals.entries_with_code, "0000000000") == []


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
