"""The till's one window: a bar on top and the screens below, one at a time."""

from collections import deque
from collections.abc import Callable
from functools import cache, partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from app.devices.idle import IdleWatch
from app.drawer.qt.desk import MOVES
from app.kit.authority import may
from app.kit.flow import AskYesNo
from app.kit.qt.asking import ask
from app.kit.qt.basic import rows
from app.kit.qt.keyboard import Keyboard
from app.kit.qt.page import Page
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import restyle
from app.kit.qt.training import TrainingBanner
from app.kit.qt.workplace import Workplace
from app.paying.payable import SALE
from app.paying.qt.desk import PayDesk
from app.paying.state import Done
from app.paying.training import PRACTICE, Practice
from app.people.qt.signin import SignInScreen
from app.people.qt.switch_user import SwitchSheet
from app.receipts.qt.desk import ReceiptDesk
from app.returning.paying_back import EXCHANGE
from app.returning.qt.desk import ReturnDesk
from app.selling.qt.desk import Desk
from app.selling.qt.selling import SellingScreen
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
REFRESH_AFTER_MS = 300
_CATALOGUE = frozenset(
    {"product", "barcode", "category", "stock_movement", "tax_class", "tax_rate"}
)
_PEOPLE = frozenset({"user", "role"})
_TERMS = frozenset({"tax_class", "tax_rate", "promotion", "setting", "store"})


class MainWindow(QMainWindow):
    """Routes scans and switches screens; everything else is the screens' own."""

    sync_asked = Signal()
    """The sync chip was tapped."""

    def __init__(self, place: Workplace) -> None:
        super().__init__()
        self._place = place
        self._waiting_scans: deque[str] = deque()
        self._changed: set[str] = set()
        self._pages: dict[str, Callable[[], Page]] = {}
        self._guarded: list[tuple[QAction, Permission]] = []
        self.setMinimumSize(*SMALLEST)
        self.bar = TopBar(place.theme, place.store_name, place.till_name)
        self.signin = SignInScreen(place)
        self.selling = SellingScreen(place)
        self.banner = TrainingBanner(place.theme)
        self.practice = Practice(place.till, self._training_changed)
        self.pay = PayDesk(self, place, self.selling, self._show_charge, self.practice)
        self.charge = self.pay.screen
        self.stack = QStackedWidget()
        for screen in (self.signin, self.selling, self.charge):
            self.stack.addWidget(screen)
        self._fill()
        self.keyboard = Keyboard(self, place.theme, place.formats.locale)
        self.desk = Desk(self, place, self.selling, self.pay.open_drawer, self.practice)
        self.returns = ReturnDesk(
            self,
            place,
            self.selling,
            self.pay,
            self.desk.receipts,
            self._bring_up,
            lambda sale_id: self.papers.show(sale_id),
            self.desk.with_shift,
        )
        self.papers = ReceiptDesk(
            self, place, self.selling, self.desk.receipts, self.returns.open_sale
        )
        self.desk.show_receipt = self.papers.show
        self._fill_menu()
        self._connect()
        self._start_timers()
        self._tint()
        self.lock()

    # ------------------------------------------------------------ screens

    def lock(self) -> None:
        """Back to the sign-in screen; the cart stays, also in the database."""
        self.charge.presenter.suspend()
        self.selling.presenter.save_now()
        user = self._place.till.user
        self._place.till.sign_out()
        self._close_sheets()
        self.bar.show_cashier(None)
        self.banner.end.hide()
        self.stack.setCurrentWidget(self.signin)
        # Before anybody signs in too: badges are scanned here.
        self._take_settings()
        self.signin.presenter.open(chosen=user.id if user else None)
        self.signin.setFocus()

    def switch_user(self, badge: str = "") -> None:
        """Let another person take the till with the cart that is open."""
        self.selling.presenter.save_now()
        sheet = SwitchSheet(self, self._place.theme, self._place.till, self._signed_in)
        if badge:
            sheet.presenter.badge(badge)

    def add_page(
        self, title: str, make: Callable[[], Page], permission: Permission | None = None
    ) -> None:
        """Add a page to the menu of those who may see it.

        It is made when it is first shown, not at the start.
        """
        if not self._pages:
            self.bar.menu.addSeparator()
        self._pages[title] = cache(lambda: self._placed(make()))
        self.add_entry(title, lambda: self.show_page(title), permission)

    def add_entry(
        self, title: str, action: Callable[[], object], permission: Permission | None = None
    ) -> None:
        """Add something to the menu of those who may do it."""
        entry = self.bar.menu.addAction(title, action)
        if permission is not None:
            self._guarded.append((entry, permission))

    def show_page(self, title: str) -> Page:
        """Show a page that was added."""
        page = self._pages[title]()
        self.stack.setCurrentWidget(page)
        page.open()
        return page

    def _bring_up(self, page: Page) -> None:
        """Show a page that is not in the list of pages."""
        if self.stack.indexOf(page) < 0:
            self._placed(page)
        self.stack.setCurrentWidget(page)

    def _placed(self, page: Page) -> Page:
        self.stack.addWidget(page)
        page.left.connect(self.show_selling)
        return page

    def show_selling(self) -> None:
        """The selling screen, ready for the next scan."""
        self.stack.setCurrentWidget(self.selling)
        self.selling.take_focus()
        self._deliver_scans()

    def _take_settings(self) -> None:
        """Take over what the shop has decided about its scanners and keyboards."""
        shop = self._place.till.ask(settings.in_force)
        self._place.scanner.configure(shop.scanner_prefix, shop.scanner_suffix)
        self.keyboard.allow(bool(shop.keyboard))

    def _sell(self, action: Callable[[], None]) -> None:
        """Do something of the selling screen, from whichever screen is up."""
        self.show_selling()
        action()

    def tell(self, text: str) -> None:
        """Something went wrong that is nobody's fault here: say it calmly."""
        question = AskYesNo("Please note", text, "OK", "", icon="alert")
        ask(self, self._place, question, lambda _answer: None)

    # ------------------------------------------------------------ events

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        handle = self.windowHandle()
        if not handle.findChildren(IdleWatch):
            IdleWatch(handle, self._lock_after_s()).idle.connect(self._idle)
        self.signin.setFocus()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._close_sheets()
        self.charge.presenter.suspend()
        self.selling.presenter.save_now()
        super().closeEvent(event)

    def _signed_in(self, user: User) -> None:
        self.charge.presenter.suspend()
        self.bar.show_cashier(user.name)
        self.banner.end.show()
        for action, permission in self._guarded:
            action.setVisible(may(self._place.till, permission))
        self.stack.setCurrentWidget(self.selling)
        self._take_settings()
        self.selling.open()
        self.returns.show_exchange()
        if not (self.desk.shift.is_open or self.practice.is_on):
            self.desk.with_shift(self.selling.take_focus)
        elif self.pay.resume():
            self.charge.take_focus()

    def _charge(self) -> None:
        self.selling.presenter.charge(lambda: self.desk.with_shift(self.returns.charge))

    def _show_charge(self) -> None:
        self.stack.setCurrentWidget(self.charge)

    def _paid(self, done: Done) -> None:
        """On disk: only now the drawer opens and the receipt is printed."""
        if done.kind in (SALE, PRACTICE, EXCHANGE):
            self.selling.show_done(done)
            self.returns.show_exchange()
        else:
            self.selling.panel.show_change(done)
        self.stack.setCurrentWidget(self.selling)
        self.pay.done(done)
        if done.refund_id:
            self.desk.receipts.print(done.refund_id)
        self.desk.receipts.print(done.sale_id)
        self.show_selling()
        self.desk.drawer.say_when_full()

    def _left_charge(self) -> None:
        if not self.returns.takes_back():
            self.show_selling()

    def _scanned(self, code: str) -> None:
        """To the cart, whatever has the focus; during payment it waits for the next cart."""
        current = self.stack.currentWidget()
        if any(sheet.take_scan(code) for sheet in self._open_sheets()):
            return
        if current is self.signin:
            self.signin.presenter.badge(code)
        elif current is self.charge and self.charge.scanned(code):
            pass
        elif current is self.charge:
            self._waiting_scans.append(code)
            self.charge.say_waiting(len(self._waiting_scans))
        elif isinstance(current, Page) and current.take_scan(code):
            pass
        elif self.returns.takes(code):
            self.returns.open(code)
        else:
            self.stack.setCurrentWidget(self.selling)
            self.selling.scanned(code)

    def _deliver_scans(self) -> None:
        while self._waiting_scans:
            self.selling.scanned(self._waiting_scans.popleft())

    def _training_changed(self) -> None:
        self.charge.presenter.suspend()
        self._tint()
        self.selling.open()
        self.selling.panel.hide_change()
        self.show_selling()

    def _tint(self) -> None:
        """Nobody takes practice for the shop: the whole window says it, on every screen."""
        tint = "training" if self.practice.is_on else ""
        for widget in (self._body, self.stack):
            restyle(widget, "tint", tint)
        frame = FRAME if self.practice.is_on else 0
        self._body.setContentsMargins(frame, 0, frame, frame)
        self.banner.setVisible(self.practice.is_on)
        self._train.setText("End training" if self.practice.is_on else "Begin training…")
        name = f"Evertill  ·  {self._place.store_name}"
        self.setWindowTitle(f"TRAINING  ·  {name}" if self.practice.is_on else name)

    def _lock_after_s(self) -> int:
        return self._place.till.ask(settings.in_force).lock_after_s

    def _committed(self, types: frozenset[str]) -> None:
        if "setting" in types and self.windowHandle() is not None:
            for watch in self.windowHandle().findChildren(IdleWatch):
                watch.wait(self._lock_after_s())
        if types & _PEOPLE and self.stack.currentWidget() is self.signin:
            self.signin.presenter.people_changed()
        if types & (_CATALOGUE | _TERMS):
            self._changed |= types
            # Not anew at each commit: a long download would never let the view catch up.
            if not self._refresh.isActive():
                self._refresh.start()

    def _refresh_catalogue(self) -> None:
        changed, self._changed = self._changed, set()
        if self._place.till.user is None:
            return
        if changed & _TERMS:
            self.selling.presenter.reload_terms()
            self._take_settings()
        self.selling.browse.open()

    def _idle(self) -> None:
        """Lock, but for a customer at the card terminal; what was paid so far waits on disk."""
        if self._place.till.user is not None and not self.charge.presenter.is_asking:
            self.lock()

    def _show_sync(self) -> None:
        self.bar.show_sync(sync_chip(self._place.figures(), self._place.now_us()))

    def _offer_menu(self) -> None:
        """While something is being paid there is no other way out than paying or going back."""
        self.bar.offer_menu(self.stack.currentWidget() is not self.charge)

    # ------------------------------------------------------------ putting it together

    def _fill(self) -> None:
        self._body = QWidget()
        self._body.setProperty("role", "body")
        layout = rows(gap=0)
        layout.addWidget(self.bar)
        layout.addWidget(self.banner)
        layout.addWidget(self.stack, 1)
        self._body.setLayout(layout)
        self.setCentralWidget(self._body)

    def _fill_menu(self) -> None:
        menu = self.bar.menu
        menu.addAction("Selling", self.show_selling)
        menu.addAction("Gift card…", self.desk.gift_card)
        menu.addAction("Refund or exchange…\tCtrl+R", self.returns.open)
        menu.addAction("Return without a receipt", self.returns.return_without_receipt)
        menu.addAction("Void the last sale…", self.returns.void_last)
        menu.addSeparator()
        menu.addAction("Last receipt", self.desk.last_receipt)
        menu.addAction("Reprint receipt\tCtrl+D", self.desk.reprint)
        menu.addAction("Invoice for this sale…", self.papers.invoice_cart)
        menu.addAction("Correct the last payment…", self.pay.correct_last)
        menu.addSeparator()
        for words, action in (
            ("Price check\tCtrl+P", self.selling.presenter.check_price),
            ("Open item…\tCtrl+O", self.selling.presenter.add_open_item),
            ("Note on the line…\tCtrl+N", self.selling.presenter.note),
        ):
            menu.addAction(words, partial(self._sell, action))
        menu.addSeparator()
        menu.addAction("Hold cart\tF7", self.desk.hold)
        menu.addAction("Recall cart\tF8", self.desk.recall)
        menu.addAction("Cancel sale…", partial(self._sell, self.selling.presenter.cancel_sale))
        menu.addSeparator()
        drawer = self.desk.drawer
        menu.addAction("Open drawer\tF10", drawer.no_sale)
        for kind, words in MOVES.items():
            menu.addAction(f"{words}…", partial(drawer.move_cash, kind))
        menu.addAction("X report…", drawer.x_report)
        menu.addAction("Close shift…", drawer.close_shift)
        menu.addSeparator()
        arrange = menu.addAction("Favourites…", self.desk.favourites)
        self._guarded.append((arrange, Permission.CATALOGUE))
        menu.addAction("Switch user\tF11", self.switch_user)
        self._train = menu.addAction("", lambda: self.desk.train(not self.practice.is_on))
        menu.addAction("Keys\tF1", self.desk.help)

    def _connect(self) -> None:
        self.bar.lock_asked.connect(self.lock)
        self.bar.sync_asked.connect(self.sync_asked)
        self.signin.signed_in.connect(self._signed_in)
        self.banner.end_asked.connect(lambda: self.desk.train(False))
        self.selling.charge_asked.connect(self._charge)
        self.selling.switch_asked.connect(self.switch_user)
        self.charge.left.connect(self._left_charge)
        self.charge.done.connect(self._paid)
        self.selling.panel.change.correct_asked.connect(self.pay.correct_last)
        self.stack.currentChanged.connect(self._offer_menu)
        self._place.scanner.scanned.connect(self._scanned)
        self._place.bridge.committed.connect(lambda changes: self._committed(changes.types))
        self._place.bridge.sync_changed.connect(self._show_sync)
        for keys, action in (("Ctrl+R", self.returns.open), ("Ctrl+D", self.desk.reprint)):
            shortcut = QShortcut(QKeySequence(keys), self.selling)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(action)
        lock = QShortcut(QKeySequence("Ctrl+L"), self)
        lock.activated.connect(self.lock)

    def _start_timers(self) -> None:
        self._refresh = QTimer(self)
        self._refresh.setSingleShot(True)
        self._refresh.setInterval(REFRESH_AFTER_MS)
        self._refresh.timeout.connect(self._refresh_catalogue)
        chip = QTimer(self)
        chip.setTimerType(Qt.TimerType.VeryCoarseTimer)
        chip.setInterval(CHIP_EVERY_MS)
        chip.timeout.connect(self._show_sync)
        chip.start()
        self._show_sync()

    def _open_sheets(self) -> list[Sheet]:
        return [sheet for sheet in self.findChildren(Sheet) if sheet.isVisible()]

    def _close_sheets(self) -> None:
        for sheet in self.findChildren(Sheet):
            sheet.cancel()
