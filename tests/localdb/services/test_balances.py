"""Cards are made and blocked, and balances put right by hand: under leave, and on record."""

from pathlib import Path

import pytest

from localdb.domain.records import AuditEntry, JournalEntry
from localdb.errors import Refusal
from localdb.queries import balances as queries
from localdb.services import balances, customers, settings
from tests.support.shops import Shop, small_shop


def audit(shop: Shop) -> list[tuple[str, int, str]]:
    entries = shop.till.write(lambda uow: uow.find(AuditEntry))
    return [(entry.action, entry.amount_minor, entry.detail) for entry in entries]


def test_a_new_card_is_good_as_long_as_the_shop_says(tmp_path: Path) -> None:
    """Empty, found by its code; for ever unless there is a time."""
    with small_shop(tmp_path) as shop:
        card = shop.till.write(balances.new_card, " 04006381333931 ")
        assert (card.code, card.expires_day) == ("4006381333931", 0)
        assert shop.till.ask(queries.card_by_code, "4006381333931") == card
        assert shop.till.ask(queries.balance, "gift_card", card.id) == 0
        shop.till.write(settings.change, "gift_card_days", "365")
        assert shop.till.write(balances.new_card, "GC-2").expires_day > 20_250_000


def test_a_code_is_given_to_one_card(tmp_path: Path) -> None:
    """The cashier is told what to do with a card that was sold before."""
    with small_shop(tmp_path) as shop:
        shop.till.write(balances.new_card, "GC-1")
        with pytest.raises(Refusal, match="Scan it again to load it"):
            shop.till.write(balances.new_card, "GC-1")
        with pytest.raises(Refusal, match="empty"):
            shop.till.write(balances.new_card, " ")


def test_a_lost_card_is_blocked_and_found_again(tmp_path: Path) -> None:
    """What is on it stays; each time it is in the audit log."""
    with small_shop(tmp_path) as shop:
        card = shop.till.write(balances.new_card, "GC-1")
        shop.till.write(balances.block_card, card.id, blocked=True)
        found = shop.till.ask(queries.card_by_code, "GC-1")
        assert found is not None
        assert not found.active
        shop.till.write(balances.block_card, card.id, blocked=False)
        assert [detail for _, _, detail in audit(shop)] == [
            "Card GC-1 blocked",
            "Card GC-1 good again",
        ]


def test_a_balance_put_right_is_on_record(tmp_path: Path) -> None:
    """A movement like any other, a link of the journal, and an entry that says why."""
    with small_shop(tmp_path) as shop:
        mary = shop.till.write(customers.create, "Mary")
        card = shop.till.write(balances.new_card, "GC-1")
        shop.till.write(balances.adjust, "gift_card", card.id, 2500, "damaged card replaced")
        shop.till.write(balances.adjust, "points", mary.id, -20, "counted twice")
        assert shop.till.ask(queries.balance, "gift_card", card.id) == 2500
        assert shop.till.ask(queries.balance, "points", mary.id) == -20
        assert audit(shop) == [
            ("adjust_balance", 2500, "gift card of GC-1: damaged card replaced"),
            ("adjust_balance", 0, "points of Mary: counted twice"),
        ]
        kinds = [e.kind for e in shop.till.write(lambda uow: uow.find(JournalEntry))]
        assert kinds.count("balance_adjusted") == 2


@pytest.mark.parametrize(
    ("kind", "amount", "reason", "says"),
    [
        ("gift_card", 0, "x", "Enter an amount"),
        ("gift_card", 5, " ", "Enter a reason"),
        ("points", 5, "x", "customer isn't on this till"),
    ],
)
def test_what_cannot_be_put_right_is_refused(
    tmp_path: Path, kind: str, amount: int, reason: str, says: str
) -> None:
    """And nothing is stored."""
    with small_shop(tmp_path) as shop:
        card = shop.till.write(balances.new_card, "GC-1")
        with pytest.raises(Refusal, match=says):
            shop.till.write(balances.adjust, kind, card.id, amount, reason)
        assert (shop.till.ask(queries.balance, "gift_card", card.id), audit(shop)) == (0, [])


def test_a_cashier_neither_blocks_nor_adjusts(tmp_path: Path) -> None:
    """Not without a manager's leave."""
    with small_shop(tmp_path) as shop:
        card = shop.till.write(balances.new_card, "GC-1")
        shop.till.sign_in(shop.cashier)
        with pytest.raises(Refusal, match="Only a manager"):
            shop.till.write(balances.block_card, card.id, blocked=True)
        with pytest.raises(Refusal, match="Only a manager"):
            shop.till.write(balances.adjust, "gift_card", card.id, 100, "x")
