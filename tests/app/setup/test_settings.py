"""The settings page: every setting has words, is changed as it is typed, says what is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path

import pytest

from app.kit.flow import AskYesNo
from app.kit.formats import Formats
from app.setup.definitions import STORE, Choices, definitions, section_titles
from app.setup.setting_text import SettingText
from app.setup.settings import SettingRow, SettingsPresenter, SettingsState
from localdb.domain.settings import ShopSettings, checked
from localdb.queries import audit, here
from localdb.queries import settings as setting_queries
from localdb.queries.audit import AuditFilter
from localdb.services import people, settings
from tests.support.shops import CASHIER_PIN, Shop, small_shop


@dataclass
class Page:
    """What the page would show, and a hand that types."""

    shop: Shop
    says_yes: bool = True
    state: SettingsState = field(default_factory=lambda: SettingsState({}, ""))
    questions: list[AskYesNo] = field(default_factory=list)
    revealed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.formats = Formats("en", "EUR")
        self.presenter = SettingsPresenter(
            self.shop.till, self.formats, self._show, self._confirm, self.revealed.append
        )
        self.presenter.open()

    def draft(self, name: str, words: str) -> None:
        """Choose a value, or type it."""
        if isinstance(self.row(name).how, Choices):
            self.presenter.choose(name, words)
        else:
            self.presenter.type(name, words)
            self.presenter.leave(name)

    def change(self, name: str, words: str) -> None:
        """And save it."""
        self.draft(name, words)
        self.presenter.save()

    def row(self, name: str) -> SettingRow:
        return self.state.rows[name]

    def said(self, name: str) -> str:
        return SettingText(self.formats).said(self.row(name).how, str(getattr(self.now, name)))

    def found(self, text: str) -> tuple[str, ...]:
        self.presenter.search(text)
        return self.state.shown

    @property
    def now(self) -> ShopSettings:
        return self.shop.till.ask(setting_queries.in_force)

    def _show(self, state: SettingsState) -> None:
        self.state = state

    def _confirm(self, question: AskYesNo, go_on: Callable[[], object]) -> None:
        self.questions.append(question)
        if self.says_yes:
            go_on()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """The page of a new shop, its manager at it."""
    with small_shop(tmp_path) as shop:
        yield Page(shop)


def test_every_setting_is_there() -> None:
    """A new one needs words before it can ship; choices are those that the domain takes."""
    all_of_them = definitions()
    names = [one.name for one in all_of_them if not one.name.startswith(STORE)]
    assert sorted(names) == sorted(f.name for f in fields(ShopSettings))
    for one in all_of_them:
        if isinstance(one.how, Choices):
            for value in one.how.words:
                checked(one.name, value)


def test_only_sections_with_something_in_them_are_there() -> None:
    """None is empty, and none is missing."""
    assert {one.section for one in definitions()} == set(section_titles())


def test_a_section_shows_its_settings_and_a_search_those_of_all(page: Page) -> None:
    """By title, help, keywords and section; each word must be there; choosing one ends it."""
    assert list(page.state.shown) == ["store.name", "store.address", "store.vat_number"]
    page.presenter.choose_section("security")
    assert list(page.state.shown) == ["lock_after_s", "badge_needs_pin", "pin_alone"]
    assert page.found("TIPS") == ("tip_ppm",)
    assert page.found("gratuity") == ("tip_ppm",)
    assert page.found("smallest coin") == ("cash_step_minor",)
    assert page.found("security badge") == ("badge_needs_pin",)
    assert page.state.section == ""
    assert page.found("zebra") == ()
    page.presenter.show_setting("keyboard")
    assert (page.state.section, page.state.searched) == ("devices", "")
    assert page.revealed == ["keyboard"]


def test_a_value_is_chosen_by_its_words(page: Page) -> None:
    """What is chosen is kept; a value that the list does not have is in it all the same."""
    page.change("offers", "stack")
    assert (page.now.offers, page.said("offers")) == ("stack", "Combine all that can be combined")
    page.change("blind_count", "0")
    assert page.said("blind_count") == "No"
    page.shop.till.write(settings.change, "lock_after_s", "77")
    page.presenter.open()
    how = page.row("lock_after_s").how
    assert isinstance(how, Choices)
    assert "77" in how.words


@pytest.mark.parametrize(
    ("name", "types", "kept", "said"),
    [
        ("cash_step_minor", "0.05", 5, "€0.05"),
        ("tip_ppm", "5, 10 %, 12.5", "50000,100000,125000", "5%, 10%, 12.5%"),
        ("tip_ppm", "", "", "No tips"),
        ("drawer_max_minor", "", 0, "Never"),
        ("gift_card_days", "365", 365, "365"),
        ("paid_in_reasons", " Bank \n\nPetty cash", "Bank;Petty cash", "Bank; Petty cash"),
        ("embedded_codes", "21PPPPPWWWWWK", "21PPPPPWWWWWK", "21PPPPPWWWWWK"),
    ],
)
def test_what_is_typed_is_kept_and_said(
    page: Page, name: str, types: str, kept: object, said: str
) -> None:
    """Money as money, rates as percentages, nothing as nothing."""
    page.change(name, types)
    assert page.row(name).problem == ""
    assert (getattr(page.now, name), page.said(name)) == (kept, said)


@pytest.mark.parametrize(
    ("name", "types", "says"),
    [
        ("cash_step_minor", "free", "Enter an amount, such as 12.50"),
        ("cash_step_minor", "0", "Enter an amount from €0.01 to €10,000.00."),
        ("tip_ppm", "5, much", "Enter percentages"),
        ("gift_card_days", "40000", "Enter a whole number from 0 to 36500."),
        ("scanner_prefix", "<STX>and much more", "Enter at most 16 characters."),
        ("embedded_codes", "21XX", "no layout"),
    ],
)
def test_a_wrong_value_is_said_once_typing_is_over_and_nothing_changes(
    page: Page, name: str, types: str, says: str
) -> None:
    """In the words of the page, at the setting; saving leads there."""
    page.presenter.type(name, types)
    assert page.row(name).problem == ""
    page.presenter.save()
    assert says in page.row(name).problem
    assert page.revealed == [name]
    assert page.state.problem == "Correct what is marked, then save."
    assert page.now == ShopSettings()
    page.presenter.discard()
    assert page.row(name).problem == ""


def test_the_tax_of_open_items_is_one_of_the_shops(page: Page) -> None:
    """Chosen by name from the tax classes there are; none for the highest."""
    how = page.row("open_item_tax").how
    assert isinstance(how, Choices)
    assert list(how.words.values()) == [
        "The highest rate",
        "Reduced rate",
        "Standard rate",
        "Zero rate",
    ]
    page.change("open_item_tax", "zero")
    assert page.now.open_item_tax == "zero"


def test_the_head_of_receipts_is_changed_and_put_back(page: Page) -> None:
    """Name, address and VAT number are the store's own record; a shop has a name."""
    page.draft("store.address", "12 Harbour Street\nPort Ellery")
    page.draft("store.vat_number", "DE123456789")
    page.draft("lock_after_s", "60")
    page.presenter.save()
    store = page.shop.till.ask(here.store)
    assert store.address == "12 Harbour Street\nPort Ellery"
    assert (store.vat_number, page.now.lock_after_s) == ("DE123456789", 60)
    page.presenter.undo()
    assert page.shop.till.ask(here.store).address == ""
    assert page.now.lock_after_s == 300
    page.draft("lock_after_s", "60")
    page.change("store.name", " ")
    assert page.state.problem == "Enter the shop name."
    assert page.now.lock_after_s == 300


def test_one_store_may_differ(page: Page) -> None:
    """What is set for this store stands before what holds for all, and each row says which."""
    page.presenter.choose_where(True)
    assert page.row("cash_step_minor").where == "All stores"
    page.change("cash_step_minor", "0.10")
    assert page.row("cash_step_minor").where == "This store"
    page.presenter.choose_where(False)
    assert page.row("cash_step_minor").value == "0.01"
    page.change("cash_step_minor", "0.05")
    assert page.now.cash_step_minor == 10
    assert page.row("cash_step_minor").where == "All stores"
    assert page.row("cash_step_minor").note == "This store has its own: €0.10"
    page.presenter.choose_where(True)
    assert page.row("cash_step_minor").can_follow
    page.presenter.follow("cash_step_minor")
    assert (page.row("cash_step_minor").value, page.state.changes) == ("0.05", 1)
    page.presenter.save()
    assert page.now.cash_step_minor == 5
    assert not page.row("cash_step_minor").can_follow


def test_nothing_changes_before_it_is_saved(page: Page) -> None:
    """A change is a draft that says what holds now, and can be discarded."""
    page.draft("lock_after_s", "60")
    page.draft("blind_count", "0")
    assert page.now == ShopSettings()
    assert page.state.changes == 2
    row = page.row("lock_after_s")
    assert (row.note, row.value) == ("Now: 5 minutes  ·  not saved yet", "60")
    page.draft("blind_count", "1")
    assert page.state.changes == 1
    page.presenter.discard()
    page.presenter.save()
    assert page.now == ShopSettings()


def test_drafts_wait_for_the_same_person_only(page: Page) -> None:
    """Who looks at another page meanwhile finds them again; somebody else does not."""
    page.draft("lock_after_s", "60")
    page.presenter.open()
    assert page.state.changes == 1
    people.sign_in(page.shop.till, page.shop.cashier.id, CASHIER_PIN)
    page.presenter.open()
    assert page.state.changes == 0


def test_what_customers_pay_is_asked_with_before_and_after(page: Page) -> None:
    """Tax and price rules are changed for all stores only after a yes."""
    page.says_yes = False
    page.change("tax_ties", "half_even")
    (question,) = page.questions
    assert "all stores" in question.title
    assert "Up → To the even cent (banker's rounding)" in question.text
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


def test_a_change_that_was_changed_again_is_not_undone(page: Page) -> None:
    """Another till's newer value is never overwritten by an old one."""
    page.change("lock_after_s", "60")
    page.shop.till.write(settings.change, "lock_after_s", "120")
    page.presenter.undo()
    assert page.now.lock_after_s == 120
    assert page.state.problem == "Not undone: these settings were changed again since."
    assert not page.state.can_undo


def test_a_cashier_changes_nothing(page: Page) -> None:
    """However the page was reached."""
    people.sign_in(page.shop.till, page.shop.cashier.id, CASHIER_PIN)
    page.change("blind_count", "0")
    assert page.state.problem
    assert page.now == ShopSettings()
