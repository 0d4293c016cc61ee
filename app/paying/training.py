"""Training at the screen: begin and end, the practice's own payments and receipts."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from app.kit.authority import need
from app.kit.flow import AskYesNo, Flow
from app.kit.translation import translate
from localdb.domain.cart import Cart
from localdb.domain.permissions import Permission
from localdb.domain.tender import Tender
from localdb.domain.terms import Terms
from localdb.queries.receipts import Receipt
from localdb.services import training
from localdb.services.checkout import Completed
from localdb.services.till import Till

PRACTICE = "practice"
RECEIPTS_MAX = 50
QUESTION = AskYesNo(
    "Begin training?",
    "Until you end it, sales are not recorded and the drawer stays closed. "
    "An open sale is kept for afterwards.",
    yes="Begin training",
    no="Keep selling",
    main=False,
)


class Practice:
    """What is practised at one till; its receipts go with it."""

    def __init__(self, till: Till, changed: Callable[[], object]) -> None:
        self._till = till
        self._changed = changed
        self._receipts: OrderedDict[str, Receipt] = OrderedDict()

    @property
    def is_on(self) -> bool:
        return self._till.is_training

    def begin(self) -> Flow:
        """Ask, then begin, with somebody's approval where it takes one."""
        if not (yield QUESTION):
            return
        approval = yield from need(
            self._till, Permission.TRAINING, translate("Charge", "Begin training")
        )
        if approval is not None:
            training.begin(self._till, approval)
            self._changed()

    def end(self) -> None:
        """Back to the shop; what was practised is forgotten."""
        training.end(self._till)
        self._receipts.clear()
        self._changed()

    def sale(self, cart: Cart, terms: Terms, due_minor: int) -> "PracticeSale":
        """What is paid at the charge screen while practising."""
        return PracticeSale(self, cart, terms, due_minor)

    def sell(self, cart: Cart, terms: Terms, tender: Tender) -> Completed:
        """Practise a checkout, and keep its receipt to be looked at."""
        practised = training.sell(self._till, cart, tender, terms)
        self._receipts[practised.completed.sale_id] = practised.receipt
        if len(self._receipts) > RECEIPTS_MAX:
            self._receipts.popitem(last=False)
        return practised.completed

    def receipt(self, sale_id: str) -> Receipt | None:
        """A practised receipt; None for a real one."""
        return self._receipts.get(sale_id)

    def last(self) -> str | None:
        """The sale practised last."""
        return next(reversed(self._receipts), None)


@dataclass(frozen=True, slots=True)
class PracticeSale:
    """The practice's open cart at the charge screen; no customer's balance is ever touched."""

    practice: Practice
    cart: Cart
    terms: Terms
    due_minor: int
    kind: str = PRACTICE
    subject: str = ""
    title: str = "Training"
    tip_minor: int = 0
    customer_id: str | None = None
    rounds_cash: bool = True
    carried_minor: int = 0

    def store(self, tender: Tender) -> Completed:
        return self.practice.sell(self.cart, self.terms, tender)
