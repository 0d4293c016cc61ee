"""Cashier actions that may have to ask something on the way, written as generators.

A flow yields a question and is sent the answer (None when the cashier backed out). One flow runs at
a time; the others wait in order, so that a scan during a question is neither lost nor misread.
"""

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Literal

from localdb.domain.claims import Wish
from localdb.domain.permissions import Request
from localdb.errors import EvertillError

NumberKind = Literal["money", "quantity", "weight", "percent"]


@dataclass(frozen=True, slots=True)
class AskNumber:
    """A number is needed: minor units for money, thousandths for the rest."""

    title: str
    kind: NumberKind
    subject: str = ""
    """What it is about: the item's name."""
    unit: str = ""
    initial: str = ""
    yes: str = ""
    """The words of the button; empty for the usual ones."""


@dataclass(frozen=True, slots=True)
class AskText:
    """A few words are needed; the answer is never empty unless it `may_be_empty`."""

    title: str
    initial: str = ""
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class AskReason:
    """Why something is done: one of the usual reasons or words of one's own; never empty."""

    title: str
    usual: tuple[str, ...] = ()
    yes: str = ""
    """The words of the button; empty for the usual ones."""


@dataclass(frozen=True, slots=True)
class AskCash:
    """Cash to be counted, by notes and coins or as a sum; the answer is a `CashCount`."""

    title: str
    subject: str = ""
    initial_minor: int | None = None
    """The sum to begin with."""
    expected_minor: int | None = None
    """What should be there, shown beside the count; None for a blind one."""
    by_pieces: bool = False
    """Whether it begins with notes and coins."""
    yes: str = ""
    """The words of the button; `{amount}` becomes the sum counted so far."""


@dataclass(frozen=True, slots=True)
class AskYesNo:
    """Something to confirm; the answer is a bool."""

    title: str
    text: str
    yes: str
    no: str = "Cancel"
    icon: str = "info"
    main: bool = True
    """The answer of the main button and of Enter."""


@dataclass(frozen=True, slots=True)
class AskDiscount:
    """A discount on one line or on the whole cart; the answer is a `DiscountAnswer`."""

    subject: str | None
    """The selected line's name; None when there is only the cart to discount."""
    initial: str = ""


@dataclass(frozen=True, slots=True)
class AskApproval:
    """Somebody else's leave is needed; the answer is an `Approval`."""

    request: Request


@dataclass(frozen=True, slots=True)
class AskServer:
    """May this be used up here? The answer is a `Word`, within a moment."""

    wish: Wish
    title: str


@dataclass(frozen=True, slots=True)
class Option:
    """One of several things to choose from."""

    id: str
    name: str
    detail: str = ""
    """Its price, or what choosing it comes to."""
    badge: str = ""
    """A word of warning: `Out of stock`."""


@dataclass(frozen=True, slots=True)
class AskOption:
    """Which of several; the answer is the `id` of one."""

    title: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class AskOpenItem:
    """Price, name and tax of goods that the catalogue does not know; an `OpenItemAnswer`."""

    name: str
    """What it is called unless another name is typed."""
    taxes: tuple[Option, ...] = ()
    """The shop's tax classes; fewer than two are no question."""
    tax_id: str | None = None
    """The one that is chosen at first."""


@dataclass(frozen=True, slots=True)
class OpenItemAnswer:
    """What was typed of an open item."""

    price_minor: int
    name: str = ""
    """Empty for the usual one."""
    tax_id: str | None = None


Ask = (
    AskNumber
    | AskText
    | AskReason
    | AskCash
    | AskYesNo
    | AskDiscount
    | AskOpenItem
    | AskApproval
    | AskServer
    | AskOption
)
Flow = Generator[Ask, Any, None]
Asker = Callable[[Ask, Callable[[Any], None]], None]


class FlowRunner:
    """Runs flows one after the other; questions go to `ask`, our own errors to `refuse`."""

    def __init__(self, ask: Asker, refuse: Callable[[EvertillError], None]) -> None:
        self._ask = ask
        self._refuse = refuse
        self._waiting: deque[Flow] = deque()
        self._running: Flow | None = None

    @property
    def is_asking(self) -> bool:
        return self._running is not None

    @property
    def waiting(self) -> int:
        """Flows that wait for the one in hand."""
        return len(self._waiting)

    def run(self, flow: Flow) -> None:
        """Start a flow, or queue it behind the one that is asking."""
        self._waiting.append(flow)
        self._next()

    def _next(self) -> None:
        while self._running is None and self._waiting:
            self._running = self._waiting.popleft()
            self._send(None)

    def _send(self, answer: Any) -> None:
        flow = self._running
        assert flow is not None, "an answer without a question"
        try:
            question = flow.send(answer)
        except StopIteration:
            self._running = None
        except EvertillError as error:
            self._running = None
            self._refuse(error)
        except BaseException:
            self._running = None
            raise
        else:
            self._ask(question, self._answered)

    def _answered(self, answer: Any) -> None:
        self._send(answer)
        self._next()
