"""The list of products, and one product as a manager changes it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.catalogue.product import product_form, question_adjust, stock_words
from app.catalogue.products import product_listing
from app.catalogue.variants import variants_form
from app.kit.form import FormPresenter
from app.kit.formats import Formats
from app.kit.listing import ListPresenter
from localdb.domain.records import Category, Product
from localdb.errors import Refusal
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
        formats = Formats("en", currency)
        form = product_form(shop.till, formats)
        self.presenter = FormPresenter(shop.till, formats, form, lambda _state: None, self._count)
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
    listing = ListPresenter(
        product_listing(shop.till, Formats("en", "EUR")), lambda _state: None, lambda _row: None
    )
    listing.open()
    rows = [[cell.text for cell in row] for row in listing.state.rows]
    assert rows == [
        ["Rye bread", "BREAD", "–", "€3.49", "0"],
        ["Milk 1 l", "MILK", "–", "€1.29", "10"],
    ]
    assert listing.state.count == "2 entries"
    listing.search("rye")
    assert [row[1].text for row in listing.state.rows] == ["BREAD"]
    listing.search("marmalade")
    assert listing.state.empty == "Nothing found for “marmalade”."


def test_only_who_may_changes_a_product(shop: Shop) -> None:
    """The service itself refuses, and says who may."""
    shop.till.sign_in(shop.cashier)
    editing = Editing(shop)
    editing.save(price_minor="1.39")
    assert "Only a manager" in editing.presenter.state.error
    assert (editing.done, editing.milk.price_minor) == (0, 129)


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
        ("name", "   ", "Fill in this field."),
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
        question = editing.presenter.question()
        return "" if question is None else f"{question.title} {question.text} {question.yes}"

    assert asked(price_minor="9999.99") == ""
    assert asked(price_minor="10000") == (
        "Is €10,000.00 right? Milk 1 l: the price is €1.29 now. Save €10,000.00"
    )
    assert asked(name="  ") == "", "what is wrong is said first"
    editing.save(name="Milk", price_minor="12000")
    later = Editing(shop)
    later.presenter.type("price_minor", "11000")
    assert later.presenter.question() is None


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


def test_what_a_product_has_stays_to_be_picked(shop: Shop) -> None:
    """Also after another till deleted it: its name is shown, and nothing of it is changed."""
    dairy = shop.till.write(catalogue.add_category, "Dairy")
    shop.till.write(catalogue.change_product, shop.milk.id, category_id=dairy.id)
    shop.till.write(lambda uow: uow.edit(Category, dairy.id, deleted=True))
    editing = Editing(shop)
    assert dict(editing.presenter.state.choices["category_id"])[dairy.id] == "Dairy"
    editing.save(name="Milk")
    assert editing.milk.category_id == dairy.id


def test_a_change_elsewhere_is_said_and_nothing_typed_is_lost(shop: Shop) -> None:
    """No save over what was not seen; Reload takes theirs in and keeps ours, both in view."""
    editing = Editing(shop)
    editing.presenter.type("price_minor", "1.49")
    shop.till.write(catalogue.change_product, shop.milk.id, price_minor=139, name="Fresh milk")
    editing.presenter.save()
    state = editing.presenter.state
    assert ("changed elsewhere" in state.moved, state.error, state.can_save) == (True, "", False)
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
    ask = editing.presenter.form.remove_question
    assert ask is not None
    assert "Milk 1 l will no longer be found" in ask(editing.milk).text
    editing.presenter.remove()
    assert (editing.done, editing.milk.deleted) == (1, True)
    assert shop.till.ask(products.search, "milk") == []
    other.presenter.type("name", "Milk")
    other.presenter.look()
    assert other.presenter.state.moved == "This was deleted elsewhere."
    assert not other.presenter.state.can_reload
    assert not other.presenter.state.can_save


def test_the_stock_is_said_and_asked_about(shop: Shop) -> None:
    """A service has none."""
    formats = Formats("en", "EUR")
    assert stock_words(shop.till, formats, shop.milk) == "10"
    assert "10 in stock" in question_adjust(formats, shop.milk, "10").subject
    assert stock_words(shop.till, formats, replace(shop.milk, kind="service")) == ""


def new_product(shop: Shop, **entries: str) -> FormPresenter[Product]:
    """The form of a new product, typed into and saved."""
    formats = Formats("en", "EUR")
    form = product_form(shop.till, formats)
    presenter = FormPresenter(shop.till, formats, form, lambda _s: None, lambda: None)
    presenter.start_new({"tax_class_id": shop.milk.tax_class_id})
    for name, entry in entries.items():
        presenter.type(name, entry)
    presenter.save()
    return presenter


def test_a_new_product_needs_a_name_and_a_price_and_gets_a_number(shop: Shop) -> None:
    """Each of its barcodes finds it; without an SKU it gets the next free number."""
    assert new_product(shop).state.errors == {
        "name": "Fill in this field.",
        "price_minor": "Type an amount, such as 4.50.",
    }
    made = new_product(shop, name="Honey", price_minor="5.90", codes="5901234123457, HONEY-1")
    assert (made.state.errors, made.state.error) == ({}, "")
    for code in ("5901234123457", "HONEY-1", "3"):
        view = shop.till.ask(products.by_code, code)
        assert view is not None, code
        assert (view.product.name, view.product.sku) == ("Honey", "3")


def test_a_code_or_an_sku_of_another_product_is_refused_and_nothing_is_added(shop: Shop) -> None:
    """The message names who has it."""
    new_product(shop, name="Honey", price_minor="5.90", codes="4006381333931")
    twice = new_product(shop, name="Jam", price_minor="2.90", codes="4006381333931")
    assert "already belongs to another product" in twice.state.error
    assert shop.till.ask(products.search, "jam") == []
    same = new_product(shop, name="Jam", price_minor="2.90", sku="MILK")
    assert same.state.errors == {"sku": "SKU already belongs to Milk 1 l."}


def test_barcodes_of_a_product_are_added_and_taken_away(shop: Shop) -> None:
    """What is no longer typed finds nothing any more."""
    editing = Editing(shop)
    editing.save(codes="111111, 222222")
    again = Editing(shop)
    assert again.presenter.state.entries["codes"] == "111111, 222222"
    again.save(codes="222222,333333")
    found = [shop.till.ask(products.by_code, code) for code in ("111111", "222222", "333333")]
    assert [view.product.name if view else None for view in found] == [None, "Milk 1 l", "Milk 1 l"]


def test_variants_are_made_of_sizes_and_colours(shop: Shop) -> None:
    """Each combination once, at the price of the product; made again, only what is missing."""
    form = variants_form(shop.till, shop.milk)
    for sizes, colours, count in (("S, M", "red, blue", 4), ("S, M, L", "red, blue", 6)):
        form.save(None, {"first": sizes, "second": colours, "third": ""})
        made = shop.till.ask(products.variants, shop.milk.id)
        assert len([one for one in made if one.id != shop.milk.id]) == count
    first = next(one for one in made if one.name == "Milk 1 l S red")
    assert (first.sku, first.price_minor) == ("MILK-S-RED", 129)
    many = ",".join(str(number) for number in range(15))
    with pytest.raises(Refusal, match="more than 200"):
        form.save(None, {"first": many, "second": many, "third": ""})
