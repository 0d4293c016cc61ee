"""What every store must do for balances."""

from localdb.domain.records import BalanceMovement
from sync.server.core.ports import Balance, NewFact
from tests.sync.server.contract import DEVICE, NEW_ID, OTHER, Contract, contract

__all__ = ["contract"]


def moved(
    contract: Contract, kind: str, account_id: str, amount: int, device_id: str, dseq: int
) -> NewFact:
    """A movement that a device's group brings."""
    fact = BalanceMovement(
        id=NEW_ID(), store_id=contract.store_id, kind=kind, account_id=account_id, amount=amount,
        reason="paid", user_id=NEW_ID(), at_us=1,
    )  # fmt: skip
    return NewFact(fact.values(), device_id, dseq)


def test_a_balance_is_the_sum_of_all_movements(contract: Contract) -> None:
    """Each kind by itself, with the newest group of each device that is in it."""
    card, mary, other = sorted(NEW_ID() for _ in range(3))
    facts = [
        moved(contract, "gift_card", card, 5000, DEVICE, 4),
        moved(contract, "gift_card", card, -700, DEVICE, 2),
        moved(contract, "gift_card", card, -300, OTHER, 9),
        moved(contract, "points", mary, 12, OTHER, 3),
        moved(contract, "on_account", mary, 900, DEVICE, 1),
        moved(contract, "points", other, 1, DEVICE, 1),
    ]
    contract.within(lambda tx: tx.insert_facts({"balance_movement": facts}))
    assert contract.within(lambda tx: tx.balances([mary, card, NEW_ID()])) == [
        Balance("gift_card", card, 4000, {DEVICE: 4, OTHER: 9}),
        Balance("on_account", mary, 900, {DEVICE: 1}),
        Balance("points", mary, 12, {OTHER: 3}),
    ]
    assert contract.within(lambda tx: tx.balances([])) == []


def test_another_organisation_s_movements_do_not_count(contract: Contract) -> None:
    """Even on an account of the same id."""
    card = NEW_ID()
    fact = moved(contract, "gift_card", card, 5000, DEVICE, 1)
    contract.within(lambda tx: tx.insert_facts({"balance_movement": [fact]}))
    contract.org_id = NEW_ID()
    assert contract.within(lambda tx: tx.balances([card])) == []
