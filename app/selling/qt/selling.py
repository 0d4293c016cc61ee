"""The selling screen: search and tiles on the left, the cart on the right, a keypad on demand."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QSizePolicy, QStackedWidget, QWidget

from app.catalogue.qt.product import ProductSheet
from app.kit.authority import may
from app.kit.flow import Ask
from app.kit.qt.asking import ask
from app.kit.qt.basic import Button, columns, rows
from app.kit.qt.dialogue import Choices
from app.kit.qt.fitting import FittedButton
from app.kit.qt.keypad import BACKSPACE, ENTER, Key, Keypad, type_into
from app.kit.qt.search import search_field
from app.kit.qt.strip import MessageStrip
from app.kit.qt.theme import Theme
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from app.selling.browse import BrowsePresenter, BrowseState
from app.selling.done import Done
from app.selling.entry import Entry
from app.selling.missed import missed_words
from app.selling.qt.cart_panel import CartPanel
from app.selling.qt.chips import ChipBar
from app.selling.qt.first_steps import FirstSteps
from app.selling.qt.notices import NoticeArea
from app.selling.qt.price_panel import PricePanel
from app.selling.qt.tiles import TileView
from app.selling.selling import SellingPresenter
from app.selling.state import SellingState, Strip, Tone
from localdb.domain.numbers import AmbiguousNumber
from localdb.domain.permissions import Permission
from localdb.queries import people

_ACTIONS = (
    Key("quantity", "Qty", tone="quiet", tip="Quantity (F4)"),
    Key("price", "Price", tone="quiet", tip="Price (F5)"),
    Key("discount", "Disc.", tone="quiet", tip="Discount (F6)"),
    Key("*", "×", tip="Times: type a number, then ×, then scan"),
)
_MORE = (
    Key(BACKSPACE, icon="backspace", tone="quiet", tip="Delete the last character"),
    Key("void", "Void", tone="quiet", tip="Void the line (F9)"),
    Key(ENTER, icon="enter", tone="strong", rows=2, tip="Enter"),
)

CHARGE_AROUND_PX = 72
"""Icon, edges and air of the Charge button."""
CART_MAX_PX = 480
"""On a wide screen the tiles grow, and the cart does not."""
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class SellingScreen(QWidget):
    """Thin: passes what happens to the presenters and shows what they hold."""

    charge_asked = Signal()
    customer_asked = Signal()
    invoice_asked = Signal()
    import_asked = Signal()
    gift_card_asked = Signal(str)
    """A gift card was scanned."""
    badge_scanned = Signal(str)
    """Somebody wants to take the till over."""

    def __init__(self, place: Workplace) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._place = place
        theme = place.theme
        self.search = search_field(theme, translate("Sell", "Scan or search"))
        self.chips = ChipBar(theme)
        self.tiles = TileView(theme)
        self.first_steps = FirstSteps(theme)
        self.strip = MessageStrip(theme)
        self.missed = MessageStrip(theme)
        self.price = PricePanel(theme)
        self.presenter = SellingPresenter(
            place.till,
            place.formats,
            self,
            place.new_id,
            place.now_us,
            is_locked=lambda: place.figures().locked,
            took_badge=self._take_badge,
        )
        self.browse = BrowsePresenter(place.till, place.reader, place.formats, self.show_browse)
        self.panel = CartPanel(theme, self.presenter.open_cart.select)
        self.keypad = Keypad(
            theme, decimal_mark=place.formats.decimal_mark, sides=(_ACTIONS, _MORE)
        )
        self.keypad.hide()
        self.keypad_toggle = Button(translate("Sell", "Keypad"))
        self.keypad_toggle.setCheckable(True)
        self.charge = FittedButton("charge", theme.tokens.font_pt.charge, CHARGE_AROUND_PX)
        self.charge.setText(translate("Sell", "Charge"))
        self.charge.doing(self.charge_asked.emit)
        self._shown = SellingState()
        self._goods = QStackedWidget()
        self._lay_out(theme)
        self._connect()
        self._add_keys()

    # ------------------------------------------------------------ for the window

    def open(self) -> None:
        """Show the cart and the catalogue as they are now."""
        self.presenter.open_cart.open()
        self.browse.open()
        self.show_state(self.presenter.state)
        self.take_focus()

    def take_focus(self) -> None:
        """The field always has the keyboard while nothing else asks for it."""
        self.search.setFocus()

    def scanned(self, code: str) -> None:
        """A scan arrived."""
        self.close_editor()
        self.presenter.scan(code, self.search.text())

    def say(self, tone: Tone, text: str, choices: Choices = ()) -> None:
        """Show a message; see `kit.qt.dialogue.Messages`."""
        if choices:
            self.strip.say(tone, text, choices)
        else:
            self.presenter.open_cart.say(tone, text)

    def clear(self) -> None:
        """Take the message away."""
        self.strip.clear()

    def show_done(self, done: Done) -> None:
        """A sale was paid: show its change until the next item."""
        self.presenter.open_cart.finish()
        self.panel.show_change(done)
        self.browse.refresh()
        self.take_focus()

    # ------------------------------------------------------------ for the presenters

    def show_state(self, state: SellingState) -> None:
        """Show the presenter's state; what has not changed is not drawn anew."""
        if state.cart is not self._shown.cart:
            self.panel.show_cart(state.cart)
            self.charge.setText(state.cart.charge)
            self.charge.setEnabled(state.cart.can_charge)
            if state.cart.lines != self._shown.cart.lines:
                self.close_editor()
        if state.price is not self._shown.price:
            self.price.show_price(state.price)
        if state.missed != self._shown.missed:
            self._show_missed(state.missed)
        if state.strip is not self._shown.strip:
            self._show_strip(state.strip)
        self._shown = state

    def show_browse(self, state: BrowseState) -> None:
        """Show categories and tiles."""
        self.chips.show_chips(state.chips, state.chosen)
        self.tiles.show_tiles(state.tiles, state.highlighted, state.empty)
        self._goods.setCurrentWidget(self.first_steps if state.is_new_shop else self.tiles)
        if state.is_new_shop:
            self.first_steps.offer(may_add=may(self._place.till, Permission.CATALOGUE))

    def ask(self, question: Ask, answer: Callable[[object], None]) -> None:
        """Ask on a sheet over the window."""
        ask(self.window(), self._place, question, answer)

    def show_gift_card(self, code: str) -> None:
        """Show what is on a card that was scanned."""
        self.gift_card_asked.emit(code)

    def clear_entry(self) -> None:
        """Empty the field."""
        self.search.clear()

    def search_for(self, text: str) -> None:
        """Put a text into the field, as if typed."""
        self.search.setText(text)
        self.take_focus()

    def beep(self) -> None:
        """The sound of something refused."""
        QApplication.beep()

    def alarm(self) -> None:
        """The sound of goods that were not found."""
        self._place.alarm()

    def later(self, job: Callable[[], None]) -> None:
        """Run something once what has changed is painted."""
        QTimer.singleShot(0, self, job)

    # ------------------------------------------------------------ keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent):
            by = _STEPS.get(Qt.Key(event.key()))
            if event.type() == QEvent.Type.KeyPress and by is not None:
                self._move(by)
                return True
            # No shortcut: the field takes its own undo, while there is something to undo in it.
            undo = event.type() == QEvent.Type.KeyPress and event.matches(
                QKeySequence.StandardKey.Undo
            )
            if undo and not self.search.text():
                self.presenter.undo_void()
                return True
        return False

    def _move(self, by: int) -> None:
        """Up and down go through search results, or else through the cart."""
        if not self.browse.move(by):
            self.presenter.open_cart.move(by)

    def _add_keys(self) -> None:
        for key, action in (
            ("F2", self._focus_search),
            ("F4", lambda: self._act("quantity")),
            ("F5", lambda: self._act("price")),
            ("F6", lambda: self._act("discount")),
            ("F9", lambda: self._act("void")),
            ("F12", self.charge_asked.emit),
            ("Esc", self._escape),
        ):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(action)

    def _focus_search(self) -> None:
        self.take_focus()
        self.search.selectAll()

    def _escape(self) -> None:
        """Undo the last step: what was typed, else the message, the change, or the filter."""
        if self.search.text():
            self.search.clear()
        elif self.panel.line_actions.isVisible() or self.keypad.isVisible():
            self.close_editor()
        elif self.presenter.open_cart.dismiss() or self.presenter.open_cart.dismiss_missed():
            pass
        elif self.panel.shows_change:
            self.panel.hide_change()
        else:
            self.browse.choose(None)

    def open_editor(self) -> None:
        """Show what can be done to the line that is chosen, with the keypad."""
        self.panel.line_actions.show()
        self._show_keypad(True)

    def close_editor(self) -> None:
        """Give the room of the keypad and of the line's buttons back to the cart."""
        self.panel.line_actions.hide()
        self._show_keypad(False)

    def _show_keypad(self, is_open: bool) -> None:
        self.keypad.setVisible(is_open)
        self.keypad_toggle.setChecked(is_open)
        if not is_open:
            self.panel.line_actions.hide()

    def _act(self, name: str) -> None:
        typed = self.search.text()
        match name:
            case "quantity":
                self.presenter.quantity(typed)
            case "price":
                self.presenter.price(typed)
            case "discount":
                self.presenter.discount(typed)
            case "note":
                self.presenter.note()
            case "void":
                self.presenter.void()
            case "less" | "more":
                self.presenter.count(1 if name == "more" else -1)
        if name in ("less", "more") and self.presenter.selected is not None:
            self.open_editor()
        else:
            self.close_editor()

    def _keypad_pressed(self, sent: str) -> None:
        if sent == ENTER:
            self._enter()
            self.close_editor()
        elif sent in ("quantity", "price", "discount", "void"):
            self._act(sent)
        else:
            type_into(self.search, sent)
            self.take_focus()

    def _enter(self) -> None:
        typed = self.search.text()
        self.presenter.enter(typed, self.browse.best(self._words(typed)))

    def _typed(self, typed: str) -> None:
        self.browse.search(self._words(typed))

    def _words(self, typed: str) -> str:
        try:
            return Entry.parse(typed, self._place.formats).text
        except AmbiguousNumber:
            return ""

    # ------------------------------------------------------------ looks

    def _show_strip(self, strip: Strip | None) -> None:
        if strip is None:
            self.strip.clear()
            return
        actions: list[tuple[str, Callable[[], object]]] = []
        if strip.code:
            actions += self._for_missing(strip.code)
        if strip.can_undo:
            actions.append((translate("Sell", "Undo"), self.presenter.undo_void))
        self.strip.say(strip.tone, strip.text, actions)

    def _show_missed(self, codes: tuple[str, ...]) -> None:
        """What was not found stays; the buttons act on the newest."""
        if not codes:
            self.missed.clear()
            return
        dismiss = (translate("Sell", "Dismiss"), self.presenter.open_cart.dismiss_missed)
        self.missed.say("error", missed_words(codes), [*self._for_missing(codes[0]), dismiss])

    def _for_missing(self, code: str) -> list[tuple[str, Callable[[], object]]]:
        ways: list[tuple[str, Callable[[], object]]] = [
            (translate("Sell", "Search"), lambda: self._search_for_missing(code)),
            (translate("Sell", "Open item"), lambda: self.presenter.add_open_item(code)),
        ]
        if may(self._place.till, Permission.CATALOGUE):
            ways.append((translate("Sell", "New product"), lambda: self._add_product(code)))
        return ways

    def _search_for_missing(self, code: str) -> None:
        self.presenter.open_cart.dismiss()
        self.search_for(code)
        self.search.selectAll()

    def _connect(self) -> None:
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._typed)
        self.search.returnPressed.connect(self._enter)
        self.chips.chosen.connect(self._choose_category)
        self.tiles.picked.connect(lambda product: self.presenter.pick(product, self.search.text()))
        self.tiles.detail_asked.connect(self._open_product)
        self.first_steps.import_asked.connect(self.import_asked)
        self.first_steps.product_asked.connect(self._add_product)
        self.first_steps.open_item_asked.connect(lambda: self.presenter.add_open_item())
        self.keypad.pressed.connect(self._keypad_pressed)
        self.keypad_toggle.clicked.connect(self._show_keypad)
        self.panel.list.chosen.connect(lambda _line: self.open_editor())
        self.panel.line_actions.asked.connect(self._act)
        self.price.again_asked.connect(self.presenter.check_price)
        self.price.closed.connect(self.presenter.open_cart.dismiss)
        menu = self.panel.customer.menu
        menu.addAction(translate("Sell", "Discount…") + "\tF6", lambda: self._act("discount"))
        menu.addAction(translate("Sell", "Note on the line…") + "\tCtrl+N", self.presenter.note)
        menu.addAction(translate("Sell", "Coupon…"), self.presenter.coupon)
        menu.addAction(translate("Sell", "Invoice…"), self.invoice_asked.emit)
        menu.addSeparator()
        menu.addAction(translate("Sell", "Cancel sale…"), self.presenter.cancel_sale)
        self.panel.customer.asked.connect(self.customer_asked)
        self.panel.customer.cleared.connect(
            lambda: self.presenter.set_customer(None, "", tax_exempt=False)
        )

    def _take_badge(self, code: str) -> bool:
        """A badge among the goods hands the till over; its code is never shown."""
        is_badge = bool(self._place.till.ask(people.bearers, code))
        if is_badge:
            self.badge_scanned.emit(code)
        return is_badge

    def _open_product(self, product_id: str) -> None:
        """Who may changes a product where it is seen; for a cashier nothing happens."""
        if may(self._place.till, Permission.CATALOGUE):
            ProductSheet(self.window(), self._place, product_id, self.browse.refresh)

    def _add_product(self, code: str = "") -> None:
        """Make a product on the spot; one whose code was not found is sold at once."""

        def made() -> None:
            self.browse.refresh()
            if code:
                self.presenter.sell_missed(code)

        ProductSheet(self.window(), self._place, None, made, code)

    def _choose_category(self, category_id: str | None) -> None:
        self.search.clear()
        self.browse.choose(category_id)

    def _lay_out(self, theme: Theme) -> None:
        left = QWidget()
        inside = rows(gap=10)
        inside.addWidget(self.search)
        inside.addWidget(self.chips)
        for widget in (self.tiles, self.first_steps):
            self._goods.addWidget(widget)
        notices = NoticeArea(theme, self._goods, self.missed, self.strip, self.price)
        inside.addWidget(notices, 1)
        left.setLayout(inside)
        right = QWidget()
        inside = rows(gap=8)
        inside.addWidget(self.panel, 1)
        inside.addWidget(self.keypad)
        foot = columns(gap=8)
        foot.addWidget(self.keypad_toggle)
        foot.addWidget(self.charge, 1)
        inside.addLayout(foot)
        right.setLayout(inside)
        right.setMaximumWidth(CART_MAX_PX)
        page = columns(gap=12)
        page.setContentsMargins(12, 10, 12, 10)
        for part, share in ((left, 6), (right, 4)):
            part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            page.addWidget(part, share)
        self.setLayout(page)
        right.setMinimumWidth(5 * theme.tokens.size_px.key_width + 4 * theme.tokens.space.xs)
        for button in (self.keypad_toggle, self.charge):
            button.setFixedHeight(theme.tokens.size_px.charge)
        self.keypad_toggle.setToolTip(translate("Sell", "Show or hide the keypad"))
        self.charge.with_icon(theme, "cash", "on_charge", 26)
        self.charge.setToolTip("F12")
        self.charge.setEnabled(False)
