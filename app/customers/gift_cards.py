"""Selling a gift card, loading one, and saying what is on it; offline as far as this till knows."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.kit.authority import need
from app.kit.flow import Asker, AskYesNo, Flow, FlowRunner
from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.domain.methods import GIFT_CARD
from localdb.domain.numbers import AmbiguousNumber
from localdb.domain.permissions import Permission
from localdb.domain.records import GiftCard
from localdb.errors import EvertillError, Refusal
from localdb.queries import balances, here
from localdb.services import balances as service
from localdb.services.till import Till

PROMPT = "Scan the card, or type its code."


@dataclass(frozen=True, slots=True)
class GiftCardState:
    """What the gift card sheet shows."""

    code: str = ""
    card: GiftCard | None = None
    """None for a code that no card has yet."""
    balance: str = ""
    """Large, for a card that is known."""
    said: str = PROMPT
    is_good: bool = True
    """Otherwise the card pays nothing, and ``said`` says why."""
    can_load: bool = False
    action: str = "Load"
    """What the button does: sell or load."""
    block: str = ""
    """What the other button does; empty without a card."""
    error: str = ""


class GiftCardPresenter:
    """Calls `load` with a card, whether it is new, and the amount to put on it."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        now_us: Callable[[], int],
        show: Callable[[GiftCardState], None],
        ask: Asker,
        load: Callable[[GiftCard, int, bool], None],
    ) -> None:
        self._till = till
        self._formats = formats
        self._now_us = now_us
        self._show = show
        self._runner = FlowRunner(ask, self._refused)
        self._load = load
        self.state = GiftCardState()

    def look(self, code: str) -> None:
        """A card was scanned, or its code typed."""
        if not code.strip():
            self._put(GiftCardState())
            return
        card = self._till.ask(balances.card_by_code, code)
        if card is None:
            said = translate(
                "Customers", "This card isn't on this till. Enter the amount to sell it."
            )
            state = GiftCardState(
                code.strip(), said=said, can_load=True, action=translate("Customers", "Sell card")
            )
        else:
            state = self._known(card)
        self._put(state)

    def load(self, typed: str) -> None:
        """Put the typed amount on the card, as a line of the cart."""
        state = self.state
        if not state.can_load:
            self._put(replace(state, error=state.said))
            return
        try:
            amount = self._formats.parse_money(typed)
        except AmbiguousNumber as both:
            self._put(replace(state, error=str(both)))
            return
        if amount is None or amount <= 0:
            self._put(
                replace(
                    state, error=translate("Customers", "Type an amount above 0, such as 25.00.")
                )
            )
            return
        try:
            card = state.card or self._till.write(service.new_card, state.code)
        except EvertillError as error:
            self._refused(error)
            return
        self._load(card, amount, state.card is None)

    def block(self) -> None:
        """Block the card, or let it pay again; under a manager's leave."""
        if self.state.card is not None:
            self._runner.run(self._block_flow(self.state.card))

    def _block_flow(self, card: GiftCard) -> Flow:
        words = (
            translate("Customers", "Block card {code}", code=card.code)
            if card.active
            else translate("Customers", "Unblock card {code}", code=card.code)
        )
        said = (
            translate("Customers", "It can't be used at any till. Its balance is kept.")
            if card.active
            else translate("Customers", "Its balance is {balance}.", balance=self.state.balance)
        )
        if not (
            yield AskYesNo(
                f"{words}?",
                said,
                translate("Customers", "Block")
                if card.active
                else translate("Customers", "Unblock"),
            )
        ):
            return
        approval = yield from need(self._till, Permission.ADJUST_BALANCE, words)
        if approval is None:
            raise Refusal(translate("Approval", "Cancelled: {what}", what=words))
        self._till.write(service.block_card, card.id, blocked=card.active, approval=approval)
        self.look(card.code)

    def _known(self, card: GiftCard) -> GiftCardState:
        day = self._till.ask(here.business_day, self._now_us())
        trouble = balances.card_trouble(card, day)
        lasts = ""
        if card.expires_day:
            until = self._formats.day(card.expires_day)
            lasts = translate("Gift card", "Expires {day}.", day=until)
            if card.active and card.expires_day < day:
                trouble = translate("Gift card", "Expired {day}.", day=until)
        return GiftCardState(
            code=card.code,
            card=card,
            balance=self._formats.money(self._till.ask(balances.balance, GIFT_CARD, card.id)),
            said=trouble or lasts,
            is_good=not trouble,
            can_load=not trouble,
            block=translate("Customers", "Block card")
            if card.active
            else translate("Customers", "Unblock card"),
        )

    def _refused(self, error: EvertillError) -> None:
        self._put(replace(self.state, error=str(error)))

    def _put(self, state: GiftCardState) -> None:
        self.state = state
        self._show(state)
