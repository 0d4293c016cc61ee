"""What a scan, a search and the tiles find."""

from pathlib import Path

import pytest

from localdb.domain.records import Barcode, Product
from localdb.queries import products
from localdb.services import catalogue
from localdb.store.unit_of_work import UnitOfWork
from tests.support.contradictions import clash, raised
from tests.support.shops import BREAD, MILK, Shop, add, small_shop


def found(shop: Shop, code: str) -> str | None:
    view = shop.till.ask(products.by_code, code)
    return view.product.name if view else None


@pytest.mark.parametrize("code", [MILK, f"0{MILK}", f" {MILK} ", "MILK"])
def test_a_product_is_found_by_barcode_and_by_sku(tmp_path: Path, code: str) -> None:
    """Leading zeros and spaces of a scanner do not matter; the SKU may be typed."""
    with small_shop(tmp_path) as shop:
        assert found(shop, code) == "Milk 1 l"


@pytest.mark.parametrize("code", ["", "4006381333932", "'; --", "\x00", "x" * 10_000, "🍞"])
def test_what_no_product_has_finds_nothing(tmp_path: Path, code: str) -> None:
    """An unknown, malformed or hostile code is simply not found."""
    with small_shop(tmp_path) as shop:
        assert found(shop, code) is None


def test_a_plu_is_typed_like_a_code(tmp_path: Path) -> None:
    """Loose goods have a short number; a barcode of the same digits comes first."""
    with small_shop(tmp_path) as shop:
        shop.till.write(catalogue.change_product, shop.bread.id, plu="41")
        assert found(shop, "41") == "Rye bread"
        shop.till.write(catalogue.add_barcode, shop.milk.id, "41")
        assert found(shop, "41") == "Milk 1 l"


def test_of_two_products_with_one_code_the_first_accepted_wins(tmp_path: Path) -> None:
    """Two tills may both have given it out; scanning goes on until a manager settles it."""
    with small_shop(tmp_path) as shop:
        theirs = Barcode(id=shop.till.write(lambda uow: uow.new_id()), code=MILK,
                         product_id=shop.bread.id)  # fmt: skip
        shop.till.write(lambda uow: uow.insert(theirs))
        assert found(shop, MILK) == "Milk 1 l"
        shop.till.write(
            lambda uow: uow.connection.exec_driver_sql(
                "UPDATE barcode SET version = 1 WHERE id = ?", (theirs.id,)
            )
        )
        assert found(shop, MILK) == "Rye bread"


def test_the_code_of_a_record_that_came_later_does_not_scan(tmp_path: Path) -> None:
    """Not the age of an id says who was first, but the server's conflict; so for SKUs too."""
    with small_shop(tmp_path) as shop:
        older = shop.till.write(lambda uow: uow.find(Barcode, code=MILK)[0])
        newer = Barcode(id=shop.till.write(lambda uow: uow.new_id()), code=MILK,
                        product_id=shop.bread.id)  # fmt: skip
        shop.till.write(lambda uow: uow.insert(newer))
        for table in ("barcode", "product"):
            shop.till.write(accepted, table)
        assert found(shop, MILK) == "Milk 1 l"
        fields = {"code": clash(None, MILK, MILK), "id": clash(None, older.id, newer.id)}
        raised(shop, "unique", fields, title=MILK, record_type="barcode", record_id=older.id)
        assert found(shop, MILK) == "Rye bread"

        shop.till.write(lambda uow: uow.edit(Product, shop.bread.id, sku="MILK"))
        assert found(shop, "MILK") == "Milk 1 l"
        fields = {"sku": clash(None, "MILK", "MILK"), "id": clash(None, shop.milk.id, "x")}
        raised(shop, "unique", fields, title="Milk 1 l", record_id=shop.milk.id)
        assert found(shop, "MILK") == "Rye bread"


def accepted(uow: UnitOfWork, table: str) -> None:
    """The server has taken all rows of a table."""
    uow.connection.exec_driver_sql(f"UPDATE {table} SET version = 1")


def test_a_deleted_product_is_not_sold(tmp_path: Path) -> None:
    """Neither scanned, nor searched, nor on a tile."""
    with small_shop(tmp_path) as shop:
        shop.till.write(lambda uow: uow.edit(Product, shop.bread.id, deleted=True))
        assert found(shop, BREAD) is None
        assert shop.till.ask(products.search, "rye") == []
        assert [tile.name for tile in shop.till.ask(products.tiles)] == ["Milk 1 l"]


def test_search_finds_words_in_any_order(tmp_path: Path) -> None:
    """Beginnings of words, without regard to case or accents."""
    with small_shop(tmp_path) as shop:
        shop.till.write(add, "CREME", "Crème fraîche 200 g", 149, "4011100000009", 1000)
        for text in ("creme", "FRAI cr", "200 crème", "40111"):
            assert [tile.sku for tile in shop.till.ask(products.search, text)] == ["CREME"], text


def test_a_tile_knows_the_stock_of_this_store(tmp_path: Path) -> None:
    """Thousandths on hand; zero for what never came in."""
    with small_shop(tmp_path) as shop:
        stock = {tile.sku: tile.stock_milli for tile in shop.till.ask(products.tiles)}
    assert stock == {"MILK": 10_000, "BREAD": 0}


def test_variants_stand_under_what_they_vary(tmp_path: Path) -> None:
    """Not among the tiles but under their parent, which knows how many; searching finds them."""
    with small_shop(tmp_path) as shop:
        shop.till.write(catalogue.change_product, shop.bread.id, variant_of=shop.milk.id)
        (parent,) = shop.till.ask(products.tiles)
        assert (parent.name, parent.variants, parent.stock_milli) == ("Milk 1 l", 1, None)
        found = shop.till.ask(products.variants, shop.milk.id)
        assert [(t.name, t.stock_milli, t.variants) for t in found] == [
            ("Milk 1 l", 10_000, 0),
            ("Rye bread", 0, 0),
        ]
        assert [t.name for t in shop.till.ask(products.search, "rye")] == ["Rye bread"]
        view = shop.till.ask(products.by_code, MILK)
        assert view is not None
        assert view.has_variants


def test_what_never_had_stock_only_stands_for_its_variants(tmp_path: Path) -> None:
    """It is not offered beside them; goods that are sold out are."""
    with small_shop(tmp_path) as shop:
        shop.till.write(catalogue.change_product, shop.milk.id, variant_of=shop.bread.id)
        found = shop.till.ask(products.variants, shop.bread.id)
        assert [tile.name for tile in found] == ["Milk 1 l"]
        shop.till.write(catalogue.change_product, shop.milk.id, variant_of=None)
        shop.till.write(catalogue.change_product, shop.bread.id, variant_of=shop.milk.id)
        shop.till.write(catalogue.adjust_stock, shop.milk.id, -10_000)
        found = shop.till.ask(products.variants, shop.milk.id)
        assert [(t.name, t.stock_milli) for t in found] == [("Milk 1 l", 0), ("Rye bread", 0)]


def test_variants_of_what_is_gone_stand_for_themselves(tmp_path: Path) -> None:
    """A deleted parent hides nothing; a deleted variant is none."""
    with small_shop(tmp_path) as shop:
        shop.till.write(catalogue.change_product, shop.bread.id, variant_of=shop.milk.id)
        shop.till.write(catalogue.change_product, shop.milk.id, deleted=True)
        assert [tile.name for tile in shop.till.ask(products.tiles)] == ["Rye bread"]
        shop.till.write(catalogue.change_product, shop.milk.id, deleted=False)
        shop.till.write(catalogue.change_product, shop.bread.id, deleted=True)
        (parent,) = shop.till.ask(products.tiles)
        assert (parent.variants, parent.stock_milli) == (0, 10_000)
        view = shop.till.ask(products.by_code, MILK)
        assert view is not None
        assert not view.has_variants


def test_favourites_come_from_their_own_index(tmp_path: Path) -> None:
    """Of a million products the first page may read only the few that are on it."""
    with small_shop(tmp_path) as shop:
        plan = shop.till.ask(
            lambda connection: connection.exec_driver_sql(
                "EXPLAIN QUERY PLAN SELECT id FROM product WHERE product.favourite > 0"
            ).all()
        )
        assert "ix_product_favourite" in str(plan)
