"""Products as a manager changes them."""

from pathlib import Path

import pytest

from localdb.domain.ops import decode
from localdb.domain.records import Product
from localdb.errors import Refusal, ValidationRefusal
from localdb.queries import products
from localdb.services import catalogue
from localdb.store import outbox
from tests.support.shops import Shop, small_shop


def milk(shop: Shop) -> Product:
    """The milk as it is stored."""
    view = shop.till.ask(products.view, shop.milk.id)
    assert view is not None
    return view.product


def test_only_what_differs_travels_and_the_price_is_journalled(tmp_path: Path) -> None:
    """One group: the fields that differ, with what they were, and the journal's entry."""
    with small_shop(tmp_path) as shop:
        shop.till.write(
            catalogue.edit_product, shop.milk, price_minor=139, name=shop.milk.name, plu="7"
        )
        with shop.database.read() as connection:
            ops = {
                op.type: op
                for op in decode(outbox.next_batch(connection, 1000, 10**9)[-1].body).ops
            }
    assert set(ops) == {"product", "journal_entry", "audit_entry"}
    assert ops["product"].before == {"price_minor": 129, "plu": ""}
    assert ops["product"].after == {"price_minor": 139, "plu": "7"}
    assert (ops["journal_entry"].values or {})["kind"] == "price_changed"


def test_a_product_not_as_it_was_seen_is_left_alone(tmp_path: Path) -> None:
    """Whoever comes second has not seen what they would write over."""
    with small_shop(tmp_path) as shop:
        shop.till.write(catalogue.edit_product, shop.milk, price_minor=139)
        with pytest.raises(Refusal, match="Someone else changed"):
            shop.till.write(catalogue.edit_product, shop.milk, price_minor=149)
        assert milk(shop).price_minor == 139


def test_a_cashier_changes_neither_product_nor_stock(tmp_path: Path) -> None:
    """Both need a manager, and say so."""
    with small_shop(tmp_path) as shop:
        shop.till.sign_in(shop.cashier)
        with pytest.raises(Refusal, match="Only a manager"):
            shop.till.write(catalogue.edit_product, shop.milk, price_minor=1)
        with pytest.raises(Refusal, match="Only a manager"):
            shop.till.write(catalogue.correct_stock, shop.milk.id, 1000)
        assert milk(shop) == shop.milk
        assert shop.till.ask(products.stock, shop.milk.id) == 10_000


def test_a_plu_finds_one_product(tmp_path: Path) -> None:
    """Another product's PLU is refused at its field; its own, or a removed one's, is free."""
    with small_shop(tmp_path) as shop:
        shop.till.write(catalogue.edit_product, shop.bread, plu="41")
        with pytest.raises(ValidationRefusal) as refused:
            shop.till.write(catalogue.edit_product, shop.milk, plu="41")
        assert refused.value.errors == {"plu": "already belongs to Rye bread"}
        shop.till.write(catalogue.change_product, shop.bread.id, deleted=True)
        shop.till.write(catalogue.edit_product, shop.milk, plu="41")
        shop.till.write(catalogue.edit_product, milk(shop), plu="41", price_minor=119)
        assert (milk(shop).plu, milk(shop).price_minor) == ("41", 119)


def test_favourites_are_arranged_by_who_may(tmp_path: Path) -> None:
    """In the order given, each once; what is left out is none any more; a cashier may not."""
    with small_shop(tmp_path) as shop:
        milk, bread = shop.milk.id, shop.bread.id
        shop.till.write(catalogue.arrange_favourites, [bread, milk])
        shop.till.write(catalogue.arrange_favourites, [milk])
        assert [t.id for t in shop.till.ask(products.favourites)] == [milk]
        shop.till.write(catalogue.arrange_favourites, [milk, bread])
        assert [t.id for t in shop.till.ask(products.favourites)] == [milk, bread]
        with pytest.raises(Refusal, match="at most"):
            shop.till.write(catalogue.arrange_favourites, [milk] * 101)
        shop.till.sign_in(shop.cashier)
        with pytest.raises(Refusal):
            shop.till.write(catalogue.arrange_favourites, [])
