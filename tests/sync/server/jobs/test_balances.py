"""Balances are summed in the background, once for however many movements, and never twice."""

import asyncio
import json
from collections.abc import Callable

import psycopg
import pytest

from localdb.domain.fields import MINOR_MAX
from localdb.domain.records import BalanceCheckpoint, BalanceMovement
from sync.protocol.messages import SentGroup
from sync.server.backend import Backend
from sync.server.core.ports import Balance, TooSlow
from sync.server.jobs import balances
from sync.server.jobs.looking import LookLoop
from sync.server.schema import ORG_STREAM
from tests.sync.server.tills import NEW_ID, Shop, Till, edit, insert

Look = Callable[[], int]


@pytest.fixture
def look(shop: Shop) -> Look:
    """Sums up what came; how many balances were written."""
    return lambda: shop.operator.run(lambda backend: backend.balancer.catch_up(shop.org_id))


def moves(
    till: Till, account_id: str, amount: int, kind: str = "gift_card", reason: str = "paid"
) -> SentGroup:
    """The group of one movement."""
    movement = BalanceMovement(
        id=NEW_ID(), store_id=till.identity.store_id, kind=kind, account_id=account_id,
        amount=amount, reason=reason, user_id=NEW_ID(), at_us=1,
    )  # fmt: skip
    return till.group(insert(movement))


def checkpoints(till: Till) -> list[tuple[str, str, int, dict[str, int]]]:
    """(kind, account, amount, includes) of every balance that came down, as it came."""
    rows = [row for entry in till.pull_all().entries for row in entry.rows]
    return [
        (v["kind"], v["account_id"], v["amount"], json.loads(v["includes"]))
        for v in (row.values for row in rows if row.type == "balance_checkpoint")
    ]


def test_two_stores_see_one_balance(shop: Shop, look: Look) -> None:
    """A card loaded in one store and spent in another holds what is left, in both."""
    here, there = shop.till(), shop.till(shop.operator.store(shop.org_id, "S02"))
    card = NEW_ID()
    here.push(moves(here, card, 5000), moves(here, card, -700))
    there.push(moves(there, card, -300))
    assert look() == 1
    balance = ("gift_card", card, 4000, {here.id: 2, there.id: 1})
    assert checkpoints(here) == checkpoints(there) == [balance]


def test_a_push_writes_no_balance(shop: Shop, look: Look) -> None:
    """Only movements; and what moved nothing is not written again."""
    till, card = shop.till(), NEW_ID()
    till.push(moves(till, card, 5000))
    assert checkpoints(till) == []
    assert [look(), look()] == [1, 0]
    till.push(till.sell(NEW_ID()))
    assert look() == 0
    assert shop.rows("SELECT head - balanced_to FROM stream WHERE stream <> %s", ORG_STREAM) == [
        (0,)
    ]


def test_a_retried_upload_counts_once(shop: Shop, look: Look) -> None:
    """Failure 27: loyalty points of a sale that was sent three times."""
    till, mary = shop.till(), NEW_ID()
    group = moves(till, mary, 20, "points")
    for _ in range(3):
        till.push(group)
    assert look() == 1
    till.push(group)
    assert look() == 0
    assert checkpoints(till) == [("points", mary, 20, {till.id: 1})]


def test_a_busy_account_is_written_once(shop: Shop, look: Look) -> None:
    """However often it moved since the last look."""
    till, mary = shop.till(), NEW_ID()
    till.push(*(moves(till, mary, 1, "points") for _ in range(30)))
    assert look() == 1
    assert [balance[2:] for balance in checkpoints(till)] == [(30, {till.id: 30})]


def test_a_balance_that_moved_is_an_edit(shop: Shop, look: Look) -> None:
    """Also to nothing: a spent card is not a forgotten one. Nobody is asked about it."""
    till, card = shop.till(), NEW_ID()
    till.push(moves(till, card, 5000))
    look()
    till.push(moves(till, card, -5000))
    look()
    assert [balance[2] for balance in checkpoints(till)] == [5000, 0]
    assert shop.rows("SELECT count(*), max(version) FROM balance_checkpoint") == [(1, 2)]
    assert shop.rows("SELECT count(*) FROM conflict") == [(0,)]


def test_a_long_backlog_goes_in_slices(
    shop: Shop, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few groups of a stream at once, a few accounts in a group."""
    monkeypatch.setattr(balances, "ENTRIES_MAX", 4)
    monkeypatch.setattr(balances, "ACCOUNTS_MAX", 3)
    till, cards = shop.till(), [NEW_ID() for _ in range(10)]
    till.push(*(moves(till, card, 100) for card in cards))
    before = len(till.pull_all().entries)
    assert look() == 10
    assert sorted(balance[1] for balance in checkpoints(till)) == cards
    entries = till.pull_all().entries[before:]
    assert [len(entry.rows) for entry in entries] == [3, 1, 3, 1, 2]


def test_two_processes_at_once_write_each_balance_once(shop: Shop) -> None:
    """Should both look at the same groups, the second finds the balances there."""
    till, cards = shop.till(), [NEW_ID() for _ in range(10)]
    till.push(*(moves(till, card, 100) for card in cards))

    async def both(backend: Backend) -> int:
        looks = (backend.balancer.catch_up(shop.org_id) for _ in range(2))
        return sum(await asyncio.gather(*looks))

    assert shop.operator.run(both) == 10
    assert shop.rows("SELECT count(*), max(version) FROM balance_checkpoint") == [(10, 1)]


def test_a_look_that_was_cut_short_is_done_again(shop: Shop, look: Look) -> None:
    """The process died between writing a balance and noting how far it was."""
    till, card = shop.till(), NEW_ID()
    till.push(moves(till, card, 5000))
    look()

    async def forget(backend: Backend) -> int:
        async with backend.store.transaction(shop.org_id) as tx:
            await tx.cursor.execute("UPDATE stream SET balanced_to = 0")
        return await LookLoop(backend.store, "balance", backend.balancer.catch_up, "").look()

    assert shop.operator.run(forget) == 0
    assert len(checkpoints(till)) == 1


def test_a_till_cannot_write_a_balance(shop: Shop, look: Look) -> None:
    """What a card holds follows from its movements, whatever a till says."""
    till, card = shop.till(), NEW_ID()
    till.push(moves(till, card, 5000))
    look()
    (row,) = [r for e in till.pull_all().entries for r in e.rows if r.type == "balance_checkpoint"]
    verdict = till.send(edit(BalanceCheckpoint, row.id, {"amount": 5000}, {"amount": 9000}))
    assert (verdict.kind, verdict.code) == ("rejected", "server_only")


def test_no_sum_is_too_large(shop: Shop, look: Look) -> None:
    """What nobody ever traded stops neither this card's balance nor the others'."""
    till, odd, card = shop.till(), NEW_ID(), NEW_ID()
    till.push(moves(till, odd, 1), moves(till, odd, 2), moves(till, card, 5))
    with psycopg.connect(shop.operator.config.owner_url.get_secret_value()) as connection:
        connection.execute(
            "UPDATE balance_movement SET amount = 9e18 WHERE account_id = %s", (odd,)
        )
    assert look() == 2
    amounts = {account: amount for _, account, amount, _ in checkpoints(till)}
    assert amounts == {odd: MINOR_MAX, card: 5}


def test_a_movement_that_cannot_be_is_refused(shop: Shop) -> None:
    """More than any cart comes to is no payment."""
    till = shop.till()
    verdicts = till.push(moves(till, NEW_ID(), 10**14), moves(till, NEW_ID(), 10**14 + 1))
    assert [verdict.kind for verdict in verdicts] == ["applied", "rejected"]


def test_an_account_that_cannot_be_summed_holds_no_other_up(
    shop: Shop, look: Look, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The others of its hundred are written, and the log names it."""
    till, odd, card = shop.till(), NEW_ID(), NEW_ID()
    till.push(moves(till, odd, 1), moves(till, card, 5))
    make = balances.checkpoint_id

    def made(balance: Balance) -> str:
        if balance.account_id == odd:
            raise ValueError("odd")
        return make(balance)

    monkeypatch.setattr(balances, "checkpoint_id", made)
    assert [look(), look()] == [1, 0]
    assert [account for _, account, *_ in checkpoints(till)] == [card]
    assert odd in caplog.text


def test_an_organisation_that_fails_holds_no_other_up(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever its data does to a job: the others have their turn, and so has it the next time."""
    other = shop.operator.org("Other Shop")
    asked: list[str] = []

    async def catch_up(org_id: str) -> int:
        asked.append(org_id)
        if org_id == shop.org_id:
            raise TooSlow("QueryCanceled", 1) if len(asked) % 2 else ValueError("odd")
        return 1

    async def job(backend: Backend) -> int:
        url = shop.operator.config.listen_url
        loop = LookLoop(backend.store, "test", catch_up, url)
        return await loop.look() + await loop.look()

    assert shop.operator.run(job) == 2 * len(set(asked)) - 2
    assert asked.count(shop.org_id) == asked.count(other) == 2
    assert shop.org_id in caplog.text
