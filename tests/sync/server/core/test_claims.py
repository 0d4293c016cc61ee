"""Who may use up what several tills could: decided by the facts, and by who asked first."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.records import Customer, HeldCart
from sync.protocol.limits import CLAIM_S
from sync.protocol.messages import ClaimKind, ClaimReply, ClaimRequest
from sync.server.core.admission import Device
from sync.server.core.claims import Claims, Thing, still_claimed
from sync.server.core.ports import Claim, NewFact, Services, Store
from sync.server.core.rows import Stamp
from tests.sync.server.contract import DEVICE, NEW_ID, OTHER, Contract, contract, row_of
from tests.sync.server.test_store_contract_balances import moved
from tests.sync.server.test_store_contract_claims import head, line

__all__ = ["contract"]


@dataclass(slots=True)
class Desk:
    """Tills ask; the clock moves by hand."""

    contract: Contract
    now_us: int = 1_000_000

    def ask(
        self, subject_id: str, amount: int, device_id: str = DEVICE, after: int = 0,
        kind: ClaimKind = "gift_card",
    ) -> ClaimReply:  # fmt: skip
        services = Services(lambda: self.now_us, NEW_ID, lambda count: bytes(count))
        device = Device(self.contract.org_id, device_id, self.contract.store_id)
        wish = ClaimRequest(kind=kind, subject_id=subject_id, amount=amount, after=after)

        async def told(store: Store) -> ClaimReply:
            return await Claims(store, services).ask(device, wish)

        reply: ClaimReply = self.contract.tell(told)
        assert reply.subject_id == subject_id
        return reply

    def granted(self, *args: object, **given: object) -> int:
        """How much of it."""
        asked: Callable[..., ClaimReply] = self.ask
        return asked(*args, **given).granted

    def move(
        self, account_id: str, amount: int, device_id: str, dseq: int, kind: str = "gift_card"
    ) -> None:
        """A movement arrives."""
        fact = moved(self.contract, kind, account_id, amount, device_id, dseq)
        self.contract.within(lambda tx: tx.insert_facts({"balance_movement": [fact]}))


@pytest.fixture
def desk(contract: Contract) -> Desk:
    return Desk(contract)


def test_a_card_is_spent_once(desk: Desk) -> None:
    """Two tills want all of it: the first has it, the second what is left and who has the rest."""
    card = NEW_ID()
    desk.move(card, 5000, DEVICE, 1)
    assert desk.granted(card, 4000, after=1) == 4000
    reply = desk.ask(card, 4000, OTHER)
    assert (reply.granted, reply.held_by) == (1000, DEVICE)
    assert desk.granted(card, 5000, after=1) == 4000


def test_a_claim_may_be_made_again_and_given_up(desk: Desk) -> None:
    """A lost answer, another amount, a payment that was taken back."""
    card = NEW_ID()
    desk.move(card, 5000, OTHER, 1)
    assert [desk.granted(card, amount) for amount in (4000, 4000, 2000)] == [4000, 4000, 2000]
    assert desk.granted(card, 5000, OTHER, after=1) == 3000
    assert desk.granted(card, 0) == 0
    assert desk.granted(card, 5000, OTHER, after=1) == 5000


def test_a_till_that_died_blocks_nobody(desk: Desk) -> None:
    """Its claim is over after two minutes."""
    card = NEW_ID()
    desk.move(card, 5000, DEVICE, 1)
    desk.ask(card, 5000, after=1)
    desk.now_us += CLAIM_S * 1_000_000 - 1
    assert desk.granted(card, 5000, OTHER) == 0
    desk.now_us += 1
    assert desk.granted(card, 5000, OTHER) == 5000


def test_what_was_used_is_claimed_no_more(desk: Desk) -> None:
    """Once its sale is here, a till's claim does not count beside it."""
    card = NEW_ID()
    desk.move(card, 5000, OTHER, 1)
    desk.ask(card, 3000, after=7)
    desk.move(card, -2000, DEVICE, 8)
    reply = desk.ask(card, 5000, OTHER, after=1)
    assert (reply.granted, reply.held_by) == (2000, DEVICE)
    desk.move(card, -1000, DEVICE, 9)
    assert desk.granted(card, 5000, OTHER, after=1) == 2000


def test_what_a_till_counts_itself_counts_once(desk: Desk) -> None:
    """It says after which group it counts: a sale that arrives meanwhile is not taken off twice."""
    card = NEW_ID()
    desk.move(card, 5000, OTHER, 1)
    assert desk.granted(card, 3000, after=7) == 3000
    desk.move(card, -3000, DEVICE, 8)
    assert desk.granted(card, 5000, after=7) == 5000
    assert desk.granted(card, 5000, after=8) == 2000


def test_an_overdrawn_card_grants_nothing(desk: Desk) -> None:
    """Nor one that nobody ever loaded; there is no till to ask then."""
    card = NEW_ID()
    desk.move(card, -500, OTHER, 1)
    for unknown in (card, NEW_ID()):
        reply = desk.ask(unknown, 100)
        assert (reply.granted, reply.held_by) == (0, None)


def test_a_customer_owes_up_to_the_limit_on_all_tills_together(desk: Desk) -> None:
    """On account, what is owed goes up."""
    mary = Customer(id=NEW_ID(), name="Mary", credit_limit_minor=10_000)
    desk.contract.within(lambda tx: tx.insert_rows("customer", [row_of(mary)]))
    desk.move(mary.id, 4000, OTHER, 3, "on_account")
    assert desk.granted(mary.id, 9000, kind="on_account") == 6000
    assert desk.granted(mary.id, 9000, OTHER, after=3, kind="on_account") == 0
    desk.move(mary.id, 6000, DEVICE, 1, "on_account")
    desk.move(mary.id, -5000, OTHER, 4, "on_account")
    assert desk.granted(mary.id, 9000, OTHER, after=4, kind="on_account") == 5000
    assert desk.granted(NEW_ID(), 9000, kind="on_account") == 9000


@pytest.mark.parametrize("sign", [1, -1])
def test_a_line_is_given_back_once(desk: Desk, sign: int) -> None:
    """What all tills together gave back or are about to, and never more than was sold."""
    sale = NEW_ID()
    sold = line(desk.contract, sale, 3000 * sign)
    back = line(desk.contract, sale, -1000 * sign, sold.id)
    arrive(desk, sale, NewFact(sold.values(), DEVICE, 1), NewFact(back.values(), DEVICE, 2))
    assert desk.granted(sold.id, 3000, OTHER, kind="sale_line") == 2000
    reply = desk.ask(sold.id, 1000, after=2, kind="sale_line")
    assert (reply.granted, reply.held_by) == (0, OTHER)
    assert desk.granted(NEW_ID(), 1000, kind="sale_line") == 1000


def arrive(desk: Desk, sale: str, *lines: NewFact) -> None:
    fact = NewFact(head(desk.contract, sale).values(), DEVICE, 1)
    desk.contract.within(lambda tx: tx.insert_facts({"sale": [fact], "sale_line": lines}))


def test_a_held_cart_goes_to_one_till(desk: Desk) -> None:
    """Who asks first; once it was recalled, nobody else, and it says where it is."""
    cart = HeldCart(
        id=NEW_ID(), store_id=desk.contract.store_id, label="", cart="{}", total_minor=1,
        held_by=NEW_ID(), held_at_us=1,
    )  # fmt: skip
    row = row_of(cart)
    desk.contract.within(lambda tx: tx.insert_rows("held_cart", [row]))
    assert desk.granted(cart.id, 1, kind="held_cart") == 1
    reply = desk.ask(cart.id, 1, OTHER, kind="held_cart")
    assert (reply.granted, reply.held_by) == (0, DEVICE)
    desk.now_us += CLAIM_S * 1_000_000
    gone = row.moved({"state": "recalled"}, {OTHER: 3}, Stamp(OTHER, None, 9))
    desk.contract.within(lambda tx: tx.update_rows("held_cart", [gone]))
    reply = desk.ask(cart.id, 1, kind="held_cart")
    assert (reply.granted, reply.held_by) == (0, OTHER)
    assert desk.granted(NEW_ID(), 1, kind="held_cart") == 1


CLAIM = st.builds(Claim, st.sampled_from("abcde"), st.integers(1, 9_000), st.just(0), st.just(1))


@given(st.lists(CLAIM, unique_by=lambda claim: claim.device_id), st.data())
def test_of_a_claim_what_was_used_is_claimed_no_more(
    claims: list[Claim], data: st.DataObject
) -> None:
    """What is used and what is still claimed come to what was granted, or more was used."""
    since = {c.device_id: -data.draw(st.integers(0, 9_000)) for c in claims}
    rests = still_claimed(Thing(), since, claims)
    for claim in claims:
        used = -since[claim.device_id]
        assert used + rests.get(claim.device_id, 0) == max(claim.amount, used)
