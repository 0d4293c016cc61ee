"""Input no honest scanner or till sends, through the real services: refused, or harmless."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.kit.formats import Formats
from app.selling.selling import SellingPresenter
from localdb.domain.cart import Cart
from localdb.domain.ids import IdSource
from localdb.domain.tender import Tender
from localdb.errors import Refusal
from localdb.queries import carts as cart_queries
from localdb.queries import lists, products
from localdb.services import carts, catalogue, customers
from localdb.services.checkout import checkout
from localdb.services.till import Till
from localdb.store import carts as cart_store
from localdb.store.tables import TABLES
from tests.app.selling.test_selling import Screen
from tests.faults.strange import STRANGE_TEXTS
from tests.support.shops import MILK, Shop, opened, small_shop


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Shop]:
    """A closed shop with one sale, to be copied."""
    folder = tmp_path_factory.mktemp("shop")
    with small_shop(folder) as shop:
        sell(shop)
    return folder, shop


@pytest.fixture
def shop(template: tuple[Path, Shop], tmp_path: Path) -> Iterator[Shop]:
    """A copy of it, which sells on and holds everything after the test."""
    folder, closed = template
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    with opened(tmp_path, closed.clock) as database:
        shop = replace(closed, till=Till(database), database=database)
        shop.till.sign_in(shop.manager)
        yield shop
        sell(shop)
        with database.read() as conn:
            count = conn.execute(select(func.count()).select_from(TABLES["sale"])).scalar()
            assert conn.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert count == 2
        found = shop.till.ask(products.by_code, MILK)
        assert found is not None
        assert found.product == shop.milk


def sell(shop: Shop) -> None:
    """One bottle of milk."""
    shop.till.write(checkout, shop.cart(shop.milk), Tender(129, shop.till.currency).pay_cash())


@pytest.mark.parametrize("text", STRANGE_TEXTS.values(), ids=STRANGE_TEXTS)
def test_a_strange_text_finds_nothing_and_breaks_nothing(shop: Shop, text: str) -> None:
    """Scanned, searched for and looked up among the customers, it is refused or finds nothing."""
    with suppress(Refusal):
        assert shop.till.ask(products.by_code, text) is None
    found = shop.till.ask(products.search, text)
    assert not found or not text.strip()
    with suppress(Refusal):
        assert shop.till.ask(lists.customers, text) == []


@pytest.mark.parametrize("text", STRANGE_TEXTS.values(), ids=STRANGE_TEXTS)
def test_a_strange_text_is_stored_as_it_is_or_refused(shop: Shop, text: str) -> None:
    """As a name it comes back character by character, or a refusal says why it cannot be."""
    made = []
    with suppress(Refusal):
        made.append(shop.till.write(customers.create, text))
    assert shop.till.ask(lists.customers, "") == made
    assert all(customer.name == text.strip() for customer in made)
    with suppress(Refusal):
        held = shop.till.write(carts.hold, shop.cart(shop.milk), text)
        assert shop.till.write(carts.recall, held) == shop.till.ask(cart_queries.open_cart)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 256),
        ("phone", "9" * 4001),
        ("email", "x" * 4001),
        ("card", "x" * 4001),
        ("name", " \t "),
    ],
)
def test_an_oversized_customer_is_refused_by_field(shop: Shop, field: str, value: str) -> None:
    """The refusal names the field, and nothing of the customer is stored."""
    given: dict[str, Any] = {"name": "Ada", field: value}
    with pytest.raises(Refusal, match=f"{field}: must have"):
        shop.till.write(customers.create, given.pop("name"), **given)
    assert shop.till.ask(lists.customers, "") == []


@pytest.mark.parametrize("price_minor", [-1, 10**15 + 1, 10**30])
def test_an_absurd_price_never_reaches_the_catalogue(shop: Shop, price_minor: int) -> None:
    """Also one that no database could hold."""
    with pytest.raises(Refusal, match="price_minor: must be between"):
        shop.till.write(catalogue.change_product, shop.milk.id, price_minor=price_minor)


def in_a_line(**changes: object) -> Callable[[dict[str, Any]], str]:
    """A cart whose first line was changed."""
    return lambda body: json.dumps({**body, "lines": [{**body["lines"][0], **changes}]})


def in_the_cart(**changes: object) -> Callable[[dict[str, Any]], str]:
    """A cart that was changed."""
    return lambda body: json.dumps({**body, **changes})


TAMPERED: dict[str, Callable[[dict[str, Any]], str]] = {
    "nothing": lambda body: "",
    "half of it": lambda body: json.dumps(body)[:40],
    "null": lambda body: "null",
    "another thing": lambda body: '["a", "list"]',
    "very deep": lambda body: "[" * 100_000,
    "no lines": in_the_cart(lines=None),
    "odd lines": in_the_cart(lines=["milk"]),
    "a quantity in words": in_a_line(quantity_milli="three"),
    "a fraction": in_a_line(quantity_milli=1500.5),
    "yes for a number": in_a_line(quantity_milli=True),
    "no quantity": in_a_line(quantity_milli=0),
    "too many": in_a_line(quantity_milli=10**30),
    "a negative price": in_a_line(unit_price_minor=-500),
    "a price that is a fraction": in_a_line(unit_price_minor=1.29),
    "not a number": in_a_line(unit_price_minor=float("nan")),
    "an amount that is a fraction": in_a_line(amount_minor=0.5),
    "a tax that is no id": in_a_line(tax_class_id="'; DROP TABLE sale; --"),
    "an unknown tax": in_a_line(tax_class_id="01900000-0000-7000-8000-000000000000"),
    "a product that is no id": in_a_line(product_id=5),
    "no name": in_a_line(name=None),
    "a discount in words": in_the_cart(discount={"rate_ppm": "half"}),
    "a discount above all": in_the_cart(discount={"rate_ppm": 10**12}),
    "a strange discount": in_a_line(discount={"generous": True}),
    "a customer that is no id": in_the_cart(customer_id="nobody"),
    "maybe exempt": in_the_cart(tax_exempt="maybe"),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED)
def test_a_tampered_held_cart_is_refused_and_stays_on_hold(
    shop: Shop, tamper: Callable[[dict[str, Any]], str]
) -> None:
    """It never becomes the open cart, which would keep the till from opening its screen."""
    cart = shop.cart(shop.milk)
    held = shop.till.write(carts.hold, cart, "Blue coat")
    overwrite(shop, held, tamper(json.loads(cart.to_json())))
    with pytest.raises(Refusal):
        shop.till.write(carts.recall, held)
    assert [one.id for one in shop.till.ask(lists.held_carts)] == [held]
    assert shop.till.ask(cart_queries.open_cart) == Cart()


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED)
def test_a_tampered_open_cart_is_left_behind(
    shop: Shop, tamper: Callable[[dict[str, Any]], str]
) -> None:
    """Failure 33: whatever it holds, the selling screen opens, with an empty cart."""
    text = tamper(json.loads(shop.cart(shop.milk).to_json()))
    shop.till.write(lambda uow: cart_store.save(uow.connection, text, uow.now_us))
    screen = Screen()
    presenter = SellingPresenter(shop.till, Formats(), screen, IdSource(shop.clock), shop.clock)
    presenter.open_cart.open()
    assert presenter.cart == Cart()
    presenter.scan(MILK)
    assert presenter.open_cart.totals().total_minor == 129


def overwrite(shop: Shop, held_id: str, text: str) -> None:
    """Change a held cart behind the program's back."""
    table = TABLES["held_cart"]
    update = table.update().where(table.c.id == held_id).values(cart=text)
    shop.database.write(lambda uow: uow.connection.execute(update).close())
