"""The first run leaves a till that its people can sign in to."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import sample
from app.presenters.first_run import (
    Count,
    EnrolForm,
    FirstRunPresenter,
    FirstRunState,
    ShopForm,
    currency_names,
    timezones,
)
from app.presenters.recovery import Recovery
from localdb.errors import Refusal
from localdb.queries import here, lists, products
from localdb.services import people, recovery
from localdb.services.till import Till
from localdb.store import keys
from tests.app.presenters.aside import at_once, now
from tests.support.clock import Clock
from tests.support.shops import KEY, opened

FORM = ShopForm("Corner Market", "Mara", "1234", "1234", "KWD", "Asia/Kuwait")


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
            aside=at_once,
            post=now,
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
