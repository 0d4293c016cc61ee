"""The list of products, and one product as a manager changes it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.catalogue.product import CHANGED_ELSEWHERE, REMOVED_ELSEWHERE, ProductPresenter
from app.catalogue.products import NOT_A_MANAGER, ProductsPresenter
from app.kit.formats import Formats
from localdb.domain.records import Product
from localdb.queries import products
from localdb.services import catalogue
from tests.support.shops import Shop, small_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop with milk at 1.29 and bread at 3.49; the manager is signed in."""
    with small_shop(tmp_path) as found:
        yield found


class Editing:
    """A product's presenter and how often it was done."""

    def __init__(self, shop: Shop, currency: str = "EUR") -> None:
        self.shop = shop
        self.done = 0
        self.presenter = ProductPresenter(
            shop.till, Formats("en", currency), lambda _state: None, self._count
        )
        self.presenter.open(shop.milk.id)

    def _count(self) -> None:
        self.done += 1

    def save(self, **entries: str) -> dict[str, str]:
        """Type and save; returns what is said at the fields."""
        for name, entry in entries.items():
            self.presenter.type(name, entry)
        self.presenter.save()
        return dict(self.presenter.state.errors)

    @property
    def milk(self) -> Product:
        """The milk as it is stored."""
        view = self.shop.till.ask(products.view, self.shop.milk.id)
        assert view is not None
        return view.product


def journal(shop: Shop) -> list[dict[str, object]]:
    """What the journal says of prices, without the hash of the facts beside it."""
    sql = "SELECT payload FROM journal_entry WHERE kind = 'price_changed' ORDER BY seq"
    told = shop.till.ask(
        lambda connection: [json.loads(row[0]) for row in connection.exec_driver_sql(sql)]
    )
    return [{name: said for name, said in one.items() if name != "facts"} for one in told]


def test_the_list_shows_what_was_searched_with_price_and_stock(shop: Shop) -> None:
    """Everything at first, then what matches, and a sentence when nothing does."""
    listing = ProductsPresenter(
        shop.till, Formats("en", "EUR"), lambda _state: None, lambda _id: None
    )
    listing.open()
    assert [(row.product.name, row.price, row.stock, row.is_out) for row in listing.state.rows] == [
        ("Milk 1 l", "€1.29", "10", False),
        ("Rye bread", "€3.49", "0", True),
    ]
    assert listing.state.count == "2 products"
    listing.search("rye")
    assert [row.product.sku for row in listing.state.rows] == ["BREAD"]
    listing.search("marmalade")
    assert listing.state.empty == "Nothing found for “marmalade”."


def test_a_cashier_may_look_but_is_told_who_may_change(shop: Shop) -> None:
    """A row opens for a manager only; the service itself refuses too."""
    opened: list[str] = []
    listing = ProductsPresenter(shop.till, Formats("en", "EUR"), lambda _state: None, opened.append)
    shop.till.sign_in(shop.cashier)
    listing.open()
    listing.choose(0)
    assert (opened, listing.state.note) == ([], NOT_A_MANAGER)
    editing = Editing(shop)
    editing.save(price_minor="1.39")
    editing.presenter.adjust(1000)
    assert "Only a manager" in editing.presenter.state.error
    assert (editing.done, editing.milk.price_minor, editing.presenter.state.stock) == (0, 129, "10")
    shop.till.sign_in(shop.manager)
    listing.choose(0)
    assert (opened, listing.state.note) == ([shop.milk.id], "")


def test_a_new_price_is_stored_and_journalled_with_what_it_was(shop: Shop) -> None:
    """The journal names the product, the price before and the price after; a name is no price."""
    editing = Editing(shop)
    editing.save(price_minor="1,39", name="Milk, 1 litre")
    assert editing.done == 1
    assert (editing.milk.price_minor, editing.milk.name) == (139, "Milk, 1 litre")
    assert journal(shop) == [{"product": shop.milk.id, "before": 129, "after": 139}]
    again = Editing(shop)
    again.save(name="Milk")
    assert len(journal(shop)) == 1


def test_what_is_typed_as_it_was_is_no_change(shop: Shop) -> None:
    """Writing 1,29 for 1.29 writes nothing and closes."""
    editing = Editing(shop)
    assert not editing.presenter.state.can_save
    editing.presenter.type("price_minor", "1,29")
    assert editing.presenter.state.can_save
    editing.presenter.save()
    assert (editing.done, journal(shop)) == (1, [])


@pytest.mark.parametrize(
    ("field", "entry", "said"),
    [
        ("price_minor", "1.2.9", "Type an amount, such as 4.50."),
        ("price_minor", "1.295", "Type an amount, such as 4.50."),
        ("price_minor", "", "Type an amount, such as 4.50."),
        ("price_minor", "-1", "Price cannot be negative."),
        ("cost_minor", "99999999999999", "Cost is at most €10,000,000,000,000.00."),
        ("name", "   ", "Name must have 1 to 255 characters."),
        ("plu", "123456789", "PLU must have 0 to 8 characters."),
        ("plu", "41", "PLU already belongs to Rye bread."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(shop: Shop, field: str, entry: str, said: str) -> None:
    """Nothing is written, and typing anew takes the message back."""
    shop.till.write(catalogue.change_product, shop.bread.id, plu="41")
    editing = Editing(shop)
    before = editing.milk
    assert editing.save(**{field: entry}) == {field: said}
    assert (editing.done, editing.milk) == (0, before)
    editing.presenter.type(field, "1")
    assert editing.presenter.state.errors == {}


def test_a_price_without_decimals_stays_without(shop: Shop) -> None:
    """A yen has no hundredth: 150 is 150 minor units."""
    editing = Editing(shop, "JPY")
    assert editing.presenter.state.entries["price_minor"] == "129"
    assert editing.save(price_minor="1.5") == {"price_minor": "Type an amount, such as 450."}
    editing.save(price_minor="150")
    assert editing.milk.price_minor == 150


def test_a_very_high_new_price_is_asked_about(shop: Shop) -> None:
    """From 10,000 euros on, where it is more than it was and nothing is wrong."""
    editing = Editing(shop)

    def asked(**entries: str) -> str:
        for name, entry in entries.items():
            editing.presenter.type(name, entry)
        question = editing.presenter.question_save()
        return "" if question is None else f"{question.title} {question.text} {question.yes}"

    assert asked(price_minor="9999.99") == ""
    assert asked(price_minor="10000") == (
        "Is €10,000.00 right? Milk 1 l: the price is €1.29 now. Save €10,000.00"
    )
    assert asked(name="  ") == "", "what is wrong is said first"
    editing.save(name="Milk", price_minor="12000")
    later = Editing(shop)
    later.presenter.type("price_minor", "11000")
    assert later.presenter.question_save() is None


def test_category_and_tax_are_picked_by_name(shop: Shop) -> None:
    """What is offered, what the product has, and no category at all."""
    dairy = shop.till.write(catalogue.add_category, "Dairy")
    editing = Editing(shop)
    choices = editing.presenter.state.choices
    assert choices["category_id"] == (("", "No category"), (dairy.id, "Dairy"))
    assert shop.milk.tax_class_id in dict(choices["tax_class_id"])
    editing.save(category_id=dairy.id)
    assert editing.milk.category_id == dairy.id
    again = Editing(shop)
    again.save(category_id="")
    assert again.milk.category_id is None


def test_a_change_elsewhere_is_said_and_nothing_typed_is_lost(shop: Shop) -> None:
    """No save over what was not seen; Reload takes theirs in and keeps ours, both in view."""
    editing = Editing(shop)
    editing.presenter.type("price_minor", "1.49")
    shop.till.write(catalogue.change_product, shop.milk.id, price_minor=139, name="Fresh milk")
    editing.presenter.save()
    state = editing.presenter.state
    assert (state.moved, state.error, state.can_save) == (CHANGED_ELSEWHERE, "", False)
    assert (editing.done, editing.milk.price_minor) == (0, 139)
    editing.presenter.reload()
    state = editing.presenter.state
    assert (state.moved, state.title, state.entries["name"]) == ("", "Fresh milk", "Fresh milk")
    assert state.entries["price_minor"] == "1.49"
    assert state.hints == {"price_minor": "Changed elsewhere to €1.39"}
    editing.presenter.save()
    assert (editing.done, editing.milk.price_minor) == (1, 149)
    assert journal(shop)[-1] == {"product": shop.milk.id, "before": 139, "after": 149}


def test_removing_takes_it_off_sale_also_in_an_open_sheet(shop: Shop) -> None:
    """It is found no more; whoever had it open reads so and cannot save."""
    editing, other = Editing(shop), Editing(shop)
    assert "Milk 1 l will no longer be found" in editing.presenter.question_remove().text
    editing.presenter.remove()
    assert (editing.done, editing.milk.deleted) == (1, True)
    assert shop.till.ask(products.search, "milk") == []
    other.presenter.type("name", "Milk")
    other.presenter.look()
    assert other.presenter.state.moved == REMOVED_ELSEWHERE
    assert not other.presenter.state.can_reload
    assert not other.presenter.state.can_save


def test_stock_is_adjusted_at_once_and_changes_nothing_else(shop: Shop) -> None:
    """Two pieces less are two pieces less; backing out and nonsense leave it as it is."""
    editing = Editing(shop)
    assert "10 in stock" in editing.presenter.question_adjust().subject
    editing.presenter.adjust(-2000)
    assert editing.presenter.state.stock == "8"
    editing.presenter.adjust(None)
    editing.presenter.adjust(10**15)
    assert "too high" in editing.presenter.state.error
    assert editing.presenter.state.stock == "8"
    editing.presenter.look()
    assert editing.presenter.state.moved == ""
