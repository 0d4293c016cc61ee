"""A stand-alone till with a history joins a server, over real HTTP and a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localdb.domain.money import Currency
from localdb.domain.records import Conflict, Sale, Store
from localdb.domain.tender import Tender
from localdb.domain.terms import Terms
from localdb.domain.totals import totals
from localdb.queries import here, taxes
from localdb.services.checkout import Completed, checkout
from localdb.store import outbox, rows, stock_levels, succession
from localdb.store.identity import TillIdentity
from sync.client.enrol import enrol
from sync.client.history import HistoryReport, history_report
from sync.client.proof import prove
from sync.client.token_store import TokenStore
from sync.protocol.gateway import NetworkFault, RequestRefused
from tests.support.postgres import database
from tests.support.server import Operator, RunningServer
from tests.support.shops import Shop, small_shop
from tests.sync.client.test_identity_road import Wire, chains_hold, level
from tests.sync.client.test_road import TillOnRoad
from tests.sync.server.tills import Shop as Books
from tests.sync.server.tills import barcode, insert, product

__all__ = ["database"]
"""Here it is the server's, not a till's as elsewhere in this folder."""

SALES = 300


class Joining:
    """A corner shop that has traded alone, and a server where a store waits for it."""

    def __init__(self, shop: Shop, server: RunningServer, operator: Operator, folder: Path) -> None:
        self.shop = shop
        self.operator = operator
        self.org = operator.org()
        self.books = Books(server, operator, self.org, operator.store(self.org, "S07"))
        self.line = Wire(server.url, lambda: self.tokens.load())
        self.tokens = TokenStore(folder)
        self.code = operator.code(self.org, self.books.store_id)

    def ring(self, count: int = 1) -> list[Completed]:
        """Sales of milk and bread, 4.78 each."""
        done = []
        for _ in range(count):
            cart = self.shop.cart(self.shop.milk, self.shop.bread)
            due = totals(cart, Terms(self.shop.till.ask(taxes.in_force))).total_minor
            tender = Tender(due, Currency.of("EUR")).pay_cash(None)
            done.append(self.shop.till.write(checkout, cart, tender))
        return done

    def join(self) -> TillIdentity:
        return enrol(
            self.shop.database, self.line, self.tokens, code=self.code, till_name="Corner till"
        )

    def start(self) -> TillOnRoad:
        """Start syncing."""
        return TillOnRoad(self.shop.database, self.line, self.tokens)

    def report(self) -> HistoryReport:
        return history_report(self.shop.database, self.line)


@pytest.fixture
def joining(server: RunningServer, operator: Operator, tmp_path: Path) -> Iterator[Joining]:
    with small_shop(tmp_path / "till") as shop:
        made = Joining(shop, server, operator, tmp_path)
        yield made
        made.books.close()
        made.line.close()


def test_a_year_of_history_goes_up_and_both_sides_agree(joining: Joining) -> None:
    """Counts and sums of every table match, under the server's store and the till's new device."""
    joining.ring(SALES)
    old = joining.shop.till.identity
    identity = joining.join()
    till = joining.start()
    joining.ring(2)
    level(till)
    joining.ring(1)
    level(till)
    report = joining.report()
    assert report.agrees, report
    figures = {table.type: table for table in report.facts}
    assert (figures["sale"].count_there, figures["sale"].total_there) == (303, 303 * 478)
    assert figures["sale_line"].count_there == 606
    assert figures["stock_movement"].total_there == 10_000 - 606_000
    assert figures["journal_entry"].count_there == figures["journal_entry"].count_here > 300
    assert set(report.verdicts) == {"applied"}
    assert not report.conflicts
    proof = prove(joining.shop.database, joining.line)
    assert proof.agrees, proof
    assert chains_hold(till)
    assert [store.id for store in till.find(Store)] == [identity.store_id]
    books = joining.books
    assert books.rows("SELECT DISTINCT store_id::text FROM sale") == [(identity.store_id,)]
    assert books.rows("SELECT count(DISTINCT device_id) FROM sale") == [(2,)]
    assert books.rows("SELECT id::text FROM store") == [(identity.store_id,)]
    assert (old.device_id,) in books.rows("SELECT id::text FROM till")
    with joining.shop.database.read() as conn:
        level_here = stock_levels.level(conn, identity.store_id, joining.shop.milk.id)
    assert level_here == 10_000 - 303_000


def test_where_two_catalogues_meet_a_manager_is_asked(joining: Joining) -> None:
    """The same SKU and the same barcode on both sides: both stay, and the report counts them."""
    other = joining.books.till()
    theirs = product(sku="MILK", name="Their milk")
    other.send(insert(theirs), insert(barcode(theirs.id, "4006381333931")))
    other.push(other.sell(theirs.id))
    joining.ring(20)
    joining.join()
    till = joining.start()
    level(till)
    report = joining.report()
    assert report.agrees, report
    assert report.conflicts == {"unique": 2}
    assert report.verdicts["conflict"] == 1
    assert {c.title for c in till.find(Conflict) if isinstance(c, Conflict)} == {
        "Milk 1 l",
        "4006381333931",
    }
    assert len(till.find(Sale)) == 21


def test_it_sells_while_it_is_readdressed_and_goes_on_after_a_crash(joining: Joining) -> None:
    """Between any two slices the till sells; a program started anew goes on where it was."""
    joining.ring(30)
    joining.join()
    rung = joining.ring(1)
    for _ in range(3):
        assert joining.shop.database.write(lambda uow: succession.readdress(uow, 20))
        rung += joining.ring(1)
    till = joining.start()
    level(till)
    assert joining.report().agrees
    assert [done.receipt_number for done in rung] == [f"S07-T01-{n:06}" for n in range(1, 5)]
    assert joining.books.rows("SELECT count(*) FROM sale") == [(34,)]


def test_an_upload_that_breaks_off_goes_on(joining: Joining) -> None:
    """Failure 12: the line is cut in the middle of the history; the rest goes up later."""
    joining.ring(120)
    joining.join()
    till = joining.start()
    joining.line.lose_replies = 3
    till.sync()
    till.engine.close()
    till = joining.start()
    level(till)
    report = joining.report()
    assert report.agrees, report
    assert joining.books.rows("SELECT count(*) FROM sale") == [(120,)]


def test_a_lost_answer_to_joining_is_asked_for_again(joining: Joining) -> None:
    """The till is what it was, sells on, and the same code works once more."""
    joining.line.lost = 1
    with pytest.raises(NetworkFault):
        joining.join()
    assert joining.ring()[0].receipt_number == "S01-T01-000001"
    identity = joining.join()
    assert identity.till_code == "T01"
    level(joining.start())
    assert joining.report().agrees


def test_a_shop_of_another_currency_is_refused(joining: Joining) -> None:
    """Sums of two currencies mean nothing; the code stays good."""
    joining.shop.till.write(lambda uow: uow.edit(Store, uow.identity.store_id, currency="CHF"))
    with pytest.raises(RequestRefused, match="CHF"):
        joining.join()
    joining.shop.till.write(lambda uow: uow.edit(Store, uow.identity.store_id, currency="EUR"))
    joining.join()


def test_what_the_server_says_of_the_store_holds(joining: Joining) -> None:
    """The till's own words about its store stay at home; sales go on in between."""
    joining.shop.till.write(
        lambda uow: uow.edit(Store, uow.identity.store_id, receipt_footer="Come again")
    )
    joining.join()
    assert joining.shop.till.ask(here.store).receipt_footer == "Come again"
    level(joining.start())
    store = joining.shop.till.ask(here.store)
    assert (store.code, store.name, store.receipt_footer) == ("S07", "Store S07", "")
    assert joining.report().agrees
    with joining.shop.database.read() as conn:
        assert outbox.waiting(conn).groups == 0
        assert len(rows.find(conn, Store)) == 1


def test_two_shops_join_one_server(
    joining: Joining, server: RunningServer, operator: Operator, tmp_path: Path
) -> None:
    """Failure 30: both printed S01-T01-000001 when they were alone: both receipts are kept."""
    joining.ring(3)
    joining.join()
    level(joining.start())
    with small_shop(tmp_path / "second") as shop:
        second = Joining(shop, server, operator, tmp_path / "second")
        second.books.close()
        second.books = joining.books
        second.code = operator.code(joining.org, joining.books.store_id)
        second.ring(2)
        assert second.join().till_code == "T02"
        level(second.start())
        assert second.report().agrees
        second.line.close()
    twice = joining.books.rows(
        "SELECT receipt_number, count(*) FROM sale GROUP BY 1 HAVING count(*) > 1 ORDER BY 1"
    )
    assert twice == [("S01-T01-000001", 2), ("S01-T01-000002", 2)]
