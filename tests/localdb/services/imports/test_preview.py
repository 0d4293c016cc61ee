"""What the first rows of a file would become."""

from pathlib import Path

from localdb.queries import sync_view
from localdb.services.imports.batch import Change
from localdb.services.imports.preview import preview
from localdb.services.imports.rows import RowRules
from localdb.services.imports.source import guess_mapping, inspect
from tests.support.shops import small_shop

ROWS = "sku;name;price\nTEA;Green tea;2.50\nMILK;Milk again;1.00\nX;;oops\n"


def test_a_preview_says_what_becomes_of_each_row_and_writes_nothing(tmp_path: Path) -> None:
    """Fit rows, rows that clash with the catalogue and unreadable rows are told apart."""
    with small_shop(tmp_path / "till") as shop:
        file = tmp_path / "goods.csv"
        file.write_text(ROWS)
        source = inspect(file)
        waiting = shop.till.ask(sync_view.queue).waiting.groups
        found = preview(shop.till, source, RowRules(guess_mapping(source.columns)))
        assert [(row.sku, bool(row.reasons)) for row in found] == [
            ("TEA", False),
            ("MILK", False),
            ("X", True),
        ]
        assert [row.fate for row in found[:2]] == ["added", "changed"]
        assert found[0].price_minor == 250
        assert found[1].changes == (
            Change("price_minor", 129, 100),
            Change("name", "Milk 1 l", "Milk again"),
        )
        assert len(found[2].reasons) == 2
        assert shop.till.ask(sync_view.queue).waiting.groups == waiting
