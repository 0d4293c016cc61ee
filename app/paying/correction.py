"""Putting the tender just taken right: one payment of a stored sale is paid anew."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.domain.permissions import Approval, Permission
from localdb.domain.records import Payment
from localdb.domain.tender import Tender
from localdb.errors import Refusal
from localdb.queries import receipts
from localdb.queries.receipts import Receipt
from localdb.services import payments
from localdb.services.checkout import Completed
from localdb.services.till import Till

CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class WrongPayment:
    """A payment that can be chosen for correction."""

    payment_id: str
    words: str


@dataclass(frozen=True, slots=True)
class Correction:
    """One wrong payment, to be paid again: what it came to is due, rounding and tip included."""

    till: Till
    receipt: Receipt
    wrong: Payment
    approval: Approval | None
    at_terminal: Callable[[], bool]
    title: str
    kind: str = CORRECTION
    rounds_cash: bool = False
    carried_minor: int = 0

    @property
    def subject(self) -> str:
        approval = asdict(self.approval) if self.approval else None
        return json.dumps([self.receipt.sale.id, self.wrong.id, approval])

    @property
    def due_minor(self) -> int:
        return self.wrong.amount_minor

    @property
    def tip_minor(self) -> int:
        return self.wrong.tip_minor

    @property
    def customer_id(self) -> str | None:
        return self.receipt.sale.customer_id

    def store(self, tender: Tender) -> Completed:
        sale = self.receipt.sale
        self.till.write(
            payments.correct,
            sale.id,
            self.wrong.id,
            tender,
            approval=self.approval,
            at_terminal=self.at_terminal(),
        )
        return Completed(sale.id, sale.receipt_number, sale.total_minor, tender.change_minor)


class Corrections:
    """What of a sale can be corrected, and the correction to be paid."""

    def __init__(self, till: Till, formats: Formats, at_terminal: Callable[[], bool]) -> None:
        self._till = till
        self._formats = formats
        self._at_terminal = at_terminal

    def choices(self, sale_id: str) -> list[WrongPayment]:
        """The payments that count; one of nothing cannot be wrong."""
        receipt = self._till.ask(receipts.load, sale_id)
        return [
            WrongPayment(paid.id, self._words(receipt, paid))
            for paid in receipt.payments
            if paid.amount_minor
        ]

    def of(self, sale_id: str, payment_id: str, approval: Approval | None) -> Correction:
        """The correction of one payment; raises Refusal for one that does not count any more."""
        receipt = self._till.ask(receipts.load, sale_id)
        wrong = next((paid for paid in receipt.payments if paid.id == payment_id), None)
        if wrong is None:
            raise Refusal(
                translate(
                    "Charge", "This payment was corrected already. Look at the receipt again."
                )
            )
        title = translate("Charge", "Correct {receipt}", receipt=self._words(receipt, wrong))
        return Correction(self._till, receipt, wrong, approval, self._at_terminal, title)

    def again(self, subject: str) -> Correction:
        """The correction that was under way when the till was last used."""
        sale_id, payment_id, approval = json.loads(subject)
        if approval is not None:
            approval = Approval(**{**approval, "permission": Permission(approval["permission"])})
        return self.of(sale_id, payment_id, approval)

    def _words(self, receipt: Receipt, paid: Payment) -> str:
        amount = self._formats.money(abs(paid.amount_minor + paid.tip_minor))
        return f"{receipt.method_name(paid.method)} {amount}"
