"""What a till knows of a balance, and how much of it may be spent."""

import json
from pathlib import Path
from typing import Any

import pytest

from localdb.domain.records import BalanceCheckpoint, BalanceMovement, Customer, GiftCard
from localdb.queries import balances
from localdb.services import settings
from localdb.store import outbox
from localdb.store.unit_of_work import UnitOfWork
from tests.support.shops import Shop, small_shop
from tests.support.verdicts import record_verdict

TODAY = 20261121


def moved(
    uow: UnitOfWork, kind: str, account_id: str, amount: int, origin: tuple[str, int] | None = None
) -> None:
    """A movement of this till, or one that came from another till's group."""
    assert uow.user_id is not None
    movement = BalanceMovement(
        id=uow.new_id(),
        store_id=uow.identity.store_id,
        kind=kind,
        account_id=account_id,
        amount=amount,
        reason="sale",
        user_id=uow.user_id,
        at_us=uow.now_us,
    )
    uow.insert(movement)
    if origin:
        uow.connection.exec_driver_sql(
            "UPDATE balance_movement SET origin_device = ?, origin_dseq = ? WHERE id = ?",
            (*origin, movement.id),
        )


def summed(uow: UnitOfWork, kind: str, account_id: str, amount: int, includes: object) -> None:
    """A checkpoint as it comes from the server."""
    uow.insert(
        BalanceCheckpoint(
            id=uow.new_id(),
            kind=kind,
            account_id=account_id,
            amount=amount,
            includes=json.dumps(includes),
        )
    )


def card(shop: Shop, code: str = "GC-1", **fields: Any) -> GiftCard:
    made = GiftCard.from_values({"id": new_id(shop), "code": code, **fields})
    shop.till.write(lambda uow: uow.insert(made))
    return made


def customer(shop: Shop, **fields: Any) -> Customer:
    made = Customer.from_values({"id": new_id(shop), "name": "Mary", **fields})
    shop.till.write(lambda uow: uow.insert(made))
    return made


def new_id(shop: Shop) -> str:
    return shop.till.write(UnitOfWork.new_id)


def delivered(shop: Shop) -> None:
    """All that waits has its verdict."""

    def settle(uow: UnitOfWork) -> None:
        for row in outbox.next_batch(uow.connection, 1000, 10**9):
            record_verdict(uow, row.dseq, "applied", "", "", {})

    shop.till.write(settle)


def test_a_balance_is_the_checkpoint_and_what_lies_beyond_it(tmp_path: Path) -> None:
    """A movement that the checkpoint includes counts once; a later one, and an own one, is added.

    Failure 27: whatever was sent again, no movement is counted twice.
    """
    with small_shop(tmp_path) as shop:
        mine, theirs = card(shop), new_id(shop)
        own = shop.till.identity.device_id
        write = shop.till.write
        write(moved, "gift_card", mine.id, 5000, (theirs, 7))
        write(moved, "gift_card", mine.id, -1000, (theirs, 9))
        assert shop.till.ask(balances.balance, "gift_card", mine.id) == 4000
        write(summed, "gift_card", mine.id, 4700, {theirs: 7, own: 2})
        assert shop.till.ask(balances.balance, "gift_card", mine.id) == 3700
        write(moved, "gift_card", mine.id, -200)
        write(moved, "points", mine.id, 99)
        assert shop.till.ask(balances.balance, "gift_card", mine.id) == 3500
        assert shop.till.ask(balances.balances, mine.id) == {
            "gift_card": 3500, "store_credit": 0, "points": 99, "on_account": 0,
        }  # fmt: skip


def test_without_the_server_a_card_pays_up_to_the_limit(tmp_path: Path) -> None:
    """The limit is for all that the server has not seen, so two small sales are no way around."""
    with small_shop(tmp_path) as shop:
        mine = card(shop)
        shop.till.write(settings.change, "gift_card_offline_minor", "2000")
        shop.till.write(moved, "gift_card", mine.id, 5000)
        delivered(shop)
        found = spendable(shop, "gift_card", mine.id)
        assert (found.minor, found.balance) == (2000, 5000)
        assert "server" in found.reason
        shop.till.write(moved, "gift_card", mine.id, -1500)
        assert spendable(shop, "gift_card", mine.id).minor == 500
        assert spendable(shop, "gift_card", mine.id, taken_minor=400).minor == 100
        delivered(shop)
        assert spendable(shop, "gift_card", mine.id).minor == 2000


def test_the_server_may_grant_more_or_less_than_the_till_knows(tmp_path: Path) -> None:
    """It also knows what other stores' tills did."""
    with small_shop(tmp_path) as shop:
        mine = card(shop)
        assert spendable(shop, "gift_card", mine.id, granted_minor=9000).minor == 9000
        shop.till.write(moved, "gift_card", mine.id, 5000)
        assert spendable(shop, "gift_card", mine.id, granted_minor=300).minor == 300
        none = spendable(shop, "gift_card", mine.id, granted_minor=0)
        assert (none.minor, none.reason) == (0, "Nothing is left on this card.")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"active": False}, "blocked"),
        ({"expires_day": 20261120}, "has expired"),
        ({"deleted": True}, "card isn't on this till"),
    ],
)
def test_a_card_that_is_not_good_pays_nothing(
    tmp_path: Path, fields: dict[str, Any], says: str
) -> None:
    """It says why, also when the server would grant it."""
    with small_shop(tmp_path) as shop:
        mine = card(shop, **fields)
        shop.till.write(moved, "gift_card", mine.id, 5000)
        for granted in (None, 5000):
            found = spendable(shop, "gift_card", mine.id, granted_minor=granted)
            assert found.minor == 0
            assert says in found.reason


def test_a_card_is_good_on_its_last_day(tmp_path: Path) -> None:
    """The day it expires is the last one it pays on."""
    with small_shop(tmp_path) as shop:
        mine = card(shop, expires_day=TODAY)
        shop.till.write(moved, "gift_card", mine.id, 100)
        assert spendable(shop, "gift_card", mine.id).minor == 100


def test_points_pay_what_the_shop_says_they_are_worth(tmp_path: Path) -> None:
    """Only whole points pay; a shop that gives them no worth takes none."""
    with small_shop(tmp_path) as shop:
        mary = customer(shop)
        shop.till.write(moved, "points", mary.id, 250)
        assert "takes no points" in spendable(shop, "points", mary.id).reason
        shop.till.write(settings.change, "point_minor", "3")
        assert spendable(shop, "points", mary.id).minor == 750
        shop.till.write(settings.change, "gift_card_offline_minor", "100")
        assert spendable(shop, "points", mary.id).minor == 99


def test_a_customer_owes_up_to_the_limit(tmp_path: Path) -> None:
    """What is owed already is taken off; without a limit nothing is sold on account."""
    with small_shop(tmp_path) as shop:
        mary, tom = customer(shop, credit_limit_minor=10_000), customer(shop, name="Tom")
        shop.till.write(moved, "on_account", mary.id, 9_500)
        found = spendable(shop, "on_account", mary.id)
        assert (found.minor, found.balance) == (500, 9_500)
        assert "no account" in spendable(shop, "on_account", tom.id).reason
        assert "customer isn't on this till" in spendable(shop, "store_credit", new_id(shop)).reason


def test_a_card_is_found_by_its_code(tmp_path: Path) -> None:
    """As scanned or typed; blocked ones too, for they must be told apart from unknown ones."""
    with small_shop(tmp_path) as shop:
        mine = card(shop, "4006381333931", active=False)
        assert shop.till.ask(balances.card_by_code, " 04006381333931 ") == mine
        for unknown in ("", "GC-2", "\x00"):
            assert shop.till.ask(balances.card_by_code, unknown) is None


def spendable(
    shop: Shop,
    kind: str,
    account_id: str,
    *,
    taken_minor: int = 0,
    granted_minor: int | None = None,
) -> balances.Spendable:
    """What an account pays today."""
    return shop.till.ask(
        balances.spendable,
        kind,
        account_id,
        day=TODAY,
        taken_minor=taken_minor,
        granted_minor=granted_minor,
    )
