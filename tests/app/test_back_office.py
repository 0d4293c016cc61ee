"""A manager at the window: what is made on the back office's pages is sold at the till."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.catalogue.qt.offer_trial import TrialSheet
from app.catalogue.qt.offers import ListPricesPage, PriceListSheet, PromotionSheet
from app.catalogue.qt.price_change import PriceChangeSheet
from app.catalogue.qt.products import ProductsScreen
from app.customers.qt.customer import CustomerSheet
from app.customers.qt.customers_page import CustomersPage
from app.kit.qt.form import FormSheet
from app.kit.qt.list_page import ListPage
from app.kit.qt.records_page import RecordsPage
from app.people.permission_words import permission_words
from localdb.domain.permissions import Permission
from localdb.queries import lists, payments, products
from localdb.services import catalogue, customers
from localdb.services.till import Till
from tests.app.acting import cart, has_sheet, key, scan, sheet, sign_in, tap, type_text
from tests.app.stage import Stage, open_stage
from tests.support.taxes import default_taxes

CODE = "5901234123457"


@pytest.fixture
def shop(needs_qt: None, qapp: object, tmp_path: Path, qtbot: QtBot) -> Iterator[Stage]:
    """A shop with taxes and nothing to sell; its manager is signed in."""
    with open_stage(tmp_path, _taxes, back_office=True) as made:
        made.window.show()
        made.window.activateWindow()
        sign_in(made, qtbot)
        yield made


def _taxes(till: Till) -> None:
    till.write(default_taxes)


def form(stage: Stage) -> FormSheet[object]:  # type: ignore[type-var]
    """The form that is open."""
    found = sheet(stage)
    assert isinstance(found, FormSheet)
    return found


def fill(stage: Stage, **entries: str) -> None:
    """Type into fields of the form that is open, by keys, and save with Enter."""
    for name, entry in entries.items():
        form(stage).texts[name].setFocus()
        form(stage).texts[name].selectAll()
        type_text(stage, entry)
    key(stage, Qt.Key.Key_Return)


def page(stage: Stage, name: str) -> ListPage[object]:
    """A page, brought up."""
    shown = stage.window.show_page(name)
    assert isinstance(shown, ListPage)
    return shown


def test_an_empty_shop_makes_its_first_product_and_sells_it(shop: Stage, qtbot: QtBot) -> None:
    """From the selling screen: no file, no other program."""
    qtbot.waitUntil(lambda: shop.selling.first_steps.isVisible())
    tap(shop.selling.first_steps.add)
    fill(shop, name="Honey", price_minor="5.90", codes=CODE)
    assert not has_sheet(shop)
    scan(shop, CODE)
    qtbot.waitUntil(lambda: cart(shop) == ["Honey | 1 × €5.90 | €5.90"])


def test_what_was_not_found_is_made_on_the_spot_and_sold(shop: Stage, qtbot: QtBot) -> None:
    """As many pieces as were scanned; the notice is gone, and the code finds it from now on."""
    for _piece in range(2):
        scan(shop, CODE)
    qtbot.waitUntil(lambda: "2 not found" in shop.selling.missed.text)
    tap(shop.selling.missed.button("New product"))
    assert form(shop).texts["codes"].text() == CODE
    fill(shop, name="Jam", price_minor="2.50")
    qtbot.waitUntil(lambda: cart(shop) == ["Jam | 2 × €2.50 | €5.00"])
    assert shop.selling.missed.text == ""


def test_a_scan_into_the_form_becomes_a_barcode_of_the_product(shop: Stage, qtbot: QtBot) -> None:
    """And not a line of the cart."""
    tap(page(shop, "products").new)  # type: ignore[attr-defined]
    scan(shop, CODE)
    scan(shop, "4006381333931")
    fill(shop, name="Honey", price_minor="5.90")
    found = shop.till.ask(products.search, "honey", 1)[0]
    codes = [one.code for one in shop.till.ask(products.codes, found.id)]
    assert codes == [CODE, "4006381333931"]
    assert cart(shop) == []


def test_categories_and_taxes_are_made_changed_and_deleted(shop: Stage, qtbot: QtBot) -> None:
    """What is in use stays, and the message says how to go on."""
    categories = page(shop, "categories")
    assert isinstance(categories, RecordsPage)
    tap(categories.new)
    fill(shop, name="Bakery")
    assert [row[0] for row in categories.table.words()] == ["Bakery"]
    bakery = shop.till.ask(lists.categories)[0]
    tax = shop.till.ask(lists.tax_classes)[0]
    shop.till.write(
        catalogue.create_product,
        name="Roll",
        price_minor=50,
        tax_class_id=tax.id,
        category_id=bakery.id,
    )
    categories.edit(bakery)
    tap(form(shop).remove)
    key(shop, Qt.Key.Key_Return)
    assert "1 product is in this category" in form(shop).strip.text
    fill(shop, name="Bread & rolls")
    assert shop.till.ask(lists.categories)[0].name == "Bread & rolls"


def test_a_tax_is_changed_only_after_a_question(shop: Stage, qtbot: QtBot) -> None:
    """It says what it comes to; Enter alone changes nothing."""
    taxes = page(shop, "taxes")
    assert isinstance(taxes, RecordsPage)
    tap(taxes.new)
    fill(shop, name="Books", name_0="VAT 5 %", rate_ppm_0="5")
    books = next(one for one in shop.till.ask(lists.tax_classes) if one.name == "Books")
    taxes.edit(books)
    fill(shop, rate_ppm_0="6")
    assert "From now on" in sheet_text(shop)
    key(shop, Qt.Key.Key_Return)
    assert has_sheet(shop)
    key(shop, Qt.Key.Key_Escape)
    assert ["Books", "In the price"] in taxes.table.words()


def sheet_text(stage: Stage) -> str:
    """All words of the sheet on top."""
    from PySide6.QtWidgets import QLabel

    from app.kit.qt.confirm import ConfirmSheet

    top = next(s for s in stage.window.findChildren(ConfirmSheet) if s.isVisible())
    return " ".join(one.text() for one in top.findChildren(QLabel))


def test_a_customer_is_found_changed_and_sold_to_from_the_page(shop: Stage, qtbot: QtBot) -> None:
    """A new one is shown once it is saved; *Add to sale* leads to the selling screen."""
    for number in range(3):
        shop.till.write(customers.create, f"Customer {number}", phone=f"0555{number}")
    shown = page(shop, "customers")
    assert isinstance(shown, CustomersPage)
    type_text(shop, "05552")
    assert [row[0] for row in shown.table.words()] == ["Customer 2"]
    key(shop, Qt.Key.Key_Escape)
    page(shop, "customers")
    type_text(shop, "Ada")
    tap(shown.new)
    key(shop, Qt.Key.Key_Return)
    opened = sheet(shop)
    assert isinstance(opened, CustomerSheet)
    assert opened.presenter.state.title == "Ada"
    assert opened.nobody.isHidden()
    tap(opened.take)
    assert shop.window.current_screen() is shop.selling
    assert shop.selling.presenter.cart.customer_name == "Ada"
    page(shop, "customers")
    type_text(shop, "Ada")
    key(shop, Qt.Key.Key_Return)
    in_cart = sheet(shop)
    assert isinstance(in_cart, CustomerSheet)
    assert not in_cart.nobody.isHidden()


def test_a_list_is_saved_as_a_file_that_is_no_formula(
    shop: Stage, qtbot: QtBot, tmp_path: Path
) -> None:
    """All that is searched, with headings; a name that begins with = is text in a spreadsheet."""
    for name in ("=1+1", "Ada"):
        shop.till.write(customers.create, name)
    shown = page(shop, "customers")
    file = tmp_path / "customers.csv"
    shown.export_to(file)
    qtbot.waitUntil(lambda: "saved to customers.csv" in shown.strip.text)
    rows = list(csv.reader(file.read_text("utf-8-sig").splitlines()))
    assert [row[0] for row in rows] == ["Customer", "'=1+1", "Ada"]
    shown.export_to(tmp_path / "no" / "such" / "folder.csv")
    qtbot.waitUntil(lambda: "Choose another folder" in shown.strip.text)


def test_a_person_is_hired_signs_in_by_badge_and_leaves(shop: Stage, qtbot: QtBot) -> None:
    """Name, PIN and a scanned badge; whoever left is found under *Left* and signs in no more."""
    staff = page(shop, "staff")
    assert isinstance(staff, RecordsPage)
    tap(staff.new)
    fill(shop, name="Kim", pin="")
    assert form(shop).fields["pin"].said.text() == "PIN is missing."
    scan(shop, "EVT-KIM-0001")
    fill(shop, pin="8642")
    assert not has_sheet(shop)
    kim = next(user for user in shop.till.ask(lists.people) if user.name == "Kim")
    tap(shop.window.rail.lock)
    scan(shop, "EVT-KIM-0001")
    qtbot.waitUntil(lambda: shop.till.user is not None and shop.till.user.id == kim.id)
    shop.till.sign_in(next(u for u in shop.till.ask(lists.people) if u.role == "manager"))
    page(shop, "staff")
    staff.edit(kim)
    tap(form(shop).ticks["active"])
    key(shop, Qt.Key.Key_Return)
    assert "can no longer sign in" in sheet_text(shop)
    key(shop, Qt.Key.Key_Return)
    assert "Kim" not in [row[0] for row in staff.table.words()]
    staff.filters.choose(1)  # type: ignore[union-attr]
    assert [row[0] for row in staff.table.words()] == ["Kim"]


def test_a_role_of_the_shops_own_may_what_is_ticked(shop: Stage, qtbot: QtBot) -> None:
    """It can be given to somebody; it cannot be deleted while somebody has it."""
    roles = page(shop, "roles")
    assert isinstance(roles, RecordsPage)
    tap(roles.new)
    tap(form(shop).many["permissions"].boxes["catalogue"])
    fill(shop, name="Buyer", discount_max_ppm="15")
    assert ["Buyer", "1 of 33", "15%", "0"] in roles.table.words()
    staff = page(shop, "staff")
    assert isinstance(staff, RecordsPage)
    jonas = next(user for user in shop.till.ask(lists.people) if user.name == "Jonas Weber")
    staff.edit(jonas)
    form(shop).presenter.type("role", "buyer")
    key(shop, Qt.Key.Key_Return)
    assert ["Jonas Weber", "Buyer", ""] in staff.table.words()
    page(shop, "roles")
    roles.presenter.choose(
        next(n for n, r in enumerate(roles.presenter.found) if r.code == "buyer")
    )
    tap(form(shop).remove)
    key(shop, Qt.Key.Key_Return)
    assert "This role is in use" in form(shop).strip.text


def test_every_permission_has_words_of_its_own() -> None:
    """A manager ticks words, not codes."""
    words = permission_words()
    assert set(words) == set(Permission)
    assert len(set(words.values())) == len(words)


def test_a_scanned_product_gets_a_price_on_a_list_and_is_sold_at_it(
    shop: Stage, qtbot: QtBot
) -> None:
    """The list is made, its prices are put by scan, and the next line has the lower price."""
    honey(shop)
    price_lists = page(shop, "price_lists")
    assert isinstance(price_lists, RecordsPage)
    tap(price_lists.new)
    fill(shop, name="Friends")
    price_lists.presenter.choose(0)
    opened = sheet(shop)
    assert isinstance(opened, PriceListSheet)
    tap(opened.prices)
    prices = shop.window.current_screen()
    assert isinstance(prices, ListPricesPage)
    scan(shop, CODE)
    fill(shop, price_minor="4.50")
    qtbot.waitUntil(lambda: len(prices.presenter.found) == 1)
    assert prices.table.words() == [["Honey", "", "€5.90", "€4.50"]]
    key(shop, Qt.Key.Key_Escape)
    assert shop.window.current_screen() is price_lists
    key(shop, Qt.Key.Key_Escape)
    scan(shop, CODE)
    qtbot.waitUntil(lambda: len(cart(shop)) == 1)
    assert cart(shop)[0].endswith("€4.50")


def test_a_promotion_is_made_of_its_kind_and_the_cart_has_it(shop: Stage, qtbot: QtBot) -> None:
    """Take 3, pay for 2: the third piece is free, and the list says it in words."""
    honey(shop)
    promotions = page(shop, "promotions")
    assert isinstance(promotions, RecordsPage)
    tap(promotions.new)
    type_text(shop, "3")
    assert form(shop).presenter.state.title == "Take 3, pay for 2"
    fill(shop, name="Honey days", take="3", pay="3", products_0=CODE)
    assert "less than are taken" in form(shop).fields["pay"].said.text()
    fill(shop, pay="2")
    assert promotions.table.words() == [["Honey days", "Always", "", "On"]]
    assert promotions.presenter.state.rows[0][0].below == "Take 3, pay for 2: Honey"
    key(shop, Qt.Key.Key_Escape)
    for _piece in range(3):
        scan(shop, CODE)
    qtbot.waitUntil(lambda: shop.selling.presenter.open_cart.totals().total_minor == 1180)


def test_a_wrong_date_or_time_is_said_at_its_field(shop: Stage) -> None:
    """Dates are typed as the country writes them."""
    promotions = page(shop, "promotions")
    assert isinstance(promotions, RecordsPage)
    tap(promotions.new)
    type_text(shop, "1")
    fill(shop, name="X", rate_ppm="10", starts_day="32/12/2026", until_min="25:00")
    said = {name: form(shop).fields[name].said.text() for name in ("starts_day", "until_min")}
    assert said["starts_day"].startswith("Type a date, such as ")
    assert said["until_min"] == "Type a time, such as 17:30."
    fill(shop, starts_day="2026-12-24", until_min="20:00")
    assert promotions.presenter.state.rows[0][1].text.endswith("00:00–20:00")


def test_methods_and_stores_are_changed(shop: Stage, qtbot: QtBot) -> None:
    """A built-in method gets another name; a second store has a code of its own."""
    methods = page(shop, "payment_methods")
    assert isinstance(methods, RecordsPage)
    type_text(shop, "Wallet")
    key(shop, Qt.Key.Key_Return)
    fill(shop, name="App")
    type_text(shop, "App")
    assert [row[0] for row in methods.table.words()] == ["App"]
    tap(methods.new)
    fill(shop, name="Meal voucher")
    names = [one.name for one in shop.till.ask(payments.offered)]
    assert "App" in names
    assert "Meal voucher" in names
    stores = page(shop, "stores")
    assert isinstance(stores, RecordsPage)
    tap(stores.new)
    fill(shop, name="Market hall", code="S01")
    assert "already belongs to" in form(shop).fields["code"].said.text()
    fill(shop, code="S02")
    assert [row[1] for row in stores.table.words()] == ["S01", "S02"]
    stores.presenter.choose(1)
    fill(shop, code="S03")
    assert "of a store stays" in form(shop).fields["code"].said.text()


def honey(stage: Stage) -> None:
    """Honey at 5.90 with a barcode."""
    stage.till.write(
        catalogue.create_product,
        name="Honey",
        price_minor=590,
        tax_class_id=stage.till.ask(lists.tax_classes)[0].id,
        codes=(CODE,),
    )


def test_a_promotion_is_tried_on_past_sales_before_it_is_saved(shop: Stage, qtbot: QtBot) -> None:
    """What customers would have saved, before anything is stored."""
    honey(shop)
    for _piece in range(3):
        scan(shop, CODE)
    qtbot.waitUntil(lambda: len(cart(shop)) == 1)
    key(shop, Qt.Key.Key_F12)
    key(shop, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: cart(shop) == [])
    promotions = page(shop, "promotions")
    assert isinstance(promotions, RecordsPage)
    tap(promotions.new)
    type_text(shop, "3")
    form(shop).presenter.type("products_0", CODE)
    for name, entry in {"name": "Honey days", "take": "3", "pay": "2"}.items():
        form(shop).presenter.type(name, entry)
    opened = form(shop)
    assert isinstance(opened, PromotionSheet)
    tap(opened.trial)
    trial = next(s for s in shop.window.findChildren(TrialSheet) if s.isVisible())
    qtbot.waitUntil(lambda: "1 of 1 sales" in trial.headline.text())
    assert trial.table.words()[0][:4] == ["Honey", "3", "€17.70", "€5.90"]
    key(shop, Qt.Key.Key_Escape)
    assert shop.till.ask(lists.promotions) == []


def test_many_prices_are_changed_looked_at_first_and_undone(shop: Stage, qtbot: QtBot) -> None:
    """By 10 %, to an ending of .99: the preview says it, the button does it, Undo takes it back."""
    honey(shop)
    goods = page(shop, "products")
    assert isinstance(goods, ProductsScreen)
    tap(goods.prices)
    opened = sheet(shop)
    assert isinstance(opened, PriceChangeSheet)
    qtbot.waitUntil(lambda: opened.presenter.state.stage == "ready")
    type_text(shop, "10")
    assert opened.table.words() == [["Honey", "€5.90", "€6.49"]]
    opened.endings.choose(3)
    assert opened.table.words() == [["Honey", "€5.90", "€6.99"]]
    key(shop, Qt.Key.Key_Return)
    assert price(shop) == 590
    tap(opened.go)
    qtbot.waitUntil(lambda: opened.said.text() == "1 price changed.")
    assert price(shop) == 699
    tap(opened.undo)
    qtbot.waitUntil(lambda: opened.said.text() == "Prices put back: 1.")
    assert price(shop) == 590
    type_text(shop, "x")
    assert opened.strip.text == "Type a number, such as 5 or -5."


def price(stage: Stage) -> int:
    """What honey costs."""
    return stage.till.ask(products.search, "honey", 1)[0].price_minor


def test_a_scan_in_the_back_office_looks_up_and_sells_nothing(shop: Stage, qtbot: QtBot) -> None:
    """On the products page it opens the product; in a form it is typed where the keyboard is."""
    honey(shop)
    goods = page(shop, "products")
    scan(shop, CODE)
    qtbot.waitUntil(lambda: has_sheet(shop))
    assert form(shop).presenter.state.title == "Honey"
    key(shop, Qt.Key.Key_Escape)
    scan(shop, "999999999")
    qtbot.waitUntil(lambda: "999999999" in goods.empty.words.text())
    categories = page(shop, "categories")
    tap(categories.new)  # type: ignore[attr-defined]
    scan(shop, "SHELF-0042")
    assert form(shop).texts["name"].text() == "SHELF-0042"
    key(shop, Qt.Key.Key_Escape)
    shop.till.write(customers.create, "Ada", card="CARD-0001")
    page(shop, "customers")
    scan(shop, "CARD-0001")
    qtbot.waitUntil(lambda: isinstance(sheet(shop), CustomerSheet))
    assert cart(shop) == []


def test_what_is_wrong_further_down_comes_into_sight(shop: Stage, qtbot: QtBot) -> None:
    """On a low screen a form scrolls: Tab and a refusal bring the field up."""
    shop.window.resize(1024, 700)
    tap(page(shop, "products").new)  # type: ignore[attr-defined]
    fill(shop, name="Honey", price_minor="5.90", min_age="old")
    field = form(shop).texts["min_age"]
    assert shop.window.focusWidget() is field
    qtbot.waitUntil(lambda: is_whole(field))
    form(shop).texts["name"].setFocus()
    qtbot.waitUntil(lambda: not is_whole(field))
    for _press in range(20):
        if shop.window.focusWidget() is field:
            break
        key(shop, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: is_whole(field))


def is_whole(widget: QWidget) -> bool:
    """Whether all of a widget is in sight."""
    return widget.visibleRegion().boundingRect() == widget.rect()
