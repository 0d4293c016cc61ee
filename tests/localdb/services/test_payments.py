"""Being paid step by step on a real file, and putting a payment right afterwards."""

from pathlib import Path

import pytest
from sqlalchemy import Connection

from localdb.domain.balances import card_line
from localdb.domain.charge import Charge, Outcome, Step
from localdb.domain.corrections import effective
from localdb.domain.methods import BUILT_IN
from localdb.domain.money import Currency
from localdb.domain.permissions import Permission
from localdb.domain.records import AuditEntry, GiftCard, JournalEntry, Payment, PaymentMethod
from localdb.domain.tender import Tender
from localdb.errors import Refusal
from localdb.queries import balances, payments, receipts, shifts
from localdb.services import payments as service
from localdb.services import returns
from localdb.services.checkout import Completed, checkout
from localdb.services.shifts import close_shift, open_shift
from localdb.services.till import Till
from localdb.store.unit_of_work import UnitOfWork
from tests.support.shops import Shop, opened, small_shop

EUR = Currency.of("EUR")
CARD = BUILT_IN["card"]


def charge_of(shop: Shop, due_minor: int = 478) -> Charge:
    sale_id = shop.till.write(UnitOfWork.new_id)
    return Charge("sale", "{}", Tender(due_minor, EUR, id=sale_id))


def asked(shop: Shop) -> Charge:
    """A charge whose terminal was asked, as it is on disk."""
    charge = charge_of(shop).ask_payment(CARD, None, shop.till.write(UnitOfWork.new_id))
    shop.till.write(service.keep, charge)
    return charge


def sell(shop: Shop, tender: Tender) -> Completed:
    return shop.till.write(checkout, shop.cart(shop.milk, shop.bread), tender)


def journal(till: Till, kind: str) -> list[JournalEntry]:
    return till.write(lambda uow: uow.find(JournalEntry, kind=kind))


def stored(till: Till, sale_id: str) -> list[Payment]:
    return till.write(lambda uow: uow.find(Payment, sale_id=sale_id))


def test_the_step_is_on_disk_before_the_terminal_is_asked(tmp_path: Path) -> None:
    """Failure 13, before the sale: the power goes, and what was asked is known afterwards."""
    with small_shop(tmp_path) as shop:
        charge = asked(shop)
    with opened(tmp_path) as database:
        found = Till(database).ask(payments.open_charge)
    assert found == charge
    assert found.step is Step.ASKED


def test_storing_the_sale_ends_the_charge(tmp_path: Path) -> None:
    """In one transaction: the charge is gone when the sale is there, under the tender's id."""
    with small_shop(tmp_path) as shop:
        charge = asked(shop)
        assert charge.request is not None
        done = sell(shop, charge.answered(charge.request.id, Outcome.TAKEN, "VISA").tender)
        assert shop.till.ask(payments.open_charge) is None
        receipt = shop.till.ask(receipts.load, done.sale_id)
    assert done.sale_id == charge.tender.id
    assert [(p.id, p.reference) for p in receipt.payments] == [(charge.request.id, "VISA")]


def test_one_tender_stores_one_sale(tmp_path: Path) -> None:
    """Failure 26, below the screen: storing the same tender again is refused."""
    with small_shop(tmp_path) as shop:
        tender = charge_of(shop).tender.pay_cash()
        sell(shop, tender)
        with pytest.raises(Refusal, match="already saved"):
            sell(shop, tender)
        shift = shop.till.ask(shifts.current)
    assert shift is not None
    assert (shift.sale_count, shift.payments_minor) == (1, {"cash": 478})


def test_a_charge_is_forgotten_once_it_holds_nothing(tmp_path: Path) -> None:
    """What was asked, or paid, is kept; what was given back or never begun is not."""
    with small_shop(tmp_path) as shop:
        charge = asked(shop)
        assert charge.request is not None
        shop.till.write(service.keep, charge.answered(charge.request.id, Outcome.REFUSED))
        assert shop.till.ask(payments.open_charge) is None


def test_a_charge_under_way_is_not_forgotten_for_another_sale(tmp_path: Path) -> None:
    """Neither a void nor a correction of an earlier sale drops what a terminal may have taken."""
    with small_shop(tmp_path) as shop:
        done = sell(shop, Tender(478, EUR).pay_cash())
        wrong = stored(shop.till, done.sale_id)[0]
        charge = asked(shop)
        with pytest.raises(Refusal, match="under way"):
            shop.till.write(returns.void, done.sale_id)
        with pytest.raises(Refusal, match="under way"):
            shop.till.write(service.correct, done.sale_id, wrong.id, Tender(478, EUR).pay_card())
        assert shop.till.ask(payments.open_charge) == charge


def test_what_was_given_up_is_remembered_until_it_is_undone(tmp_path: Path) -> None:
    """Failure 29, on disk: across a restart, once, and with both ends in the journal."""
    with small_shop(tmp_path) as shop:
        charge = asked(shop)
        free = shop.till.write(service.abandon, charge)
        assert free.step is Step.OPEN
    with opened(tmp_path) as database:
        till = Till(database)
        (request,) = till.ask(payments.abandoned)
        assert request == charge.request
        for _ in range(2):
            till.write(service.undone, request.id, Outcome.REVERSED)
        assert till.ask(payments.abandoned) == ()
        assert len(journal(till, "card_abandoned")) == len(journal(till, "card_undone")) == 1


def test_a_damaged_charge_does_not_stop_the_till(tmp_path: Path) -> None:
    """It is said in the log and left in the file."""
    with small_shop(tmp_path) as shop:
        shop.till.write(
            lambda uow: uow.connection.exec_driver_sql(
                "INSERT INTO open_cart VALUES ('charge', '{}', 1), ('abandoned', '[1]', 1)"
            )
        )
        assert shop.till.ask(payments.open_charge) is None
        assert shop.till.ask(payments.abandoned) == ()


def test_a_payment_is_put_right(tmp_path: Path) -> None:
    """Cash was a card: the receipt shows the card, every sum still closes, and it is on record."""
    with small_shop(tmp_path) as shop:
        done = sell(shop, Tender(478, EUR).pay_cash(1000))
        wrong = stored(shop.till, done.sale_id)[0]
        shop.till.write(service.correct, done.sale_id, wrong.id, Tender(478, EUR).pay_card())
        all_of_it = stored(shop.till, done.sale_id)
        shift = shop.till.ask(shifts.current)
        audited = shop.till.write(lambda uow: uow.find(AuditEntry))
        assert len(journal(shop.till, "tender_correction")) == 1
    assert sum(p.amount_minor for p in all_of_it) == 478
    assert [p.method for p in effective(sorted(all_of_it, key=lambda p: p.position))] == ["card"]
    assert shift is not None
    assert shift.payments_minor == {"cash": 0, "card": 478}
    assert shift.expected_cash_minor == 10_000
    assert (shift.sale_count, shift.sales_minor) == (1, 478)
    assert [(a.action, a.sale_id, a.amount_minor) for a in audited] == [
        (Permission.TENDER_CORRECTION, done.sale_id, 478)
    ]


def test_a_card_taken_at_the_terminal_is_undone_there(tmp_path: Path) -> None:
    """The wrong payment is remembered for undoing, in the correction's own transaction."""
    with small_shop(tmp_path) as shop:
        done = sell(shop, Tender(478, EUR).pay_card())
        wrong = stored(shop.till, done.sale_id)[0]
        cash = Tender(478, EUR).pay_cash()
        shop.till.write(service.correct, done.sale_id, wrong.id, cash, at_terminal=True)
        assert [one.id for one in shop.till.ask(payments.abandoned)] == [wrong.id]


def test_cash_is_not_undone_at_the_terminal(tmp_path: Path) -> None:
    """No terminal took it, so nobody is asked after it for ever."""
    with small_shop(tmp_path) as shop:
        done = sell(shop, Tender(478, EUR).pay_cash())
        wrong = stored(shop.till, done.sale_id)[0]
        card = Tender(478, EUR).pay_card()
        shop.till.write(service.correct, done.sale_id, wrong.id, card, at_terminal=True)
        assert shop.till.ask(payments.abandoned) == ()


def test_a_gift_card_gets_its_money_back(tmp_path: Path) -> None:
    """A correction from a balance moves it back, and one to a balance takes from it."""
    with small_shop(tmp_path) as shop:
        card = shop.till.write(add_card, "GC1")
        cart = shop.cart(shop.milk).add(
            card_line(shop.till.write(UnitOfWork.new_id), card, 5000, is_new=True)
        )
        shop.till.write(checkout, cart, Tender(5129, EUR).pay_cash())
        done = sell(shop, Tender(478, EUR).take(BUILT_IN["gift_card"], account_id=card.id))
        assert balance(shop, card) == 4522
        wrong = stored(shop.till, done.sale_id)[0]
        shop.till.write(service.correct, done.sale_id, wrong.id, Tender(478, EUR).pay_cash())
        assert balance(shop, card) == 5000
        right = next(p for p in stored(shop.till, done.sale_id) if p.method == "cash")
        again = Tender(478, EUR).take(BUILT_IN["gift_card"], account_id=card.id)
        shop.till.write(service.correct, done.sale_id, right.id, again)
        assert balance(shop, card) == 4522


def test_what_cannot_be_corrected(tmp_path: Path) -> None:
    """A closed shift's sale, points, and whoever lacks the right without a manager's leave."""
    with small_shop(tmp_path) as shop:
        done = sell(shop, Tender(478, EUR).pay_cash())
        wrong = stored(shop.till, done.sale_id)[0]
        points = Tender(478, EUR).pay("points", account_id=shop.manager.id)
        with pytest.raises(Refusal, match="points cannot be corrected"):
            shop.till.write(service.correct, done.sale_id, wrong.id, points)
        shop.till.sign_out()
        with pytest.raises(Refusal, match="Ask a manager"):
            shop.till.write(service.correct, done.sale_id, wrong.id, Tender(478, EUR).pay_card())
        shop.till.sign_in(shop.manager)
        shop.till.write(close_shift, 10_478)
        shop.till.write(open_shift, 10_478)
        with pytest.raises(Refusal, match="open shift"):
            shop.till.write(service.correct, done.sale_id, wrong.id, Tender(478, EUR).pay_card())
        assert len(stored(shop.till, done.sale_id)) == 1


def test_the_shops_own_methods_are_offered(tmp_path: Path) -> None:
    """They follow the built-in ones, and a sale paid by one keeps its code."""
    with small_shop(tmp_path) as shop:
        shop.till.write(add_method, "meal", "Meal voucher")
        offered = shop.till.ask(payments.offered)
        assert offered[-1].code == "meal"
        done = sell(shop, Tender(478, EUR).take(offered[-1], None, "V-17"))
        receipt = shop.till.ask(receipts.load, done.sale_id)
        assert shop.till.ask(payments.known)["meal"].name == "Meal voucher"
    assert [(p.method, p.reference) for p in receipt.payments] == [("meal", "V-17")]


def add_card(uow: UnitOfWork, code: str) -> GiftCard:
    card = GiftCard(id=uow.new_id(), code=code)
    uow.insert(card)
    return card


def add_method(uow: UnitOfWork, code: str, name: str) -> None:
    uow.insert(PaymentMethod(id=uow.new_id(), code=code, name=name, asks_reference=True))


def balance(shop: Shop, card: GiftCard) -> int:
    def asked_of(connection: Connection) -> int:
        return balances.balance(connection, "gift_card", card.id)

    return shop.till.ask(asked_of)
