"""Held carts over the whole road: real tills, real HTTP, the real server."""

from localdb.domain.cart import Cart
from localdb.domain.records import Conflict, HeldCart, Sale
from localdb.domain.tender import Tender
from localdb.queries import lists
from localdb.services import carts
from localdb.services.checkout import checkout
from localdb.services.till import Till
from tests.support.postgres import database
from tests.support.server import Operator
from tests.support.shops import line_of
from tests.support.taxes import default_taxes
from tests.sync.client.test_refund_road import add_milk, trading
from tests.sync.client.test_road import NewTill, TillOnRoad, new_till

__all__ = ["database", "new_till"]


def hold_milk(till: Till) -> str:
    """One of milk, set aside; gives the held cart."""
    till.write(default_taxes)
    return till.write(carts.hold, Cart().add(line_of(till, till.write(add_milk))), "Blue coat")


def recall_and_pay(till: Till, held_id: str) -> str:
    """Bring it back by what this till knows, and take cash for it; gives the sale."""
    cart = till.write(carts.recall, held_id)
    return till.write(checkout, cart, Tender(129, till.currency).pay_cash()).sale_id


def sync_all(*tills: TillOnRoad) -> None:
    """Twice around, so that each hears of the others."""
    for till in (*tills, *tills):
        till.sync()


def test_a_held_cart_paid_offline_stays_paid(new_till: NewTill) -> None:
    """Failure 14: meanwhile the open cart is changed elsewhere and pulled; the payment survives,
    no till shows the cart any more, and it is no task for anybody.
    """
    here, there = new_till(), new_till()
    mine, theirs = trading(here), trading(there)
    held_id = hold_milk(theirs)
    sync_all(there, here)
    here.line.cut = True
    sale_id = recall_and_pay(mine, held_id)
    theirs.write(lambda uow: uow.edit(HeldCart, held_id, label="Green coat"))
    there.sync()
    here.sync()
    assert mine.ask(lists.held_carts) == []
    here.line.cut = False
    sync_all(here, there)
    for till, road in ((mine, here), (theirs, there)):
        assert till.ask(lists.held_carts) == []
        (sale,) = road.find(Sale)
        assert isinstance(sale, Sale)
        assert (sale.id, sale.held_cart_id, sale.total_minor) == (sale_id, held_id, 129)
        assert road.find(Conflict) == []


def test_a_held_cart_sold_twice_is_flagged_and_both_sales_stand(
    new_till: NewTill, operator: Operator
) -> None:
    """Two tills without the server each take the cart and the money: a manager is told that it
    was recalled twice, and which receipt came second.
    """
    here, there = new_till(), new_till()
    mine, theirs = trading(here), trading(there)
    held_id = hold_milk(theirs)
    sync_all(there, here)
    sales = {recall_and_pay(mine, held_id), recall_and_pay(theirs, held_id)}
    sync_all(here, there)
    identity = here.database.identity
    assert identity is not None
    operator.flag_now(str(identity.org_id))
    sync_all(here, there)
    for road in (here, there):
        assert {found.id for found in road.find(Sale)} == sales
        flags = [one for one in road.find(Conflict) if isinstance(one, Conflict)]
        assert {flag.kind for flag in flags} == {"flag"}
        assert "S01-T02-000001" in {flag.title for flag in flags}
