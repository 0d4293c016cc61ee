"""The first run leaves a till that its people can sign in to."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.setup import sample
from app.setup.first_run import (
    Count,
    FirstRunPresenter,
    FirstRunState,
    ShopForm,
    currency_names,
    not_checked,
    timezones,
)
from app.setup.recovery import Recovery
from app.setup.tax_rates import countries
from app.syncing.joining import EnrolForm
from localdb.errors import Refusal
from localdb.queries import here, lists, products, settings, taxes
from localdb.services import people, recovery
from localdb.services.till import Till
from localdb.store import keys
from tests.app.kit.at_once import AtOnce
from tests.support.clock import Clock
from tests.support.shops import KEY, opened

FORM = ShopForm("Corner Market", "Mara", "1234", "1234", "KWD", "Asia/Kuwait", country="KW")


class Wizard:
    """A presenter over a till that was never set up."""

    def __init__(self, till: Till, folder: Path) -> None:
        self.till = till
        self.states: list[FirstRunState] = []
        self.finished: list[bool] = []
        self.joined: list[tuple[str, str, str]] = []
        self.refusal: Refusal | None = None
        self.presenter = FirstRunPresenter(
            till,
            self.states.append,
            lambda: self.finished.append(True),
            worker=AtOnce(),
            enrol=self._enrol,
            load_sample=self._load,
            recovery=Recovery(till, lambda: keys.recovery_text(KEY), folder, Clock()),
        )

    @property
    def state(self) -> FirstRunState:
        """What is shown now."""
        return self.presenter.state

    def _enrol(self, server: str, code: str, till_name: str, count: Count) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.joined.append((server, code, till_name))
        count(50, 100)

    def _load(self, count: Count) -> None:
        sample.load(self.till, progress=lambda result: count(result.read, result.total))


@pytest.fixture
def wizard(tmp_path: Path) -> Iterator[Wizard]:
    """A first run."""
    with opened(tmp_path) as database:
        yield Wizard(Till(database), tmp_path)


def test_a_shop_of_its_own_is_set_up_with_its_manager_and_taxes(wizard: Wizard) -> None:
    """Name, currency, zone and PIN are what was typed."""
    wizard.presenter.go("shop")
    wizard.presenter.set_up(FORM)
    assert [wizard.state.step] == ["recovery"]
    assert not wizard.till.ask(recovery.is_kept)
    wizard.presenter.have_recovery()
    assert [wizard.state.step] == ["done"]
    assert wizard.till.ask(recovery.is_kept)
    assert wizard.state.done == "Corner Market is ready. Sign in as Mara."
    store = wizard.till.ask(here.store)
    assert (store.name, store.currency, store.timezone) == ("Corner Market", "KWD", "Asia/Kuwait")
    (mara,) = wizard.till.ask(lists.people)
    assert people.sign_in(wizard.till, mara.id, "1234").role == "manager"
    wizard.presenter.finish()
    assert wizard.finished == [True]


def test_the_first_receipt_has_its_header(wizard: Wizard) -> None:
    """Address and VAT number are the store's, without what was left empty."""
    form = replace(FORM, street=" 12 Harbour Street ", town="Port Ellery", vat_number=" KW 12 ")
    wizard.presenter.set_up(form)
    store = wizard.till.ask(here.store)
    assert (store.address, store.vat_number) == ("12 Harbour Street\nPort Ellery", "KW 12")
    assert replace(form, street=" ").address == "Port Ellery"
    assert wizard.till.ask(settings.in_force).keyboard == 0


def test_a_till_without_keys_keeps_its_keyboard(wizard: Wizard) -> None:
    """Whoever set it up by touch signs in and sells by touch."""
    wizard.presenter.set_up(replace(FORM, keyboard=True))
    assert wizard.till.ask(settings.in_force).keyboard == 1


def test_the_sample_catalogue_fills_the_shelves_with_progress(wizard: Wizard) -> None:
    """There is something to sell at once."""
    wizard.presenter.set_up(replace(FORM, currency="EUR", with_sample=True))
    assert wizard.state.step == "recovery"
    assert wizard.till.ask(products.search, "milk", 1)
    assert any(state.permille for state in wizard.states)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"store_name": " "}, "store_name"),
        ({"manager_name": ""}, "manager_name"),
        ({"pin": "12"}, "pin"),
        ({"pin": "١٢٣٤", "pin_again": "١٢٣٤"}, "pin"),
        ({"pin_again": "4321"}, "pin_again"),
        ({"timezone": "Mars/Base"}, "timezone"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_set_up(
    wizard: Wizard, change: dict[str, str], field: str
) -> None:
    """The form stays with what was typed."""
    wizard.presenter.go("shop")
    form = replace(FORM, **change)  # type: ignore[arg-type]
    wizard.presenter.set_up(form)
    assert [name for name, _ in wizard.state.problems] == [field]
    assert wizard.state.step == "shop"
    assert wizard.state.shop == form
    assert not wizard.till.is_set_up


def test_enrolling_passes_address_and_code_on_and_shows_how_far_it_is(wizard: Wizard) -> None:
    """The first load counts its rows."""
    wizard.presenter.go("enrol")
    wizard.presenter.join(EnrolForm(" https://pos.example.com ", " AB-12 ", "Door"))
    assert wizard.joined == [("https://pos.example.com", "AB-12", "Door")]
    assert any(state.permille == 500 for state in wizard.states)
    assert wizard.state.step == "recovery"


def test_a_refused_enrolment_goes_back_to_the_form(wizard: Wizard) -> None:
    """The server's reason is shown and what was typed is kept."""
    wizard.refusal = Refusal("This code was used already.")
    wizard.presenter.join(EnrolForm("", ""))
    assert {name for name, _ in wizard.state.problems} == {"server", "code"}
    wizard.presenter.join(EnrolForm("https://pos.example.com", "AB-12"))
    assert wizard.state.step == "enrol"
    assert wizard.state.error == "This code was used already."
    assert wizard.state.enrol.code == "AB-12"


def test_currencies_and_time_zones_are_named_for_people() -> None:
    """A choice reads as words and carries its code."""
    assert ("KWD", "Kuwaiti Dinar (KWD)") in currency_names("en")
    assert currency_names("xx-not-a-locale")
    assert "Europe/Lisbon" in timezones()
    assert timezones()[-1] == "UTC"


def test_a_country_proposes_money_time_and_taxes(wizard: Wizard) -> None:
    """What was typed stays, and what would be charged is said with its source and date."""
    wizard.presenter.choose_country(replace(FORM, country="LI"))
    state = wizard.state
    assert (state.shop.currency, state.shop.timezone) == ("CHF", "Europe/Vaduz")
    assert state.shop.store_name == "Corner Market"
    assert "Included in prices: VAT 8.1 %, VAT 2.6 %" in state.taxes_said
    assert "As of 20" in state.taxes_said
    assert not_checked() in state.taxes_said


def test_a_state_that_is_not_checked_says_so_and_its_neighbours_do_not(wizard: Wizard) -> None:
    """The District of Columbia's new rate was found in one source only."""
    names = [one.name for one in countries()["US"].schemes]
    wizard.presenter.choose_country(replace(FORM, country="US"))
    for name, is_told in (("District of Columbia", True), ("Delaware", False)):
        shop = replace(wizard.state.shop, scheme=names.index(name))
        wizard.presenter.choose_scheme(shop)
        assert (not_checked() in wizard.state.taxes_said) is is_told


def test_a_rate_that_ends_is_said_to_end(wizard: Wizard) -> None:
    """Vietnam's lower rate is law until the end of 2026."""
    wizard.presenter.choose_country(replace(FORM, country="VN"))
    assert "VAT 8 % ends on Dec 31, 2026" in wizard.state.taxes_said
    wizard.presenter.choose_country(replace(FORM, country="DE"))
    assert "ends on" not in wizard.state.taxes_said


def test_the_chosen_taxes_are_the_shops(wizard: Wizard) -> None:
    """Quebec: two taxes side by side, added to prices; cash in steps of 0.05, and no German VAT."""
    quebec = [one.name for one in countries()["CA"].schemes].index("Quebec")
    form = replace(FORM, country="CA", currency="CAD", timezone="America/Toronto", scheme=quebec)
    wizard.presenter.set_up(form)
    rules = wizard.till.ask(taxes.in_force).rules.values()
    standard = next(rule for rule in rules if rule.name == "Taxable")
    assert [rate.name for rate in standard.rates] == ["GST 5 %", "QST 9.975 %"]
    assert not standard.included
    assert not any("VAT" in rate.name for rule in rules for rate in rule.rates)
    shop = wizard.till.ask(settings.in_force)
    assert (shop.cash_step_minor, shop.open_item_tax) == (5, "standard")
    chosen = wizard.till.ask(taxes.of_open_items)
    assert chosen is not None
    assert chosen.id == standard.id


def test_a_country_must_be_chosen_and_rates_of_ones_own_read(wizard: Wizard) -> None:
    """Nothing is taxed by a guess: without a country, or with rates like "much", it is said."""
    wizard.presenter.go("shop")
    wizard.presenter.set_up(replace(FORM, country=""))
    assert "country" in dict(wizard.state.problems)
    wizard.presenter.set_up(replace(FORM, country="KW", scheme=1, own_rates="much"))
    assert "19; 7; 0" in wizard.state.problem("own_rates")
    wizard.presenter.set_up(replace(FORM, country="KW", scheme=1, own_rates="12; 0"))
    rules = wizard.till.ask(taxes.in_force).rules.values()
    assert sorted(rate.rate_ppm for rule in rules for rate in rule.rates) == [0, 120_000]


def test_a_province_is_chosen_and_never_guessed(wizard: Wizard) -> None:
    """Where there are several ways of taxing, none is taken by itself."""
    wizard.presenter.go("shop")
    wizard.presenter.choose_country(replace(FORM, country="CA"))
    assert wizard.state.taxes_said == ""
    wizard.presenter.set_up(wizard.state.shop)
    assert "province" in wizard.state.problem("scheme")
    assert not wizard.till.is_set_up


def test_the_sample_takes_the_shops_taxes(wizard: Wizard) -> None:
    """A shop in Denmark has one rate: the goods that the sample calls reduced get it too."""
    form = replace(FORM, country="DK", currency="DKK", with_sample=True)
    wizard.presenter.set_up(form)
    assert wizard.state.step == "recovery"
    rules = wizard.till.ask(taxes.in_force).rules.values()
    assert {rate.rate_ppm for rule in rules for rate in rule.rates} == {250_000, 0}
