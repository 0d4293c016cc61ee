"""Charging a cart stores it whole, once, with its journal link and its op group."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from localdb.domain.cart import Cart
from localdb.domain.money import Currency
from localdb.domain.ops import decode
from localdb.domain.pricing import Discount
from localdb.domain.records import Sale, TaxRate
from localdb.domain.tender import Tender
from localdb.domain.terms import Terms
from localdb.domain.totals import totals
from localdb.errors import Refusal
from localdb.queries import here, receipt_search, receipts, shifts, taxes
from localdb.services import catalogue
from localdb.services import shifts as shifts_at_work
from localdb.services.checkout import Completed, checkout
from localdb.store import outbox
from localdb.store.tables import STOCK_LEVEL, TABLES
from tests.support.shops import Shop, line_of, small_shop

EUR = Currency.of("EUR")


def sell(shop: Shop, cash_minor: int | None = None) -> Completed:
    cart = shop.cart(shop.milk, shop.milk, shop.bread)
    due = totals(cart, Terms(shop.till.ask(taxes.in_force))).total_minor
    return shop.till.write(checkout, cart, Tender(due, EUR).pay_cash(cash_minor))


def test_a_sale_is_stored_as_it_was_paid(tmp_path: Path) -> None:
    """The receipt read back shows the lines, the tax and the change of the sale."""
    with small_shop(tmp_path) as shop:
        done = sell(shop, 1000)
        receipt = shop.till.ask(receipts.load, done.sale_id)
    assert done.change_minor == 1000 - (129 * 2 + 349)
    assert receipt.sale.receipt_number == "S01-T01-000001"
    assert [(line.name, line.quantity_milli, line.total_minor) for line in receipt.lines] == [
        ("Milk 1 l", 2000, 258),
        ("Rye bread", 1000, 349),
    ]
    assert sum(row.tax_minor for row in receipt.taxes) == receipt.sale.tax_minor == 40
    assert [(p.method, p.amount_minor, p.tendered_minor) for p in receipt.payments] == [
        ("cash", 607, 1000)
    ]


def test_receipt_numbers_have_no_gaps_after_a_refused_sale(tmp_path: Path) -> None:
    """A sale that is refused gives its number back."""
    with small_shop(tmp_path) as shop:
        first = sell(shop)
        cart = shop.cart(shop.milk)
        with pytest.raises(Refusal, match="not fully paid"):
            shop.till.write(checkout, cart, Tender(129, EUR))
        second = sell(shop)
    assert (first.receipt_number, second.receipt_number) == ("S01-T01-000001", "S01-T01-000002")


def test_a_sale_takes_its_goods_from_stock(tmp_path: Path) -> None:
    """Stock on hand goes down, also below zero."""
    with small_shop(tmp_path) as shop:
        sell(shop)
        with shop.database.read() as connection:
            rows = connection.execute(select(STOCK_LEVEL)).all()
    levels = {row.product_id: row.quantity_milli for row in rows}
    assert levels == {shop.milk.id: 8_000, shop.bread.id: -1_000}


def test_a_sale_is_one_op_group_with_all_its_rows(tmp_path: Path) -> None:
    """What was committed together travels together."""
    with small_shop(tmp_path) as shop:
        with shop.database.read() as connection:
            before = outbox.waiting(connection).groups
        done = sell(shop)
        with shop.database.read() as connection:
            rows = outbox.next_batch(connection, 1000, 10**9)
    assert len(rows) == before + 1
    group = decode(rows[-1].body)
    assert [op.type for op in group.ops].count("sale_line") == 2
    assert {op.type for op in group.ops} == {
        "sale",
        "sale_line",
        "sale_tax",
        "payment",
        "stock_movement",
        "journal_entry",
    }
    assert next(op.id for op in group.ops if op.type == "sale") == done.sale_id


def test_what_the_cart_cost_when_payment_began_is_what_is_charged(tmp_path: Path) -> None:
    """A tender for another total is refused and nothing is stored."""
    with small_shop(tmp_path) as shop:
        cart = shop.cart(shop.milk).discount_cart(Discount(rate_ppm=500_000))
        with pytest.raises(Refusal, match="changed since"):
            shop.till.write(checkout, cart, Tender(129, EUR).pay_cash())
        assert shop.till.ask(_sales) == 0


def test_nobody_sells_without_an_open_shift(tmp_path: Path) -> None:
    """After the shift is closed a sale is refused, in words that say what to do."""
    from localdb.services.shifts import close_shift

    with small_shop(tmp_path) as shop:
        assert shop.till.write(close_shift, 10_000).z_number == 1
        with pytest.raises(Refusal, match="No shift is open"):
            sell(shop)


def test_the_running_totals_are_the_sums_of_what_is_stored(tmp_path: Path) -> None:
    """An X report agrees with the sales and payments; a card sale stays out of the drawer."""
    with small_shop(tmp_path) as shop:
        sell(shop, 1000)
        shop.till.write(checkout, shop.cart(shop.bread), Tender(349, EUR).pay_card())
        shift = shop.till.ask(shifts.current)
        with shop.database.read() as connection:
            sums = {
                name: connection.execute(select(func.sum(TABLES[name].c[column]))).scalar_one()
                for name, column in (("sale", "total_minor"), ("payment", "amount_minor"))
            }
    assert shift is not None
    assert (shift.sale_count, shift.sales_minor) == (2, 607 + 349)
    assert shift.payments_minor == {"cash": 607, "card": 349}
    assert shift.expected_cash_minor == 10_000 + 607
    assert sums == {"sale": shift.sales_minor, "payment": sum(shift.payments_minor.values())}


def test_a_sale_that_is_refused_is_not_counted(tmp_path: Path) -> None:
    """The totals roll back with the sale."""
    with small_shop(tmp_path) as shop:
        with pytest.raises(Refusal):
            shop.till.write(checkout, shop.cart(shop.milk), Tender(128, EUR).pay_cash())
        shift = shop.till.ask(shifts.current)
    assert shift is not None
    assert (shift.sale_count, shift.payments_minor) == (0, {})


def _sales(connection: object) -> int:
    from sqlalchemy import Connection

    assert isinstance(connection, Connection)
    count = connection.execute(select(func.count()).select_from(TABLES[Sale.TYPE])).scalar_one()
    return int(count)


def test_a_fixed_tax_is_stored_and_counted_with_its_amount(tmp_path: Path) -> None:
    """Two bottles carry twice the excise, in the sale, on the receipt and in the shift."""
    with small_shop(tmp_path) as shop:
        spirits = shop.till.write(catalogue.add_tax_class, "spirits", "Spirits", {"VAT": 190_000})
        shop.till.write(
            lambda uow: uow.insert(
                TaxRate(
                    id=uow.new_id(), tax_class_id=spirits.id, name="Excise", rate_ppm=0,
                    per_unit_minor=20, position=9,
                )
            )
        )  # fmt: skip
        shop.till.write(catalogue.change_product, shop.milk.id, tax_class_id=spirits.id)
        line = replace(line_of(shop.till, shop.milk, 2000), tax_class_id=spirits.id)
        done = shop.till.write(checkout, Cart().add(line), Tender(258, EUR).pay_cash())
        receipt = shop.till.ask(receipts.load, done.sale_id)
        shift = shop.till.ask(shifts.current)
    assert [(t.name, t.per_unit_minor, t.base_minor, t.tax_minor) for t in receipt.taxes] == [
        ("VAT", 0, 183, 35),
        ("Excise", 20, 183, 40),
    ]
    assert shift is not None
    assert [(row.name, row.per_unit_minor, row.tax_minor) for row in shift.taxes] == [
        ("VAT", 0, 35),
        ("Excise", 20, 40),
    ]


@pytest.mark.parametrize(
    ("field", "held"),
    [("timezone", "Mars/Base"), ("code", "S" * 60), ("code", "/etc/cron.d/x")],
    ids=["zone", "long", "path"],
)
def test_a_store_value_that_names_nothing_stops_no_sale(
    tmp_path: Path, field: str, held: str
) -> None:
    """The till opens a shift, sells, finds and reads the receipt, and says what it cannot use."""
    with small_shop(tmp_path / "data") as shop:
        shop.till.write(
            lambda uow: uow.connection.exec_driver_sql(f"UPDATE store SET {field} = ?", (held,))
        )
        shop.till.write(shifts_at_work.close_shift, 10_000)
        shop.till.write(shifts_at_work.open_shift, 10_000)
        done = sell(shop)
        assert shop.till.ask(receipts.load, done.sale_id).sale.receipt_number.endswith("-000001")
        assert len(shop.till.ask(receipt_search.by_full_number, done.receipt_number)) == 1
        assert len(shop.till.ask(receipt_search.by_number, "1")) == 1
        odd = shop.till.ask(here.odd_values)
        assert odd.keys() == {field}
        assert odd[field][0] == held
