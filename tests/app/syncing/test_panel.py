"""The sync panel says how things stand and what to do, in words."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from app.kit.flow import Ask
from app.kit.formats import Formats
from app.syncing.panel import SyncPanelPresenter, SyncPort
from localdb.domain.money import Currency
from localdb.domain.tender import Tender
from localdb.errors import Refusal
from localdb.services import catalogue, people
from localdb.services.checkout import checkout
from localdb.store import outbox, page_check
from localdb.store.unaccounted import Unaccounted, add, unaccounted
from sync.client.history import HistoryReport, TableFigures
from sync.client.proof import Proof, TypeProof
from sync.client.status import Comparison, Connection, LiveStatus, Progress, SyncStatus, Tally
from sync.protocol.messages import SalesProof
from tests.app.kit.at_once import AtOnce
from tests.support.contradictions import price_conflict
from tests.support.shops import CASHIER_PIN, Shop, small_shop
from tests.support.verdicts import record_verdict

SALES = SalesProof(count=412, total_minor=831_020)
ONLINE = SyncStatus(connection=Connection.ONLINE)
AGREED = Proof(SALES, SALES, True, (), 0)


@dataclass
class Server:
    """A sync that says what the test wants."""

    status: SyncStatus = ONLINE
    proof: Proof | Refusal = AGREED
    report: HistoryReport | None = None
    asked: list[str] = field(default_factory=list)

    def prove(self) -> Proof:
        """The proof, or what is raised instead."""
        if isinstance(self.proof, Refusal):
            raise self.proof
        return self.proof

    def history(self) -> HistoryReport:
        """The report of a till that joined."""
        assert self.report is not None, "asked of a till that never was alone"
        return self.report


def panel(
    shop: Shop, server: Server | None, exports: Path, sure: bool = True
) -> SyncPanelPresenter:
    """An opened panel; every question is answered with ``sure``."""

    def answer(_question: Ask, answered: Callable[[Any], None]) -> None:
        answered(sure)

    port = None
    if server is not None:
        port = SyncPort(
            status=lambda: server.status,
            sync_now=lambda: server.asked.append("now"),
            prove=server.prove,
            history=server.history,
            server="https://pos.example.com",
        )
    presenter = SyncPanelPresenter(
        shop.till,
        Formats("en", "EUR"),
        shop.clock,
        lambda _: None,
        port=port,
        worker=AtOnce(),
        ask=answer,
        exports=exports,
    )
    presenter.open()
    return presenter


def refused(shop: Shop) -> None:
    """A new category that the server refused."""
    shop.till.write(catalogue.add_category, "Garden")
    _park_last(shop)


def _park_last(shop: Shop) -> None:
    with shop.database.read() as connection:
        dseq = outbox.next_batch(connection, 1000, 10**9)[-1].dseq
    shop.till.write(record_verdict, dseq, "rejected", "invalid", "name: empty", {})


def test_the_proof_is_one_line_that_a_manager_can_read_out(tmp_path: Path) -> None:
    """Count, sum and hash in one sentence."""
    with small_shop(tmp_path) as shop:
        proof = panel(shop, Server(), tmp_path).state.proof
        assert proof.text == "Verified: the server has all 412 sales, €8,310.20."
        assert proof.tone == "success"


@pytest.mark.parametrize(
    ("proof", "said", "tone"),
    [
        (
            Proof(SALES, SalesProof(count=400, total_minor=1), True, (), 12),
            "400 of 412 sales are on the server. 12 still to send.",
            "info",
        ),
        (
            Proof(SALES, SalesProof(count=411, total_minor=830_000), True, (), 0),
            "this till has 412, €8,310.20. Save a support file and ask for help.",
            "error",
        ),
        (
            Proof(SALES, SALES, True, (TypeProof("product", 5, 6, False),), 0),
            "€8,310.20. Still differing: products.",
            "warning",
        ),
        (Refusal("The server cannot be reached."), "Could not compare: The server", "warning"),
    ],
)
def test_a_proof_that_fails_says_what_differs(
    tmp_path: Path, proof: Proof | Refusal, said: str, tone: str
) -> None:
    """Nothing is claimed that was not shown."""
    with small_shop(tmp_path) as shop:
        found = panel(shop, Server(proof=proof), tmp_path).state.proof
        assert said in found.text
        assert found.tone == tone


def test_the_queue_is_counted_by_kind_with_the_age_of_the_oldest(tmp_path: Path) -> None:
    """What waits, of what, since when."""
    with small_shop(tmp_path) as shop:
        shop.clock.advance_s(3 * 3600)
        state = panel(shop, Server(), tmp_path).state
        facts = dict(state.facts)
        assert facts["To send"].startswith("6 changes: 2 products, 1 cash event")
        assert facts["Oldest unsent"].startswith("3 h ago, ")
        assert facts["Last success"] == "not yet"
        assert dict(state.details)["Server"] == "https://pos.example.com"


def test_each_connection_has_its_own_words(tmp_path: Path) -> None:
    """Nobody is left to guess whether selling goes on."""
    with small_shop(tmp_path) as shop:
        server = Server()
        presenter = panel(shop, server, tmp_path)
        headlines = []
        for connection in Connection:
            server.status = SyncStatus(connection=connection)
            presenter.refresh()
            headlines.append(presenter.state.connection.headline)
        revoked = "Till deactivated"
        update = "Update needed to sync"
        assert headlines == ["Offline", "Connected", "Till not recognised", revoked, update]
        server.status = SyncStatus(connection=Connection.REVOKED, locked=True)
        presenter.refresh()
        assert presenter.state.connection.headline == "Locked by the server"
        assert presenter.state.may_join
        assert panel(shop, None, tmp_path).state.connection.headline == "Stand-alone"


def test_a_wrong_clock_an_error_and_a_load_are_shown(tmp_path: Path) -> None:
    """Skew in minutes and direction, the error's own sentence, rows loaded."""
    with small_shop(tmp_path) as shop:
        status = SyncStatus(
            clock_skew_us=400_000_000, last_error="No answer.", bootstrap=Progress(250, 1000)
        )
        state = panel(shop, Server(status), tmp_path).state
        assert state.skew.startswith("This till's clock is 6 min slow.")
        assert state.last_error == "No answer."
        assert state.load is not None
        assert (state.load.permille, state.load.text) == (250, "Loading: 250 of 1,000 records")


def test_a_load_says_how_long_it_will_take(tmp_path: Path) -> None:
    """Half-way after a minute: about one more."""
    with small_shop(tmp_path) as shop:
        server = Server(SyncStatus(bootstrap=Progress(0, 1000)))
        presenter = panel(shop, server, tmp_path)
        shop.clock.advance_s(60)
        server.status = SyncStatus(bootstrap=Progress(500, 1000))
        presenter.refresh()
        assert presenter.state.load is not None
        assert presenter.state.load.text.endswith(" records, about 2 min left")


def test_a_refused_group_is_named_and_can_be_sent_again(tmp_path: Path) -> None:
    """What it holds and why it was refused; a retry empties the list."""
    with small_shop(tmp_path) as shop:
        refused(shop)
        presenter = panel(shop, Server(), tmp_path)
        (row,) = presenter.state.parked
        assert row.what == "1 category added"
        assert row.reason.endswith("(name: empty)")
        presenter.retry(row.dseq)
        assert presenter.state.parked == ()
        assert presenter.state.note == "Will be sent again."


def test_discarding_asks_first(tmp_path: Path) -> None:
    """Only a yes gives it up, and sales never offer it."""
    with small_shop(tmp_path) as shop:
        refused(shop)
        hesitant = panel(shop, Server(), tmp_path, sure=False)
        hesitant.discard(hesitant.state.parked[0].dseq)
        assert len(hesitant.state.parked) == 1
        certain = panel(shop, Server(), tmp_path)
        certain.discard(certain.state.parked[0].dseq)
        assert [row.dseq for row in certain.state.parked] == []
        shop.till.write(checkout, shop.cart(shop.milk), _paid(129))
        _park_last(shop)
        certain.refresh()
        assert [row.can_discard for row in certain.state.parked] == [False]


def test_the_export_names_the_file_it_wrote(tmp_path: Path) -> None:
    """Support gets everything that is not delivered."""
    with small_shop(tmp_path) as shop:
        refused(shop)
        presenter = panel(shop, Server(), tmp_path / "exports")
        presenter.export()
        (file,) = (tmp_path / "exports").iterdir()
        assert str(file) in presenter.state.note
        assert "Garden" in file.read_text(encoding="utf-8")


def test_connects_and_failures_are_counted_for_support(tmp_path: Path) -> None:
    """The panel says whether news come at once, what went well, what failed and what hangs."""
    status = SyncStatus(
        live=LiveStatus(connected=True, connects=Tally(3, 12)),
        uploads=Tally(40, 2),
        downloads=Tally(1_500, 0),
        download_stuck=True,
    )
    with small_shop(tmp_path) as shop:
        server = Server(replace(status, connection=Connection.ONLINE))
        facts = dict(panel(shop, server, tmp_path).state.details)
    assert facts["Live updates"] == "open (opened 3x, failed 12x)"
    assert facts["Requests"] == "sent 40, failed 2; received 1,500, failed 0, one without an answer"


def test_sync_now_cuts_the_waits_short(tmp_path: Path) -> None:
    """The button reaches the engine."""
    with small_shop(tmp_path) as shop:
        server = Server()
        presenter = panel(shop, server, tmp_path)
        server.asked.clear()
        presenter.sync_now()
        assert server.asked == ["now"]


def _paid(minor: int) -> Tender:
    return Tender(minor, Currency.of("EUR")).pay("cash", minor)


GAP = Unaccounted("d" * 36, "T03", 11, 30, 412, 831_020, "", 0)


def test_what_another_copy_did_is_named_until_a_manager_notes_it(tmp_path: Path) -> None:
    """Failure 17: which groups, what the server holds, and what nobody can know."""
    with small_shop(tmp_path) as shop:
        shop.till.write(lambda uow: add(uow.connection, GAP))
        server = Server(SyncStatus(connection=Connection.ONLINE, unaccounted=(GAP,)))
        presenter = panel(shop, server, tmp_path)
        said = presenter.state.unaccounted
        assert "all 412 sales of till T03" in said
        assert "€8,310.20" in said
        assert "changes 11 to 30" in said
        assert "after change 30" in said
        presenter.note_unaccounted()
        assert presenter.state.note == "Logged."
        with shop.database.read() as connection:
            assert unaccounted(connection) == ()
        shop.till.sign_in(shop.cashier)
        presenter.note_unaccounted()
        assert "Only a manager" in presenter.state.error


def test_what_only_a_dead_disk_held_is_said(tmp_path: Path) -> None:
    """A till that replaces another one has nothing to load of it; the rest is on its disk."""
    with small_shop(tmp_path) as shop:
        gap = replace(GAP, first=31)
        server = Server(SyncStatus(connection=Connection.ONLINE, unaccounted=(gap,)))
        said = panel(shop, server, tmp_path).state.unaccounted
    assert "have been loaded" not in said
    assert "after change 30" in said


def test_what_another_till_handed_over_as_this_ones_is_said(tmp_path: Path) -> None:
    """Nothing was found out about it: the manager hears what to look at, and what to do."""
    with small_shop(tmp_path) as shop:
        gap = replace(GAP, given_by="e" * 36)
        server = Server(SyncStatus(connection=Connection.ONLINE, unaccounted=(gap,)))
        said = panel(shop, server, tmp_path).state.unaccounted
    assert "another till handed over changes 11 to 30" in said
    assert "evertill restore" in said


def test_a_history_on_its_way_is_counted_and_then_compared(tmp_path: Path) -> None:
    """First how far it is, then table by table what both sides hold and what met what."""
    with small_shop(tmp_path) as shop:
        under_way = replace(ONLINE, readdressing=Progress(30, 120), history=Progress(0, 120))
        server = Server(under_way, report=REPORT)
        presenter = panel(shop, server, tmp_path)
        load = presenter.state.load
        assert load is not None
        assert (load.permille, load.text) == (
            250,
            "Preparing to send: 30 of 120",
        )
        assert ("History", "0 of 120 changes are on the server") in presenter.state.details
        server.status = replace(ONLINE, history=Progress(120, 120))
        presenter.open()
        assert ("History", "all 120 changes are on the server") in presenter.state.details
        history = dict(presenter.state.history)
    assert history["Sales"] == "303 on both sides; €1,448.34 on both sides"
    assert history["Stock movements"] == "606 here, 605 there; -596 here, -595 there"
    assert history["Changes"] == "119 taken as they were"
    assert history["Conflicts"] == "2 x a barcode or SKU that is used on both sides"


def test_a_till_alone_or_not_admitted_may_join(tmp_path: Path) -> None:
    """Nobody else is offered to change who the till is."""
    with small_shop(tmp_path) as shop:
        assert panel(shop, None, tmp_path).state.may_join
        assert not panel(shop, Server(), tmp_path).state.may_join
        refused_till = Server(SyncStatus(connection=Connection.AUTH))
        assert panel(shop, refused_till, tmp_path).state.may_join


REPORT = HistoryReport(
    facts=(
        TableFigures("sale", 303, 144_834, 303, 144_834),
        TableFigures("stock_movement", 606, -596_000, 605, -595_000),
    ),
    references=(TypeProof("product", 2, 2, matches=True),),
    waiting=0,
    groups=120,
    verdicts={"applied": 119},
    conflicts={"unique": 2},
)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "1,200 records, all the same"),
        ({"differing": 2, "repaired": 3}, "3 records corrected"),
        ({"differing": 99, "reloaded": True}, "all data was loaded again"),
        (
            {"differing": 1, "repaired": 3, "left": 2},
            "2 records differ from the server; ask for help",
        ),
    ],
)
def test_what_the_last_comparison_found_is_told(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    """What was put right quietly is said, and what a person must look at comes first."""
    nothing: dict[str, Any] = {"differing": 0, "repaired": 0, "left": 0, "reloaded": False}
    with small_shop(tmp_path) as shop:
        found = Comparison(at_us=shop.clock(), number=7, rows=1_200, **nothing | changes)
        server = Server(SyncStatus(connection=Connection.ONLINE, compared=found))
        told = dict(panel(shop, server, tmp_path).state.details)["Compared"]
        assert words in told


def test_a_line_that_was_cut_is_not_called_open(tmp_path: Path) -> None:
    """Unplugged, the panel claims no live line and no success just now, and tries at once."""
    with small_shop(tmp_path) as shop:
        at_us = shop.clock()
        shop.clock.advance_s(40)
        status = SyncStatus(
            connection=Connection.OFFLINE,
            last_success_us=at_us,
            live=LiveStatus(connected=True),
        )
        server = Server(status)
        state = panel(shop, server, tmp_path).state
    assert server.asked == ["now"]
    assert state.connection.headline == "Offline"
    assert dict(state.details)["Live updates"].startswith("no connection")
    assert dict(state.facts)["Last success"].startswith("40 s ago, ")


def test_what_needs_attention_is_named(tmp_path: Path) -> None:
    """The panel says what the chip counts, and whether who is signed in may settle it."""
    with small_shop(tmp_path) as shop:
        assert panel(shop, Server(), tmp_path).state.attention == ""
        refused(shop)
        price_conflict(shop)
        state = panel(shop, Server(), tmp_path).state
        assert state.attention == "1 conflict to resolve, 1 change refused by the server"
        assert state.can_resolve
        people.sign_in(shop.till, shop.cashier.id, CASHIER_PIN)
        assert not panel(shop, Server(), tmp_path).state.can_resolve


def test_a_store_value_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    """What it is, what the till uses instead, and who puts it right; alone or with a server."""
    with small_shop(tmp_path) as shop:
        shop.till.write(
            lambda uow: uow.connection.exec_driver_sql("UPDATE store SET timezone = 'Mars/Base'")
        )
        said = panel(shop, None, tmp_path).state.store
        assert "time zone of this store, “Mars/Base”, cannot be used" in said
        assert "goes on with UTC" in said


def test_damage_of_the_file_is_said_with_what_to_do(tmp_path: Path) -> None:
    """Where the folder is, what still works, and that a till alone loses by a restore."""
    with small_shop(tmp_path) as shop:
        assert panel(shop, Server(), tmp_path).state.damage == ""
        found = page_check.PageCheck(1, damaged={"sale_line": shop.clock.us})
        shop.database.write(lambda uow: page_check.save(uow.connection, found))
        enrolled = panel(shop, Server(), tmp_path).state.damage
        alone = panel(shop, None, tmp_path).state.damage
        for said in (enrolled, alone):
            assert f"copy the whole folder {tmp_path} to another disk" in said
            assert "`evertill restore`" in said
            assert said.endswith("For support: sale_line.")
        assert "Sales go on being sent to the server" in enrolled
        assert "ask your administrator first" in alone
