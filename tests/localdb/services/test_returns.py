"""Giving money back at one till: what is stored, refused, and counted."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localdb.domain.cart import Cart
from localdb.domain.money import Currency
from localdb.domain.permissions import Approval, Permission, Request
from localdb.domain.records import AuditEntry, BalanceMovement, Payment, Sale, StockMovement
from localdb.domain.returns import Leave, Pending, Return
from localdb.domain.tender import Tender
from localdb.domain.totals import totals
from localdb.errors import Refusal
from localdb.queries import carts, offers, payments, receipts, returnable, shifts
from localdb.services import customers, people, returns, settings
from localdb.services.checkout import checkout
from localdb.store.unit_of_work import UnitOfWork
from tests.support.shops import MANAGER_PIN, Shop, small_shop

EUR = Currency.of("EUR")


def sell(shop: Shop, cart: Cart, method: str = "cash", account_id: str | None = None) -> Return:
    """Ring a cart up; gives the return of all of it."""
    due = totals(cart, shop.till.ask(offers.terms, shop.clock())).total_minor
    tender = Tender(due, EUR).pay(method, account_id=account_id)
    done = shop.till.write(checkout, cart, tender)
    return all_of(shop, done.sale_id)


def all_of(shop: Shop, sale_id: str) -> Return:
    """Everything that is left of a sale."""
    found = shop.till.ask(returnable.load, sale_id)
    left = tuple((part.line.id, part.quantity_milli) for part in found.left)
    return Return(sale_id=sale_id, quantities=left)


def due(shop: Shop, wanted: Return) -> int:
    return shop.till.ask(returnable.planned, wanted)[1].due_minor


def give_back(shop: Shop, wanted: Return, method: str = "cash", **leave: Approval) -> Sale:
    tender = Tender(due(shop, wanted), EUR).pay(method)
    done = shop.till.write(returns.refund, wanted, tender, Leave(**leave))
    return shop.till.ask(receipts.load, done.sale_id).sale


def found(shop: Shop, record: Any, **equals: object) -> list[Any]:
    return shop.till.write(lambda uow: uow.find(record, **equals))


def allowed(shop: Shop, permission: Permission) -> Approval:
    """The manager's leave for the cashier who is signed in."""
    request = Request(permission=permission, words="It is all right")
    answer = shop.till.write(people.approve, request, shop.manager.id, MANAGER_PIN)
    assert answer.approval is not None
    return answer.approval


def test_a_refund_is_stored_once_and_counted(tmp_path: Path) -> None:
    """The goods are back on the shelf, the cash is out of the drawer, and no more can come back."""
    with small_shop(tmp_path) as shop:
        wanted = sell(shop, shop.cart(shop.milk, shop.bread))
        back = give_back(shop, replace(wanted, note="Wrong size"))
        shift = shop.till.ask(shifts.current)
        assert shift is not None
        assert (back.total_minor, back.refund_of, back.note) == (-478, wanted.sale_id, "Wrong size")
        assert (back.kind, back.reason) == ("refund", "return")
        assert (shift.refund_count, shift.expected_cash_minor) == (1, 10_000)
        moved = found(shop, StockMovement, sale_id=back.id)
        assert sorted(m.product_id for m in moved) == sorted([shop.milk.id, shop.bread.id])
        with pytest.raises(Refusal, match=r"still be refunded|refunded already"):
            give_back(shop, wanted)
        assert shop.till.ask(returnable.load, wanted.sale_id).left == ()


def test_damaged_goods_stay_off_the_shelf(tmp_path: Path) -> None:
    """Line by line: the bread is squashed, the milk is not."""
    with small_shop(tmp_path) as shop:
        wanted = sell(shop, shop.cart(shop.milk, shop.bread))
        milk, bread = (line for line, _ in wanted.quantities)
        back = give_back(shop, replace(wanted, damaged=(bread,)))
        (moved,) = found(shop, StockMovement, sale_id=back.id)
        assert (moved.product_id, milk != bread) == (shop.milk.id, True)


def test_a_card_sale_does_not_become_cash_without_leave(tmp_path: Path) -> None:
    """A cashier is refused and nothing is stored; with a manager's PIN it goes."""
    with small_shop(tmp_path) as shop:
        wanted = sell(shop, shop.cart(shop.milk), "card")
        shop.till.sign_in(shop.cashier)
        with pytest.raises(Refusal, match="manager"):
            give_back(shop, wanted)
        leave = allowed(shop, Permission.RETURN_WITHOUT_RECEIPT)
        assert give_back(shop, wanted, otherwise=leave).total_minor == -129


def test_store_credit_takes_any_refund(tmp_path: Path) -> None:
    """The money stays in the shop, so a cashier needs nobody's leave."""
    with small_shop(tmp_path) as shop:
        ada = shop.till.write(customers.create, "Ada Byron")
        cart = shop.cart(shop.milk).set_customer(ada.id, ada.name)
        wanted = sell(shop, cart, "card")
        shop.till.sign_in(shop.cashier)
        tender = Tender(-129, EUR).pay("store_credit", account_id=ada.id)
        shop.till.write(returns.refund, wanted, tender)
        (moved,) = found(shop, BalanceMovement, account_id=ada.id)
        assert (moved.kind, moved.amount) == ("store_credit", 129)


def test_what_cannot_be_refunded_says_why(tmp_path: Path) -> None:
    """A sale that is not here, a refund, and nothing picked."""
    with small_shop(tmp_path) as shop:
        wanted = sell(shop, shop.cart(shop.milk))
        with pytest.raises(Refusal, match="isn't on this till"):
            shop.till.ask(returnable.load, shop.milk.id)
        with pytest.raises(Refusal, match="nothing to refund"):
            shop.till.ask(returnable.planned, replace(wanted, quantities=()))
        back = give_back(shop, wanted)
        with pytest.raises(Refusal, match="refund already"):
            shop.till.ask(returnable.planned, all_of(shop, back.id))


def test_an_exchange_stores_both_halves_in_one_group(tmp_path: Path) -> None:
    """Two receipts, one transaction, and the drawer got the difference alone."""
    with small_shop(tmp_path) as shop:
        wanted = sell(shop, shop.cart(shop.milk))
        cart = shop.cart(shop.bread)
        shop.till.write(returns.begin_exchange, wanted)
        done = shop.till.write(returns.exchange, wanted, cart, Tender(220, EUR).pay_cash(500))
        shift = shop.till.ask(shifts.current)
        assert shift is not None
        assert (done.total_minor, done.change_minor) == (349, 280)
        assert shift.expected_cash_minor == 10_000 + 129 + 220
        assert shift.payments_minor["exchange"] == 0
        assert (shift.sale_count, shift.refund_count) == (2, 1)
        back = shop.till.ask(receipts.load, done.refund_id)
        assert (back.sale.reason, back.sale.total_minor) == ("exchange", -129)
        assert back.payments[0].reference == done.receipt_number
        assert shop.till.ask(carts.open_cart).is_empty
        assert shop.till.ask(returnable.open_exchange) is None
        origins = shop.till.ask(_origins, (done.refund_id, done.sale_id))
        assert len(set(origins)) == 1


def test_an_exchange_that_is_refused_leaves_nothing(tmp_path: Path) -> None:
    """When the sale half cannot be stored, the refund half is not either."""
    with small_shop(tmp_path) as shop:
        wanted = sell(shop, shop.cart(shop.milk))
        shop.till.write(returns.begin_exchange, wanted)
        with pytest.raises(Refusal, match="changed"):
            shop.till.write(
                returns.exchange, wanted, shop.cart(shop.bread), Tender(100, EUR).pay_cash()
            )
        assert len(found(shop, Sale)) == 1
        assert shop.till.ask(returnable.open_exchange) == Pending(wanted)


def test_a_void_undoes_the_sale_in_its_shift(tmp_path: Path) -> None:
    """The drawer is as before the sale, and the audit log names who did it."""
    with small_shop(tmp_path) as shop:
        wanted = sell(shop, shop.cart(shop.milk, shop.bread))
        done = shop.till.write(returns.void, wanted.sale_id, "Rung twice")
        shift = shop.till.ask(shifts.current)
        assert shift is not None
        assert shift.expected_cash_minor == 10_000
        assert shop.till.ask(receipts.load, done.sale_id).sale.reason == "void"
        (entry,) = found(shop, AuditEntry, action="void_sale")
        assert (entry.sale_id, entry.amount_minor) == (done.sale_id, -478)
        with pytest.raises(Refusal, match="nothing to refund"):
            shop.till.write(returns.void, wanted.sale_id)


def test_a_void_reverses_the_card_at_the_terminal(tmp_path: Path) -> None:
    """The request is on disk with the void, so it is asked after until it does not stand."""
    with small_shop(tmp_path) as shop:
        wanted = sell(shop, shop.cart(shop.milk), "card")
        (taken,) = found(shop, Payment, sale_id=wanted.sale_id)
        shop.till.write(returns.void, wanted.sale_id, at_terminal=True)
        (request,) = shop.till.ask(payments.abandoned)
        assert (request.id, request.charged_minor) == (taken.id, 129)


def test_a_void_needs_its_right_and_its_shift(tmp_path: Path) -> None:
    """A cashier asks a manager; yesterday's sale is refunded instead."""
    with small_shop(tmp_path) as shop:
        wanted = sell(shop, shop.cart(shop.milk))
        shop.till.sign_in(shop.cashier)
        with pytest.raises(Refusal, match="manager"):
            shop.till.write(returns.void, wanted.sale_id)
        shop.till.sign_in(shop.manager)
        from localdb.services.shifts import close_shift, open_shift

        shop.till.write(close_shift, 10_129)
        shop.till.write(open_shift, 10_000)
        with pytest.raises(Refusal, match="open shift"):
            shop.till.write(returns.void, wanted.sale_id)


def _origins(connection: Any, ids: tuple[str, str]) -> list[int]:
    marks = "SELECT origin_dseq FROM sale WHERE id IN (?, ?)"
    return [row[0] for row in connection.exec_driver_sql(marks, ids)]


def test_a_gift_card_that_was_used_does_not_come_back(tmp_path: Path) -> None:
    """Its money was spent; unused, it is taken back and is empty."""
    from localdb.domain.balances import card_line
    from localdb.domain.records import GiftCard

    with small_shop(tmp_path) as shop:
        card = GiftCard(id=shop.till.write(UnitOfWork.new_id), code="GC-1")
        shop.till.write(UnitOfWork.insert, card)
        line = card_line(shop.till.write(UnitOfWork.new_id), card, 1000, is_new=True)
        wanted = sell(shop, Cart().add(line))
        sell(shop, shop.cart(shop.milk), "gift_card", card.id)
        with pytest.raises(Refusal, match="has been used"):
            give_back(shop, wanted)


def test_a_gift_card_loaded_twice_in_one_sale_comes_back_once(tmp_path: Path) -> None:
    """Both lines together are more than is on it, though each alone is not."""
    from localdb.domain.balances import card_line
    from localdb.domain.records import GiftCard

    with small_shop(tmp_path) as shop:
        card = GiftCard(id=shop.till.write(UnitOfWork.new_id), code="GC-1")
        shop.till.write(UnitOfWork.insert, card)
        sold, loaded = (
            card_line(shop.till.write(UnitOfWork.new_id), card, 1000, is_new=is_new)
            for is_new in (True, False)
        )
        wanted = sell(shop, Cart().add(sold).add(loaded))
        sell(shop, shop.cart(shop.milk), "gift_card", card.id)
        with pytest.raises(Refusal, match="has been used"):
            give_back(shop, wanted)
        part = replace(wanted, quantities=wanted.quantities[:1])
        assert give_back(shop, part).total_minor == -1000


def test_a_gift_card_that_comes_back_does_not_pay_for_the_exchange_too(tmp_path: Path) -> None:
    """What is on it is given back once: either as money for the goods, or by the card."""
    from localdb.domain.balances import card_line
    from localdb.domain.records import GiftCard

    with small_shop(tmp_path) as shop:
        card = GiftCard(id=shop.till.write(UnitOfWork.new_id), code="GC-1")
        shop.till.write(UnitOfWork.insert, card)
        line = card_line(shop.till.write(UnitOfWork.new_id), card, 300, is_new=True)
        wanted = sell(shop, Cart().add(line))
        by_card = Tender(49, EUR).pay("gift_card", account_id=card.id)
        with pytest.raises(Refusal, match="cannot be refunded"):
            shop.till.write(returns.exchange, wanted, shop.cart(shop.bread), by_card)
        done = shop.till.write(
            returns.exchange, wanted, shop.cart(shop.bread), Tender(49, EUR).pay_cash()
        )
        assert done.total_minor == 349


def test_refunds_in_parts_give_back_the_cash_that_came_in(tmp_path: Path) -> None:
    """With coins of 1.00 two milks cost 3.00 in cash; given back singly, 3.00 go out."""
    with small_shop(tmp_path) as shop:
        shop.till.write(settings.change, "cash_step_minor", "100")
        cart = shop.cart(shop.milk, shop.milk)
        due_minor = totals(cart, shop.till.ask(offers.terms, shop.clock())).total_minor
        tender = Tender(due_minor, EUR, 100).pay_cash()
        assert tender.paid_minor == 300
        sale_id = shop.till.write(checkout, cart, tender).sale_id
        went_out = []
        while found := shop.till.ask(returnable.load, sale_id).left:
            wanted = Return(sale_id=sale_id, quantities=((found[0].line.id, 1000),))
            _found, plan = shop.till.ask(returnable.planned, wanted)
            out = Tender(plan.due_minor, EUR, 100, carried_minor=plan.carried_minor).pay_cash()
            shop.till.write(returns.refund, wanted, out, Leave())
            went_out.append(-out.paid_minor)
        assert went_out == [200, 100]
        shift = shop.till.ask(shifts.current)
        assert shift is not None
        assert shift.expected_cash_minor == 10_000
