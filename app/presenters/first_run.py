"""The first run: a shop on its own, or a till of a server that is there already."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError, numbers

from app.presenters.recovery import Recovery
from app.presenters.sync_panel import Aside
from localdb.domain import pin
from localdb.errors import EvertillError
from localdb.services import setup
from localdb.services.setup import NewShop
from localdb.services.till import Till

T = TypeVar("T")
Step = Literal["welcome", "shop", "enrol", "working", "recovery", "done"]
Count = Callable[[int, int], None]
"""Told how many of how many rows are there; from any thread."""

CURRENCIES = (
    "EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "TRY",
    "INR", "JPY", "KRW", "CNY", "AUD", "NZD", "CAD", "MXN", "BRL", "ZAR", "KES", "NGN", "AED",
    "KWD", "BHD", "ILS", "SGD", "THB", "IDR", "PHP",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShopForm:
    """What was typed about the new shop."""

    store_name: str = ""
    manager_name: str = ""
    pin: str = ""
    pin_again: str = ""
    currency: str = "EUR"
    timezone: str = "UTC"
    with_sample: bool = False


@dataclass(frozen=True, slots=True)
class EnrolForm:
    """Where the server is, and the code it gave out."""

    server: str = ""
    code: str = ""
    till_name: str = ""


@dataclass(frozen=True, slots=True)
class FirstRunState:
    """What the wizard shows."""

    step: Step = "welcome"
    shop: ShopForm = ShopForm()
    enrol: EnrolForm = EnrolForm()
    problems: tuple[tuple[str, str], ...] = ()
    """Field and what is wrong with it."""
    error: str = ""
    working: str = ""
    permille: int | None = None
    """How far it is; None while nobody knows."""
    done: str = ""

    def problem(self, field: str) -> str:
        """What is wrong with a field, if anything."""
        return dict(self.problems).get(field, "")


class FirstRunPresenter:
    """Runs what takes long `aside`; calls `finished` when the till is ready for its people.

    `enrol(server, code, till name, count)` enrols and loads the data for the first time;
    `load_sample(count)` fills a new shop with the sample catalogue. Both run off the UI thread and
    may raise EvertillError. Before it is done, the `recovery` sheet is shown.
    """

    def __init__(
        self,
        till: Till,
        show: Callable[[FirstRunState], None],
        finished: Callable[[], None],
        *,
        aside: Aside,
        post: Callable[[Callable[[], None]], None],
        enrol: Callable[[str, str, str, Count], object],
        load_sample: Callable[[Count], object],
        recovery: Recovery,
        currency: str = "EUR",
        timezone: str = "UTC",
    ) -> None:
        self._till = till
        self._show = show
        self._finished = finished
        self._aside = aside
        self._post = post
        self._enrol = enrol
        self._load_sample = load_sample
        self.recovery = recovery
        self.state = FirstRunState(shop=ShopForm(currency=currency, timezone=timezone))

    def open(self) -> None:
        """Show the first question."""
        self._show(self.state)

    def go(self, step: Step) -> None:
        """Show another step; what was typed stays."""
        if self.state.step != "working":
            self._set(step=step, problems=(), error="")

    def set_up(self, form: ShopForm) -> None:
        """Create the shop, or say what is wrong with what was typed."""
        problems = _shop_problems(form)
        self._set(shop=form, problems=problems, error="")
        if problems or self.state.step == "working":
            return
        self._set(step="working", working="Setting up the shop …", permille=None)
        self._aside(lambda: _tried(lambda: self._create(form)), lambda e: self._ended(e, "shop"))

    def join(self, form: EnrolForm) -> None:
        """Enrol at the server and load the data, or say what is wrong."""
        problems = enrol_problems(form)
        self._set(enrol=form, problems=problems, error="")
        if problems or self.state.step == "working":
            return
        self._set(step="working", working="Asking the server …", permille=None)
        self._aside(
            lambda: _tried(lambda: self._join(form)), lambda error: self._ended(error, "enrol")
        )

    def have_recovery(self) -> None:
        """The sheet is printed, saved or written down."""
        if self.state.step == "recovery":
            self.recovery.note_kept()
            self._set(step="done")

    def finish(self) -> None:
        """Go on to the sign-in screen."""
        if self.state.step == "done":
            self._finished()

    # ------------------------------------------------------------ off the UI thread

    def _create(self, form: ShopForm) -> None:
        shop = NewShop(
            store_name=form.store_name.strip(),
            manager_name=form.manager_name.strip(),
            manager_pin=form.pin,
            currency=form.currency,
            timezone=form.timezone,
        )
        if not self._till.is_set_up:
            self._till.write(setup.stand_alone, shop)
        if form.with_sample:
            self._load_sample(self._counter("Filling the shelves"))
        else:
            self._till.write(setup.default_taxes)

    def _join(self, form: EnrolForm) -> None:
        self._enrol(
            form.server.strip(),
            form.code.strip(),
            form.till_name.strip(),
            self._counter("Loading the shop's data"),
        )

    def _counter(self, words: str) -> Count:
        def count(rows: int, total: int) -> None:
            said = f"{words}: {rows:,} of {total:,} rows" if total else f"{words} …"
            permille = min(1000, 1000 * rows // total) if total else None
            self._post(lambda: self._counted(said, permille))

        return count

    # ------------------------------------------------------------ back on it

    def _counted(self, said: str, permille: int | None) -> None:
        if self.state.step == "working":
            self._set(working=said, permille=permille)

    def _ended(self, error: EvertillError | None, step: Step) -> None:
        if error is not None:
            self._set(step=step, error=str(error))
            return
        form = self.state.shop
        said = "This till is ready and has the shop's data."
        if step == "shop":
            said = f"{form.store_name.strip()} is ready. Sign in as {form.manager_name.strip()}."
        self._set(step="recovery", done=said)

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


def currency_names(locale: str) -> tuple[tuple[str, str], ...]:
    """Code and name of the currencies offered: `EUR`, `Euro (EUR)`."""
    try:
        chosen = Locale.parse(locale)
    except (UnknownLocaleError, ValueError):
        chosen = Locale.parse("en")
    return tuple((c, f"{numbers.get_currency_name(c, locale=chosen)} ({c})") for c in CURRENCIES)


def timezones() -> tuple[str, ...]:
    """The time zones there are: places first, then UTC."""
    places = sorted(zone for zone in available_timezones() if zone.split("/")[0] in _CONTINENTS)
    return (*places, "UTC")


_CONTINENTS = frozenset(
    {
        "Africa",
        "America",
        "Antarctica",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    }
)


def _shop_problems(form: ShopForm) -> tuple[tuple[str, str], ...]:
    found = {}
    if not form.store_name.strip():
        found["store_name"] = "What is the shop called?"
    if not form.manager_name.strip():
        found["manager_name"] = "Who runs it?"
    digits = form.pin.isascii() and form.pin.isdigit()
    if not (digits and pin.LENGTH_MIN <= len(form.pin) <= pin.LENGTH_MAX):
        found["pin"] = f"{pin.LENGTH_MIN} to {pin.LENGTH_MAX} digits."
    elif form.pin != form.pin_again:
        found["pin_again"] = "The two PINs differ. Type them again."
    if form.timezone not in available_timezones():
        found["timezone"] = "Choose a time zone from the list."
    return tuple(found.items())


def enrol_problems(form: EnrolForm) -> tuple[tuple[str, str], ...]:
    """Field and what is wrong with it, before anybody is asked."""
    found = {}
    if not form.server.strip():
        found["server"] = "Type the server's address, such as https://pos.example.com."
    if not form.code.strip():
        found["code"] = "Type the enrolment code that the server gave out."
    return tuple(found.items())


def _tried(job: Callable[[], object]) -> EvertillError | None:
    try:
        job()
    except EvertillError as error:
        return error
    return None
