"""What a till used up and the server cannot know of yet."""

from dataclasses import replace
from pathlib import Path

import pytest

from localdb.domain.records import SaleLine
from localdb.queries.unsent import Unsent, unsent
from localdb.store.unit_of_work import UnitOfWork
from tests.localdb.queries.test_balances import delivered, moved, new_id
from tests.localdb.store.samples import sale_records
from tests.support.shops import Shop, small_shop


def waiting(shop: Shop, kind: str, subject_id: str) -> Unsent:
    return shop.till.ask(unsent, kind, subject_id)


@pytest.mark.parametrize(
    ("kind", "used"),
    [("gift_card", 700), ("store_credit", 700), ("points", 700), ("on_account", -700)],
)
def test_what_was_spent_is_counted_until_it_is_delivered(
    tmp_path: Path, kind: str, used: int
) -> None:
    """From the last group that has a verdict; what another till did is none of this one's."""
    with small_shop(tmp_path) as shop:
        account = new_id(shop)
        shop.till.write(moved, kind, account, 5000)
        assert waiting(shop, kind, account) == Unsent(0, 5000 if kind == "on_account" else -5000)
        delivered(shop)
        settled = waiting(shop, kind, account)
        assert settled.used == 0
        shop.till.write(moved, kind, account, -700)
        shop.till.write(moved, kind, account, -99, (new_id(shop), settled.after + 5))
        assert waiting(shop, kind, account) == Unsent(settled.after, used)


def test_refunds_of_a_line_are_counted_until_they_are_delivered(tmp_path: Path) -> None:
    """By the line they give back."""
    with small_shop(tmp_path) as shop:
        sold = new_id(shop)
        delivered(shop)
        shop.till.write(given_back, sold, -1000)
        shop.till.write(given_back, sold, -500)
        shop.till.write(given_back, new_id(shop), -500)
        assert waiting(shop, "sale_line", sold).used == 1500
        assert waiting(shop, "held_cart", sold).used == 0
        delivered(shop)
        assert waiting(shop, "sale_line", sold).used == 0


def given_back(uow: UnitOfWork, line_id: str, quantity_milli: int) -> None:
    records = sale_records(
        uow.identity, uow.new_id, uow.new_id(), uow.new_id(), quantity_milli, uow.now_us
    )
    uow.insert(*(replace(r, refund_of=line_id) if isinstance(r, SaleLine) else r for r in records))
