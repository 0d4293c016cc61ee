"""The whole road: real tills, real HTTP, the real server on a real PostgreSQL."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

import pytest

from localdb.domain.journal import told_of_sale
from localdb.domain.records import Conflict, Product, Record, Sale, StockMovement
from localdb.store import rows, stock_levels, sync_state
from localdb.store.database import Database
from localdb.store.sync_state import Cursor
from localdb.store.unit_of_work import UnitOfWork
from sync.client.bootstrap import load_now
from sync.client.engine import SyncEngine
from sync.client.enrol import enrol
from sync.client.hints import HintListener
from sync.client.http_gateway import HttpGateway
from sync.client.proof import prove
from sync.client.status import Connection
from sync.client.token_store import TokenStore
from sync.protocol.gateway import NetworkFault, RequestRefused
from sync.protocol.messages import Hint, PushReply, PushRequest
from sync.server.backend import wall_clock_us
from tests.support.postgres import database
from tests.support.server import Operator, RunningServer
from tests.sync.client.test_worker import eventually

__all__ = ["database"]
"""Here it is the server's, not a till's as elsewhere in this folder."""


class Line(HttpGateway):
    """HTTP that can be cut, before the request or on the way back."""

    cut = False
    lose_replies = 0

    def push(self, request: PushRequest) -> PushReply:
        if self.cut:
            raise NetworkFault("The server cannot be reached.")
        reply = super().push(request)
        if self.lose_replies:
            self.lose_replies -= 1
            raise NetworkFault("The connection to the server broke off.")
        return reply


@dataclass
class TillOnRoad:
    """An enrolled till; ``sync`` runs its engine until all is quiet."""

    database: Database
    line: Line
    tokens: TokenStore
    now: float = 0.0
    engine: SyncEngine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = SyncEngine(
            self.database,
            self.line,
            now_us=wall_clock_us,
            random=lambda: 0.5,
            cart_is_empty=lambda: True,
            save_token=self.tokens.save,
        )

    def sync(self) -> None:
        """Step until both directions are idle."""
        self.engine.sync_now()
        for _ in range(200):
            if self.engine.step(self.now) > self.now:
                return
        raise AssertionError("the engine spins")

    def find(self, record: type[Record]) -> list[Record]:
        with self.database.read() as conn:
            return rows.find(conn, record)

    def product(self, product_id: str) -> Product:
        with self.database.read() as conn:
            found = rows.get(conn, Product, product_id)
        assert found is not None
        return found

    def stock(self, product_id: str) -> int:
        with self.database.read() as conn:
            identity = self.database.identity
            assert identity is not None
            return stock_levels.level(conn, identity.store_id, product_id)

    def add_product(self, price_minor: int = 400, stock_milli: int = 10_000) -> str:
        def job(uow: UnitOfWork) -> str:
            beans = Product(
                id=uow.new_id(), sku=f"B-{uow.new_id()[-6:]}", name="Beans",
                price_minor=price_minor, tax_class_id=uow.new_id(),
            )  # fmt: skip
            uow.insert(beans, _movement(uow, beans.id, stock_milli, "receive"))
            return beans.id

        return self.database.write(job)

    def edit(self, product_id: str, **changes: object) -> None:
        self.database.write(lambda uow: uow.edit(Product, product_id, **changes))

    def sell(self, product_id: str, quantity_milli: int = 1_000) -> str:
        def job(uow: UnitOfWork) -> str:
            sale = _sale(uow, 400 * quantity_milli // 1000)
            uow.insert(sale, _movement(uow, product_id, -quantity_milli, "sale"))
            uow.journal(sale.kind, told_of_sale(sale))
            return sale.id

        return self.database.write(job)


def _movement(uow: UnitOfWork, product_id: str, quantity_milli: int, reason: str) -> StockMovement:
    return StockMovement(
        id=uow.new_id(), store_id=uow.identity.store_id, product_id=product_id,
        quantity_milli=quantity_milli, reason=reason, at_us=uow.now_us,
    )  # fmt: skip


def _sale(uow: UnitOfWork, total_minor: int) -> Sale:
    identity = uow.identity
    number = f"{identity.store_code}-{identity.till_code}-{uow.next_number('receipt'):06d}"
    return Sale(
        id=uow.new_id(), store_id=identity.store_id, device_id=identity.device_id,
        shift_id=uow.new_id(), cashier_id=uow.new_id(), receipt_number=number, currency="EUR",
        total_minor=total_minor, tax_minor=0, line_count=0, rung_at_us=uow.now_us,
        business_day=20260101,
    )  # fmt: skip


class NewTill(Protocol):
    """Enrols one more till, in the shop's first store or in another one."""

    def __call__(self, store_code: str = "S01", *, manages: bool = True) -> TillOnRoad: ...


@pytest.fixture
def new_till(server: RunningServer, operator: Operator, tmp_path: Path) -> Iterator[NewTill]:
    """Enrols tills of one shop, each with a loaded database of its own."""
    org = operator.org()
    store_of = cache(lambda code: operator.store(org, code))
    with ExitStack() as stack:

        def make(store_code: str = "S01", *, manages: bool = True) -> TillOnRoad:
            store = store_of(store_code)
            folder = tmp_path / f"till-{len(list(tmp_path.iterdir()))}"
            database = Database.open(folder, key=bytes(32), now_us=wall_clock_us)
            stack.callback(database.close)
            tokens = TokenStore(folder)
            line = stack.enter_context(Line(server.url, tokens.load))
            code = operator.code(org, store, manages=manages)
            enrol(database, line, tokens, code=code, till_name="Front")
            load_now(database, line, lambda _: None)
            till = TillOnRoad(database, line, tokens)
            stack.callback(till.engine.close)
            return till

        yield make


def test_what_one_till_does_reaches_the_other_and_both_can_prove_it(new_till: NewTill) -> None:
    """Catalogue and sales go up, come down, and counts, sums, journal and digests agree."""
    here, there = new_till(), new_till()
    beans = here.add_product()
    for _ in range(60):
        here.sell(beans)
    here.sync()
    there.sync()
    here.sync()
    assert there.product(beans).price_minor == 400
    assert len(there.find(Sale)) == 60
    assert (here.stock(beans), there.stock(beans)) == (-50_000, -50_000)
    for till in (here, there):
        proof = prove(till.database, till.line)
        assert proof.agrees, proof
    assert prove(here.database, here.line).sales_there.total_minor == 60 * 400
    assert here.engine.status.connection is Connection.ONLINE


def test_a_difference_is_found(new_till: NewTill) -> None:
    """One wrong price on one side, or one sale that never went up, and nothing is claimed."""
    here = new_till()
    beans = here.add_product()
    here.sync()
    here.sync()

    def corrupt(uow: UnitOfWork) -> None:
        uow.connection.exec_driver_sql("UPDATE product SET price_minor = 1")

    here.database.write(corrupt)
    proof = prove(here.database, here.line)
    assert [one.type for one in proof.types if not one.matches] == ["product"]
    assert proof.sales_match
    here.sell(beans)
    proof = prove(here.database, here.line)
    assert (proof.sales_match, proof.waiting) == (False, 1)
    assert (proof.sales_here.count, proof.sales_there.count) == (1, 0)


def test_a_till_enrolled_later_loads_what_is_there(new_till: NewTill) -> None:
    """A fresh till bootstraps: same records, same stock, same digests."""
    here = new_till()
    beans = [here.add_product(stock_milli=1_000 * n) for n in range(1, 30)]
    here.sell(beans[0])
    here.sync()
    late = new_till()
    late.sync()
    assert len(late.find(Product)) == 29
    assert [late.stock(one) for one in beans] == [here.stock(one) for one in beans]
    assert prove(late.database, late.line).agrees


def test_a_lost_reply_makes_one_sale(new_till: NewTill) -> None:
    """Failure 10: committed on the server, answer lost, sent again: the sale is there once."""
    here = new_till()
    beans = here.add_product()
    here.sell(beans)
    here.line.lose_replies = 2
    here.sync()
    assert here.engine.status.waiting == 2
    here.sync()
    here.sync()
    here.sync()
    proof = prove(here.database, here.line)
    assert (proof.sales_there.count, proof.waiting) == (1, 0)
    assert proof.agrees


def test_two_prices_make_a_conflict_on_both_tills(new_till: NewTill) -> None:
    """The same field changed to different values offline: the first stands, a manager is asked."""
    here, there = new_till(), new_till()
    beans = here.add_product()
    here.sync()
    there.sync()
    here.edit(beans, price_minor=450)
    there.edit(beans, price_minor=500, note="Fair trade")
    here.sync()
    there.sync()
    there.sync()
    here.sync()
    for till in (here, there):
        assert till.product(beans).price_minor == 450
        assert till.product(beans).note == "Fair trade"
        (conflict,) = till.find(Conflict)
        assert isinstance(conflict, Conflict)
        assert (conflict.kind, conflict.state) == ("field", "open")
        assert till.engine.status.conflicts_open == 1
        assert prove(till.database, till.line).agrees


def test_an_edit_of_a_deleted_product_does_not_bring_it_back(new_till: NewTill) -> None:
    """Failure 22: edited offline, deleted elsewhere meanwhile: still deleted, and a conflict."""
    here, there = new_till(), new_till()
    beans = here.add_product()
    here.sync()
    there.sync()
    here.edit(beans, deleted=True)
    here.sync()
    there.edit(beans, name="Better beans")
    there.sync()
    there.sync()
    assert there.product(beans).deleted
    assert [c.kind for c in there.find(Conflict) if isinstance(c, Conflict)] == ["delete"]


def test_stock_sold_offline_on_two_tills_adds_up(new_till: NewTill) -> None:
    """Failure 23: four here, three there, ten before: three everywhere."""
    here, there = new_till(), new_till()
    beans = here.add_product()
    here.sync()
    there.sync()
    here.line.cut = there.line.cut = True
    here.sell(beans, 4_000)
    there.sell(beans, 3_000)
    here.sync()
    there.sync()
    assert (here.stock(beans), there.stock(beans)) == (6_000, 7_000)
    here.line.cut = there.line.cut = False
    for till in (here, there, here):
        till.sync()
    assert (here.stock(beans), there.stock(beans)) == (3_000, 3_000)
    late = new_till()
    assert late.stock(beans) == 3_000


def test_a_cursor_of_another_epoch_loads_afresh(new_till: NewTill) -> None:
    """Failure 18: a till that cannot go on loads anew, keeps its own, and agrees again."""
    here = new_till()
    beans = here.add_product()
    here.sync()
    here.line.cut = True
    here.sell(beans)

    def forget(uow: UnitOfWork) -> None:
        sync_state.put_cursor(uow.connection, "org", Cursor("from-before-the-restore", 1))

    here.database.write(forget)
    here.sync()
    assert len(here.find(Sale)) == 1
    assert here.stock(beans) == 9_000
    here.line.cut = False
    here.sync()
    here.sync()
    assert prove(here.database, here.line).agrees
    assert here.stock(beans) == 9_000


def test_a_code_enrols_one_till(new_till: NewTill, operator: Operator, tmp_path: Path) -> None:
    """A wrong code is refused in words, and the till stays as it was."""
    here = new_till()
    folder = tmp_path / "other"
    database = Database.open(folder, key=None, now_us=wall_clock_us)
    try:
        with pytest.raises(RequestRefused):
            enrol(database, here.line, TokenStore(folder), code="WRONG-CODE", till_name="Front")
        assert database.identity is None
    finally:
        database.close()


def test_a_change_elsewhere_hints_at_this_till(new_till: NewTill) -> None:
    """A live hint comes over the WebSocket soon after the other till's commit."""
    here, there = new_till(), new_till()
    heard: list[Hint | None] = []
    connected = threading.Event()
    listener = HintListener(
        there.line.base_url,
        there.tokens.load,
        heard.append,
        lambda live: connected.set() if live.connected else None,
        random=lambda: 0.0,
    )
    listener.start()
    try:
        eventually(connected.is_set)
        here.add_product()
        here.sync()
        eventually(lambda: len(heard) > 0)
        assert heard[0] is not None
        with here.database.read() as conn:
            assert heard[0].number == sync_state.cursor(conn, heard[0].stream).number
    finally:
        listener.stop()
