"""The card terminal's part in taking payment: asked, in doubt, given up, asked to give back."""

from dataclasses import replace

from app.devices.terminal import Answer
from app.kit.flow import AskYesNo
from app.kit.formats import Formats
from app.kit.translation import translate
from app.paying.card_desk import CardDesk
from app.paying.charge_session import ChargeSession, ChargeUi
from app.paying.payable import Payable
from localdb.domain.charge import Charge, Operation, Outcome, Step
from localdb.domain.tender import Paid, Tender
from localdb.services import payments
from localdb.services.till import Till

CANCELLED = "Card payment cancelled. Checking with the terminal…"


class TerminalPayments:
    """Card payments asked of a terminal, which may not answer; and payments taken back."""

    def __init__(
        self, till: Till, formats: Formats, ui: ChargeUi, desk: CardDesk, session: ChargeSession
    ) -> None:
        self._till = till
        self._formats = formats
        self._ui = ui
        self._desk = desk
        self._session = session
        self._is_leaving = False

    @property
    def is_asking(self) -> bool:
        """Whether a terminal was asked and its answer is not in yet."""
        return self._session.charge is not None and self._session.charge.request is not None

    # ------------------------------------------------------------ coming and going

    def resume(self, payable: Payable, charge: Charge) -> None:
        """Go on with a charge that was under way when the power went, or the till was locked.

        What the terminal was asked last is asked after, never asked again. Where it is still at a
        reversal, its answer is waited for: until then it would say that the payment stands.
        """
        self.suspend()
        if charge.request is None:
            self._session.begin(payable, charge)
            if charge.step is Step.COMPLETE:
                self._session.store()
        elif self._desk.is_reversing(charge.request):
            self._session.begin(payable, charge)
            self._desk.expect(charge.request, self._answered)
        else:
            self._session.begin(payable, replace(charge, is_doubtful=True))
            self.ask_again()

    def suspend(self) -> None:
        """Put the charge away as it is: the till is locked or closed. Its money stays on disk."""
        if self._session.charge is not None and self._session.charge.request is not None:
            self._desk.leave(self._session.charge.request)
        self._session.suspend()

    def back(self) -> None:
        """Leave without a sale; what was paid goes back to the customer first."""
        charge = self._session.charge
        if charge is None:
            return
        if charge.request is not None:
            self._session.show(
                error=translate("Charge", "Wait for the card terminal, or say what it did.")
            )
        elif charge.tender.payments:
            self._ui.ask(self._leaving_question(charge.tender), self._leave_if)
        else:
            self._session.leave()

    # ------------------------------------------------------------ what the cashier does

    def cancel(self) -> None:
        """The cashier gives the terminal up; if it takes the money yet, it is given back."""
        if self._session.charge is not None and self._session.charge.step is Step.ASKED:
            self._session.guarded(lambda charge: self._abandon(charge, CANCELLED, tell=True))

    def ask_again(self) -> None:
        """Ask the terminal what became of its last request."""
        if self._session.charge is not None and self._session.charge.request is not None:
            self._desk.ask_after(self._session.charge.request, self._looked_up)

    def confirm(self, yes: bool) -> None:
        """The cashier looked at the terminal, and says whether it did what it was asked."""
        charge = self._session.charge
        if charge is None or charge.request is None or not charge.is_doubtful:
            return
        request = charge.request
        self._desk.leave(request)
        if request.ask is Operation.REVERSE:
            self._apply(Answer(request.id, Outcome.REVERSED if yes else Outcome.TAKEN))
        elif yes:
            self._desk.vouch(request)
            self._apply(Answer(request.id, Outcome.TAKEN))
        else:
            self._session.guarded(lambda now: self._abandon(now, ""))

    def take_back(self, position: int) -> None:
        """Take a payment back; a card's money goes back on its terminal first."""
        charge = self._session.charge
        if charge is None or not 0 <= position < len(charge.tender.payments):
            return
        paid = charge.tender.payments[position]
        if self._at_terminal(paid):
            self._session.guarded(lambda now: self.ask(now.ask_reversal(position)))
        elif paid.id or self._session.method(paid.method).kind == "card":
            amount = self._formats.money(abs(paid.tendered_minor))
            question = AskYesNo(
                translate("Charge", "Cancel {amount} on the card terminal", amount=amount),
                translate(
                    "Charge", "Only what is cancelled on the terminal is returned to the customer."
                ),
                yes=translate("Charge", "It is cancelled"),
                no=translate("Charge", "Keep the payment"),
                icon="card",
            )
            self._ui.ask(question, lambda yes: self._remove(position) if yes else None)
        else:
            self._remove(position)

    # ------------------------------------------------------------ what the terminal says

    def ask(self, asked: Charge) -> None:
        """Keep the step, then ask; when it cannot be kept, nothing is asked."""
        assert asked.request is not None, "nothing to ask"
        self._session.keep(asked)
        self._session.take_over(asked)
        self._desk.ask(asked.request, self._answered)

    def _answered(self, answer: Answer) -> None:
        """The terminal's answer, or its silence: then it is asked after at once."""
        if answer.outcome is Outcome.SILENT:
            self._apply(answer)
            self.ask_again()
        else:
            self._looked_up(answer)

    def _looked_up(self, answer: Answer) -> None:
        charge = self._session.charge
        assert charge is not None, "the desk was told to leave"
        assert charge.request is not None, "nothing was asked"
        if answer.outcome is Outcome.SILENT:
            # The cashier decides; should the terminal answer first, it still counts.
            self._desk.expect(charge.request, self._looked_up)
        elif answer.outcome is Outcome.UNKNOWN and charge.request.ask is not Operation.REVERSE:
            self._session.guarded(
                lambda now: self._abandon(now, translate("Charge", "The card was not charged."))
            )
        else:
            self._apply(answer)

    def _apply(self, answer: Answer) -> None:
        """Take an answer over; one that cannot be kept is asked after when the till is back."""
        before = self._session.charge
        assert before is not None, "nothing was asked"
        assert before.request is not None, "nothing was asked"
        after = before.answered(answer.payment_id, answer.outcome, answer.reference)
        stands = before.request.ask is Operation.REVERSE and after.tender == before.tender
        self._session.take_over(after, error=_said(answer, stands=stands))
        self._session.guarded(self._session.keep)
        if after.step is Step.DOUBTFUL:
            return
        if self._is_leaving and not stands:
            self._go_on_leaving()
        elif after.step is Step.COMPLETE and not stands:
            self._session.store()
        else:
            self._is_leaving = False

    def _abandon(self, charge: Charge, info: str, *, tell: bool = False) -> None:
        request = charge.request
        assert request is not None, "nothing to give up"
        free = self._till.write(payments.abandon, charge)
        self._desk.leave(request)
        self._desk.cancel(request, tell=tell)
        self._session.take_over(free, info=info)

    # ------------------------------------------------------------ giving back

    def _at_terminal(self, paid: Paid) -> bool:
        """Whether this till's terminal took it."""
        return bool(paid.id) and self._desk.has_terminal

    def _remove(self, position: int) -> None:
        def removed(charge: Charge) -> None:
            left = charge.with_tender(charge.tender.remove(position))
            self._session.take_over(left)
            self._session.keep(left)

        self._session.guarded(removed)

    def _leaving_question(self, tender: Tender) -> AskYesNo:
        money, method = self._formats.money, self._session.method
        paid = [
            f"{method(one.method).name}  {money(abs(one.tendered_minor))}"
            for one in tender.payments
        ]
        return AskYesNo(
            translate("Charge", "Cancel this payment?"),
            "\n".join([translate("Charge", "Return to the customer:"), *paid]),
            yes=translate("Charge", "Return it"),
            no=translate("Charge", "Keep paying"),
            icon="undo",
        )

    def _leave_if(self, yes: object) -> None:
        if yes and self._session.charge is not None:
            self._is_leaving = True
            self._go_on_leaving()

    def _go_on_leaving(self) -> None:
        """Take one payment after the other back; a card's waits for the terminal's answer."""
        charge = self._session.charge
        assert charge is not None, "left already"
        while charge.tender.payments:
            last = len(charge.tender.payments) - 1
            if self._at_terminal(charge.tender.payments[last]):
                self._is_leaving = self._session.guarded(
                    lambda now: self.ask(now.ask_reversal(len(now.tender.payments) - 1))
                )
                return
            charge = charge.with_tender(charge.tender.remove(last))
            self._session.take_over(charge)
        self._is_leaving = False
        self._session.leave()


def _said(answer: Answer, *, stands: bool) -> str:
    """What to say of an answer that is not what was hoped for."""
    because = f": {answer.message}" if answer.message else ""
    if stands and answer.outcome in (Outcome.REFUSED, Outcome.TAKEN):
        return translate(
            "Charge", "The payment was not cancelled{because}. Refund it instead.", because=because
        )
    return (
        translate("Charge", "The card was not charged{because}.", because=because)
        if answer.outcome is Outcome.REFUSED
        else ""
    )
