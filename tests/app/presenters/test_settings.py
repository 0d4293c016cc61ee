"""The settings page: every setting has words, is changed as it is typed, says what is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path

import pytest

from app.formats import Formats
from app.presenters.settings import SETTINGS, SettingsPresenter
from localdb.domain.settings import ShopSettings
from localdb.queries import settings as setting_queries
from localdb.services import people
from tests.support.shops import CASHIER_PIN, Shop, small_shop


@dataclass
class Page:
    """What the page would show, and a hand that types."""

    shop: Shop
    types: str = ""
    rows: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    asked: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        self.presenter = SettingsPresenter(
            self.shop.till, Formats("en", "EUR"), self._show, self._ask
        )
        self.presenter.open()

    def change(self, name: str, types: str = "") -> None:
        """Tap a setting, and type where it asks."""
        self.types = types
        self.presenter.take(list(SETTINGS).index(name))

    def said(self, name: str) -> str:
        return self.rows[SETTINGS[name][0]]

    @property
    def now(self) -> ShopSettings:
        return self.shop.till.ask(setting_queries.in_force)

    def _show(self, rows: list[tuple[str, str]], problem: str) -> None:
        self.rows, self.problem = dict(rows), problem

    def _ask(self, title: str, initial: str, answer: Callable[[str], object]) -> None:
        self.asked = (title, initial)
        answer(self.types)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """The page of a new shop, its manager at it."""
    with small_shop(tmp_path) as shop:
        yield Page(shop)


def test_every_setting_is_there() -> None:
    """A new one needs words before it can ship."""
    assert set(SETTINGS) == {f.name for f in fields(ShopSettings)}


def test_choices_are_taken_in_turn(page: Page) -> None:
    """A tap takes the next one, and comes round."""
    assert page.said("offers") == "The best one"
    page.change("offers")
    assert (page.now.offers, page.said("offers")) == ("stack", "All that may")
    page.change("offers")
    assert page.now.offers == "best"
    page.change("blind_count")
    assert (page.now.blind_count, page.said("blind_count")) == (0, "No")


@pytest.mark.parametrize(
    ("name", "types", "kept", "said"),
    [
        ("cash_step_minor", "0.05", 5, "€0.05"),
        ("tip_ppm", "5, 10 %, 12.5", "50000,100000,125000", "5%, 10%, 12.5%"),
        ("tip_ppm", "", "", "No tips"),
        ("drawer_max_minor", "", 0, "Never"),
        ("lock_after_s", "60", 60, "60 s"),
        ("embedded_codes", "21PPPPPWWWWWK", "21PPPPPWWWWWK", "21PPPPPWWWWWK"),
    ],
)
def test_what_is_typed_is_kept_and_said(
    page: Page, name: str, types: str, kept: object, said: str
) -> None:
    """Money as money, rates as percentages, nothing as nothing."""
    page.change(name, types)
    assert page.problem == ""
    assert (getattr(page.now, name), page.said(name)) == (kept, said)
    page.change(name, types)
    assert page.asked[0] == SETTINGS[name][0]


@pytest.mark.parametrize(
    ("name", "types", "says"),
    [
        ("cash_step_minor", "free", "Type it like 12.50"),
        ("cash_step_minor", "0", "Smallest coin must be"),
        ("tip_ppm", "5, much", "Type percentages"),
        ("lock_after_s", "1", "Lock when idle for must be"),
        ("embedded_codes", "21XX", "no layout"),
    ],
)
def test_a_wrong_value_is_said_and_nothing_changes(
    page: Page, name: str, types: str, says: str
) -> None:
    """In the words of the page, not of the program."""
    page.change(name, types)
    assert says in page.problem
    assert page.now == ShopSettings()


def test_one_store_may_differ(page: Page) -> None:
    """What is set for this store stands before what holds for all."""
    page.presenter.for_store = True
    page.change("cash_step_minor", "0.10")
    page.presenter.for_store = False
    page.change("cash_step_minor", "0.05")
    assert page.now.cash_step_minor == 10


def test_a_cashier_changes_nothing(page: Page) -> None:
    """However the page was reached."""
    people.sign_in(page.shop.till, page.shop.cashier.id, CASHIER_PIN)
    page.change("blind_count")
    assert page.problem
    assert page.now == ShopSettings()
