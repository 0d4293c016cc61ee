"""What a manager sets up at one till, offline, is there on the other; what two set is settled."""

from collections.abc import Mapping
from typing import Any

from app.catalogue.categories import category_form
from app.catalogue.price_lists import PRODUCT, list_price_form, price_list_form
from app.catalogue.product import product_form
from app.catalogue.promotions import promotion_form, promotion_listing
from app.catalogue.taxes import tax_form
from app.kit.form import Form, FormPresenter
from app.kit.formats import Formats
from app.kit.listing import ListPresenter
from app.people.roles import role_form
from app.people.staff import staff_form, staff_listing
from app.setup.payment_methods import method_form
from app.setup.stores import store_form, store_listing
from localdb.domain.cart import Cart, CartLine
from localdb.domain.totals import totals
from localdb.queries import conflicts as views
from localdb.queries import lists, offers, payments, people, products
from localdb.services import conflicts
from localdb.services.till import Till
from sync.client.proof import prove
from tests.support.postgres import database
from tests.sync.client.test_conflict_road import level, signed_in, the_conflict
from tests.sync.client.test_road import NewTill, new_till

__all__ = ["database", "new_till"]
FORMATS = Formats("en", "EUR")
CODE = "5901234123457"


def typed(
    till: Till, form: Form[Any], record_id: str | None = None, **entries: str
) -> FormPresenter[Any]:
    """A form, typed into and saved; nothing may be wrong with it."""
    done: list[bool] = []
    presenter = FormPresenter(till, FORMATS, form, lambda _state: None, lambda: done.append(True))
    if record_id is None:
        presenter.start_new()
    else:
        presenter.open(record_id)
    for name, entry in entries.items():
        presenter.type(name, entry)
    presenter.save()
    assert (presenter.state.errors, presenter.state.error, done) == ({}, "", [True])
    return presenter


def set_up(till: Till) -> None:
    """A shop from nothing, on its forms: taxes, goods, prices, a promotion, people, a store."""
    typed(till, tax_form(till, FORMATS), name="Food", name_0="VAT 7 %", rate_ppm_0="7")
    typed(till, category_form(till), name="Breakfast")
    tax = next(one for one in till.ask(lists.tax_classes) if one.name == "Food")
    (category,) = till.ask(lists.categories)
    goods: Mapping[str, str] = {"tax_class_id": tax.id, "category_id": category.id}
    form = product_form(till, FORMATS)
    typed(till, form, name="Honey", price_minor="5.90", codes=CODE, sku="HONEY", **goods)
    typed(till, form, name="Jam", price_minor="2.50", sku="JAM", **goods)
    typed(till, price_list_form(till), name="Friends")
    (friends,) = till.ask(lists.price_lists)
    typed(till, list_price_form(till, friends), price_minor="4.50", **{PRODUCT: CODE})
    promotion = promotion_form(till, FORMATS, "n_for_m")
    typed(till, promotion, name="Jam days", take="3", pay="2", products_0="JAM")
    typed(till, role_form(till), name="Buyer", permissions="catalogue,stock")
    typed(till, staff_form(till), name="Kim", role="buyer", pin="8642")
    typed(till, method_form(till, None), name="Meal voucher")
    typed(till, store_form(till), name="Market hall", code="S02")


def due(till: Till, sku: str, pieces: int, at_us: int) -> int:
    """What so many pieces cost at a till."""
    view = till.ask(products.by_code, sku)
    assert view is not None, sku
    line = CartLine(
        id="1",
        product_id=view.product.id,
        name=view.product.name,
        quantity_milli=1000 * pieces,
        unit_price_minor=view.product.price_minor,
        list_price_minor=view.product.price_minor,
        tax_class_id=view.product.tax_class_id,
        category_id=view.product.category_id,
        prices=view.prices,
    )
    return totals(Cart().add(line), till.ask(offers.terms, at_us)).total_minor


def test_a_shop_set_up_at_one_till_sells_at_the_other(new_till: NewTill) -> None:
    """All of it made with the cable out; once it is back, the other till has every part."""
    here, there = new_till(), new_till()
    ada, grace = signed_in(here, "Ada"), signed_in(there, "Grace")
    level(here, there)
    set_up(ada)
    assert grace.ask(products.by_code, CODE) is None
    level(here, there)
    now_us = grace.now_us
    assert [due(grace, CODE, 1, now_us), due(grace, "JAM", 3, now_us)] == [450, 500]
    shown = ListPresenter(promotion_listing(grace, FORMATS), lambda _s: None, lambda _r: None)
    shown.open()
    assert shown.state.rows[0][0].below == "Take 3, pay for 2: Jam"
    staff = ListPresenter(staff_listing(grace), lambda _s: None, lambda _r: None)
    staff.search("Kim")
    assert [[cell.text for cell in row] for row in staff.state.rows] == [["Kim", "Buyer", ""]]
    assert grace.ask(people.bearers_of, "buyer") == 1
    assert "Meal voucher" in [method.name for method in grace.ask(payments.offered)]
    stores = ListPresenter(store_listing(grace), lambda _s: None, lambda _r: None)
    stores.search("S02")
    assert stores.state.rows[0][0].text == "Market hall"
    for road in (here, there):
        assert prove(road.database, road.line).agrees


def test_two_managers_who_change_one_price_offline_are_asked_once(new_till: NewTill) -> None:
    """Other fields of both edits hold; the price is settled, and is the same on both tills."""
    here, there = new_till(), new_till()
    ada, grace = signed_in(here, "Ada"), signed_in(there, "Grace")
    set_up(ada)
    level(here, there)
    honey = ada.ask(products.search, "honey", 1)[0].id
    change(ada, honey, price_minor="6.20", plu="7")
    change(grace, honey, price_minor="6.50", min_age="0", name="Honey, dark")
    level(here, there)
    conflict = the_conflict(here)
    assert set(views_of(ada, conflict.id)) == {"price_minor"}
    ada.write(conflicts.settle, conflict.id, {"price_minor": 650})
    level(here, there)
    for road in (here, there):
        product = road.product(honey)
        assert (product.price_minor, product.plu, product.name) == (650, "7", "Honey, dark")
        assert prove(road.database, road.line).agrees


def test_two_managers_who_take_one_code_keep_both_products(new_till: NewTill) -> None:
    """Both made a product with the same SKU offline: none is lost, and one question is open."""
    here, there = new_till(), new_till()
    ada, grace = signed_in(here, "Ada"), signed_in(there, "Grace")
    set_up(ada)
    level(here, there)
    tax = next(one for one in ada.ask(lists.tax_classes) if one.name == "Food").id
    for till, name in ((ada, "Tea"), (grace, "Coffee")):
        form = product_form(till, FORMATS)
        typed(till, form, name=name, price_minor="3", sku="DRINK", tax_class_id=tax)
    level(here, there)
    for road in (here, there):
        till = Till(road.database)
        names = {tile.name for tile in till.ask(products.search, "drink", 5)}
        assert names == {"Tea", "Coffee"}
        assert road.engine.status.conflicts_open == 1


def change(till: Till, product_id: str, **entries: str) -> None:
    """Change a product on its form."""
    typed(till, product_form(till, FORMATS), product_id, **entries)


def views_of(till: Till, conflict_id: str) -> Mapping[str, Any]:
    """The fields that a conflict is about."""
    import json

    fields: Mapping[str, Any] = json.loads(till.ask(views.view, conflict_id).conflict.fields_json)
    return fields
