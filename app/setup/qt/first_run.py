"""The first-run wizard: alone, or with a server; then two short forms."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QGridLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.kit.qt.basic import Button, Icon, columns, frame, label, rows
from app.kit.qt.bridge import Bridge, Reader
from app.kit.qt.focus import DropDown
from app.kit.qt.page import reachable
from app.kit.qt.strip import MessageStrip
from app.kit.qt.theme import Theme, restyle
from app.setup.first_run import (
    Count,
    FirstRunPresenter,
    FirstRunState,
    ShopForm,
    currency_names,
    timezones,
)
from app.setup.qt.recovery import RecoveryPanel
from app.setup.recovery import Recovery
from app.setup.tax_rates import country_names
from app.syncing.joining import EnrolForm
from localdb.services.till import Till

WIDTH = 720
ENTER_OWN = "I enter my own"


class FirstRunScreen(QWidget):
    """Emits `finished` once the till is ready for its people to sign in.

    `enrol(server, code, till name, count)` and `load_sample(count)` run off the UI thread; see
    `FirstRunPresenter`.
    """

    finished = Signal()

    def __init__(
        self,
        till: Till,
        theme: Theme,
        bridge: Bridge,
        *,
        enrol: Callable[[str, str, str, Count], object],
        load_sample: Callable[[Count], object],
        recovery: Recovery,
        locale: str = "en",
        currency: str = "EUR",
        timezone: str = "UTC",
    ) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._theme = theme
        self._reader = Reader(bridge)
        self.presenter = FirstRunPresenter(
            till,
            self.show_state,
            self.finished.emit,
            worker=self._reader,
            enrol=enrol,
            load_sample=load_sample,
            recovery=recovery,
            currency=currency,
            timezone=timezone,
        )
        self._problems: dict[str, QLabel] = {}
        self._fields: dict[str, QWidget] = {}
        self._shown_step = ""
        self._add_fields(locale)
        self._lay_out()

    def open(self) -> None:
        """Show the first question."""
        self.presenter.open()

    def stop(self) -> None:
        """End the thread; for whoever closes the window."""
        self._reader.close()

    def show_state(self, state: FirstRunState) -> None:
        """Show the presenter's state."""
        if state.step == "recovery":
            self._show_sheet()
        self._stack.setCurrentWidget(self._pages[state.step])
        for field, problem in self._problems.items():
            words = state.problem(field)
            problem.setText(words)
            restyle(self._fields[field], "state", "error" if words else "")
        for strip in self._strips:
            if state.error:
                strip.say("error", state.error)
            else:
                strip.clear()
        self._show_taxes(state)
        self._working.setText(state.working)
        self.bar.setRange(0, 0 if state.permille is None else 1000)
        self.bar.setValue(state.permille or 0)
        self._done.setText(state.done)
        if state.step != self._shown_step:
            self._shown_step = state.step
            self._take_focus(state)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._shown_step in ("shop", "enrol"):
            self.presenter.go("welcome")
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
        else:
            super().keyPressEvent(event)

    # ------------------------------------------------------------ doing

    def _enter(self) -> None:
        actions = {
            "shop": self._set_up,
            "enrol": self._join,
            "recovery": self.presenter.have_recovery,
            "done": self.presenter.finish,
        }
        action = actions.get(self._shown_step)
        if action is not None:
            action()

    def _set_up(self) -> None:
        self.presenter.set_up(self._form())

    def _form(self) -> ShopForm:
        return ShopForm(
            store_name=self.store_name.text(),
            manager_name=self.manager_name.text(),
            pin=self.pin.text(),
            pin_again=self.pin_again.text(),
            currency=self.currency.currentData(),
            timezone=self.timezone.currentText(),
            with_sample=self.sample.isChecked(),
            country=self.country.currentData() or "",
            scheme=self.scheme.currentIndex(),
            own_rates=self.own_rates.text(),
            own_included=self.own_included.isChecked(),
        )

    def _join(self) -> None:
        self.presenter.join(EnrolForm(self.server.text(), self.code.text(), self.till_name.text()))

    def _take_focus(self, state: FirstRunState) -> None:
        first = {"shop": self.store_name, "enrol": self.server}.get(state.step)
        (first or self).setFocus()
        if state.step == "shop":
            self._show_place(state)

    def _show_place(self, state: FirstRunState) -> None:
        self.currency.setCurrentIndex(max(0, self.currency.findData(state.shop.currency)))
        self.timezone.setCurrentText(state.shop.timezone)
        self.own_included.setChecked(state.shop.own_included)

    def _country_chosen(self) -> None:
        self.presenter.choose_country(self._form())
        self._show_place(self.presenter.state)

    def _scheme_chosen(self) -> None:
        self.presenter.choose_scheme(self._form())

    def _show_taxes(self, state: FirstRunState) -> None:
        """The ways of taxing in the chosen country, and the rates of the one chosen."""
        proposed = state.proposed
        names = [one.name for one in proposed.schemes] if proposed else []
        wanted = [*names, ENTER_OWN] if proposed else []
        if wanted != [self.scheme.itemText(n) for n in range(self.scheme.count())]:
            self.scheme.clear()
            self.scheme.addItems(wanted)
        self.scheme.setCurrentIndex(state.shop.scheme if wanted else -1)
        self.scheme.setEnabled(bool(wanted))
        self._own.setVisible(state.enters_own)
        self._rates.setText(state.taxes_said)
        self._rates.setVisible(bool(state.taxes_said))

    # ------------------------------------------------------------ looks

    def _add_fields(self, locale: str) -> None:
        self.store_name = _field("Corner Market", 60)
        self.manager_name = _field("Your name", 60)
        self.pin, self.pin_again = _pin_field(), _pin_field()
        self.currency = DropDown()
        for code, name in currency_names(locale):
            self.currency.addItem(name, code)
        self.timezone = QComboBox()
        self.timezone.setEditable(True)
        self.timezone.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.timezone.addItems(timezones())
        completer = QCompleter(timezones(), self.timezone)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.timezone.setCompleter(completer)
        self.country = DropDown()
        self.country.addItem("Choose the country …", "")
        for code, name in country_names(locale):
            self.country.addItem(name, code)
        self.country.activated.connect(self._country_chosen)
        self.scheme = DropDown()
        self.scheme.setPlaceholderText("Choose …")
        self.scheme.activated.connect(self._scheme_chosen)
        self.own_rates = _field("19; 7; 0", 60)
        self.own_included = QCheckBox("Prices include the tax")
        self.own_included.setChecked(True)
        self.own_included.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.sample = QCheckBox("Fill the shop with a sample catalogue of 307 products")
        self.sample.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.server = _field("https://pos.example.com", 200)
        self.code = _field("ABCD-EFGH", 64)
        self.till_name = _field("Till by the door", 60)
        self._strips = [MessageStrip(self._theme) for _ in range(2)]

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._working = label("", "heading")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress")
        self._done = label("", "heading", wrap=True)
        self._pages = {
            "welcome": self._welcome(),
            "shop": self._shop(),
            "enrol": self._enrolment(),
            "working": self._at_work(),
            "recovery": self._recovery(),
            "done": self._ready(),
        }
        for page in self._pages.values():
            self._stack.addWidget(page)
        self._stack.setFixedWidth(WIDTH)
        layout = columns(margin=24)
        layout.addWidget(self._stack, 1, Qt.AlignmentFlag.AlignHCenter)
        self.setLayout(layout)

    def _welcome(self) -> QWidget:
        inside = rows(gap=18)
        inside.addWidget(Icon(self._theme, "store", "primary", 56))
        inside.addWidget(label("Welcome to Evertill", "title"))
        inside.addWidget(
            label("It sells with or without a network. How will this till be used?", "muted")
        )
        choices = columns(gap=16)
        self.alone = _answer(
            self._theme,
            "till",
            "On its own",
            "One till, no server. It can join a server later.",
            lambda: self.presenter.go("shop"),
        )
        self.joined = _answer(
            self._theme,
            "sync-ok",
            "With a server",
            "One of several tills. You need an address and an enrolment code.",
            lambda: self.presenter.go("enrol"),
        )
        choices.addWidget(self.alone, 1)
        choices.addWidget(self.joined, 1)
        inside.addLayout(choices)
        return _page(inside, card=False)

    def _shop(self) -> QWidget:
        grid = _grid()
        self._add(grid, 0, 0, "Shop name", "store_name", self.store_name)
        self._add(grid, 0, 1, "Manager", "manager_name", self.manager_name)
        self._add(grid, 1, 0, "Manager's PIN (4 to 12 digits)", "pin", self.pin)
        self._add(grid, 1, 1, "PIN again", "pin_again", self.pin_again)
        self._add(grid, 2, 0, "Country", "country", self.country)
        self._add(grid, 2, 1, "Taxes", "scheme", self.scheme)
        self._add(grid, 3, 0, "Currency", "currency", self.currency)
        self._add(grid, 3, 1, "Time zone", "timezone", self.timezone)
        own = _grid()
        self._add(own, 0, 0, "Tax rates in %, the usual one first", "own_rates", self.own_rates)
        own.addWidget(self.own_included, 0, 1)
        self._own = QWidget()
        own.setContentsMargins(0, 0, 0, 0)
        self._own.setLayout(own)
        self._own.hide()
        self._rates = label("", "muted", wrap=True)
        self.set_up = reachable(Button("Set up the shop", "primary")).doing(self._set_up)
        inside = rows(gap=14)
        inside.addWidget(label("Your shop", "title"))
        inside.addWidget(self._strips[0])
        inside.addLayout(grid)
        inside.addWidget(self._own)
        inside.addWidget(self._rates)
        inside.addWidget(self.sample)
        inside.addLayout(self._foot(self.set_up))
        return _page(inside)

    def _enrolment(self) -> QWidget:
        grid = _grid()
        self._add(grid, 0, 0, "Server address", "server", self.server, span=2)
        self._add(grid, 1, 0, "Enrolment code", "code", self.code)
        self._add(grid, 1, 1, "Name of this till (optional)", "till_name", self.till_name)
        self.enrol = reachable(Button("Enrol this till", "primary")).doing(self._join)
        inside = rows(gap=14)
        inside.addWidget(label("Join a server", "title"))
        inside.addWidget(
            label(
                "Your administrator gives you the code; it works once. The shop's data is then"
                " loaded, and you can sell offline.",
                "muted",
                wrap=True,
            )
        )
        inside.addWidget(self._strips[1])
        inside.addLayout(grid)
        inside.addLayout(self._foot(self.enrol))
        return _page(inside)

    def _at_work(self) -> QWidget:
        inside = rows(gap=16)
        inside.addWidget(Icon(self._theme, "sync-busy", "primary", 48))
        inside.addWidget(self._working)
        inside.addWidget(self.bar)
        inside.addWidget(label("Please leave the program open.", "muted"))
        return _page(inside)

    def _recovery(self) -> QWidget:
        self._sheet = rows()
        self.keep = reachable(Button("I have the recovery sheet", "primary"))
        self.keep.doing(self.presenter.have_recovery)
        foot = columns()
        foot.addStretch(1)
        foot.addWidget(self.keep)
        inside = rows(gap=10)
        inside.addWidget(label("Keep the recovery sheet", "title"))
        words = (
            "The data of this till is encrypted. If this computer loses the key, only this sheet"
            " opens it again. Save it as a PDF and print it, or write the key down."
        )
        inside.addWidget(label(words, "muted", wrap=True))
        inside.addLayout(self._sheet)
        inside.addLayout(foot)
        return _page(inside)

    def _show_sheet(self) -> None:
        """Made when there is a key to show; once."""
        if self._sheet.isEmpty():
            self._sheet.addWidget(RecoveryPanel(self._theme, self.presenter.recovery))

    def _ready(self) -> QWidget:
        inside = rows(gap=16)
        inside.addWidget(Icon(self._theme, "check", "success", 56))
        inside.addWidget(self._done)
        self.go_on = reachable(Button("Go to sign-in", "primary")).doing(self.presenter.finish)
        foot = columns()
        foot.addStretch(1)
        foot.addWidget(self.go_on)
        inside.addLayout(foot)
        return _page(inside)

    def _foot(self, action: Button) -> QVBoxLayout:
        foot = columns(gap=8)
        back = Button("Back").doing(lambda: self.presenter.go("welcome"))
        foot.addWidget(reachable(back))
        foot.addStretch(1)
        action.setMinimumWidth(200)
        foot.addWidget(action)
        holder = rows()
        holder.addSpacing(6)
        holder.addLayout(foot)
        return holder

    def _add(
        self,
        grid: QGridLayout,
        row: int,
        column: int,
        words: str,
        name: str,
        field: QWidget,
        *,
        span: int = 1,
    ) -> None:
        problem = label("", "error", wrap=True)
        problem.setMinimumHeight(20)
        field.setAccessibleName(words)
        cell = rows(gap=4)
        cell.addWidget(label(words, "strong"))
        cell.addWidget(field)
        cell.addWidget(problem)
        grid.addLayout(cell, row, column, 1, span)
        self._problems[name], self._fields[name] = problem, field


def _answer(theme: Theme, icon: str, name: str, said: str, action: Callable[[], object]) -> Button:
    button = reachable(Button("", "tile")).doing(action)
    button.setAccessibleName(f"{name}. {said}")
    # With a selector, or the words inside would be as tall.
    button.setStyleSheet("QPushButton { min-height: 188px; }")
    inside = rows(gap=8)
    inside.setContentsMargins(22, 20, 22, 18)
    inside.addWidget(Icon(theme, icon, "primary", 36))
    inside.addSpacing(6)
    inside.addWidget(label(name, "heading"))
    inside.addWidget(label(said, "muted", wrap=True))
    inside.addStretch(1)
    button.setLayout(inside)
    for child in button.findChildren(QLabel):
        child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    return button


def _field(example: str, length: int) -> QLineEdit:
    field = QLineEdit()
    field.setPlaceholderText(example)
    field.setMaxLength(length)
    return field


def _pin_field() -> QLineEdit:
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
    field.setMaxLength(12)
    return field


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(6)
    for column in range(2):
        grid.setColumnStretch(column, 1)
    return grid


def _page(inside: QVBoxLayout, *, card: bool = True) -> QWidget:
    page = QWidget()
    layout = rows()
    layout.addStretch(2)
    if card:
        inside.setContentsMargins(32, 28, 32, 28)
        surface = frame("card")
        surface.setLayout(inside)
        layout.addWidget(surface)
    else:
        layout.addLayout(inside)
    layout.addStretch(3)
    page.setLayout(layout)
    return page
