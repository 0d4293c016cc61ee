"""Every row of a file ends in the catalogue or in the refused file, and the counts add up."""

import csv
from pathlib import Path

import pytest
from sqlalchemy import func, select

from localdb.queries import products
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
    assert (result.read, result.accepted, result.refused, result.finished) == (5, 1, 4, True)
    assert [(row[0], row[1].split()[0]) for row in refused(tmp_path)] == [
        ("4", "has"),
        ("3", "barcode"),
        ("5", "barcode"),
        ("6", "tax"),
    ]
    assert refused(tmp_path)[2][4] == "Milk that is here"
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


def test_the_same_file_again_brings_nothing_in_twice(tmp_path: Path) -> None:
    """A second import refuses every row and changes nothing."""
    rows = [f",SKU{i},Thing {i},1.00,,,1,," for i in range(BATCH_ROWS + 10)]
    with small_shop(tmp_path / "till") as shop:
        first = run(shop, tmp_path, *rows)
        second = run(shop, tmp_path, *rows)
    assert (first.accepted, second.accepted, second.refused) == (210, 0, 210)


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
