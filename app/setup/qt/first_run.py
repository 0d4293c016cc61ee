"""The first-run wizard: alone, or with a server; a form for each; the recovery sheet."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QStackedWidget, QWidget

from app.kit.qt.basic import Button, Icon, columns, label, progress_bar, rows
from app.kit.qt.bridge import Bridge, Reader
from app.kit.qt.keyboard import Keyboard
from app.kit.qt.page import reachable
from app.kit.qt.theme import Theme
from app.kit.translation import translate
from app.setup.first_run import Count, FirstRunPresenter, FirstRunState
from app.setup.qt.recovery import RecoveryPanel
from app.setup.qt.shop_page import ShopPage
from app.setup.qt.wizard_page import FormPage, WizardPage, text_field
from app.setup.recovery import Recovery
from app.syncing.joining import EnrolForm
from localdb.services.till import Till

WIDTH = 760


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
        self._shown_step = ""
        self.keyboard = Keyboard(self, theme, locale)
        self.shop = ShopPage(theme, locale)
        self.enrolment = EnrolPage(theme)
        self._lay_out()
        self._connect()

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
        self.shop.show_state(state)
        self.enrolment.say(state.error)
        self.enrolment.show_problems(dict(state.problems))
        self._working.setText(state.working)
        self.bar.setRange(0, 0 if state.permille is None else 1000)
        self.bar.setValue(state.permille or 0)
        self._ready.title.setText(state.done)
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
        self.presenter.set_up(self.shop.form())
        self._show_first_problem(self.shop)

    def _join(self) -> None:
        self.presenter.join(self.enrolment.form())
        self._show_first_problem(self.enrolment)

    def _show_first_problem(self, page: FormPage) -> None:
        """What is wrong may stand where the form is not scrolled to."""
        if self.presenter.state.problems:
            page.go_to(self.presenter.state.problems[0][0])

    def _country_chosen(self) -> None:
        self.presenter.choose_country(self.shop.form())
        self.shop.show_place(self.presenter.state.shop)

    def _scheme_chosen(self) -> None:
        self.presenter.choose_scheme(self.shop.form())

    def _take_focus(self, state: FirstRunState) -> None:
        first: dict[str, QWidget] = {
            "welcome": self.alone,
            "shop": self.shop.store_name,
            "enrol": self.enrolment.server,
        }
        first.get(state.step, self).setFocus(Qt.FocusReason.OtherFocusReason)
        if state.step == "shop":
            self.shop.show_place(state.shop)

    def _use_keyboard(self, is_wanted: bool) -> None:
        """Both forms have the button; it opens for the field that one is in."""
        for page in (self.shop, self.enrolment):
            page.keyboard.setChecked(is_wanted)
        self.keyboard.allow(is_wanted)
        field = self.focusWidget()
        if is_wanted and isinstance(field, QLineEdit):
            self.keyboard.open_for(field)

    # ------------------------------------------------------------ looks

    def _lay_out(self) -> None:
        self._working = label("", "heading")
        self.bar = progress_bar(translate("First run", "Progress"))
        self._stack = QStackedWidget()
        self._ready = self._done_page()
        self._pages: dict[str, QWidget] = {
            "welcome": self._welcome(),
            "shop": self.shop,
            "enrol": self.enrolment,
            "working": self._at_work(),
            "recovery": self._recovery(),
            "done": self._ready,
        }
        for page in self._pages.values():
            self._stack.addWidget(page)
        self._stack.setFixedWidth(WIDTH)
        layout = columns(margin=16)
        layout.addWidget(self._stack, 1, Qt.AlignmentFlag.AlignHCenter)
        self.setLayout(layout)

    def _connect(self) -> None:
        self.shop.set_up.doing(self._set_up)
        self.enrolment.enrol.doing(self._join)
        self.shop.country_chosen.connect(self._country_chosen)
        self.shop.scheme_chosen.connect(self._scheme_chosen)
        for page in (self.shop, self.enrolment):
            page.back.doing(lambda: self.presenter.go("welcome"))
            page.keyboard.clicked.connect(self._use_keyboard)

    def _welcome(self) -> QWidget:
        self.alone = _answer(
            self._theme,
            "till",
            translate("First run", "Single till"),
            translate("First run", "One till, no server. It can join a server later."),
            lambda: self.presenter.go("shop"),
        )
        self.joined = _answer(
            self._theme,
            "sync-ok",
            translate("First run", "Connect to a server"),
            translate(
                "First run", "One of several tills. You need an address and an enrolment code."
            ),
            lambda: self.presenter.go("enrol"),
        )
        choices = columns(gap=16)
        choices.addWidget(self.alone, 1)
        choices.addWidget(self.joined, 1)
        page = QWidget()
        inside = rows(gap=18)
        inside.addStretch(2)
        inside.addWidget(Icon(self._theme, "store", "primary", 56))
        inside.addWidget(label(translate("First run", "Welcome to Evertill"), "title"))
        words = translate(
            "First run", "It sells with or without a network. How will this till be used?"
        )
        inside.addWidget(label(words, "muted", wrap=True))
        inside.addLayout(choices)
        inside.addStretch(3)
        page.setLayout(inside)
        return page

    def _at_work(self) -> QWidget:
        page = WizardPage(self._theme, translate("First run", "One moment"), icon="sync-busy")
        page.body.addWidget(self._working)
        page.body.addWidget(self.bar)
        page.body.addWidget(label(translate("First run", "Leave the program open."), "muted"))
        return page

    def _recovery(self) -> QWidget:
        page = WizardPage(self._theme, translate("First run", "Keep the recovery sheet"))
        words = translate(
            "First run",
            "The data of this till is encrypted. If this computer loses the key, only this sheet"
            " opens it again. Save it as a PDF and print it, or write the key down.",
        )
        self._sheet = rows()
        page.body.addWidget(label(words, "muted", wrap=True))
        page.body.addLayout(self._sheet)
        self.keep = reachable(
            Button(translate("First run", "I have the recovery sheet"), "primary")
        )
        page.foot.addStretch(1)
        page.foot.addWidget(self.keep.doing(self.presenter.have_recovery))
        return page

    def _show_sheet(self) -> None:
        """Made when there is a key to show; once."""
        if self._sheet.isEmpty():
            self._sheet.addWidget(RecoveryPanel(self._theme, self.presenter.recovery))

    def _done_page(self) -> WizardPage:
        page = WizardPage(self._theme, "", icon="check", tone="success")
        self.go_on = reachable(Button(translate("First run", "Go to sign-in"), "primary"))
        page.area.hide()
        page.foot.addStretch(1)
        page.foot.addWidget(self.go_on.doing(self.presenter.finish))
        return page


class EnrolPage(FormPage):
    """Where the server is, and the code that it gave out."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, translate("First run", "Join a server"))
        self.server = text_field("https://pos.example.com", 200)
        self.code = text_field("ABCD-EFGH", 64)
        self.till_name = text_field(translate("First run", "Till by the door"), 60)
        words = translate(
            "First run",
            "Your administrator gives you the code; it works once. The shop's data is then"
            " loaded, and you can sell offline.",
        )
        self.body.addWidget(label(words, "muted", wrap=True))
        self.add_fields(
            (
                (("server", translate("First run", "Server address"), self.server),),
                (
                    ("code", translate("First run", "Enrolment code"), self.code),
                    (
                        "till_name",
                        translate("First run", "Name of this till (optional)"),
                        self.till_name,
                    ),
                ),
            )
        )
        self.enrol = reachable(Button(translate("First run", "Enrol this till"), "primary"))
        self.add_buttons(self.enrol)

    def form(self) -> EnrolForm:
        """What was typed."""
        return EnrolForm(self.server.text(), self.code.text(), self.till_name.text())


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
