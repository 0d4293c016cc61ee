"""The journal's page: what it says and when."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.kit.formats import Formats
from app.setup.journal import JournalPresenter, JournalState
from app.setup.journal_words import about, not_allowed
from localdb.domain import journal
from localdb.queries import journals
from localdb.services import journal_check, shifts
from localdb.store.unit_of_work import UnitOfWork
from tests.app.kit.at_once import AtOnce
from tests.support.shops import Shop, small_shop


class Page:
    """The presenter with every state it showed."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shown: list[JournalState] = []
        self.cancels = False
        self.presenter = JournalPresenter(
            shop.till,
            Formats("en", "EUR"),
            shop.clock,
            self._show,
            worker=AtOnce(),
            folder=folder,
        )
        self.presenter.open()

    def _show(self, state: JournalState) -> None:
        self.shown.append(state)
        if self.cancels and state.permille and not state.is_cancelling:
            self.presenter.cancel()

    @property
    def state(self) -> JournalState:
        return self.presenter.state


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with small_shop(tmp_path / "till") as made:
        made.till.write(shifts.no_sale, "a look")
        yield made


def test_it_claims_no_certification() -> None:
    """In plain words, on the page itself."""
    assert "not a fiscal certification (TSE, NF525)" in about()


def test_a_journal_that_holds(shop: Shop, tmp_path: Path) -> None:
    """How many, from when to when, and the last hash."""
    page = Page(shop, tmp_path)
    assert page.state.extent.startswith("2 entries, since ")
    page.presenter.verify()
    assert page.state.headline == "Journal verified: 2 entries, unbroken"
    assert page.state.tone == "success"
    assert any(state.working == "verify" and state.permille == 1000 for state in page.shown)
    assert "From 9/21/26" in page.state.detail


def test_the_first_break_is_said(shop: Shop, tmp_path: Path) -> None:
    """Which entry, why, and what to do."""

    def job(uow: UnitOfWork) -> None:
        uow.connection.exec_driver_sql("UPDATE journal_entry SET kind = 'x' WHERE seq = 2")

    shop.till.write(job)
    page = Page(shop, tmp_path)
    page.presenter.verify()
    verified = page.state
    assert (verified.headline, verified.tone) == ("The journal is broken at entry 2", "danger")
    assert verified.detail.startswith("The entry was changed after it was written.")
    page.presenter.export(tmp_path)
    assert page.state.tone == "warning"
    assert "broken at entry 2" in page.state.detail


def test_an_export_says_where_it_lies(shop: Shop, tmp_path: Path) -> None:
    """With the file that says how to verify it."""
    page = Page(shop, tmp_path)
    page.presenter.export(tmp_path)
    (file,) = tmp_path.glob("journal-T01-*.jsonl")
    assert str(file) in page.state.detail
    assert journal_check.recipe_file(file).exists()
    page.presenter.export(tmp_path / "none")
    assert page.state.headline == "Not exported"


def test_a_cancelled_walk_says_that_it_stopped(shop: Shop, tmp_path: Path) -> None:
    """And proves no more than it read."""
    page = Page(shop, tmp_path)
    page.cancels = True
    page.presenter.verify()
    assert page.state.headline == "Stopped"
    page.presenter.export(tmp_path)
    assert page.state.detail == "No file was written."
    assert not page.state.working


def test_a_cashier_may_not(shop: Shop, tmp_path: Path) -> None:
    """Also where the page was opened before somebody else signed in."""
    page = Page(shop, tmp_path)
    shop.till.sign_in(shop.cashier)
    page.presenter.verify()
    assert page.state.headline == not_allowed()
    page.presenter.export(tmp_path)
    assert list(tmp_path.glob("*.jsonl")) == []


def test_a_code_from_paper_is_looked_up(shop: Shop, tmp_path: Path) -> None:
    """What it stands for, what to do when it is not here, and what is no code."""
    page = Page(shop, tmp_path)
    (entry, *_) = shop.till.ask(journals.own_entries)
    code = journal.paper_code(entry.hash)
    page.presenter.look_up(f" {code.lower()} ")
    assert page.state.headline == f"Entry 1 has the code {code}"
    assert page.state.detail.startswith("Shift open, ")
    assert page.state.tone == "", "nothing was verified yet"
    page.presenter.look_up("0000-0000")
    assert (page.state.headline, page.state.tone) == ("No entry has the code 0000-0000", "danger")
    assert "Export the journal, keep the paper" in page.state.detail
    page.presenter.look_up("7K4M")
    assert page.state.headline == "That is not a journal code"
    shop.till.sign_in(shop.cashier)
    page.presenter.look_up(code)
    assert page.state.headline == not_allowed()
