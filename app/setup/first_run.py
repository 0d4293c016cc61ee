"""The first run: a shop on its own, or a till of a server that is there already."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError, numbers

from app.kit.formats import Formats
from app.kit.job import Job, Run, Worker
from app.kit.translation import translate
from app.setup.recovery import Recovery
from app.setup.tax_rates import Country, Scheme, own_scheme, proposal
from app.syncing.joining import EnrolForm, enrol_problems
from localdb.domain import pin
from localdb.errors import Refusal
from localdb.services import setup
from localdb.services.setup import NewShop
from localdb.services.till import Till

Step = Literal["welcome", "shop", "enrol", "working", "recovery", "done"]
NOT_CHOSEN = -1
Count = Callable[[int, int], None]
"""Told how many of how many rows are there; from any thread."""

CURRENCIES = (
    "EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "ISK", "PLN", "CZK", "HUF", "RON", "BGN",
    "RSD", "TRY", "UAH", "INR", "JPY", "KRW", "CNY", "AUD", "NZD", "CAD", "MXN", "ARS", "CLP",
    "COP", "PEN", "BRL", "ZAR", "KES", "NGN", "EGP", "MAD", "AED", "SAR", "KWD", "BHD", "ILS",
    "SGD", "THB", "IDR", "PHP", "VND", "ALL", "BAM", "CRC", "DZD", "MDL", "MKD", "MYR", "OMR",
    "TND", "TWD",
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
    country: str = ""
    scheme: int = 0
    """Which of the country's ways of taxing; behind the last one come rates of one's own."""
    own_rates: str = ""
    """Percentages, the usual one first; read where the shop enters its own."""
    own_included: bool = True
    """Whether prices contain them."""
    street: str = ""
    town: str = ""
    vat_number: str = ""
    keyboard: bool = False
    """Whether the till has no keys and shows its own."""

    @property
    def address(self) -> str:
        """As receipts print it, line by line."""
        return "\n".join(line for line in (self.street.strip(), self.town.strip()) if line)


@dataclass(frozen=True, slots=True)
class FirstRunState:
    """What the wizard shows."""

    step: Step = "welcome"
    shop: ShopForm = ShopForm()
    enrol: EnrolForm = field(default_factory=EnrolForm)
    problems: tuple[tuple[str, str], ...] = ()
    """Field and what is wrong with it."""
    error: str = ""
    working: str = ""
    permille: int | None = None
    """How far it is; None while nobody knows."""
    done: str = ""

    @property
    def proposed(self) -> Country | None:
        """What the chosen country proposes."""
        return proposal(self.shop.country) if self.shop.country else None

    @property
    def enters_own(self) -> bool:
        """Whether the rates are typed."""
        proposed = self.proposed
        return proposed is not None and self.shop.scheme >= len(proposed.schemes)

    @property
    def taxes_said(self) -> str:
        """The rates that would be used, where they come from, and what to mind."""
        proposed = self.proposed
        if proposed is None or self.enters_own or self.shop.scheme == NOT_CHOSEN:
            return ""
        return _said(proposed, proposed.schemes[self.shop.scheme])

    def problem(self, field: str) -> str:
        """What is wrong with a field, if anything."""
        return dict(self.problems).get(field, "")


@dataclass(frozen=True, slots=True)
class Counted:
    """How far loading is, in words; `permille` is None while the total is unknown."""

    said: str
    permille: int | None


class FirstRunPresenter:
    """Runs what takes long as a job; calls `finished` when the till is ready for its people.

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
        worker: Worker,
        enrol: Callable[[str, str, str, Count], object],
        load_sample: Callable[[Count], object],
        recovery: Recovery,
        currency: str = "EUR",
        timezone: str = "UTC",
    ) -> None:
        self._till = till
        self._show = show
        self._finished = finished
        self._job = Job(worker)
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

    def choose_country(self, form: ShopForm) -> None:
        """Take over what a country proposes: currency, time zone and taxes."""
        proposed = proposal(form.country)
        currency = proposed.currency if proposed.currency in CURRENCIES else form.currency
        # A state or a province is chosen, never guessed.
        scheme = NOT_CHOSEN if len(proposed.schemes) > 1 else 0
        shop = replace(
            form,
            currency=currency,
            timezone=proposed.timezone,
            scheme=scheme,
            own_included=proposed.included,
        )
        self._set(shop=shop, problems=(), error="")

    def choose_scheme(self, form: ShopForm) -> None:
        """Show another way of taxing; what was typed stays."""
        self._set(shop=form)

    def set_up(self, form: ShopForm) -> None:
        """Create the shop, or say what is wrong with what was typed."""
        problems = _shop_problems(form)
        self._set(shop=form, problems=problems, error="")
        if problems or self.state.step == "working":
            return
        self._set(
            step="working", working=translate("First run", "Setting up the shop …"), permille=None
        )
        said = translate(
            "First run",
            "{shop} is ready. Sign in as {manager}.",
            shop=form.store_name.strip(),
            manager=form.manager_name.strip(),
        )
        self._start(lambda run: self._create(run, form), "shop", said)

    def join(self, form: EnrolForm) -> None:
        """Enrol at the server and load the data, or say what is wrong."""
        problems = enrol_problems(form)
        self._set(enrol=form, problems=problems, error="")
        if problems or self.state.step == "working":
            return
        self._set(
            step="working", working=translate("First run", "Asking the server …"), permille=None
        )
        said = translate("First run", "This till is ready and has the shop's data.")
        self._start(lambda run: self._join(run, form), "enrol", said)

    def have_recovery(self) -> None:
        """The sheet is printed, saved or written down."""
        if self.state.step == "recovery":
            self.recovery.note_kept()
            self._set(step="done")

    def finish(self) -> None:
        """Go on to the sign-in screen."""
        if self.state.step == "done":
            self._finished()

    def _work(self, words: str) -> None:
        self._set(step="working", working=words, permille=None)

    def _start(self, work: Callable[[Run[Counted]], None], step: Step, done: str) -> None:
        """Do the work of a step; a refusal leads back to it."""
        self._job.start(
            work,
            lambda _: self._set(step="recovery", done=done),
            lambda words: self._set(step=step, error=words),
            self._counted,
        )

    # ------------------------------------------------------------ off the UI thread

    def _create(self, run: Run[Counted], form: ShopForm) -> None:
        shop = NewShop(
            store_name=form.store_name.strip(),
            manager_name=form.manager_name.strip(),
            manager_pin=form.pin,
            currency=form.currency,
            timezone=form.timezone,
            country=form.country,
            address=form.address,
            vat_number=form.vat_number.strip(),
        )
        if not self._till.is_set_up:
            self._till.write(setup.stand_alone, shop)
        proposed = proposal(form.country)
        # Only where the shop counts in the money that the step is of.
        step = proposed.cash_step_minor if form.currency == proposed.currency else 1
        self._till.write(setup.choose_taxes, _scheme(form).classes, cash_step_minor=step)
        if form.keyboard:
            self._till.write(setup.choose_keyboard)
        if form.with_sample:
            self._load_sample(_counter(run, translate("First run", "Adding sample products")))

    def _join(self, run: Run[Counted], form: EnrolForm) -> None:
        self._enrol(
            form.server.strip(),
            form.code.strip(),
            form.till_name.strip(),
            _counter(run, translate("First run", "Loading the shop's data")),
        )

    # ------------------------------------------------------------ back on it

    def _counted(self, counted: Counted) -> None:
        self._set(working=counted.said, permille=counted.permille)

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


def not_checked() -> str:
    """Said of rates that were found in one source only."""
    return translate(
        "First run", "Not compared with a second source: check them with your tax office."
    )


def _said(country: Country, scheme: Scheme) -> str:
    """The rates of a scheme, until when they hold, where they come from, and what to mind."""
    included = translate("First run", "Included in prices: {rates}.", rates=scheme.said)
    added = translate("First run", "Added to prices: {rates}.", rates=scheme.said)
    said = [included if country.included else added]
    if country.note:
        said.append(country.note)
    for tax, day in scheme.ends:
        last = Formats("en").day(day.year * 10_000 + day.month * 100 + day.day)
        said.append(
            translate(
                "First run",
                "{tax} ends on {last}: ask your tax office what comes after it.",
                tax=tax,
                last=last,
            )
        )
    said.append(
        translate(
            "First run", "As of {date} ({source}).", date=country.as_of, source=country.source
        )
    )
    if not scheme.is_checked:
        said.append(not_checked())
    return " ".join(said)


def _shop_problems(form: ShopForm) -> tuple[tuple[str, str], ...]:
    found = {}
    if not form.store_name.strip():
        found["store_name"] = translate("First run", "Enter the shop name.")
    if not form.manager_name.strip():
        found["manager_name"] = translate("First run", "Enter the manager's name.")
    digits = form.pin.isascii() and form.pin.isdigit()
    if not (digits and pin.LENGTH_MIN <= len(form.pin) <= pin.LENGTH_MAX):
        found["pin"] = translate(
            "First run",
            "Enter {least} to {most} digits.",
            least=pin.LENGTH_MIN,
            most=pin.LENGTH_MAX,
        )
    elif form.pin != form.pin_again:
        found["pin_again"] = translate("First run", "The two PINs differ. Type them again.")
    if form.timezone not in available_timezones():
        found["timezone"] = translate("First run", "Choose a time zone from the list.")
    if not form.country:
        found["country"] = translate("First run", "Choose the country of the shop.")
    elif form.scheme == NOT_CHOSEN:
        found["scheme"] = translate(
            "First run", "Choose the state, province or scheme, or enter your own rates."
        )
    else:
        try:
            _scheme(form)
        except Refusal as refusal:
            found["own_rates"] = str(refusal)
    return tuple(found.items())


def _scheme(form: ShopForm) -> Scheme:
    """The taxes that were chosen or typed; raises Refusal for rates that cannot be."""
    known = proposal(form.country).schemes
    if form.scheme < len(known):
        return known[form.scheme]
    return own_scheme(form.own_rates, included=form.own_included)


def _counter(run: Run[Counted], words: str) -> Count:
    def count(rows: int, total: int) -> None:
        said = f"{words} …"
        if total:
            said = translate(
                "First run",
                "{words}: {done} of {all} records",
                words=words,
                done=f"{rows:,}",
                all=f"{total:,}",
            )
        run.report(Counted(said, min(1000, 1000 * rows // total) if total else None))

    return count
