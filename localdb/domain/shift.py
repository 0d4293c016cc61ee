"""A till's shift: running totals that each sale and drawer event adds to, so a close is instant.

A shift is the drawer's, whoever stands at the till; each sale counts to its cashier too. Selling a
gift card, or being paid what was owed on account, is money taken and no turnover: goods go out, or
went out, with another sale.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

from localdb.domain.balances import ACCOUNT_PAYMENT
from localdb.domain.fields import MINOR_MAX
from localdb.domain.methods import CASH, GIFT_CARD
from localdb.domain.records import (
    Payment,
    Record,
    Sale,
    SaleDiscount,
    SaleLine,
    SaleTax,
    ShiftEvent,
)
from localdb.domain.tax import TaxRow
from localdb.errors import Refusal


@dataclass(frozen=True, slots=True)
class CashierSums:
    """What one cashier rang in a shift; minor units."""

    sale_count: int = 0
    sales_minor: int = 0
    refund_count: int = 0
    refunds_minor: int = 0
    """Negative or 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Everything an X report (any time) or a Z report (once closed) shows; minor units."""

    id: str
    opened_at_us: int
    opened_by: str
    float_minor: int
    business_day: int = 0
    """Of its opening, as YYYYMMDD; 0 where an older program opened it."""
    paid_in_minor: int = 0
    paid_in_count: int = 0
    paid_out_minor: int = 0
    paid_out_count: int = 0
    dropped_minor: int = 0
    drop_count: int = 0
    no_sale_count: int = 0
    override_count: int = 0
    """Actions that somebody else allowed by PIN or badge."""
    sale_count: int = 0
    refund_count: int = 0
    void_count: int = 0
    """Those refunds that took a whole sale back as a mistake."""
    sales_minor: int = 0
    refunds_minor: int = 0
    """Negative or 0; voids are among them."""
    voids_minor: int = 0
    discount_minor: int = 0
    """All discounts, promotions among them; refunds give theirs back."""
    promotion_minor: int = 0
    tax_minor: int = 0
    rounding_minor: int = 0
    payments_minor: Mapping[str, int] = field(default_factory=dict)
    """What each payment method took, less what it paid out; tips are beside it."""
    tips_minor: Mapping[str, int] = field(default_factory=dict)
    """The tips that each payment method brought."""
    correction_count: int = 0
    """Payments that were put right after their sale."""
    cards_sold_minor: int = 0
    """Put on gift cards: owed to whoever holds them, no turnover."""
    account_paid_minor: int = 0
    """Paid off what was owed on account: turnover of the day it was bought."""
    taxes: tuple[TaxRow, ...] = ()
    cashiers: Mapping[str, CashierSums] = field(default_factory=dict)
    """By the cashier's user id."""
    first_receipt: str = ""
    last_receipt: str = ""
    closed_at_us: int | None = None
    closed_by: str = ""
    counted_minor: int = 0
    """The cash counted at close."""
    z_number: int = 0

    @property
    def is_open(self) -> bool:
        return self.closed_at_us is None

    @property
    def turnover_minor(self) -> int:
        """Goods and services: sales less refunds, without money put on cards or paid off."""
        money = self.cards_sold_minor + self.account_paid_minor
        return self.sales_minor + self.refunds_minor - money

    @property
    def expected_cash_minor(self) -> int:
        """What the drawer should hold now."""
        moved = self.paid_in_minor - self.paid_out_minor - self.dropped_minor
        cash = self.payments_minor.get(CASH, 0) + self.tips_minor.get(CASH, 0)
        return self.float_minor + moved + cash

    @property
    def over_short_minor(self) -> int:
        """Counted less expected: over when positive, short when negative; 0 while open."""
        return 0 if self.is_open else self.counted_minor - self.expected_cash_minor

    def with_sale(self, records: Iterable[Record]) -> Self:
        """The shift after one more sale or refund, given as the records that were stored."""
        self._check_open()
        shift = self
        for record in records:
            match record:
                case Sale():
                    shift = shift._add_sale(record)
                case SaleLine():
                    shift = shift._add_line(record)
                case SaleDiscount() if record.kind == "promotion":
                    promoted = shift.promotion_minor + record.amount_minor
                    shift = replace(shift, promotion_minor=promoted)
                case SaleTax():
                    shift = replace(shift, taxes=_with_tax(shift.taxes, record))
                case Payment():
                    shift = shift._add_payment(record)
        return shift

    def with_payments(self, payments: Iterable[Payment]) -> Self:
        """The shift after payments that stand beside a sale counted before: a correction."""
        self._check_open()
        shift, wrong = self, set()
        for payment in payments:
            shift = shift._add_payment(payment)
            wrong.add(payment.corrects)
        return replace(shift, correction_count=shift.correction_count + len(wrong - {None}))

    def with_override(self) -> Self:
        """The shift after one more action that somebody else allowed."""
        self._check_open()
        return replace(self, override_count=self.override_count + 1)

    def with_event(self, event: ShiftEvent) -> Self:
        """The shift after a drawer event; refuses a second open, and anything once closed."""
        self._check_open()
        amount = event.amount_minor
        match event.kind:
            case "paid_in":
                total, count = self.paid_in_minor + amount, self.paid_in_count + 1
                return replace(self, paid_in_minor=total, paid_in_count=count)
            case "paid_out":
                total, count = self.paid_out_minor + amount, self.paid_out_count + 1
                return replace(self, paid_out_minor=total, paid_out_count=count)
            case "drop":
                total, count = self.dropped_minor + amount, self.drop_count + 1
                return replace(self, dropped_minor=total, drop_count=count)
            case "no_sale":
                return replace(self, no_sale_count=self.no_sale_count + 1)
            case "close":
                return replace(
                    self,
                    closed_at_us=event.at_us,
                    closed_by=event.user_id,
                    counted_minor=amount,
                    z_number=event.z_number,
                )
            case _:
                raise Refusal("A shift is already open on this till.")

    def to_json(self) -> str:
        """The shift as JSON, to keep its running totals across a restart."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The shift in a JSON text of ``to_json``; what a newer program added is left out."""
        values = _known(cls, json.loads(text))
        values["taxes"] = tuple(TaxRow(**_known(TaxRow, row)) for row in values["taxes"])
        values["cashiers"] = {
            user: CashierSums(**_known(CashierSums, sums))
            for user, sums in values.get("cashiers", {}).items()
        }
        return cls(**values)

    def _check_open(self) -> None:
        if not self.is_open:
            raise Refusal("This shift is closed. Open a new one first.")

    def _add_payment(self, payment: Payment) -> Self:
        method, tip = payment.method, payment.tip_minor
        shift = replace(
            self, payments_minor=_added(self.payments_minor, method, payment.amount_minor)
        )
        return replace(shift, tips_minor=_added(self.tips_minor, method, tip)) if tip else shift

    def _add_line(self, line: SaleLine) -> Self:
        if line.kind == GIFT_CARD:
            return replace(self, cards_sold_minor=self.cards_sold_minor + line.total_minor)
        if line.kind == ACCOUNT_PAYMENT:
            return replace(self, account_paid_minor=self.account_paid_minor + line.total_minor)
        return self

    def _add_sale(self, sale: Sale) -> Self:
        refund, total = sale.kind == "refund", sale.total_minor
        void = refund and sale.reason == "void"
        mine = self.cashiers.get(sale.cashier_id, CashierSums())
        mine = CashierSums(
            sale_count=mine.sale_count + (not refund),
            sales_minor=mine.sales_minor + (0 if refund else total),
            refund_count=mine.refund_count + refund,
            refunds_minor=mine.refunds_minor + (total if refund else 0),
        )
        return replace(
            self,
            sale_count=self.sale_count + (not refund),
            refund_count=self.refund_count + refund,
            void_count=self.void_count + void,
            sales_minor=self.sales_minor + (0 if refund else total),
            refunds_minor=self.refunds_minor + (total if refund else 0),
            voids_minor=self.voids_minor + (total if void else 0),
            discount_minor=self.discount_minor + sale.discount_minor,
            tax_minor=self.tax_minor + sale.tax_minor,
            rounding_minor=self.rounding_minor + sale.rounding_minor,
            cashiers={**self.cashiers, sale.cashier_id: mine},
            first_receipt=self.first_receipt or sale.receipt_number,
            last_receipt=sale.receipt_number,
        )


def opened(event: ShiftEvent, business_day: int = 0) -> Shift:
    """The shift that an open event begins; its amount is the float in the drawer."""
    if event.kind != "open":
        raise Refusal("Open a shift first.")
    return Shift(
        id=event.shift_id,
        opened_at_us=event.at_us,
        opened_by=event.user_id,
        float_minor=event.amount_minor,
        business_day=business_day,
    )


def closed_detail(shift: Shift, counted: Mapping[str, Any], recounted: Iterable[int]) -> str:
    """What a close event keeps for ever: the count, what was counted before it, the report."""
    earlier = list(recounted)
    detail = {**counted, **({"recounted": earlier} if earlier else {}), "shift": asdict(shift)}
    return json.dumps(detail, ensure_ascii=False, separators=(",", ":"))


def closed_shift(detail: str) -> Shift | None:
    """The report that a close event kept; None where an older program kept none."""
    try:
        kept = json.loads(detail).get("shift")
        return None if kept is None else Shift.from_json(json.dumps(kept))
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError):
        return None


def check_event(kind: str, amount_minor: int, reason: str) -> None:
    """Refuse a drawer event that no one means; over and short are never refused."""
    if not 0 <= amount_minor <= MINOR_MAX:
        raise Refusal("Enter an amount of 0 or more.")
    if kind in ("paid_in", "paid_out", "drop") and amount_minor == 0:
        raise Refusal("Enter the amount.")
    if kind in ("paid_in", "paid_out", "no_sale") and not reason.strip():
        raise Refusal("Enter a reason.")


def _known(kind: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    names = {known.name for known in fields(kind)}
    return {name: value for name, value in values.items() if name in names}


def _added(sums: Mapping[str, int], method: str, minor: int) -> dict[str, int]:
    return {**sums, method: sums.get(method, 0) + minor}


def _with_tax(rows: tuple[TaxRow, ...], tax: SaleTax) -> tuple[TaxRow, ...]:
    sums = {(row.name, row.rate_ppm, row.per_unit_minor): row for row in rows}
    key = (tax.name, tax.rate_ppm, tax.per_unit_minor)
    before = sums.get(key, TaxRow(tax.name, tax.rate_ppm, 0, 0, tax.per_unit_minor))
    sums[key] = replace(
        before,
        base_minor=before.base_minor + tax.base_minor,
        tax_minor=before.tax_minor + tax.tax_minor,
    )
    return tuple(sums.values())
