"""What the charge screen shows, as plain values, and how it is written from a charge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.kit.formats import Formats
from app.kit.translation import translate
from app.paying.splitting import share_words
from localdb.domain.charge import Charge, Operation, Step, TerminalRequest
from localdb.domain.methods import CASH, GIFT_CARD, Method
from localdb.domain.tender import Paid, Tender, tip_of

ICONS = {"card": "card", "upi": "qr", "wallet": "wallet", "cash": "cash"}
ICON_OF = {
    GIFT_CARD: "gift-card",
    "coupon": "discount",
    "points": "star",
    "on_account": "note",
    "store_credit": "customer",
}


@dataclass(frozen=True, slots=True)
class QuickCash:
    """A button for an amount a customer is likely to hand over."""

    minor: int
    label: str
    is_exact: bool


@dataclass(frozen=True, slots=True)
class MethodView:
    """A button that pays by one method; ``key`` is its letter."""

    code: str
    name: str
    icon: str
    key: str = ""
    is_selected: bool = False


@dataclass(frozen=True, slots=True)
class TipView:
    """A tip to choose."""

    minor: int
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment taken so far."""

    name: str
    amount: str
    detail: str = ""
    """Reference and tip, if any."""


@dataclass(frozen=True, slots=True)
class TerminalView:
    """What the card terminal is at; while it is shown nothing else can be paid."""

    title: str
    text: str
    yes: str = ""
    no: str = ""
    """In doubt: the two answers the cashier can give."""
    can_cancel: bool = False

    @property
    def is_doubtful(self) -> bool:
        return bool(self.yes)


@dataclass(frozen=True, slots=True)
class ChargeState:
    """What the charge screen shows."""

    title: str = ""
    total: str = ""
    remaining: str = ""
    tip: str = ""
    """What is on top of the total: taken, or to be taken with the next payment."""
    share: str = ""
    """`Payment 2 of 3`, where what is left is split evenly."""
    can_split: bool = False
    is_refund: bool = False
    is_paid: bool = False
    """Paid in full, but it could not be stored: Enter tries again."""
    quick: tuple[QuickCash, ...] = ()
    methods: tuple[MethodView, ...] = ()
    """All but cash."""
    selected: str = CASH
    reference_hint: str = ""
    """What to type for the selected method; empty when it asks nothing."""
    tips: tuple[TipView, ...] = ()
    payments: tuple[PaymentView, ...] = ()
    terminal: TerminalView | None = None
    error: str = ""
    info: str = ""


class ChargeWriter:
    """Writes a charge out in the shop's habits."""

    def __init__(self, formats: Formats) -> None:
        self._formats = formats

    def write(
        self,
        charge: Charge,
        methods: Sequence[Method],
        selected: Method,
        tip_rates: Sequence[int],
        *,
        title: str = "",
        error: str = "",
        info: str = "",
    ) -> ChargeState:
        """The state of the screen; ``methods`` are those on offer, cash among them."""
        money, tender = self._formats.money, charge.tender
        names = {method.code: method.name for method in methods}
        tip = tender.tips_minor + tender.tip_minor
        return ChargeState(
            title=title,
            total=money(abs(tender.due_minor)),
            remaining=money(abs(tender.remaining_minor + tender.tip_minor)),
            tip=money(tip) if tip else "",
            share=share_words(tender),
            can_split=tender.due_minor > 0 and not tender.is_complete,
            is_refund=tender.due_minor < 0,
            is_paid=charge.step is Step.COMPLETE and bool(tender.payments),
            quick=self._quick(tender),
            methods=tuple(_button(m, selected) for m in methods if m.code != CASH),
            selected=selected.code,
            reference_hint=reference_hint(selected),
            tips=self._tips(tender, tip_rates),
            payments=tuple(self._payment(paid, names) for paid in tender.payments),
            terminal=self._terminal(charge),
            error=error,
            info=info,
        )

    def asked(self, tender: Tender, method: Method, minor: int | None) -> str:
        """What a payment comes to, tip included; None is all that remains."""
        tip = tender.tip_minor if method.carries_tip else 0
        if method.code == CASH:
            asked = tender.cash_share_minor + tip if minor is None else minor
        else:
            asked = (tender.share_minor if minor is None else minor) + tip
        return self._formats.money(abs(asked))

    def _quick(self, tender: Tender) -> tuple[QuickCash, ...]:
        exact = tender.cash_share_minor + tender.tip_minor
        return tuple(
            QuickCash(abs(minor), self._formats.money(abs(minor)), minor == exact)
            for minor in tender.quick_cash()
        )

    def _tips(self, tender: Tender, rates: Sequence[int]) -> tuple[TipView, ...]:
        if tender.due_minor <= 0 or tender.is_complete or not rates:
            return ()
        offers = {0: translate("Charge", "No tip")}
        for rate in rates:
            minor = tip_of(tender.due_minor, rate, tender.cash_step_minor)
            offers[minor] = f"{self._formats.percent(rate)}\n{self._formats.money(minor)}"
        if tender.tip_minor not in offers:
            offers[tender.tip_minor] = self._formats.money(tender.tip_minor)
        return tuple(
            TipView(minor, label, minor == tender.tip_minor) for minor, label in offers.items()
        )

    def _payment(self, paid: Paid, names: Mapping[str, str]) -> PaymentView:
        money = self._formats.money
        tip = f"with {money(paid.tip_minor)} tip" if paid.tip_minor else ""
        detail = "  ·  ".join(part for part in (paid.reference, tip) if part)
        name = names.get(paid.method, paid.method)
        return PaymentView(name, money(abs(paid.tendered_minor)), detail)

    def _terminal(self, charge: Charge) -> TerminalView | None:
        request = charge.request
        if request is None:
            return None
        amount = self._formats.money(request.charged_minor)
        if charge.is_doubtful:
            return _doubt(request, amount)
        if request.ask is Operation.REVERSE:
            return TerminalView(
                translate("Charge", "Refunding {amount}", amount=amount),
                translate("Charge", "The card terminal is being asked."),
            )
        words = (
            translate("Charge", "Refund")
            if request.ask is Operation.REFUND
            else translate("Charge", "Card")
        )
        text = translate(
            "Charge",
            "Waiting for the card terminal. Ask the customer to follow the prompts.",
        )
        return TerminalView(f"{words}  {amount}", text, can_cancel=True)


def reference_hint(method: Method) -> str:
    """What the cashier is to type beside the amount."""
    if method.code == GIFT_CARD:
        return translate("Charge", "Scan or type the gift card")
    return (
        translate("Charge", "Reference of the {value}", value=method.name.lower())
        if method.asks_reference
        else ""
    )


def _doubt(request: TerminalRequest, amount: str) -> TerminalView:
    look = translate("Charge", "No answer from the card terminal. Check its screen or its slip.")
    if request.ask is Operation.REVERSE:
        return TerminalView(
            translate("Charge", "Was {amount} refunded to the card?", amount=amount),
            look,
            translate("Charge", "Yes, refunded"),
            translate("Charge", "No, not refunded"),
        )
    if request.ask is Operation.REFUND:
        return TerminalView(
            translate("Charge", "Was {amount} refunded to the card?", amount=amount),
            look,
            translate("Charge", "Yes, refunded"),
            translate("Charge", "No, not refunded"),
        )
    return TerminalView(
        translate("Charge", "Was the card charged {amount}?", amount=amount),
        look,
        translate("Charge", "Yes, charged"),
        translate("Charge", "No, not charged"),
    )


def _button(method: Method, selected: Method) -> MethodView:
    icon = ICON_OF.get(method.code) or ICONS.get(method.kind, "receipt")
    return MethodView(method.code, method.name, icon, method.key, method.code == selected.code)
