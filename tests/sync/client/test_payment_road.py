"""Payments over the whole road: what was paid, tipped and corrected offline is on the server."""

from pathlib import Path

from localdb.domain.charge import Charge, Outcome
from localdb.domain.methods import BUILT_IN
from localdb.domain.money import Currency
from localdb.domain.records import Conflict, Payment, PaymentMethod, Sale, SaleTax
from localdb.domain.tender import Tender
from localdb.services import payments, shifts
from localdb.services.checkout import checkout
from localdb.store.unit_of_work import UnitOfWork
from sync.client.proof import prove
from tests.support.postgres import database
from tests.support.server import Operator
from tests.support.shops import Shop
from tests.sync.client.test_identity_road import level
from tests.sync.client.test_join_road import Joining, joining

__all__ = ["database", "joining"]

EUR = Currency.of("EUR")


def test_one_sale_has_the_same_payments_and_tax_on_the_server(
    joining: Joining, operator: Operator, tmp_path: Path
) -> None:
    """Failure 24: split, tipped, by an own method, at a terminal, rounded and corrected offline.

    Row by row the server holds what the till recorded; every sum closes, and nothing is flagged.
    """
    shop = joining.shop
    meal = PaymentMethod(id=shop.till.write(UnitOfWork.new_id), code="meal", name="Meal voucher")
    shop.till.write(UnitOfWork.insert, meal)
    sell(shop, Tender(478, EUR).with_tip(50).pay_card(200, "A-1").pay_cash(1000))
    sell(shop, at_terminal(shop))
    sell(shop, Tender(478, EUR, 5).pay_cash())
    wrong = sell(shop, Tender(478, EUR).pay("wallet", 78).pay_cash())
    correct(shop, wrong, "cash", Tender(400, EUR).pay("coupon", 100).pay_card())
    joining.join()
    till = joining.start()
    level(till)
    for record in (Sale, Payment, SaleTax):
        assert on_server(joining, record) == here(shop, record)
    assert on_server(joining, PaymentMethod) == here(shop, PaymentMethod)
    sums = joining.books.rows(
        "SELECT s.total_minor + s.rounding_minor, s.tip_minor, sum(p.amount_minor),"
        " sum(p.tip_minor) FROM sale s JOIN payment p ON p.sale_id = s.id GROUP BY s.org_id, s.id"
    )
    assert sorted(sums) == [
        (478, 0, 478, 0),
        (478, 0, 478, 0),
        (478, 50, 478, 50),
        (480, 0, 480, 0),
    ]
    at_once = Operator(operator.config.model_copy(update={"flag_grace_s": 0}), operator.services)
    at_once.run(lambda backend: backend.flagger.catch_up(joining.org))
    level(till)
    assert till.find(Conflict) == []
    assert prove(shop.database, joining.line).agrees


def test_a_correction_after_the_sale_went_up_follows_it(joining: Joining) -> None:
    """The sale is on the server already: the reversal and the new payment come as a group more."""
    shop = joining.shop
    joining.join()
    till = joining.start()
    level(till)
    sale_id = sell(shop, Tender(478, EUR).pay_cash())
    level(till)
    correct(shop, sale_id, "cash", Tender(478, EUR).pay_card())
    level(till)
    rows = joining.books.rows(
        "SELECT method, amount_minor, corrects IS NULL FROM payment ORDER BY position"
    )
    assert rows == [("cash", 478, True), ("cash", -478, False), ("card", 478, False)]
    assert prove(shop.database, joining.line).agrees


def sell(shop: Shop, tender: Tender) -> str:
    cart = shop.cart(shop.milk, shop.bread)
    return shop.till.write(checkout, cart, tender).sale_id


def at_terminal(shop: Shop) -> Tender:
    """A tender that a terminal answered, with ids of its own."""
    sale_id, payment_id = (shop.till.write(UnitOfWork.new_id) for _ in range(2))
    charge = Charge("sale", "", Tender(478, EUR, id=sale_id))
    asked = charge.ask_payment(BUILT_IN["card"], None, payment_id)
    return asked.answered(payment_id, Outcome.TAKEN, "VISA ****1111").tender


def correct(shop: Shop, sale_id: str, method: str, tender: Tender) -> None:
    found = shop.till.write(lambda uow: uow.find(Payment, sale_id=sale_id, method=method))
    shop.till.write(payments.correct, sale_id, found[0].id, tender)
    assert shop.till.write(shifts.current).payments_minor


def here(shop: Shop, record: type[Sale | Payment | SaleTax | PaymentMethod]) -> set[str]:
    """The till's records of a type, as text."""
    return {repr(one) for one in shop.till.write(lambda uow: uow.find(record))}


def on_server(joining: Joining, record: type[Sale | Payment | SaleTax | PaymentMethod]) -> set[str]:
    """The server's, read past its API."""
    names = [field.name for field in record.fields()]
    kinds = {field.name: field.spec.kind for field in record.fields()}
    columns = ", ".join(f"{name}::text" if kinds[name] == "id" else name for name in names)
    rows = joining.books.rows(f"SELECT {columns} FROM {record.TYPE}")
    return {repr(record(**dict(zip(names, row, strict=True)))) for row in rows}
