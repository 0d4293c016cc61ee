"""The manager's pages, in the window, one after the other on one till."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import Qt

from app.catalogue.qt.offer_trial import TrialSheet
from app.catalogue.qt.offers import PriceListSheet, PromotionSheet
from app.catalogue.qt.price_change import PriceChangeSheet
from app.kit.qt.list_page import ListPage
from app.setup import sample
from localdb.services import customers
from localdb.services.till import Till
from resources.styling import Scheme
from tests.app.acting import has_sheet, key, tap, type_text
from tests.app.stage import MANAGER_PIN, SHOP, Stage, open_stage
from tests.screens.studio import settle

PEOPLE = ("Ada Byron", "Bruno Okafor", "Chiara Moretti", "Dmitri Sokolov", "Elif Demir")


@contextmanager
def opened(folder: Path, scheme: Scheme) -> Iterator[Stage]:
    """A till with the sample catalogue and a few customers; the manager is signed in."""
    with open_stage(folder, _fill, scheme=scheme, back_office=True) as stage:
        stage.window.show()
        settle()
        tap(stage.signin.tile(SHOP.manager_name))
        type_text(stage, MANAGER_PIN)
        if stage.till.user is None:
            key(stage, Qt.Key.Key_Return)
        settle()
        if has_sheet(stage):
            type_text(stage, "100")
            key(stage, Qt.Key.Key_Return)
            settle()
        yield stage


def _fill(till: Till) -> None:
    sample.load(till)
    for number, name in enumerate(PEOPLE):
        till.write(customers.create, name, phone=f"+49 30 5550{number}")


def _page(name: str) -> Callable[[Stage], object]:
    def act(stage: Stage) -> None:
        stage.window.close_sheets()
        stage.window.show_page(name)
        settle()

    return act


def _form(name: str, searched: str = "") -> Callable[[Stage], object]:
    """The form of the first that a search finds."""

    def act(stage: Stage) -> None:
        _page(name)(stage)
        page = stage.window.current_screen()
        assert isinstance(page, ListPage)
        page.search.setText(searched)
        page.presenter.choose(0)
        settle()

    return act


def _new(name: str, *, saved: bool = False) -> Callable[[Stage], object]:
    """The form of a new one; `saved` before anything was typed."""

    def act(stage: Stage) -> None:
        _page(name)(stage)
        stage.window.current_screen().new.click()  # type: ignore[attr-defined]
        if saved:
            key(stage, Qt.Key.Key_Return)
        settle()

    return act


def _prices(stage: Stage) -> None:
    """What a rise of 5 % would come to."""
    _page("products")(stage)
    stage.window.current_screen().change_prices()  # type: ignore[attr-defined]
    sheet = next(s for s in stage.window.findChildren(PriceChangeSheet) if s.isVisible())
    while sheet.presenter.state.stage != "ready":
        settle(1)
    sheet.endings.choose(3)
    type_text(stage, "5")
    settle()


def _list_prices(stage: Stage) -> None:
    """What stands on a price list."""
    _form("price_lists")(stage)
    sheet = next(s for s in stage.window.findChildren(PriceListSheet) if s.isVisible())
    sheet.prices.click()
    settle()


def _trial(stage: Stage) -> None:
    """A promotion of tea, tried on a shop that sold nothing yet."""
    _form("promotions", "Tea")(stage)
    sheet = next(s for s in stage.window.findChildren(PromotionSheet) if s.isVisible())
    sheet.trial.click()
    trial = next(s for s in stage.window.findChildren(TrialSheet) if s.isVisible())
    while trial.presenter.state.is_running:
        settle(1)
    settle()


SCENES: tuple[tuple[str, Callable[[Stage], object]], ...] = (
    ("customers", _page("customers")),
    ("customer", _form("customers", "Chiara")),
    ("customer-new", _new("customers")),
    ("products", _page("products")),
    ("product", _form("products", "milk")),
    ("prices-changed", _prices),
    ("product-new-incomplete", _new("products", saved=True)),
    ("categories", _page("categories")),
    ("category", _form("categories")),
    ("taxes", _page("taxes")),
    ("tax", _form("taxes")),
    ("price-lists", _page("price_lists")),
    ("price-list", _form("price_lists")),
    ("list-prices", _list_prices),
    ("promotions", _page("promotions")),
    ("promotion", _form("promotions")),
    ("promotion-tried", _trial),
    ("promotion-kinds", _new("promotions")),
    ("staff", _page("staff")),
    ("person", _form("staff")),
    ("methods", _page("payment_methods")),
    ("method", _form("payment_methods", "Card")),
    ("stores", _page("stores")),
    ("store", _form("stores")),
    ("tills", _page("tills")),
    ("till", _form("tills")),
    ("roles", _page("roles")),
    ("role", _form("roles")),
)
