"""Invoices and mailed receipts of sales that are stored already."""

from pathlib import Path

import pytest

from localdb.domain.records import AuditEntry, ReceiptMail
from localdb.domain.tender import Tender
from localdb.errors import Refusal
from localdb.queries import receipts
from localdb.services import invoices, receipt_mail
from localdb.services.checkout import checkout
from tests.support.shops import Shop, small_shop

BUYER = "Weber GmbH\nVAT DE123456789"


def sell(shop: Shop, buyer: str = "") -> str:
    cart = shop.cart(shop.milk).make_out_to(buyer)
    return shop.till.write(checkout, cart, Tender(129, shop.till.currency).pay_cash()).sale_id


def test_an_invoice_can_be_asked_for_afterwards_once(tmp_path: Path) -> None:
    """The buyer stands in the audit log; the same again changes nothing, another is refused."""
    with small_shop(tmp_path) as shop:
        sale_id = sell(shop)
        shop.till.write(invoices.make_out, sale_id, BUYER)
        shop.till.write(invoices.make_out, sale_id, BUYER)
        assert shop.till.ask(receipts.invoice_buyer, sale_id) == BUYER
        assert len(shop.till.write(lambda uow: uow.find(AuditEntry, action="invoice"))) == 1
        with pytest.raises(Refusal, match="Weber GmbH already"):
            shop.till.write(invoices.make_out, sale_id, "Somebody else")


def test_a_buyer_asked_for_before_is_in_the_sale(tmp_path: Path) -> None:
    """Nobody else can be put on it later."""
    with small_shop(tmp_path) as shop:
        sale_id = sell(shop, BUYER)
        assert shop.till.ask(receipts.load, sale_id).sale.buyer == BUYER
        with pytest.raises(Refusal, match="Weber GmbH already"):
            shop.till.write(invoices.make_out, sale_id, "Somebody else")


def test_a_mailed_receipt_is_one_fact(tmp_path: Path) -> None:
    """Queued offline for the server; a wrong address stores nothing."""
    with small_shop(tmp_path) as shop:
        sale_id = sell(shop)
        shop.till.write(receipt_mail.queue, sale_id, " ada@example.org ")
        with pytest.raises(Refusal, match="e-mail"):
            shop.till.write(receipt_mail.queue, sale_id, "ada")
        with pytest.raises(Refusal, match="isn't on this till"):
            shop.till.write(receipt_mail.queue, shop.milk.id, "ada@example.org")
        (mail,) = shop.till.write(lambda uow: uow.find(ReceiptMail))
        assert (mail.sale_id, mail.email) == (sale_id, "ada@example.org")
