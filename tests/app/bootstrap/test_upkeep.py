"""What a till does for itself when nobody needs it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import sleep

import pytest

from app.bootstrap.figures import ChipFigures
from app.bootstrap.session import open_session
from app.bootstrap.upkeep import Upkeep
from localdb.domain.records import Product
from localdb.domain.tender import Tender
from localdb.queries.file_damage import file_damage
from localdb.services import setup
from localdb.services.checkout import checkout
from localdb.store import page_check
from localdb.store.database import Database
from localdb.store.page_check import DAY_US, PageCheck
from localdb.store.search import search
from tests.support.clock import Clock
from tests.support.shops import Shop, add, opened, small_shop

PAGE = 4096
at_once = partial(Upkeep, every_s=0.001, between_s=0.0)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A stand-alone till."""
    with small_shop(tmp_path) as made:
        yield made


def juices(shop: Shop, count: int) -> list[Product]:
    return [
        shop.till.write(add, f"J{n}", f"Juice {n}", 100, f"20000000000{n:02}", 0)
        for n in range(count)
    ]


def found(shop: Shop) -> list[str]:
    with shop.database.read() as conn:
        return search(conn, "juice")


def sell(shop: Shop, product: Product, times: int = 1) -> None:
    for _ in range(times):
        shop.till.write(checkout, shop.cart(product), Tender(100, shop.till.currency).pay_cash())


def wait_until_first(shop: Shop, product: Product) -> None:
    """As long as the test runner allows."""
    while found(shop)[0] != product.id:
        sleep(0.005)


def test_what_sells_comes_first_on_a_till_on_its_own(shop: Shop) -> None:
    """Real sales move a product up in the search, without a server and without a restart."""
    made = juices(shop, 3)
    assert found(shop)[0] == made[0].id
    upkeep = at_once(shop.database, shop.clock)
    upkeep.start()
    try:
        sell(shop, made[2])
        wait_until_first(shop, made[2])
        sell(shop, made[1], 2)
        wait_until_first(shop, made[1])
    finally:
        upkeep.stop()


def test_nothing_is_ranked_while_somebody_pays(shop: Shop) -> None:
    """It waits behind the payment screen, and closing the program does not wait for that."""
    made = juices(shop, 2)
    with shop.till.hold_sync():
        upkeep = at_once(shop.database, shop.clock)
        upkeep.start()
        sell(shop, made[1])
        upkeep.stop()
        assert found(shop)[0] == made[0].id


def test_a_session_keeps_its_till_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a till has the upkeep running, and it ends before the database closes."""
    calls: list[str] = []
    monkeypatch.setattr(Upkeep, "start", lambda _self: calls.append("start"))
    monkeypatch.setattr(Upkeep, "stop", lambda _self: calls.append("stop"))
    with open_session(tmp_path, use_keyring=False) as session:
        assert calls == ["start"]
        assert not session.till.is_set_up
    assert calls == ["start", "stop"]


@contextmanager
def kept_up(database: Database, clock: Clock, **how: int) -> Iterator[None]:
    """The upkeep at work, and ended."""
    upkeep = at_once(database, clock, **how)
    upkeep.start()
    try:
        yield
    finally:
        upkeep.stop()


def check_of(database: Database) -> PageCheck:
    with database.read() as conn:
        return page_check.load(conn)


def wait_until(database: Database, holds: Callable[[PageCheck], bool]) -> PageCheck:
    """As long as the test runner allows."""
    while not holds(check := check_of(database)):
        sleep(0.005)
    return check


def flip(file: Path, page: int) -> None:
    """Damage two bytes in the middle of a page, which are counted from 0."""
    data = bytearray(file.read_bytes())
    for place in (page * PAGE + PAGE // 2, page * PAGE + PAGE // 2 + 1):
        data[place] ^= 0xFF
    file.write_bytes(data)


def test_damage_is_found_without_anybody_meeting_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged by name and kept; the next day's check begins anew and finds it once more."""
    with small_shop(tmp_path) as shop:
        juices(shop, 60)
        with shop.database.read_afresh() as connection:
            sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'ix_product_sku'"
            root = connection.execute(sql).fetchone()[0]
    flip(tmp_path / "till.db", root - 1)
    clock = Clock()
    with opened(tmp_path, clock) as database, kept_up(database, clock):
        with caplog.at_level(logging.ERROR, "app.bootstrap.upkeep"):
            check = wait_until(database, lambda check: check.begun_us > 0 and check.is_done)
        assert set(check.damaged) == {"ix_product_sku"}
        assert "damaged in ix_product_sku" in caplog.text
        clock.us += DAY_US
        again = wait_until(
            database, lambda later: later.is_done and later.begun_us > check.begun_us
        )
        assert again.damaged == check.damaged


def test_the_check_goes_on_after_a_restart(tmp_path: Path) -> None:
    """A program that is closed in the middle reads on from there."""
    with small_shop(tmp_path) as shop:
        with kept_up(shop.database, shop.clock, slice_rows=1):
            wait_until(shop.database, lambda check: check.at > "h")
        left = check_of(shop.database)
        assert not left.is_done
    clock = Clock(shop.clock.us)
    with opened(tmp_path, clock) as database:
        assert check_of(database) == left
        with kept_up(database, clock, slice_rows=1):
            after = wait_until(database, lambda check: check != left)
            assert after.is_done or (after.at, after.after) > (left.at, left.after)
            done = wait_until(database, lambda check: check.is_done)
        assert done.begun_us == left.begun_us
        assert not done.damaged


def test_nothing_is_checked_while_somebody_pays(shop: Shop) -> None:
    """The check waits as the ranking does, and closing the program does not wait for it."""
    with shop.till.hold_sync():
        with kept_up(shop.database, shop.clock):
            sleep(0.05)
        assert check_of(shop.database) == PageCheck()
    with kept_up(shop.database, shop.clock):
        wait_until(shop.database, lambda check: check.begun_us > 0)


def test_the_chip_counts_damage(tmp_path: Path) -> None:
    """On a till on its own, too: the manager is told what, and what to do."""
    new = setup.NewShop(store_name="Shop", manager_name="Ada", manager_pin="1234")
    with open_session(tmp_path, use_keyring=False) as session:
        session.till.write(setup.stand_alone, new)
        figures = ChipFigures(session, lambda: None)
        assert figures().attention == 0
        found = PageCheck(1, damaged={"sale": 5, "ix_sale_shift_id": 4})
        session.database.write(lambda uow: page_check.save(uow.connection, found))
        assert figures().attention == 1
        assert figures().is_damaged
        damage = session.till.ask(file_damage)
        assert damage is not None
        assert damage.file == tmp_path / "till.db"
        assert (damage.names, damage.found_us) == (("ix_sale_shift_id", "sale"), 4)
        figures.close()
