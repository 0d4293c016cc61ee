"""The till's one window: a rail, a bar on top, and the screens, one at a time."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from app.devices.idle import IdleWatch
from app.kit.authority import may
from app.kit.flow import AskYesNo
from app.kit.qt.basic import columns, rows
from app.kit.qt.dialogue import Choices, Dialogue, Messages
from app.kit.qt.events import TillEvents
from app.kit.qt.keyboard import Keyboard
from app.kit.qt.page import Page
from app.kit.qt.sections import sections
from app.kit.qt.sheet import Sheet
from app.kit.qt.shell import Shell, TakesScans
from app.kit.qt.theme import restyle
from app.kit.qt.workplace import Workplace
from app.kit.registry import Action, Found, PageEntry
from app.kit.translation import translate
from app.shell.finding import find, place
from app.shell.help import HelpSheet
from app.shell.palette import PaletteSheet
from app.shell.person import PersonSheet
from app.shell.rail import Rail
from app.shell.section_bar import SectionBar
from app.shell.topbar import TopBar
from app.syncing.chip import sync_chip
from localdb.domain.permissions import Permission
from localdb.domain.records import User
from localdb.queries import settings

FRAME = 4
"""Pixels around a window in training."""
SMALLEST = (1024, 700)
"""Sign-in, selling and charge; what comes after is a page."""
CHIP_EVERY_MS = 1000
ON_RAIL = (
    "sell",
    "orders",
    "cash",
    "customers",
    "products",
    "reports",
    "inbox",
    "settings",
    "demo",
)
_TERMS = frozenset({"tax_class", "tax_rate", "promotion", "setting", "store"})


class MainWindow(QMainWindow):
    """Routes scans, messages and screens; it knows features only by what they registered."""

    sync_asked = Signal()
    """The sync chip was tapped."""

    def __init__(self, place: Workplace) -> None:
        super().__init__()
        self._place = place
        self._made: dict[str, Page] = {}
        self._home: QWidget | None = None
        self.setMinimumSize(*SMALLEST)
        self._sections = {section.name: section for section in sections()}
        self._section_of: dict[QWidget, str] = {}
        self._last_page: dict[str, str] = {}
        self._may_be_closed = False
        self.bar = TopBar(place.theme, place.store_name, place.till_name)
        self.rail = Rail(place.theme, tuple(self._sections[name] for name in ON_RAIL))
        self.section_bar = SectionBar(self.show_page)
        self.stack = QStackedWidget()
        self._fill()
        self.keyboard = Keyboard(self, place.theme, place.formats.locale)
        self.shell = Shell(
            host=self,
            place=place,
            navigator=self,
            dialogue=Dialogue(self, place, self),
            events=TillEvents(self),
        )
        self.may_lock: list[Callable[[], bool]] = []
        """What an idle till asks before it locks."""
        self.unfinished: list[Callable[[], str]] = []
        """What would be left open if the window were closed now, in words; empty for nothing."""

    def begin(self) -> None:
        """All features are there: fill the menu and start to listen."""
        for page in self.shell.pages:
            self.offer(page)
        self._add_actions()
        self._connect()
        self._start_timers()
        self._tint()
        self.shell.actions.run("lock")

    def offer(self, page: PageEntry) -> None:
        """Make showing a page one of the actions."""
        self.shell.actions.add(
            Action(
                name=f"page_{page.name}",
                title=page.title,
                section=page.section,
                permission=page.permission,
                keywords=page.keywords,
                run=partial(self.show_page, page.name),
                is_on_page=True,
            )
        )

    # ------------------------------------------------------------ screens

    def add_screen(self, screen: QWidget, *, home: bool = False) -> None:
        """Add a screen; `home` is the one to come back to, where messages are shown."""
        self.stack.addWidget(screen)
        if home:
            self._home = screen

    def show_screen(self, screen: QWidget) -> None:
        """Bring a screen to the front."""
        self.stack.setCurrentWidget(screen)

    def current_screen(self) -> QWidget:
        """The screen that is up."""
        return self.stack.currentWidget() or self.stack

    def show_page(self, name: str) -> Page:
        """Show a page by its name; it is made when it is first shown."""
        if name not in self._made:
            self._made[name] = self.shell.pages[name].make()
        page, section = self._made[name], self.shell.pages[name].section
        self._last_page[section] = name
        self.bring_up(page, section)
        page.open()
        return page

    def bring_up(self, page: Page, section: str) -> None:
        """Show a page of a section that is in no list of pages; leaving it leads home."""
        if self.stack.indexOf(page) < 0:
            self.stack.addWidget(page)
            page.left.connect(self.show_home)
            self._section_of[page] = section
        self.stack.setCurrentWidget(page)

    def show_section(self, name: str) -> None:
        """Show the page of a section that was up last, or what can be done there."""
        pages = self._pages_of(name)
        actions = self._actions_of(name)
        last = self._last_page.get(name)
        if name == "sell":
            self.show_home()
        elif pages:
            self.show_page(last if last in {page.name for page in pages} else pages[0].name)
        elif len(actions) == 1:
            actions[0].run()
        elif actions:
            PersonSheet(self, self._place.theme, self._sections[name].title, actions)
        self._mark_section()

    def show_home(self) -> None:
        """The selling screen, ready for the next scan."""
        assert self._home is not None, "no screen is the home"
        self.stack.setCurrentWidget(self._home)
        self.shell.events.home_shown.emit()

    def show_help(self) -> None:
        """Show the keys."""
        HelpSheet(self, self._place.theme)

    def add_banner(self, banner: QWidget) -> None:
        """Put a strip under the bar on top."""
        self._banners.addWidget(banner)

    def close_sheets(self) -> None:
        """Back out of every sheet that is open."""
        for sheet in self.findChildren(Sheet):
            sheet.cancel()

    # ------------------------------------------------------------ messages

    def say(self, tone: str, text: str, choices: Choices = ()) -> None:
        """Show a message on the screen that is up, or on the one to come back to."""
        self._messages().say(tone, text, choices)

    def clear(self) -> None:
        """Take the message away."""
        self._messages().clear()

    def tell(self, text: str) -> None:
        """Something went wrong that is nobody's fault here: say it calmly."""
        question = AskYesNo(
            translate("Window", "Please note"),
            text,
            translate("Window", "Close"),
            "",
            icon="alert",
        )
        self.shell.dialogue.ask(question, lambda _answer: None)

    def _messages(self) -> Messages:
        current = self.stack.currentWidget()
        if isinstance(current, Messages):
            return current
        assert isinstance(self._home, Messages), "the home shows no messages"
        return self._home

    # ------------------------------------------------------------ events

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        handle = self.windowHandle()
        if not handle.findChildren(IdleWatch):
            IdleWatch(handle, self._lock_after_s()).idle.connect(self._idle)
        self.current_screen().setFocus()

    def closeEvent(self, event: QCloseEvent) -> None:
        if event.spontaneous() and not self._may_be_closed:
            self.ask_before_closing(event)
            if not event.isAccepted():
                return
        self.close_sheets()
        self.shell.events.locking.emit()
        super().closeEvent(event)

    def ask_before_closing(self, event: QCloseEvent) -> None:
        """Whoever closes the window by hand in the middle of something is asked first."""
        left = [words for words in (one() for one in self.unfinished) if words]
        if left:
            event.ignore()
            self._ask_to_close(left[0])

    def _ask_to_close(self, left: str) -> None:
        def answered(close: object) -> None:
            if close:
                self._may_be_closed = True
                self.close()

        question = AskYesNo(
            translate("Window", "Close Evertill?"),
            left,
            yes=translate("Window", "Close Evertill"),
            no=translate("Window", "Stay here"),
            main=False,
        )
        self.shell.dialogue.ask(question, answered)

    def _signed_in(self, user: User) -> None:
        self._show_cashier(user.name)
        self._take_settings()
        self._offer_sections()

    def _show_cashier(self, name: str | None) -> None:
        self.bar.show_cashier(name)
        self.rail.person.show_words(name.split()[0] if name else "")
        self.rail.setVisible(name is not None)

    def _offer_sections(self) -> None:
        """Show on the rail what who is signed in may use."""
        names = [name for name in ON_RAIL if self._pages_of(name) or self._actions_of(name)]
        self.rail.offer({"sell", *names})

    def _locked(self) -> None:
        self._show_cashier(None)
        self.section_bar.hide()
        # Before anybody signs in too: badges are scanned here.
        self._take_settings()

    def _take_settings(self) -> None:
        """Take over what the shop has decided about its scanners and keyboards."""
        shop = self._place.till.ask(settings.in_force)
        self._place.scanner.configure(shop.scanner_prefix, shop.scanner_suffix)
        self.keyboard.allow(bool(shop.keyboard))

    def _scanned(self, code: str) -> None:
        """To a sheet, to the screen that is up, or to the first feature that takes it."""
        sheets = [sheet for sheet in self.findChildren(Sheet) if sheet.isVisible()]
        if any(sheet.take_scan(code) for sheet in sheets):
            return
        current = self.stack.currentWidget()
        if isinstance(current, TakesScans) and current.take_scan(code):
            return
        any(take(code) for take in reversed(self.shell.scan_takers))

    def _tint(self) -> None:
        """Nobody takes training for the shop: the whole window says it, on every screen."""
        is_training = self._place.till.is_training
        for widget in (self._body, self.stack):
            restyle(widget, "tint", "training" if is_training else "")
        frame = FRAME if is_training else 0
        self._body.setContentsMargins(frame, 0, frame, frame)
        name = translate("Window", "Evertill  ·  {store_name}", store_name=self._place.store_name)
        self.setWindowTitle(f"TRAINING  ·  {name}" if is_training else name)

    def _lock_after_s(self) -> int:
        return self._place.till.ask(settings.in_force).lock_after_s

    def _committed(self, types: frozenset[str]) -> None:
        if "setting" in types and self.windowHandle() is not None:
            for watch in self.windowHandle().findChildren(IdleWatch):
                watch.wait(self._lock_after_s())
        if types & _TERMS and self._place.till.user is not None:
            self._take_settings()

    def _idle(self) -> None:
        """Lock, but for a customer at the card terminal; what was paid so far waits on disk."""
        if self._place.till.user is not None and all(may_lock() for may_lock in self.may_lock):
            self.shell.actions.run("lock")

    def _show_sync(self) -> None:
        figures = self._place.figures()
        self.bar.show_sync(sync_chip(figures, self._place.now_us()))
        self.rail.entries["inbox"].show_count(figures.inbox)

    # ------------------------------------------------------------ finding one's way

    def open_palette(self) -> None:
        """Open the field that finds everything; not while something is being paid."""
        if self._place.till.user is not None and self._is_free():
            PaletteSheet(self, self._place.theme, self.found)

    def found(self, text: str) -> list[Found]:
        """What a text may mean to who is signed in; everything that can be done for no text."""
        places = [
            place(action, self._sections[action.section].title)
            for action in self.shell.actions
            if self._is_offered(action)
        ]
        return find(text, places, self.shell.finders)

    def _show_person(self) -> None:
        user = self._place.till.user
        if user is not None:
            PersonSheet(self, self._place.theme, user.name, self._actions_of("till"))

    def _pages_of(self, section: str) -> list[PageEntry]:
        return [
            page
            for page in self.shell.pages
            if page.section == section and self._may(page.permission)
        ]

    def _actions_of(self, section: str) -> list[Action]:
        """What can be done in a section beside showing its pages."""
        return [
            action
            for action in self.shell.actions
            if action.section == section and not action.is_on_page and self._is_offered(action)
        ]

    def _may(self, permission: Permission | None) -> bool:
        return permission is None or may(self._place.till, permission)

    def _is_free(self) -> bool:
        """While something is being paid there is no other way out than paying or going back."""
        return bool(getattr(self.stack.currentWidget(), "is_free_to_leave", True))

    def _mark_section(self) -> None:
        """Show which section is up, with its tabs."""
        current = self.current_screen()
        section = self._section_of.get(current, "sell")
        self.rail.show_section(section)
        self.rail.free(self._is_free())
        name = next((name for name, page in self._made.items() if page is current), "")
        if name:
            self.section_bar.show_section(self._pages_of(section), self._actions_of(section), name)
        else:
            self.section_bar.hide()

    # ------------------------------------------------------------ putting it together

    def _fill(self) -> None:
        self._body = QWidget()
        self._body.setProperty("role", "body")
        self._banners = rows(gap=0)
        right = rows(gap=0)
        right.addWidget(self.bar)
        right.addLayout(self._banners)
        right.addWidget(self.section_bar)
        right.addWidget(self.stack, 1)
        layout = columns(gap=0)
        layout.addWidget(self.rail)
        layout.addLayout(right, 1)
        self._body.setLayout(layout)
        self.setCentralWidget(self._body)

    def _add_actions(self) -> None:
        self.shell.actions.add(
            Action(
                name="help",
                title=translate("Window", "Keyboard shortcuts"),
                section="till",
                shortcut="F1",
                run=self.show_help,
            ),
            Action(
                name="scheme",
                title=translate("Window", "Light or dark"),
                section="till",
                run=self._place.theme.toggle,
            ),
        )

    def _connect(self) -> None:
        events = self.shell.events
        self.bar.find_asked.connect(self.open_palette)
        self.rail.chosen.connect(self.show_section)
        self.rail.help_asked.connect(self.show_help)
        self.rail.lock_asked.connect(partial(self.shell.actions.run, "lock"))
        self.rail.person_asked.connect(self._show_person)
        self.bar.sync_asked.connect(self.sync_asked)
        events.signed_in.connect(self._signed_in)
        events.locked.connect(self._locked)
        events.training_changed.connect(self._tint)
        self.stack.currentChanged.connect(self._mark_section)
        self._place.scanner.scanned.connect(self._scanned)
        self._place.bridge.committed.connect(lambda changes: self._committed(changes.types))
        self._place.bridge.sync_changed.connect(self._show_sync)
        for action in self.shell.actions:
            if action.shortcut:
                self._bind(action)
        QShortcut(QKeySequence("Ctrl+K"), self).activated.connect(self.open_palette)
        for number, name in enumerate(ON_RAIL, start=1):
            jump = QShortcut(QKeySequence(f"Alt+{number}"), self)
            jump.activated.connect(partial(self._jump, name))

    def _jump(self, section: str) -> None:
        is_offered = self._place.till.user is not None and self._is_free()
        if is_offered and not self.rail.entries[section].isHidden():
            self.show_section(section)

    def _bind(self, action: Action) -> None:
        """Let the shortcut of an action work where it should."""
        where = self if action.works_everywhere else self._home
        assert where is not None, "no screen is the home"
        shortcut = QShortcut(QKeySequence(action.shortcut), where)
        if where is not self:
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(lambda: self._run(action))

    def _run(self, action: Action) -> None:
        if self._is_offered(action):
            action.run()

    def _is_offered(self, action: Action) -> bool:
        """Whether it makes sense now, and who is signed in may do it."""
        return action.offered() and self._may(action.permission)

    def _start_timers(self) -> None:
        chip = QTimer(self)
        chip.setTimerType(Qt.TimerType.VeryCoarseTimer)
        chip.setInterval(CHIP_EVERY_MS)
        chip.timeout.connect(self._show_sync)
        chip.start()
        self._show_sync()
