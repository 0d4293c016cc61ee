"""What paying adds to the program: the charge screen for whatever is due, and corrections."""

import logging
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QTimer

from app.kit.authority import need
from app.kit.flow import Flow
from app.kit.qt.shell import Shell
from app.kit.registry import Action
from app.kit.translation import translate
from app.paying.basket import Basket
from app.paying.card_desk import CardDesk, CardNote
from app.paying.correction import CORRECTION, Corrections
from app.paying.payable import SALE, CartSale, Overtaken, Payable, Payables
from app.paying.qt.charge import ChargeScreen
from app.paying.qt.payments import PaymentsSheet
from app.paying.qt.training import TrainingMode
from app.paying.training import PRACTICE
from app.selling.done import Done
from app.selling.qt.feature import Selling
from localdb.domain.charge import Charge
from localdb.domain.permissions import Permission
from localdb.domain.terms_json import terms_of
from localdb.errors import EvertillError
from localdb.queries import payments, receipts
from localdb.queries import shifts as shift_queries
from localdb.services.till import IN_TRAINING

log = logging.getLogger(__name__)

ASK_AFTER_MS = 30_000
"""How often the terminal is asked after payments that were given up."""
SpecialCart = Callable[[], Flow | None]
"""How the open cart is charged if it is more than a plain sale; None when it is a plain one."""


class Paying:
    """Opens the charge screen for whatever is to be paid, and says when it is."""

    def __init__(self, shell: Shell, selling: Selling) -> None:
        self._shell = shell
        self._dialogue = shell.dialogue
        self._place = shell.place
        self._selling = selling.presenter
        self._panel = selling
        self.training = TrainingMode(shell, selling)
        self._practice = self.training.practice
        till, formats = shell.place.till, shell.place.formats
        self.cards = CardDesk(till, formats, self.note)
        self.cards.use(shell.place.terminal)
        self.screen = ChargeScreen(shell.place, self.cards)
        shell.navigator.add_screen(self.screen)
        self.corrections = Corrections(till, formats, lambda: self.cards.has_terminal)
        self.payables = Payables()
        self.payables.add(SALE, self._sale_again, is_cart=True)
        self.payables.add(PRACTICE, self._practice_again, is_cart=True)
        self.payables.add(CORRECTION, lambda charge: self.corrections.again(charge.subject))
        self.special_carts: list[SpecialCart] = []
        """Asked in order before a cart is charged as a plain sale."""
        self._back: Callable[[], object] | None = None
        self._asking_after = QTimer(self.screen)
        self._asking_after.setInterval(ASK_AFTER_MS)
        self._asking_after.timeout.connect(self._ask_after)
        self._asking_after.start()
        self._connect(selling)
        shell.actions.add(
            Action(
                name="correct",
                title=translate("Orders", "Change payment type"),
                section="orders",
                run=self.correct_last,
                keywords=(translate("Charge", "correct the last payment"),),
                is_on_page=True,
            )
        )

    # ------------------------------------------------------------ paying

    def charge_cart(self) -> None:
        """Take payment for the open cart."""
        for special in self.special_carts:
            if (flow := special()) is not None:
                self._dialogue.run(flow)
                return
        self._selling.open_cart.save_now()
        self._dialogue.tried(
            lambda: self.open(self._cart_sale(self._selling.open_cart.totals().total_minor))
        )

    def open(self, payable: Payable, back: Callable[[], object] | None = None) -> None:
        """Take payment for anything; in training only for what is practised.

        Whoever leaves without paying gets to the selling screen, or where `back` leads.
        """
        if self._practice.is_on and payable.kind != PRACTICE:
            self._dialogue.say("error", IN_TRAINING)
            return
        self._back = back
        self.screen.open(payable, self._basket(payable))
        self._shell.navigator.show_screen(self.screen)
        self.screen.take_focus()

    def resume(self) -> bool:
        """Go on with a payment that was under way when the till was last used, if there is one."""
        self._ask_after()
        charge = self._place.till.ask(payments.open_charge)
        if charge is None or not charge.is_begun:
            return False
        payable = self._again(charge)
        self._shell.navigator.show_screen(self.screen)
        self.screen.resume(payable, charge, self._basket(payable))
        if isinstance(payable, Overtaken):
            self.screen.notes.say("warning", payable.reason)
        if self.screen.presenter.is_open:
            self.screen.take_focus()
        return self.screen.presenter.is_open

    def _basket(self, payable: Payable) -> Basket:
        """What is paid for: the open cart, what comes back, or both."""
        back = self.payables.lines(payable)
        if not self.payables.is_cart(payable.kind):
            return Basket(back)
        cart = Basket.of_cart(self._selling.state.cart)
        return replace(cart, lines=(*back, *cart.lines))

    def _again(self, charge: Charge) -> Payable:
        """What was being paid; where it cannot be any more, what was taken must not be lost."""
        try:
            return self.payables.again(charge)
        except EvertillError as error:
            reason = str(error)
        except ValueError:
            log.exception("a %s under way cannot be read", charge.kind)
            reason = translate("Charge", "The unfinished payment could not be restored.")
        reason = translate("Charge", "{reason} Press Esc to return what was paid.", reason=reason)
        return Overtaken(charge.kind, charge.subject, charge.tender.due_minor, reason)

    def _paid(self, done: Done) -> None:
        """On disk: only now the drawer opens, the receipt is printed, and others take note."""
        self._back = None
        self._panel.show_done(done, is_cart=self.payables.is_cart(done.kind))
        if done.kind == CORRECTION:
            self.cards.undo_abandoned()
        self._shell.events.paid.emit(done)
        self._shell.navigator.show_home()

    def _left(self) -> None:
        back, self._back = self._back, None
        (back or self._shell.navigator.show_home)()

    def _cart_sale(self, due_minor: int, kept: str = "") -> Payable:
        """The open cart to be paid, after a power cut under the terms that payment began under."""
        selling = self._selling
        if self._practice.is_on:
            return self._practice.sale(selling.cart, selling.terms, due_minor)
        terms = terms_of(kept) if kept else selling.terms
        return CartSale(self._place.till, selling.cart, terms, due_minor)

    def _sale_again(self, charge: Charge) -> Payable:
        return self._cart_sale(charge.tender.due_minor, charge.subject)

    def _practice_again(self, charge: Charge) -> Payable:
        return self._cart_sale(charge.tender.due_minor)

    def _connect(self, selling: Selling) -> None:
        events, presenter = self._shell.events, self.screen.presenter
        events.locking.connect(presenter.suspend)
        events.signed_in.connect(lambda _user: presenter.suspend())
        events.training_changed.connect(presenter.suspend)
        events.home_shown.connect(lambda: self.screen.deliver_scans(selling.screen.scanned))
        self.screen.done.connect(self._paid)
        self.screen.left.connect(self._left)
        selling.screen.panel.change.correct_asked.connect(self.correct_last)

    # ------------------------------------------------------------ the terminal

    def note(self, note: CardNote) -> None:
        """Say it where the cashier looks; what is stuck comes with its two ways out."""
        choices: list[tuple[str, Callable[[], object]]] = []
        if note.stuck_id:
            choices = [
                (translate("Charge", "Try again"), self.cards.undo_abandoned),
                (
                    translate("Charge", "Done by hand"),
                    lambda: self.cards.undone_by_hand(note.stuck_id),
                ),
            ]
        self.screen.presenter.hush()
        self._dialogue.say(note.tone, note.text, choices)

    def _ask_after(self) -> None:
        if self._place.till.user is not None:
            self.cards.undo_abandoned()

    # ------------------------------------------------------------ corrections

    def correct_last(self) -> None:
        """Put right how the last sale was paid."""
        if self._practice.is_on:
            self._dialogue.say("error", IN_TRAINING)
            return
        receipt = self._place.till.ask(receipts.last)
        shift = self._place.till.ask(shift_queries.current)
        if receipt is None or shift is None or receipt.sale.shift_id != shift.id:
            self._dialogue.say(
                "info", translate("Charge", "There is no sale in this shift to correct.")
            )
            return
        sale_id = receipt.sale.id
        choices = self.corrections.choices(sale_id)
        if not choices:
            self._dialogue.say("info", translate("Charge", "Nothing was paid with the last sale."))
        elif len(choices) == 1:
            self._dialogue.run(self._correct(sale_id, choices[0].payment_id))
        else:
            PaymentsSheet(
                self._shell.host,
                self._place.theme,
                choices,
                lambda payment_id: self._dialogue.run(self._correct(sale_id, payment_id)),
            )

    def _correct(self, sale_id: str, payment_id: str) -> Flow:
        correction = self.corrections.of(sale_id, payment_id, None)
        approval = yield from need(
            self._place.till,
            Permission.TENDER_CORRECTION,
            f"{correction.title} of {correction.receipt.sale.receipt_number}",
            amount_minor=correction.due_minor,
        )
        if approval is not None:
            self.open(self.corrections.of(sale_id, payment_id, approval))
