"""Everything around the charge screen: what is paid, the terminal, the drawer, corrections."""

import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from app.devices.ports import DrawerFault
from app.kit.authority import need
from app.kit.flow import Ask, Flow, FlowRunner
from app.kit.qt.asking import ask
from app.kit.qt.workplace import Workplace
from app.paying.card_desk import CardDesk, CardNote
from app.paying.correction import CORRECTION, Corrections
from app.paying.payable import SALE, CartSale, Overtaken, Payable
from app.paying.qt.charge import ChargeScreen
from app.paying.qt.payments import PaymentsSheet
from app.paying.state import Done
from app.paying.training import PRACTICE, Practice
from app.selling.qt.selling import SellingScreen
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
Remake = Callable[[Charge], Payable]


class PayDesk(QObject):
    """Opens the charge screen for whatever is to be paid; `show_charge` brings it to the front."""

    def __init__(
        self,
        host: QWidget,
        place: Workplace,
        selling: SellingScreen,
        show_charge: Callable[[], object],
        practice: Practice,
    ) -> None:
        super().__init__(host)
        self._host = host
        self._place = place
        self._selling = selling
        self._show_charge = show_charge
        self._practice = practice
        self.cards = CardDesk(place.till, place.formats, self.note)
        self.cards.use(place.terminal)
        self.screen = ChargeScreen(place, self.cards)
        self.corrections = Corrections(place.till, place.formats, lambda: self.cards.has_terminal)
        self._runner = FlowRunner(self._ask, self._refused)
        self.remakes: dict[str, Remake] = {
            SALE: lambda charge: self._cart_sale(charge.tender.due_minor, charge.subject),
            PRACTICE: lambda charge: self._cart_sale(charge.tender.due_minor),
            CORRECTION: lambda charge: self.corrections.again(charge.subject),
        }
        """How each kind of payable is made again from what is kept on disk."""
        self.exchange_of_cart: Callable[[], Payable | None] = lambda: None
        """The open cart as one half of an exchange; None for a plain sale."""
        self._asking_after = QTimer(self)
        self._asking_after.setInterval(ASK_AFTER_MS)
        self._asking_after.timeout.connect(self._ask_after)
        self._asking_after.start()

    # ------------------------------------------------------------ paying

    def charge_cart(self) -> None:
        """Take payment for the open cart."""
        selling = self._selling.presenter
        selling.save_now()
        try:
            exchange = self.exchange_of_cart()
            self.open(exchange or self._cart_sale(selling.totals().total_minor))
        except EvertillError as error:
            self._refused(error)

    def open(self, payable: Payable) -> None:
        """Take payment for anything; in training only for what is practised."""
        if self._practice.is_on and payable.kind != PRACTICE:
            self._selling.presenter.say("error", IN_TRAINING)
            return
        self.screen.open(payable)
        self._show_charge()
        self.screen.take_focus()

    def resume(self) -> bool:
        """Go on with a payment that was under way when the till was last used, if there is one."""
        self._ask_after()
        charge = self._place.till.ask(payments.open_charge)
        if charge is None or not charge.is_begun:
            return False
        payable = self._again(charge)
        self._show_charge()
        self.screen.resume(payable, charge)
        if isinstance(payable, Overtaken):
            self.screen.notes.say("warning", payable.reason)
        return self.screen.presenter.is_open

    def _again(self, charge: Charge) -> Payable:
        """What was being paid; where it cannot be any more, what was taken must not be lost."""
        remake = self.remakes.get(charge.kind)
        try:
            if remake is not None:
                return remake(charge)
            reason = "This version of the till cannot finish it."
        except EvertillError as error:
            reason = str(error)
        except ValueError:
            log.exception("a %s under way cannot be read", charge.kind)
            reason = "What was being paid cannot be read any more."
        reason = f"{reason} Press Esc to give back what was paid."
        return Overtaken(charge.kind, charge.subject, charge.tender.due_minor, reason)

    def done(self, done: Done) -> None:
        """It is on disk: now the drawer may open, and what it replaced is undone."""
        if done.opens_drawer:
            self.open_drawer()
        if done.kind == CORRECTION:
            self.cards.undo_abandoned()

    def open_drawer(self) -> None:
        """Open the drawer; one that stays shut is said, and never fails a sale.

        In training it stays shut.
        """
        if self._place.drawer is None or self._practice.is_on:
            return
        try:
            self._place.drawer.open()
        except DrawerFault as fault:
            text = f"The cash drawer did not open. {fault}"
            self._selling.strip.say("warning", text, [("Open again", self._open_again)])

    def _open_again(self) -> None:
        self._selling.strip.clear()
        self.open_drawer()

    def _cart_sale(self, due_minor: int, kept: str = "") -> Payable:
        """The open cart to be paid, after a power cut under the terms that payment began under."""
        selling = self._selling.presenter
        if self._practice.is_on:
            return self._practice.sale(selling.cart, selling.terms, due_minor)
        terms = terms_of(kept) if kept else selling.terms
        return CartSale(self._place.till, selling.cart, terms, due_minor)

    # ------------------------------------------------------------ the terminal

    def note(self, note: CardNote) -> None:
        """Say it where the cashier looks; what is stuck comes with its two ways out."""
        strip = self.screen.notes if self.screen.presenter.is_open else self._selling.strip
        self.screen.presenter.hush()
        if not note.stuck_id:
            strip.say(note.tone, note.text)
            return

        def done() -> None:
            strip.clear()
            self.cards.undone_by_hand(note.stuck_id)

        def again() -> None:
            strip.clear()
            self.cards.undo_abandoned()

        strip.say(note.tone, note.text, [("Try again", again), ("Done by hand", done)])

    def _ask_after(self) -> None:
        if self._place.till.user is not None:
            self.cards.undo_abandoned()

    # ------------------------------------------------------------ corrections

    def correct_last(self) -> None:
        """Put right how the last sale was paid."""
        if self._practice.is_on:
            self._selling.presenter.say("error", IN_TRAINING)
            return
        receipt = self._place.till.ask(receipts.last)
        shift = self._place.till.ask(shift_queries.current)
        if receipt is None or shift is None or receipt.sale.shift_id != shift.id:
            self._selling.presenter.say("info", "There is no sale in this shift to correct.")
            return
        sale_id = receipt.sale.id
        choices = self.corrections.choices(sale_id)
        if not choices:
            self._selling.presenter.say("info", "Nothing was paid with the last sale.")
        elif len(choices) == 1:
            self._runner.run(self._correct(sale_id, choices[0].payment_id))
        else:
            PaymentsSheet(
                self._host,
                self._place.theme,
                choices,
                lambda payment_id: self._runner.run(self._correct(sale_id, payment_id)),
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

    def _ask(self, question: Ask, answer: Callable[[Any], None]) -> None:
        ask(self._host, self._place, question, answer)

    def _refused(self, error: EvertillError) -> None:
        self._selling.presenter.say("error", str(error))
