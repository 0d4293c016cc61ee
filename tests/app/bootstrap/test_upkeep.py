"""What a till does for itself when nobody needs it."""

from collections.abc import Iterator
from pathlib import Path
from time import sleep

import pytest

from app.bootstrap.session import open_session
from app.bootstrap.upkeep import Upkeep
from localdb.domain.records import Product
from localdb.domain.tender import Tender
from localdb.services.checkout import checkout
from localdb.store.search import search
from tests.support.shops import Shop, add, small_shop

AT_ONCE = {"every_s": 0.001, "between_s": 0.0}


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
    upkeep = Upkeep(shop.database, **AT_ONCE)
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
        upkeep = Upkeep(shop.database, **AT_ONCE)
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
