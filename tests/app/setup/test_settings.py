"""The settings page: every setting has words, is changed as it is typed, says what is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path

import pytest

from app.kit.flow import AskYesNo
from app.kit.formats import Formats
from app.setup.settings import SETTINGS, SettingRow, SettingsPresenter, SettingsState
from localdb.domain.settings import ShopSettings
from localdb.queries import audit
from localdb.queries import settings as setting_queries
from localdb.queries.audit import AuditFilter
from localdb.services import people
from tests.support.shops import CASHIER_PIN, Shop, small_shop


@dataclass
class Page:
    """What the page would show, and a hand that types."""

    shop: Shop
    types: str = ""
    says_yes: bool = True
    state: SettingsState = field(default_factory=SettingsState)
    questions: list[AskYesNo] = field(default_factory=list)
    asked: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        self.presenter = SettingsPresenter(
            self.shop.till, Formats("en", "EUR"), self._show, self._ask, self._confirm
        )
        self.presenter.open()

    def draft(self, name: str, types: str = "") -> None:
        """Tap a setting, and type where it asks."""
        self.types = types
        self.presenter.take(list(SETTINGS).index(name))

    def change(self, name: str, types: str = "") -> None:
        """And save it."""
        self.draft(name, types)
        if not self.problem:
            self.presenter.save()

    def row(self, name: str) -> SettingRow:
        return self.state.rows[list(SETTINGS).index(name)]

    def said(self, name: str) -> str:
        return self.row(name).value

    @property
    def problem(self) -> str:
        return self.state.problem

    @property
    def now(self) -> ShopSettings:
        return self.shop.till.ask(setting_queries.in_force)

    def _show(self, state: SettingsState) -> None:
        self.state = state

    def _confirm(self, question: AskYesNo, go_on: Callable[[], object]) -> None:
        self.questions.append(question)
        if self.says_yes:
            go_on()

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
    assert page.said("offers") == "Use the best one"
    page.change("offers")
    assert (page.now.offers, page.said("offers")) == ("stack", "Combine all that can be combined")
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
        ("cash_step_minor", "0", "Cash rounding must be"),
        ("tip_ppm", "5, much", "Enter percentages"),
        ("lock_after_s", "1", "Lock when inactive for must be"),
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


def test_the_tax_of_open_items_is_one_of_the_shops(page: Page) -> None:
    """Chosen by name from the tax classes there are; none for the highest."""
    assert page.said("open_item_tax") == "The highest rate"
    seen = []
    for _ in range(3):
        page.change("open_item_tax")
        seen.append(page.said("open_item_tax"))
    assert seen == ["Reduced rate", "Standard rate", "Zero rate"]
    assert page.now.open_item_tax == "zero"


def test_one_store_may_differ(page: Page) -> None:
    """What is set for this store stands before what holds for all, and each row says which."""
    page.presenter.choose_where(True)
    assert page.row("cash_step_minor").where == "All stores"
    page.change("cash_step_minor", "0.10")
    assert page.row("cash_step_minor").where == "This store"
    page.presenter.choose_where(False)
    assert page.said("cash_step_minor") == "€0.01"
    page.change("cash_step_minor", "0.05")
    assert page.now.cash_step_minor == 10
    assert page.row("cash_step_minor").where == "All stores; this store has its own: €0.10"


def test_nothing_changes_before_it_is_saved(page: Page) -> None:
    """A tap drafts, says what was and what would be, and can be discarded."""
    page.draft("lock_after_s", "60")
    page.draft("blind_count")
    assert page.now == ShopSettings()
    assert page.state.changes == 2
    row = page.row("lock_after_s")
    assert (row.before, row.value) == ("300 s", "60 s")
    page.draft("blind_count")
    assert page.state.changes == 1
    page.presenter.discard()
    page.presenter.save()
    assert page.now == ShopSettings()
    page.draft("lock_after_s", "60")
    page.presenter.open()
    assert page.state.changes == 0


def test_what_customers_pay_is_asked_with_before_and_after(page: Page) -> None:
    """Tax and price rules are changed for all stores only after a yes."""
    page.says_yes = False
    page.change("tax_ties")
    (question,) = page.questions
    assert "all stores" in question.title
    assert "Up → To the even cent" in question.text
    assert page.now == ShopSettings()
    page.says_yes = True
    page.presenter.save()
    assert page.now.tax_ties == "half_even"
    page.change("lock_after_s", "60")
    assert len(page.questions) == 2


def test_a_save_can_be_undone(page: Page) -> None:
    """All of it at once, also what was never set before; one undo, and the log has both."""
    page.change("cash_step_minor", "0.05")
    page.draft("cash_step_minor", "0.10")
    page.draft("lock_after_s", "60")
    page.presenter.save()
    assert page.state.can_undo
    page.presenter.undo()
    assert (page.now.cash_step_minor, page.now.lock_after_s) == (5, 300)
    assert not page.state.can_undo
    details = [view.entry.detail for view in page.shop.till.ask(audit.entries, AuditFilter())]
    assert any("0.05 EUR -> 0.10 EUR" in detail for detail in details)
    assert any("0.10 EUR -> 0.05 EUR" in detail for detail in details)


def test_a_cashier_changes_nothing(page: Page) -> None:
    """However the page was reached."""
    people.sign_in(page.shop.till, page.shop.cashier.id, CASHIER_PIN)
    page.change("blind_count")
    assert page.problem
    assert page.now == ShopSettings()
