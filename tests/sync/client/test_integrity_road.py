"""A till whose rows are not what the server holds finds it and loads just these again."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from localdb.domain.records import Customer, Product, Sale
from localdb.store import outbox
from localdb.store.database import Database
from localdb.store.tables import TABLES
from localdb.store.unit_of_work import UnitOfWork
from sync.client import integrity
from sync.client.background import Background
from sync.client.bootstrap import load_now
from sync.client.channel import InlineChannel
from sync.client.enrol import enrol
from sync.client.proof import prove
from sync.client.status import Comparison
from sync.client.token_store import TokenStore
from sync.protocol.messages import SnapshotPage
from sync.server.backend import Backend, wall_clock_us
from tests.support.postgres import database
from tests.support.server import Operator, RunningServer
from tests.sync.client.test_road import Line, TillOnRoad

__all__ = ["database"]


class WatchedLine(Line):
    """Notes which buckets are loaded again."""

    def __init__(self, url: str, token: Callable[[], str]) -> None:
        super().__init__(url, token)
        self.loaded: list[tuple[str, str]] = []

    def snapshot_page(
        self, record_type: str, after: str, limit: int, bucket: str = ""
    ) -> SnapshotPage:
        self.loaded.append((record_type, bucket))
        return super().snapshot_page(record_type, after, limit, bucket)


class ComparedShop:
    """Tills of one shop, and the operator who has the server take digests."""

    def __init__(self, server: RunningServer, operator: Operator, folder: Path) -> None:
        self.operator = operator
        self.org = operator.org()
        self.store = operator.store(self.org)
        self._server = server
        self._folder = folder
        self._stack = ExitStack()
        self._count = 0

    def till(self) -> TillOnRoad:
        """Another till, loaded."""
        self._count += 1
        folder = self._folder / f"till-{self._count}"
        opened = Database.open(folder, key=bytes(32), now_us=wall_clock_us)
        self._stack.callback(opened.close)
        tokens = TokenStore(folder)
        line = self._stack.enter_context(WatchedLine(self._server.url, tokens.load))
        code = self.operator.code(self.org, self.store)
        enrol(opened, line, tokens, code=code, till_name="Front")
        load_now(opened, line, lambda _: None)
        till = TillOnRoad(opened, line, tokens)
        self._stack.callback(till.engine.close)
        return till

    def take_digests(self) -> None:
        async def job(backend: Backend) -> None:
            for stream in ("org", self.store):
                assert await backend.checkpoints.take(self.org, stream, anyway=True) is not None

        self.operator.run(job)

    def close(self) -> None:
        self._stack.close()


@pytest.fixture
def shop(server: RunningServer, operator: Operator, tmp_path: Path) -> Iterator[ComparedShop]:
    made = ComparedShop(server, operator, tmp_path)
    yield made
    made.close()


def settle(till: TillOnRoad) -> None:
    """Step until nothing is due but the next poll."""
    for _ in range(5_000):
        due = till.engine.step(till.now)
        if due > till.now + 1:
            return
        till.now = max(till.now, due)
    raise AssertionError("the engine spins")


def compare(till: TillOnRoad) -> Comparison:
    """Compare on request; what came of it."""
    loaded(till).clear()
    till.engine.compare_now()
    settle(till)
    found = till.engine.status.compared
    assert found is not None
    return found


def loaded(till: TillOnRoad) -> list[tuple[str, str]]:
    assert isinstance(till.line, WatchedLine)
    return till.line.loaded


def sql(till: TillOnRoad, statement: str, *values: object) -> int:
    """Reach into the till's file by hand, past everything that keeps it right."""

    def job(uow: UnitOfWork) -> int:
        return uow.connection.exec_driver_sql(statement, values).rowcount

    return till.database.write(job)


def found(till: TillOnRoad, statement: str, *values: object) -> object:
    with till.database.read() as conn:
        return conn.exec_driver_sql(statement, values).scalar()


def counts(found: Comparison) -> tuple[int, int, int]:
    return found.differing, found.repaired, found.left


def two_tills(shop: ComparedShop) -> tuple[TillOnRoad, TillOnRoad, list[str], list[str]]:
    """Two tills that hold the same, with their products and the sales of the first."""
    here, there = shop.till(), shop.till()
    goods = [here.add_product() for _ in range(6)]
    sales = [here.sell(goods[0]) for _ in range(4)]
    for till in (here, there, here):
        till.sync()
    shop.take_digests()
    return here, there, goods, sales


def test_tills_that_are_right_are_found_right(shop: ComparedShop) -> None:
    """Nothing differs, nothing is loaded again; sales rung here and elsewhere count alike."""
    for till in two_tills(shop)[:2]:
        result = compare(till)
        assert counts(result) == (0, 0, 0)
        assert result.rows >= 6 + 4
        assert loaded(till) == []


def test_a_damaged_a_lost_and_an_extra_row_are_put_right(shop: ComparedShop) -> None:
    """Only their buckets are loaded again, and the till is what the server is afterwards."""
    _, till, goods, _ = two_tills(shop)
    sql(till, "UPDATE product SET price_minor = 1, name = 'Beanz' WHERE id = ?", goods[0])
    sql(till, "UPDATE product SET version = 7 WHERE id = ?", goods[1])
    sql(till, "DELETE FROM product WHERE id = ?", goods[2])
    extra = goods[3][:-2] + ("00" if goods[3][-2:] != "00" else "01")
    sql(
        till,
        f"INSERT INTO product (id, {', '.join(_rest('product'))})"
        f" SELECT ?, {', '.join(_rest('product'))} FROM product"
        " WHERE id = ?",
        extra,
        goods[3],
    )
    assert not prove(till.database, till.line).records_match
    result = compare(till)
    buckets = {("product", id_[-2:]) for id_ in (goods[0], goods[1], goods[2], extra)}
    assert counts(result) == (len(buckets), 4, 0)
    assert set(loaded(till)) == buckets
    assert result.settled
    assert till.product(goods[0]).price_minor == 400
    assert till.product(goods[2]).name == "Beans"
    assert found(till, "SELECT count(*) FROM product WHERE id = ?", extra) == 0
    assert prove(till.database, till.line).agrees


def _rest(record_type: str) -> list[str]:
    return [f'"{column.name}"' for column in TABLES[record_type].columns if column.name != "id"]


def test_what_is_put_right_is_found_by_the_search_again(shop: ComparedShop) -> None:
    """A product that was lost can be sold by its name."""
    _, till, goods, _ = two_tills(shop)
    sql(till, "DELETE FROM search_entry WHERE product_id = ?", goods[2])
    sql(till, "DELETE FROM product WHERE id = ?", goods[2])
    compare(till)
    assert found(till, "SELECT count(*) FROM search_entry WHERE product_id = ?", goods[2]) == 1


def test_an_unsent_edit_survives_over_a_damaged_row(shop: ComparedShop) -> None:
    """The server's image is put under it, it stays on top, and it goes up."""
    here, till, goods, _ = two_tills(shop)
    till.edit(goods[0], price_minor=555)
    till.sync()
    shop.take_digests()
    sql(till, "UPDATE product SET cost_minor = 9 WHERE id = ?", goods[0])
    till.line.cut = True
    till.edit(goods[0], note="On the lower shelf")
    sql(
        till,
        "UPDATE product SET image = json_set(image, '$.values.name', 'Beanz') WHERE id = ?",
        goods[0],
    )
    before = found(till, "SELECT count(*) FROM outbox_group WHERE state = 'pending'")
    check = checked(till)
    assert check.repaired.put == 1
    product = till.product(goods[0])
    assert (product.note, product.name, product.price_minor) == ("On the lower shelf", "Beans", 555)
    assert found(till, "SELECT count(*) FROM outbox_group WHERE state = 'pending'") == before == 1
    till.line.cut = False
    till.sync()
    here.sync()
    assert here.product(goods[0]).note == "On the lower shelf"
    assert here.product(goods[0]).cost_minor == 0


def checked(till: TillOnRoad) -> integrity.Check:
    """One comparison of the organisation's stream, whatever waits."""
    number = found(till, "SELECT number FROM cursor WHERE stream = 'org'")
    assert isinstance(number, int)
    check = integrity.Check(Background(till.database), InlineChannel(till.line), "org", number)
    while check.step():
        pass
    return check


def test_an_extra_row_with_an_unsent_edit_is_left(shop: ComparedShop) -> None:
    """Nothing that waits for the server loses its row."""
    _, till, goods, _ = two_tills(shop)

    def add(uow: UnitOfWork) -> str:
        customer = Customer(id=uow.new_id(), name="Ada")
        uow.insert(customer)
        return customer.id

    till.line.cut = True
    ada = till.database.write(add)
    sql(till, "UPDATE customer SET version = 3 WHERE id = ?", ada)
    check = checked(till)
    assert (check.repaired.removed, check.repaired.left) == (0, 1)
    with till.database.read() as conn:
        assert outbox.waiting(conn).groups == 1
    assert found(till, "SELECT name FROM customer WHERE id = ?", ada) == "Ada"
    assert till.product(goods[0]).name == "Beans"


def test_a_lost_sale_of_another_till_comes_back_whole(shop: ComparedShop) -> None:
    """With its lines and payments, and a damaged one is put right."""
    _, till, _, sales = two_tills(shop)
    for table, key in (("sale_line", "sale_id"), ("payment", "sale_id"), ("sale", "id")):
        sql(till, f'DELETE FROM "{table}" WHERE {key} = ?', sales[0])
    sql(till, "UPDATE sale SET total_minor = 1 WHERE id = ?", sales[1])
    result = compare(till)
    assert (result.repaired, result.left) == (2, 0)
    totals = {sale.id: sale.total_minor for sale in till.find(Sale) if isinstance(sale, Sale)}
    assert totals == dict.fromkeys(sales, 400)


def test_a_sale_lost_where_it_was_rung_comes_back_and_counts(shop: ComparedShop) -> None:
    """The proof of this device counts it on both sides again."""
    till, _, _, sales = two_tills(shop)
    sql(till, "DELETE FROM sale WHERE id = ?", sales[0])
    assert not prove(till.database, till.line).sales_match
    result = compare(till)
    assert (result.repaired, result.left) == (1, 0)
    assert prove(till.database, till.line).agrees


def test_what_this_till_rang_is_never_changed(shop: ComparedShop) -> None:
    """A sale here that the server holds otherwise is told, and stays as it was rung."""
    till, _, _, sales = two_tills(shop)
    sql(till, "UPDATE sale SET note = 'here' WHERE id = ?", sales[0])
    result = compare(till)
    assert (result.repaired, result.left) == (0, 1)
    assert found(till, "SELECT note FROM sale WHERE id = ?", sales[0]) == "here"


def test_a_sale_that_only_this_till_holds_stays(shop: ComparedShop) -> None:
    """The server may have lost it: this may be the only place where it is left."""
    _, till, _, sales = two_tills(shop)
    other = sales[0][:-2] + ("00" if sales[0][-2:] != "00" else "01")
    sql(
        till,
        f"INSERT INTO sale (id, {', '.join(_rest('sale'))})"
        f" SELECT ?, {', '.join(_rest('sale'))} FROM sale WHERE id = ?",
        other,
        sales[0],
    )
    result = compare(till)
    assert (result.repaired, result.left) == (0, 1)
    assert found(till, "SELECT count(*) FROM sale WHERE id = ?", other) == 1


def test_what_moved_since_is_left_to_the_next_checkpoint(shop: ComparedShop) -> None:
    """A bucket that changed after the digests were taken says nothing about this till."""
    here, till, goods, _ = two_tills(shop)
    here.edit(goods[0], price_minor=450)
    here.sell(goods[1])
    here.sync()
    till.sync()
    result = compare(till)
    assert counts(result) == (0, 0, 0)
    assert loaded(till) == []
    sql(till, "UPDATE product SET price_minor = 1 WHERE id = ?", goods[0])
    assert counts(compare(till)) == (0, 0, 0)
    shop.take_digests()
    assert counts(compare(till)) == (1, 1, 0)
    assert till.product(goods[0]).price_minor == 450


def test_when_too_much_differs_all_is_loaded_afresh(
    shop: ComparedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bucket by bucket would take longer than a bootstrap; sales and the queue are kept."""
    till, _, goods, sales = two_tills(shop)
    monkeypatch.setattr(integrity, "REPAIR_BUCKETS_MAX", 2)
    sql(till, "UPDATE product SET price_minor = 1")
    result = compare(till)
    assert result.reloaded
    assert all(bucket == "" for _, bucket in loaded(till))
    assert {till.product(id_).price_minor for id_ in goods} == {400}
    assert {sale.id for sale in till.find(Sale)} == set(sales)
    assert prove(till.database, till.line).agrees
    shop.take_digests()
    assert counts(compare(till)) == (0, 0, 0)


def test_a_till_that_was_enrolled_anew_compares_and_proves_the_same(shop: ComparedShop) -> None:
    """A fresh till, given pages instead of entries, holds the very same facts."""
    two_tills(shop)
    fresh = shop.till()
    fresh.sync()
    assert counts(compare(fresh)) == (0, 0, 0)
    assert fresh.find(Product)
