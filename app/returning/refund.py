"""Giving back with a receipt: find it, pick what comes back, refund it or exchange it."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from app.kit.authority import need
from app.kit.claims import refused_words
from app.kit.flow import Ask, AskNumber, AskServer, AskText, Flow, FlowRunner
from app.kit.formats import Formats
from app.kit.translation import translate
from app.receipts.finder import FoundRow, find
from app.returning.paying_back import Refund
from localdb.domain.claims import SALE_LINE, Wish
from localdb.domain.permissions import Permission
from localdb.domain.refund import Part, too_many
from localdb.domain.returns import Leave, Return
from localdb.errors import EvertillError, Refusal
from localdb.queries import products, receipt_search, receipts, returnable
from localdb.queries.returnable import Returnable
from localdb.services.till import Till

ONE_MILLI = 1000
REASONS = ("Changed mind", "Faulty", "Wrong item")
NOT_HERE = (
    "Receipt {} is not on this till: it may be another store's, or not synced yet. "
    "Without it, use Return without a receipt in the menu."
)


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line that can still come back."""

    name: str
    detail: str
    """`2 of 3 left, €1.29 each`."""
    back: str
    """How much comes back; nothing while it stays with the customer."""
    amount: str
    is_damaged: bool


@dataclass(frozen=True, slots=True)
class RefundState:
    """What the page shows: the list of receipts, or one receipt."""

    found: tuple[FoundRow, ...] = ()
    empty: str = ""
    number: str = ""
    """The receipt that is open; none while one is looked for."""
    about: str = ""
    lines: tuple[LineRow, ...] = ()
    reason: str = REASONS[0]
    due: str = ""
    """What the customer gets."""
    can_give_back: bool = False
    tone: Literal["error", "info"] = "error"
    message: str = ""


class RefundUi(Protocol):
    """What the presenter needs of the page."""

    def show_state(self, state: RefundState) -> None: ...

    def ask(self, question: Ask, answer: Callable[[Any], None]) -> None: ...

    def refund(self, payable: Refund) -> None:
        """Pay it out."""

    def exchange(self, payable: Refund) -> None:
        """Ring up what is taken instead."""


@dataclass(frozen=True, slots=True)
class Picked:
    """What was picked of the open receipt, by line."""

    milli: dict[str, int] = field(default_factory=dict)
    damaged: frozenset[str] = frozenset()


class RefundPresenter:
    """Everything here works with what this till knows; the server is asked before money goes."""

    def __init__(self, till: Till, formats: Formats, ui: RefundUi) -> None:
        self._till = till
        self._formats = formats
        self._ui = ui
        self._runner = FlowRunner(ui.ask, lambda error: self._say(str(error)))
        self._found: Returnable | None = None
        self._picked = Picked()
        self.state = RefundState()

    @property
    def sale_id(self) -> str:
        """The sale whose receipt is open; none while one is looked for."""
        return self._found.original.sale.id if self._found is not None else ""

    # ------------------------------------------------------------ finding

    def open(self) -> None:
        """Begin with the newest receipts."""
        self._found = None
        self.search("")

    def search(self, text: str) -> None:
        """List the receipts that a text may mean."""
        rows = find(self._till, self._formats, text)
        missing = text.strip().strip(receipt_search.CODE_MARK).upper()
        if rows:
            empty = ""
        elif receipt_search.looks_like_number(text):
            empty = NOT_HERE.format(missing)
        else:
            empty = (
                translate("Refund", "No receipt found.")
                if text.strip()
                else translate("Refund", "This till holds no receipts yet.")
            )
        self._set(RefundState(found=rows, empty=empty, reason=self.state.reason))

    def choose(self, row: int) -> None:
        """Open one of those found."""
        if 0 <= row < len(self.state.found):
            self.open_sale(self.state.found[row].sale_id)

    def open_sale(self, sale_id: str) -> None:
        """Show what of a sale can come back; a refund leads to its sale."""
        try:
            found = self._till.ask(returnable.load, sale_id)
            if found.original.sale.refund_of:
                found = self._till.ask(returnable.load, found.original.sale.refund_of)
            receipt = self._till.ask(receipts.load, found.original.sale.id)
        except EvertillError as error:
            self._say(str(error))
            return
        self._found, self._picked = found, Picked()
        sale = found.original.sale
        paid = ", ".join(dict.fromkeys(receipt.method_name(p.method) for p in receipt.payments))
        about = [self._formats.stamp(sale.rung_at_us), self._formats.money(sale.total_minor), paid]
        about += [receipt.customer_name] if receipt.customer_name else []
        self._set(RefundState(number=sale.receipt_number, about="  ·  ".join(about)))
        self._show_lines()
        if not found.left:
            self._say(translate("Refund", "Everything on this receipt has been refunded."))

    def scanned(self, code: str) -> None:
        """A receipt is opened; goods that are on the open one come back, one more at each scan."""
        if receipt_search.looks_like_number(code):
            sale_id = self._till.ask(receipt_search.by_code, code)
            if sale_id is not None:
                self.open_sale(sale_id)
            else:
                self._found = None
                self.search(code)
        elif self._found is None:
            self._say(translate("Refund", "Open the receipt first: scan or search for it."))
        else:
            self._scan_goods(code)

    # ------------------------------------------------------------ picking

    def toggle(self, row: int) -> None:
        """All that is left of a line comes back, or none of it."""
        part = self._part(row)
        if part is not None:
            self._pick(part, 0 if self._picked.milli.get(part.line.id) else part.quantity_milli)

    def step(self, row: int, by: int) -> None:
        """One piece more or less; of what is weighed all or nothing."""
        part = self._part(row)
        if part is None:
            return
        sign = 1 if part.quantity_milli > 0 else -1
        size = ONE_MILLI if part.line.unit == "piece" else abs(part.quantity_milli)
        now = abs(self._picked.milli.get(part.line.id, 0))
        self._pick(part, sign * min(max(now + by * size, 0), abs(part.quantity_milli)))

    def ask_quantity(self, row: int) -> None:
        """Ask how much of a line comes back."""
        part = self._part(row)
        if part is not None:
            self._runner.run(self._quantity_flow(part))

    def pick_all(self) -> None:
        """Everything that is left comes back."""
        if self._found is not None:
            milli = {part.line.id: part.quantity_milli for part in self._found.left}
            self._picked = replace(self._picked, milli=milli)
            self._show_lines()

    def toggle_damaged(self, row: int) -> None:
        """Whether the goods stay off the shelf."""
        part = self._part(row)
        if part is not None:
            damaged = self._picked.damaged ^ {part.line.id}
            self._picked = replace(self._picked, damaged=damaged)
            self._show_lines()

    def set_reason(self, reason: str) -> None:
        """Why it comes back."""
        self._set(replace(self.state, reason=reason))

    def ask_reason(self) -> None:
        """Why it comes back, in the cashier's own words."""
        self._runner.run(self._reason_flow())

    # ------------------------------------------------------------ giving back

    def refund(self) -> None:
        """Pay out what was picked."""
        if self._found is not None:
            self._runner.run(self._refund_flow())

    def exchange(self) -> None:
        """Take other goods for what was picked."""
        if self._found is not None:
            self._runner.run(self._exchange_flow())

    # ------------------------------------------------------------ how

    def _refund_flow(self) -> Flow:
        payable = Refund.of(self._till, self._formats, self._wanted())
        leave = yield from self._ready(payable)
        if leave is not None:
            self._ui.refund(replace(payable, leave=leave))

    def _exchange_flow(self) -> Flow:
        payable = Refund.of(self._till, self._formats, self._wanted())
        leave = yield from self._ready(payable)
        if leave is not None:
            self._ui.exchange(replace(payable, leave=leave))

    def _ready(self, payable: Refund) -> Generator[Ask, Any, Leave | None]:
        """The right to refund, and the server's word that no other till refunds the same."""
        words = translate(
            "Refund", "Refund {due} of {number}", due=self.state.due, number=self.state.number
        )
        approval = yield from need(
            self._till, Permission.REFUND, words, amount_minor=-payable.due_minor
        )
        if approval is None:
            self._say(translate("Approval", "Cancelled: {what}", what=words))
            return None
        refused = yield from refused_by_server(self._till, payable.wanted)
        if refused is not None:
            self._say(refused)
            return None
        return Leave(refund=approval)

    def _quantity_flow(self, part: Part) -> Flow:
        unit = "" if part.line.unit == "piece" else part.line.unit
        kind: Literal["quantity", "weight"] = "weight" if unit else "quantity"
        left = self._formats.quantity(abs(part.quantity_milli), part.line.unit)
        milli = yield AskNumber(
            translate("Refund", "Returning"), kind, f"{part.line.name}, {left} left", unit
        )
        if milli is None:
            return
        if not 0 < milli <= abs(part.quantity_milli):
            raise Refusal(too_many(abs(part.quantity_milli)))
        self._pick(part, milli if part.quantity_milli > 0 else -milli)

    def _reason_flow(self) -> Flow:
        reason = yield AskText(translate("Refund", "Reason for return"))
        if reason is not None:
            self.set_reason(reason)

    def _scan_goods(self, code: str) -> None:
        assert self._found is not None, "no receipt is open"
        view = self._till.ask(products.by_code, code)
        wanted = code.strip()
        rows = [
            row
            for row, part in enumerate(self._found.left)
            if part.line.barcode == wanted
            or (view is not None and part.line.product_id == view.product.id)
        ]
        if not rows:
            self._say(translate("Refund", "Not on this receipt: {code}.", code=code))
            return
        for row in rows:
            part = self._found.left[row]
            if abs(self._picked.milli.get(part.line.id, 0)) < abs(part.quantity_milli):
                self.step(row, 1)
                return
        self._say(
            translate(
                "Refund",
                "Every {name} on this receipt has been refunded.",
                name=self._found.left[rows[0]].line.name,
            )
        )

    def _part(self, row: int) -> Part | None:
        left = self._found.left if self._found is not None else ()
        return left[row] if 0 <= row < len(left) else None

    def _pick(self, part: Part, milli: int) -> None:
        self._picked = replace(self._picked, milli={**self._picked.milli, part.line.id: milli})
        self._show_lines()

    def _wanted(self) -> Return:
        assert self._found is not None, "no receipt is open"
        order = [part.line.id for part in self._found.left]
        quantities = [(line, self._picked.milli.get(line, 0)) for line in order]
        picked = tuple((line, milli) for line, milli in quantities if milli)
        if not picked:
            raise Refusal(
                translate("Refund", "Select at least one item to return: scan it or tap its line.")
            )
        return Return(
            sale_id=self._found.original.sale.id,
            quantities=picked,
            damaged=tuple(line for line, _ in picked if line in self._picked.damaged),
            note=self.state.reason,
        )

    def _show_lines(self) -> None:
        assert self._found is not None, "no receipt is open"
        amounts, due = self._amounts()
        rows = tuple(self._row(part, amounts.get(part.line.id, 0)) for part in self._found.left)
        self._set(
            replace(
                self.state,
                lines=rows,
                due=self._formats.money(-due),
                can_give_back=any(self._picked.milli.values()),
                message="",
            )
        )

    def _amounts(self) -> tuple[dict[str, int], int]:
        """What each picked line comes to, and all of them, tax included; negative is given back."""
        if not any(self._picked.milli.values()):
            return {}, 0
        _, plan = self._till.ask(returnable.planned, self._wanted())
        return {part.line.id: part.total_minor for part in plan.parts}, plan.due_minor

    def _row(self, part: Part, amount_minor: int) -> LineRow:
        line, formats = part.line, self._formats
        left = formats.quantity(abs(part.quantity_milli), line.unit)
        sold = formats.quantity(abs(line.quantity_milli), line.unit)
        picked = abs(self._picked.milli.get(line.id, 0))
        each = formats.money(line.unit_price_minor)
        per = "each" if line.unit == "piece" else f"per {line.unit}"
        return LineRow(
            name=line.name,
            detail=f"{left} of {sold} left, {each} {per}",
            back=formats.quantity(picked, line.unit) if picked else "",
            amount=formats.money(amount_minor) if picked else "",
            is_damaged=line.id in self._picked.damaged,
        )

    def _say(self, text: str, tone: Literal["error", "info"] = "error") -> None:
        self._set(replace(self.state, message=text, tone=tone))

    def _set(self, state: RefundState) -> None:
        self.state = state
        self._ui.show_state(state)


def refused_by_server(till: Till, wanted: Return) -> Generator[Ask, Any, str | None]:
    """Why another till has what is to come back, empty when the cashier backed out; None: go on.

    Where nobody answers, what this till knows decides.
    """
    for line_id, milli in wanted.quantities:
        wish = Wish(SALE_LINE, line_id, abs(milli))
        word = yield AskServer(wish, translate("Refund", "Refund"))
        if word is None:
            return ""
        if word.refuses(wish):
            return refused_words(till, wish, word)
        if not word.is_known:
            break
    return None
