"""Every row of a file ends in the catalogue or in the refused file, and the counts add up."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from localdb.queries import products, sync_view
from localdb.services import catalogue
from localdb.services.imports.rows import RowRules
from localdb.services.imports.run import BATCH_ROWS, ImportResult, import_catalogue
from localdb.services.imports.source import guess_mapping, inspect
from localdb.store.tables import TABLES
from tests.support.shops import MILK, Shop, small_shop

HEADER = "barcode,sku,name,price,category,tax,stock,kind,deposit_sku"


def run(shop: Shop, folder: Path, *rows: str, cancel_after: int = 10**9) -> ImportResult:
    file = folder / "products.csv"
    file.write_text("\n".join((HEADER, *rows)), encoding="utf-8")
    source = inspect(file)
    batches: list[int] = []
    return import_catalogue(
        shop.till,
        source,
        RowRules(guess_mapping(source.columns)),
        folder / "refused.csv",
        progress=lambda result: batches.append(result.read),
        cancelled=lambda: len(batches) >= cancel_after,
    )


def refused(folder: Path) -> list[list[str]]:
    with (folder / "refused.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def test_accepted_and_refused_rows_add_up(tmp_path: Path) -> None:
    """Nothing is skipped: each row is counted once, with its reason when refused."""
    with small_shop(tmp_path / "till") as shop:
        result = run(
            shop,
            tmp_path,
            "4000000000006,,Tea,1.00,Drinks,reduced,2,,",
            "04000000000006,,Tea again,1.00,Drinks,reduced,2,,",
            ",,Nothing to find it by,1.00,,,,,",
            f"{MILK},,Milk that is here,1.00,,,,,",
            "4000000000013,,Luxury,1.00,,luxury,,,",
        )
        found = shop.till.ask(products.by_code, "4000000000006")
    assert (result.read, result.accepted, result.refused, result.finished) == (5, 2, 3, True)
    assert (result.added, result.changed, result.unchanged) == (1, 1, 0)
    assert [(row[0], row[1].split()[0]) for row in refused(tmp_path)] == [
        ("4", "has"),
        ("3", "barcode"),
        ("6", "tax"),
    ]
    assert refused(tmp_path)[1][4] == "Tea again"
    assert found is not None
    assert found.product.name == "Tea"


def test_a_row_may_name_a_product_that_comes_later(tmp_path: Path) -> None:
    """A bottle above its deposit in the file still gets it; a deposit nobody has is refused."""
    with small_shop(tmp_path / "till") as shop:
        result = run(
            shop,
            tmp_path,
            "4000000000006,,Cola,1.00,,,,,DEP25",
            "4000000000013,,Ale,1.00,,,,,NOBODY",
            ",DEP25,Deposit,0.25,,,,deposit,",
        )
        cola = shop.till.ask(products.by_code, "4000000000006")
    assert (result.accepted, result.refused, result.finished) == (2, 1, True)
    assert "NOBODY" in refused(tmp_path)[0][1]
    assert cola is not None
    assert cola.deposit is not None
    assert cola.deposit.price_minor == 25


def everything(shop: Shop) -> list[object]:
    """Every product, code, category and movement, and how many groups wait for the server."""
    with shop.database.read() as connection:
        return [
            *(
                tuple(row)
                for table in ("product", "barcode", "category", "stock_movement")
                for row in connection.execute(select(TABLES[table]).order_by(TABLES[table].c.id))
            ),
            sync_view.queue(connection).waiting.groups,
        ]


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    """Not a product, a code, a stock or a group for the server; over several batches too."""
    rows = [f",SKU{i},Thing {i},1.00,Things,,1,," for i in range(BATCH_ROWS + 10)]
    rows += [
        f"{MILK},MILK,Milk 2 l,1.99,Dairy,standard,99,,",
        "4000000000006,BREAD,Toast,3.49,,,,,",
    ]
    with small_shop(tmp_path / "till") as shop:
        first = run(shop, tmp_path, *rows)
        assert (first.added, first.changed, first.refused) == (BATCH_ROWS + 10, 2, 0)
        after = everything(shop)
        second = run(shop, tmp_path, *rows)
        assert (second.added, second.changed, second.unchanged) == (0, 0, len(rows))
        assert everything(shop) == after


@pytest.mark.parametrize("by", ["product id", "sku", "barcode"])
def test_a_file_updates_what_it_names_and_nothing_else(tmp_path: Path, by: str) -> None:
    """Found by id, SKU or barcode; an empty cell and a missing column leave the field alone."""
    with small_shop(tmp_path / "till") as shop:
        shop.till.write(
            catalogue.change_product, shop.milk.id, note="Organic", cost_minor=70, min_age=3
        )
        key = {"product id": shop.milk.id, "sku": "MILK", "barcode": MILK}[by]
        file = tmp_path / "prices.csv"
        file.write_text(f"{by},price,name,cost\n{key},1.49,,\n", encoding="utf-8")
        source = inspect(file)
        rules = RowRules(guess_mapping(source.columns))
        result = import_catalogue(shop.till, source, rules, tmp_path / "refused.csv")
        view = shop.till.ask(products.view, shop.milk.id)
        assert (result.changed, result.refused) == (1, 0)
        assert view is not None
        wanted = replace(shop.milk, price_minor=149, note="Organic", cost_minor=70, min_age=3)
        assert view.product == wanted
        assert shop.till.ask(products.stock, shop.milk.id) == 10_000


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"{MILK},BREAD,Bread,1.00,,,,,", f"barcode {MILK} is already in the catalogue, of"),
        (f"{MILK},NEW,New,1.00,,,,,", "of another product (SKU MILK)"),
        (",NEW,,1.00,,,,,", "has no name"),
        (",NEW,New,,,,,,", "has no price"),
        (",MILK,Milk,1.00,,luxury,,,", "tax luxury is not one of"),
        (",MILK,Milk,1.00,,,,,GONE", "names SKU GONE"),
    ],
)
def test_what_contradicts_the_catalogue_stays_out(tmp_path: Path, row: str, reason: str) -> None:
    """And touches nothing."""
    with small_shop(tmp_path / "till") as shop:
        before = everything(shop)
        run(shop, tmp_path, row)
        [[_, said, *_rest]] = refused(tmp_path)
        assert reason in said
        assert everything(shop) == before


def test_rows_of_one_product_may_bring_codes_and_must_not_contradict(tmp_path: Path) -> None:
    """More barcodes come in; a later row that says something else of it stays out."""
    with small_shop(tmp_path / "till") as shop:
        result = run(
            shop,
            tmp_path,
            "4000000000006,MILK,Milk 1 l,1.29,,,,,",
            "4000000000013,MILK,Milk 1 l,1.29,,,,,",
            "4000000000020,MILK,Milk 1 l,9.99,,,,,",
        )
        assert (result.changed, result.refused) == (2, 1)
        assert "by an earlier row of this file that differs" in refused(tmp_path)[0][1]
        for code in (MILK, "4000000000006", "4000000000013"):
            view = shop.till.ask(products.by_code, code)
            assert view is not None
            assert (view.product.id, view.product.price_minor) == (shop.milk.id, 129)


def test_a_cancelled_import_leaves_whole_batches(tmp_path: Path) -> None:
    """Stopping keeps what was written and says how far it got."""
    rows = [f",SKU{i},Thing {i},1.00,,,1,," for i in range(3 * BATCH_ROWS)]
    with small_shop(tmp_path / "till") as shop:
        result = run(shop, tmp_path, *rows, cancel_after=1)
        with shop.database.read() as connection:
            table = TABLES["product"]
            count = connection.execute(
                select(func.count()).where(table.c.sku.startswith("SKU"))
            ).scalar_one()
    assert not result.finished
    assert result.accepted == count == BATCH_ROWS


@pytest.mark.parametrize(
    "hostile", ["'; DROP TABLE product; --", "=cmd|' /C calc'!A0", "שלום 🍞", "a" * 255]
)
def test_hostile_names_are_just_names(tmp_path: Path, hostile: str) -> None:
    """A name is data, whatever is in it."""
    with small_shop(tmp_path / "till") as shop:
        run(shop, tmp_path, f',ODD,"{hostile}",1.00,,,,,')
        found = shop.till.ask(products.by_code, "ODD")
    assert found is not None
    assert found.product.name == hostile
