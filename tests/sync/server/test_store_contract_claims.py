"""What every store must do for claims."""

import asyncio

from localdb.domain.records import Fact, Sale, SaleLine
from sync.server.core.ports import Claim, NewFact, Store
from sync.server.core.ports import Transaction as Tx
from tests.sync.server.contract import DEVICE, NEW_ID, OTHER, Contract, contract, product, row_of
from tests.sync.server.test_store_contract_balances import moved

__all__ = ["contract"]


def claims(contract: Contract, subject_id: str, now_us: int = 0) -> list[Claim]:
    return contract.within(lambda tx: tx.lock_claims("gift_card", subject_id, now_us))


def put(contract: Contract, subject_id: str, claim: Claim, kind: str = "gift_card") -> None:
    contract.within(lambda tx: tx.put_claim(kind, subject_id, claim))


def test_a_device_has_one_claim_on_a_thing(contract: Contract) -> None:
    """The next takes the place of the former one; nothing claimed ends it."""
    card = NEW_ID()
    put(contract, card, Claim(DEVICE, 100, 1, 50))
    put(contract, card, Claim(OTHER, 7, 2, 60))
    put(contract, card, Claim(DEVICE, 30, 4, 70))
    put(contract, card, Claim(DEVICE, 99, 4, 70), kind="points")
    put(contract, NEW_ID(), Claim(DEVICE, 98, 4, 70))
    both = sorted((Claim(DEVICE, 30, 4, 70), Claim(OTHER, 7, 2, 60)), key=lambda c: c.device_id)
    assert claims(contract, card) == both
    put(contract, card, Claim(DEVICE, 0, 9, 90))
    assert claims(contract, card) == [Claim(OTHER, 7, 2, 60)]


def test_a_claim_ends_by_the_clock(contract: Contract) -> None:
    """Nobody has to give it up, so nobody who died can keep it."""
    card = NEW_ID()
    put(contract, card, Claim(DEVICE, 100, 1, 50))
    assert claims(contract, card, 49) == [Claim(DEVICE, 100, 1, 50)]
    assert claims(contract, card, 50) == []


def test_what_moved_is_summed_for_all_and_for_each_since_a_number(contract: Contract) -> None:
    """An account's movements of one kind."""
    card = NEW_ID()
    facts = [
        moved(contract, "gift_card", card, 5000, DEVICE, 4),
        moved(contract, "gift_card", card, -700, DEVICE, 5),
        moved(contract, "gift_card", card, -300, OTHER, 9),
        moved(contract, "points", card, 12, OTHER, 10),
        moved(contract, "gift_card", NEW_ID(), 1, DEVICE, 6),
    ]

    async def story(tx: Tx) -> tuple[int, dict[str, int], dict[str, int]]:
        await tx.insert_facts({"balance_movement": facts})
        return (
            await tx.moved("gift_card", card),
            await tx.moved_since("gift_card", card, {DEVICE: 4, OTHER: 9, NEW_ID(): 0}),
            await tx.moved_since("gift_card", card, {}),
        )

    assert contract.within(story) == (4000, {DEVICE: -700}, {})


def test_refunds_of_a_line_are_summed(contract: Contract) -> None:
    """By the line they give back, not by their own."""
    sale = NEW_ID()
    sold = line(contract, sale, 3000)
    backs = [line(contract, sale, -quantity, sold.id) for quantity in (1000, 500)]

    async def story(tx: Tx) -> tuple[int, dict[str, int]]:
        facts = [NewFact(sold.values(), DEVICE, 1), NewFact(backs[0].values(), DEVICE, 2)]
        facts.append(NewFact(backs[1].values(), OTHER, 1))
        await tx.insert_facts({"sale": [NewFact(head(contract, sale).values(), DEVICE, 1)]})
        await tx.insert_facts({"sale_line": facts})
        return (
            await tx.moved("sale_line", sold.id),
            await tx.moved_since("sale_line", sold.id, {DEVICE: 1, OTHER: 1}),
        )

    assert contract.within(story) == (-1500, {DEVICE: -1000})


def test_a_held_cart_has_no_facts(contract: Contract) -> None:
    """What it is stands in its record alone."""
    cart = NEW_ID()
    assert contract.within(lambda tx: tx.moved("held_cart", cart)) == 0
    assert contract.within(lambda tx: tx.moved_since("held_cart", cart, {DEVICE: 0})) == {}


def test_a_record_is_read_as_it_stands(contract: Contract) -> None:
    """With its bookkeeping; None when there is no such."""
    row = row_of(product())
    contract.within(lambda tx: tx.insert_rows("product", [row]))
    assert contract.within(lambda tx: tx.reference("product", row.values["id"])) == row
    assert contract.within(lambda tx: tx.reference("product", NEW_ID())) is None


def test_claims_on_one_thing_are_made_one_after_the_other(contract: Contract) -> None:
    """Who reads the claims makes his before anybody else reads them."""
    card = NEW_ID()

    async def claim(store: Store, device_id: str) -> list[Claim]:
        async with store.transaction(contract.org_id) as tx:
            seen = await tx.lock_claims("gift_card", card, 0)
            await tx.put_claim("gift_card", card, Claim(device_id, 1, 0, 9))
        return seen

    async def both(store: Store) -> list[list[Claim]]:
        return list(await asyncio.gather(claim(store, DEVICE), claim(store, OTHER)))

    first, second = sorted(contract.tell(both), key=len)
    assert (len(first), len(second)) == (0, 1)


def head(contract: Contract, sale_id: str) -> Fact:
    return Sale(
        id=sale_id, store_id=contract.store_id, device_id=DEVICE, shift_id=NEW_ID(),
        cashier_id=NEW_ID(), receipt_number="1", currency="EUR", total_minor=1, tax_minor=0,
        line_count=1, rung_at_us=1, business_day=20260101,
    )  # fmt: skip


def line(
    contract: Contract, sale_id: str, quantity_milli: int, refund_of: str | None = None
) -> Fact:
    return SaleLine(
        id=NEW_ID(), store_id=contract.store_id, sale_id=sale_id, position=0, name="Beans",
        quantity_milli=quantity_milli, unit_price_minor=1, total_minor=1, refund_of=refund_of,
    )  # fmt: skip
