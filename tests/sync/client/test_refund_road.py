"""Refunds over the whole road: real tills, real HTTP, the real server."""

import pytest

from localdb.domain.cart import Cart
from localdb.domain.claims import SALE_LINE, Wish, Word
from localdb.domain.records import Conflict, Product, Sale, TaxClass
from localdb.domain.returns import Return
from localdb.domain.tender import Tender
from localdb.errors import Refusal
from localdb.queries import receipt_search, receipts, returnable, shifts
from localdb.services import catalogue, people, returns
from localdb.services.checkout import checkout
from localdb.services.shifts import open_shift
from localdb.services.till import Till
from localdb.store.unit_of_work import UnitOfWork
from tests.support.postgres import database
from tests.support.server import Operator
from tests.support.shops import line_of
from tests.support.taxes import default_taxes
from tests.sync.client.test_claim_road import claims, device
from tests.sync.client.test_road import NewTill, TillOnRoad, new_till

__all__ = ["database", "new_till"]


def trading(road: TillOnRoad) -> Till:
    """The till with somebody signed in and a shift open."""
    till = Till(road.database)
    till.sign_in(till.write(people.create, "Ada", "manager", "4321"))
    till.write(open_shift, 10_000)
    return till


def sell_milk(till: Till, quantity_milli: int = 2000) -> str:
    """Two of milk, in cash; gives the sale."""
    till.write(default_taxes)
    product = till.write(add_milk)
    cart = Cart().add(line_of(till, product, quantity_milli))
    due = 129 * quantity_milli // 1000
    return till.write(checkout, cart, Tender(due, till.currency).pay_cash()).sale_id


def add_milk(uow: UnitOfWork) -> Product:
    tax_class = uow.find(TaxClass, code="reduced")[0]
    milk = Product(
        id=uow.new_id(), sku="MILK", name="Milk", price_minor=129, tax_class_id=tax_class.id
    )
    catalogue.add_product(uow, milk, (), 10_000)
    return milk


def back(till: Till, sale_id: str, quantity_milli: int) -> str:
    """Give some of it back in cash; gives the refund."""
    line = till.ask(receipts.load, sale_id).lines[0]
    wanted = Return(sale_id=sale_id, quantities=((line.id, quantity_milli),))
    _, plan = till.ask(returnable.planned, wanted)
    tender = Tender(plan.due_minor, till.currency).pay_cash()
    return till.write(returns.refund, wanted, tender).sale_id


def test_a_sale_is_found_and_refunded_at_the_other_till(new_till: NewTill) -> None:
    """Failures 24 and 30: after the sync the other till holds it as it was paid and taxed, finds
    it by its number, and both know what is left.
    """
    here, there = new_till(), new_till()
    mine, theirs = trading(here), trading(there)
    sale_id = sell_milk(mine)
    here.sync()
    there.sync()
    sold, held = mine.ask(receipts.load, sale_id), theirs.ask(receipts.load, sale_id)
    assert (held.sale, held.lines, held.taxes, held.payments) == (
        sold.sale, sold.lines, sold.taxes, sold.payments
    )  # fmt: skip
    assert theirs.ask(receipt_search.by_code, f"*{sold.sale.receipt_number}*") == sale_id
    back(theirs, sale_id, 1000)
    there.sync()
    here.sync()
    (part,) = mine.ask(returnable.load, sale_id).left
    assert part.quantity_milli == 1000
    with pytest.raises(Refusal, match="can still be refunded"):
        back(mine, sale_id, 2000)
    back(mine, sale_id, 1000)
    here.sync()
    there.sync()
    assert theirs.ask(returnable.load, sale_id).left == ()


def test_online_the_second_till_is_told_who_is_at_it(new_till: NewTill) -> None:
    """While one till gives a line back, the server grants it to no other."""
    here, there = new_till(), new_till()
    mine = trading(here)
    sale_id = sell_milk(mine)
    here.sync()
    there.sync()
    line = mine.ask(receipts.load, sale_id).lines[0]
    assert claims(here).ask(Wish(SALE_LINE, line.id, 2000)) == Word(2000)
    assert claims(there).ask(Wish(SALE_LINE, line.id, 1000)) == Word(0, held_by=device(here))


def test_two_offline_tills_refund_the_same_and_it_is_flagged(
    new_till: NewTill, operator: Operator
) -> None:
    """Both facts stand, a manager gets a task, and the line counts as used up everywhere."""
    here, there = new_till(), new_till()
    mine, theirs = trading(here), trading(there)
    sale_id = sell_milk(mine)
    here.sync()
    there.sync()
    refunds = {back(mine, sale_id, 2000), back(theirs, sale_id, 2000)}
    for _ in range(2):
        here.sync()
        there.sync()
    identity = here.database.identity
    assert identity is not None
    operator.flag_now(str(identity.org_id))
    here.sync()
    there.sync()
    for till, road in ((mine, here), (theirs, there)):
        found = {one.id for one in till.write(lambda uow: uow.find(Sale, refund_of=sale_id))}
        assert found == refunds
        assert till.ask(returnable.load, sale_id).left == ()
        flags = [one for one in road.find(Conflict) if isinstance(one, Conflict)]
        assert [flag.kind for flag in flags] == ["flag"]


def test_an_exchange_arrives_whole(new_till: NewTill) -> None:
    """Both halves in one group: the other till has both or neither, and its sums close."""
    here, there = new_till(), new_till()
    mine, theirs = trading(here), trading(there)
    sale_id = sell_milk(mine, 1000)
    line = mine.ask(receipts.load, sale_id).lines[0]
    wanted = Return(sale_id=sale_id, quantities=((line.id, 1000),))
    product = mine.write(lambda uow: uow.get(Product, line.product_id or ""))
    assert product is not None
    cart = Cart().add(line_of(mine, product, 3000))
    done = mine.write(returns.exchange, wanted, cart, Tender(258, mine.currency).pay_cash())
    here.sync()
    there.sync()
    halves = [theirs.ask(receipts.load, one) for one in (done.refund_id, done.sale_id)]
    paid = [payment for half in halves for payment in half.payments]
    assert sum(p.amount_minor for p in paid if p.method == "exchange") == 0
    assert [half.sale.total_minor for half in halves] == [-129, 387]
    shift = mine.ask(shifts.current)
    assert shift is not None
    assert shift.expected_cash_minor == 10_000 + 387
