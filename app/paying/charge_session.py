"""A charge at the screen: begun, kept on disk, shown, stored; what every way of paying shares."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Protocol

from app.kit.flow import Ask
from app.kit.formats import Formats
from app.paying.funds import left_words
from app.paying.payable import Payable, PaysBack
from app.paying.state import ChargeState, ChargeWriter
from app.selling.done import Done
from localdb.domain.charge import Charge
from localdb.domain.methods import BUILT_IN, CASH, Method
from localdb.domain.payout import Offer
from localdb.domain.tender import Tender, tip_rates
from localdb.errors import EvertillError
from localdb.queries import payments as payment_queries
from localdb.queries import settings
from localdb.services import payments
from localdb.services.checkout import Completed
from localdb.services.till import Till


class ChargeUi(Protocol):
    """What the presenter needs of the screen."""

    def show_state(self, state: ChargeState) -> None: ...

    def ask(self, question: Ask, answer: Callable[[Any], None]) -> None: ...

    def finish(self, done: Done) -> None:
        """It is paid and on disk."""

    def leave(self) -> None:
        """Back to where payment was asked for; nothing was taken."""


class ChargeSession:
    """From ``open`` until it is stored, left or put away; keeps the sync off meanwhile."""

    def __init__(
        self, till: Till, formats: Formats, ui: ChargeUi, new_id: Callable[[], str]
    ) -> None:
        self._till = till
        self._formats = formats
        self._ui = ui
        self._new_id = new_id
        self.writer = ChargeWriter(formats)
        self.payable: Payable | None = None
        self.charge: Charge | None = None
        self.methods: tuple[Method, ...] = ()
        self.selected = BUILT_IN[CASH]
        self.offer: Offer | None = None
        self._tip_rates: tuple[int, ...] = ()
        self._hold = ExitStack()
        self.state = ChargeState()
        self.on_change: Callable[[Charge | None, Charge], None] = lambda before, now: None
        """Called after the charge became another one."""

    @property
    def is_open(self) -> bool:
        return self.charge is not None

    def open(self, payable: Payable) -> None:
        """Begin to take payment; whatever was open is put away before."""
        shop = self._till.ask(settings.in_force)
        step = shop.cash_step_minor if payable.rounds_cash else 1
        tender = Tender(
            payable.due_minor,
            self._till.currency,
            step,
            id=self._new_id(),
            carried_minor=payable.carried_minor,
        )
        tender = tender.with_tip(payable.tip_minor)
        self.begin(payable, Charge(payable.kind, payable.subject, tender))

    def suspend(self) -> None:
        """Put the charge away as it is: the till is locked or closed. Its money stays on disk."""
        if self.charge is not None:
            self._close()

    def begin(self, payable: Payable, charge: Charge) -> None:
        self._hold.enter_context(self._till.hold_sync())
        self.payable = payable
        offered = self._till.ask(payment_queries.offered)
        has_customer = payable.customer_id is not None
        self.methods = tuple(m for m in offered if has_customer or not m.needs_customer)
        self._tip_rates = tip_rates(self._till.ask(settings.in_force).tip_ppm)
        self.take_over(charge)

    def store(self) -> None:
        """Make it a fact; what cannot be stored stays paid, and can be stored again."""
        payable, charge = self.payable, self.charge
        assert payable is not None, "nothing is being paid"
        assert charge is not None, "nothing is being paid"
        try:
            completed = payable.store(charge.tender)
        except EvertillError as error:
            if charge.tender.payments:
                self.guarded(self.keep)
            self.show(error=str(error))
            return
        done = self._done(payable.kind, completed, charge.tender)
        self._close()
        self._ui.finish(done)

    def _done(self, kind: str, completed: Completed, tender: Tender) -> Done:
        methods = (self.method(paid.method) for paid in tender.payments)
        return Done(
            sale_id=completed.sale_id,
            receipt_number=completed.receipt_number,
            total=self._formats.money(completed.total_minor),
            change=self._formats.money(completed.change_minor),
            has_change=completed.change_minor > 0,
            opens_drawer=any(method.opens_drawer for method in methods),
            kind=kind,
            refund_id=completed.refund_id,
            left=left_words(self._till, self._formats, tender),
            paid_out=self._formats.money(-tender.paid_minor) if tender.paid_minor < 0 else "",
        )

    def leave(self) -> None:
        """Nothing is held any more: the charge is forgotten."""
        assert self.charge is not None, "left already"
        self.keep(self.charge)
        self._close()
        self._ui.leave()

    def _close(self) -> None:
        self.payable = self.charge = None
        self._hold.close()

    def keep(self, charge: Charge) -> None:
        self._till.write(payments.keep, charge)

    def method(self, code: str) -> Method:
        """A method on offer; one that is no longer is still known by its code."""
        found = next((method for method in self.methods if method.code == code), None)
        return found or self._till.ask(payment_queries.known).get(code, BUILT_IN[CASH])

    def hush(self) -> None:
        """Take back what was said last: something newer is said beside it."""
        if self.state.info:
            self.show()

    def guarded(self, action: Callable[[Charge], None]) -> bool:
        """Act on the charge; a refusal is said on the screen, and gives False."""
        if self.charge is None:
            return False
        try:
            action(self.charge)
        except EvertillError as error:
            self.show(error=str(error))
            return False
        return True

    def take_over(self, charge: Charge, *, error: str = "", info: str = "") -> None:
        """The charge is another now; Enter takes what is offered, or else cash again."""
        before, self.charge = self.charge, charge
        payable = self.payable
        self.offer = payable.offer(charge.tender) if isinstance(payable, PaysBack) else None
        self.selected = self.method(self.offer.method if self.offer else CASH)
        self.show(error=error, info=info)
        self.on_change(before, charge)

    def show(self, *, error: str = "", info: str = "") -> None:
        """Show the charge as it is now, with what is to be said."""
        if self.charge is None:
            return
        assert self.payable is not None, "a charge of nothing"
        self.state = self.writer.write(
            self.charge,
            self.methods,
            self.selected,
            self._tip_rates,
            title=self.payable.title,
            error=error,
            info=info,
        )
        self._ui.show_state(self.state)
