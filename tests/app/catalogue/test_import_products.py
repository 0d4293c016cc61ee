"""The import: look before anything is written, and know what stayed out."""

from pathlib import Path

import pytest

from app.catalogue.import_products import ImportPresenter
from app.catalogue.import_state import ImportState
from app.kit.formats import Formats
from localdb.queries import products
from tests.app.kit.at_once import AtOnce
from tests.support.shops import Shop, small_shop

GOOD = "sku;name;price;tax\nTEA;Green tea;2.50;reduced\nCUP;Cup;4.00;standard\n"
MIXED = GOOD + "MILK;Milk again;1.00;reduced\nBAD;;oops;reduced\n"


class Importing:
    """A presenter and every state it showed."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.states: list[ImportState] = []
        self.presenter = ImportPresenter(
            shop.till,
            Formats("en", "EUR"),
            shop.clock,
            self._show,
            worker=AtOnce(),
            folder=folder / "refused",
        )
        self.folder = folder
        self.cancel_when_running = False

    def _show(self, state: ImportState) -> None:
        self.states.append(state)
        if self.cancel_when_running and state.permille and not state.is_cancelling:
            self.presenter.cancel()

    @property
    def state(self) -> ImportState:
        """What is shown now."""
        return self.presenter.state

    def choose(self, text: str, encoding: str = "utf-8") -> None:
        """Choose a file with this text."""
        file = self.folder / "goods.csv"
        file.write_text(text, encoding=encoding)
        self.presenter.choose(str(file))


def found(shop: Shop, words: str) -> int:
    """How many products the words find."""
    return len(shop.till.ask(products.search, words, 5))


def test_a_file_is_mapped_and_previewed_before_anything_is_written(tmp_path: Path) -> None:
    """Each of the first rows says whether it comes in and why not."""
    with small_shop(tmp_path / "till") as shop:
        importing = Importing(shop, tmp_path)
        importing.choose(MIXED)
        state = importing.state
        assert dict(state.mapping)["price"] == "price"
        assert [line.fate for line in state.lines] == ["added", "added", "changed", "skipped"]
        assert state.lines[0].price == "€2.50"
        assert state.lines[2].said == "Price €1.29 → €1.00; name Milk 1 l → Milk again"
        assert state.preview_words == "2 to add, 1 to change, 1 skipped."
        assert state.can_start
        assert found(shop, "green tea") == 0


def test_an_import_counts_and_names_the_file_of_refused_rows(tmp_path: Path) -> None:
    """What came in can be found; what stayed out is in a file with its reasons."""
    with small_shop(tmp_path / "till") as shop:
        importing = Importing(shop, tmp_path)
        importing.choose(MIXED)
        importing.presenter.start()
        state = importing.state
        assert state.stage == "done"
        assert state.headline == "Import finished: 2 added, 1 changed, 1 skipped"
        assert "has no name" in Path(state.refused_file).read_text(encoding="utf-8")
        assert found(shop, "green tea") == 1
        assert any(s.stage == "running" and s.permille == 1000 for s in importing.states)


def test_a_clean_import_leaves_no_file_behind(tmp_path: Path) -> None:
    """Nothing was refused, so there is nothing to open."""
    with small_shop(tmp_path / "till") as shop:
        importing = Importing(shop, tmp_path)
        importing.choose(GOOD)
        importing.presenter.start()
        assert importing.state.headline == "Import finished: 2 added"
        assert importing.state.refused_file == ""
        assert list((tmp_path / "refused").iterdir()) == []


def test_another_encoding_can_be_chosen_after_a_refusal(tmp_path: Path) -> None:
    """The refusal says what to do, and choosing the encoding reads the same file."""
    with small_shop(tmp_path / "till") as shop:
        importing = Importing(shop, tmp_path)
        importing.choose("sku;name;price\nCAFE;Café crème;2.10\n", "cp1252")
        assert importing.state.asks_encoding
        assert "choose its encoding" in importing.state.error
        importing.presenter.choose_encoding("cp1252")
        assert importing.state.lines[0].name == "Café crème"
        assert importing.state.error == ""


def test_a_price_list_updates_by_sku_alone_and_twice_changes_nothing(tmp_path: Path) -> None:
    """Two columns are enough; what each row changes is said before, and how many after."""
    with small_shop(tmp_path / "till") as shop:
        importing = Importing(shop, tmp_path)
        for fate, said, headline in (
            ("changed", "Price €1.29 → €1.49", "Import finished: 1 changed, 1 skipped"),
            ("unchanged", "", "Import finished: 1 unchanged, 1 skipped"),
        ):
            importing.choose("sku;price\nMILK;1.49\nNEW;2.00\n")
            line, new = importing.state.lines
            assert (line.name, line.fate, line.said) == ("Milk 1 l", fate, said)
            assert (new.fate, new.said) == ("skipped", "Has no name")
            importing.presenter.start()
            assert importing.state.headline == headline
            importing.presenter.open()


def test_an_unknown_heading_is_mapped_by_hand(tmp_path: Path) -> None:
    """It cannot start before there is something to find products by, and to say of them."""
    with small_shop(tmp_path / "till") as shop:
        importing = Importing(shop, tmp_path)
        importing.choose("artikel;bezeichnung;preis\nTEE;Tee;2,50\n")
        assert not importing.state.can_start
        assert importing.state.missing == "Map a column to: Name or Price, Barcode or SKU."
        for field, column in (("name", "bezeichnung"), ("price", "preis"), ("sku", "artikel")):
            importing.presenter.map(field, column)
        assert importing.state.can_start
        assert importing.state.lines[0].price == "€2.50"


def test_a_cancelled_import_stops_between_batches_and_says_where(tmp_path: Path) -> None:
    """What came in stays; the outcome says how far it got."""
    with small_shop(tmp_path / "till") as shop:
        importing = Importing(shop, tmp_path)
        rows = "".join(f"S{n};Thing {n};1.00;reduced\n" for n in range(450))
        importing.choose("sku;name;price;tax\n" + rows)
        importing.cancel_when_running = True
        importing.presenter.start()
        assert importing.state.headline == "Stopped after 200 of 450 rows"


def test_only_a_manager_imports(tmp_path: Path) -> None:
    """A cashier may look but not start."""
    with small_shop(tmp_path / "till") as shop:
        importing = Importing(shop, tmp_path)
        importing.choose(GOOD)
        shop.till.sign_in(shop.cashier)
        importing.presenter.start()
        assert "Only a manager" in importing.state.error
        assert found(shop, "green tea") == 0


DISAGREE = "sku;name;price\nTEA;Green tea;1.250,50\nCUP;Cup;4.00\nPOT;Pot;1,250\n"


def test_rows_that_disagree_are_asked_about_before_anything_is_read(tmp_path: Path) -> None:
    """The question names a row of each kind; the answer decides for all, or refuses a row."""
    with small_shop(tmp_path / "till") as shop:
        importing = Importing(shop, tmp_path)
        importing.choose(DISAGREE)
        assert importing.state.missing == (
            "Rows disagree: line 2 has 1.250,50 and line 3 has 4.00. "
            "Choose how this file writes numbers."
        )
        assert not importing.state.can_start
        importing.presenter.choose_mark(".")
        lines = importing.state.lines
        assert [line.price for line in lines] == ["", "€4.00", "€1,250.00"]
        assert lines[0].said == "Price '1.250,50' is not a number"
        assert importing.state.can_start


@pytest.mark.parametrize(
    ("price", "other", "written"),
    [
        ("1,250", "3.50", "€1,250.00"),
        ("1,234,560", "3", "€1,234,560.00"),
        ("1.250", "3,50", "€1,250.00"),
        ("1,250", "3,50", "€1.25"),
        ("1.250", "3.50", "€1.25"),
    ],
)
def test_the_other_rows_say_what_a_mark_means(
    tmp_path: Path, price: str, other: str, written: str
) -> None:
    """A file has one decimal mark, and what it read is shown before anything is written."""
    with small_shop(tmp_path / "till") as shop:
        importing = Importing(shop, tmp_path)
        importing.choose(f"sku;name;price\nTEA;Green tea;{price}\nCUP;Cup;{other}\n")
        assert importing.state.lines[0].price == written
        assert importing.state.can_start


@pytest.mark.parametrize("price", ["1,250", "1.250"])
def test_a_file_that_does_not_say_which_mark_it_uses_is_asked_about(
    tmp_path: Path, price: str
) -> None:
    """Nothing is guessed where every number has two readings."""
    with small_shop(tmp_path / "till") as shop:
        importing = Importing(shop, tmp_path)
        importing.choose(f"sku;name;price\nTEA;Green tea;{price}\nCUP;Cup;3\n")
        assert price in importing.state.missing
        assert not importing.state.can_start
        importing.presenter.choose_mark(",")
        shown = importing.state.lines[0].price
        assert shown == ("€1.25" if price == "1,250" else "€1,250.00")
        importing.presenter.start()
        assert importing.state.headline == "Import finished: 2 added"


def test_an_unusual_price_comes_in_with_a_warning(tmp_path: Path) -> None:
    """A slip of a thousand is seen before it is on the shelf; it is not refused."""
    with small_shop(tmp_path / "till") as shop:
        importing = Importing(shop, tmp_path)
        importing.choose("sku;name;price\nTEA;Green tea;1,250,000.00\nCUP;Cup;4.00\n")
        first, second = importing.state.lines
        assert first.fate == "added"
        assert first.said == "The price 1,250,000.00 is unusually high: check it"
        assert second.said == ""
