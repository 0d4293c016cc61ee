"""A till's shift: running totals that each sale and drawer event adds to, so a close is instant."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Self

from localdb.domain.fields import MINOR_MAX
from localdb.domain.methods import CASH
from localdb.domain.records import Payment, Record, Sale, SaleTax, ShiftEvent
from localdb.domain.tax import TaxRow
from localdb.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Everything an X report (any time) or a Z report (once closed) shows; minor units."""

    id: str
    opened_at_us: int
    opened_by: str
    float_minor: int
    paid_in_minor: int = 0
    paid_out_minor: int = 0
    dropped_minor: int = 0
    no_sale_count: int = 0
    sale_count: int = 0
    refund_count: int = 0
    sales_minor: int = 0
    refunds_minor: int = 0
    """Negative or 0."""
    discount_minor: int = 0
    tax_minor: int = 0
    rounding_minor: int = 0
    payments_minor: Mapping[str, int] = field(default_factory=dict)
    """What each payment method took, less what it paid out; tips are beside it."""
    tips_minor: Mapping[str, int] = field(default_factory=dict)
    """The tips that each payment method brought."""
    taxes: tuple[TaxRow, ...] = ()
    first_receipt: str = ""
    last_receipt: str = ""
    closed_at_us: int | None = None
    counted_minor: int = 0
    """The cash counted at close."""
    z_number: int = 0

    @property
    def is_open(self) -> bool:
        return self.closed_at_us is None

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
                case SaleTax():
                    shift = replace(shift, taxes=_with_tax(shift.taxes, record))
                case Payment():
                    shift = shift._add_payment(record)
        return shift

    def with_payments(self, payments: Iterable[Payment]) -> Self:
        """The shift after payments that stand beside a sale counted before: a correction."""
        self._check_open()
        shift = self
        for payment in payments:
            shift = shift._add_payment(payment)
        return shift

    def with_event(self, event: ShiftEvent) -> Self:
        """The shift after a drawer event; refuses a second open, and anything once closed."""
        self._check_open()
        match event.kind:
            case "paid_in":
                return replace(self, paid_in_minor=self.paid_in_minor + event.amount_minor)
            case "paid_out":
                return replace(self, paid_out_minor=self.paid_out_minor + event.amount_minor)
            case "drop":
                return replace(self, dropped_minor=self.dropped_minor + event.amount_minor)
            case "no_sale":
                return replace(self, no_sale_count=self.no_sale_count + 1)
            case "close":
                return replace(
                    self,
                    closed_at_us=event.at_us,
                    counted_minor=event.amount_minor,
                    z_number=event.z_number,
                )
            case _:
                raise Refusal("A shift is already open on this till.")

    def to_json(self) -> str:
        """The shift as JSON, to keep its running totals across a restart."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The shift in a JSON text of ``to_json``."""
        values = json.loads(text)
        return cls(**{**values, "taxes": tuple(TaxRow(**row) for row in values["taxes"])})

    def _check_open(self) -> None:
        if not self.is_open:
            raise Refusal("This shift is closed. Open a new one first.")

    def _add_payment(self, payment: Payment) -> Self:
        method, tip = payment.method, payment.tip_minor
        shift = replace(
            self, payments_minor=_added(self.payments_minor, method, payment.amount_minor)
        )
        return replace(shift, tips_minor=_added(self.tips_minor, method, tip)) if tip else shift

    def _add_sale(self, sale: Sale) -> Self:
        refund = sale.kind == "refund"
        return replace(
            self,
            sale_count=self.sale_count + (not refund),
            refund_count=self.refund_count + refund,
            sales_minor=self.sales_minor + (0 if refund else sale.total_minor),
            refunds_minor=self.refunds_minor + (sale.total_minor if refund else 0),
            discount_minor=self.discount_minor + sale.discount_minor,
            tax_minor=self.tax_minor + sale.tax_minor,
            rounding_minor=self.rounding_minor + sale.rounding_minor,
            first_receipt=self.first_receipt or sale.receipt_number,
            last_receipt=sale.receipt_number,
        )


def opened(event: ShiftEvent) -> Shift:
    """The shift that an open event begins; its amount is the float in the drawer."""
    if event.kind != "open":
        raise Refusal("Open a shift first.")
    return Shift(
        id=event.shift_id,
        opened_at_us=event.at_us,
        opened_by=event.user_id,
        float_minor=event.amount_minor,
    )


def check_event(kind: str, amount_minor: int, reason: str) -> None:
    """Refuse a drawer event that no one means; over and short are never refused."""
    if not 0 <= amount_minor <= MINOR_MAX:
        raise Refusal("Enter an amount of 0 or more.")
    if kind in ("paid_in", "paid_out", "drop") and amount_minor == 0:
        raise Refusal("Enter the amount.")
    if kind in ("paid_in", "paid_out") and not reason.strip():
        raise Refusal("Enter a reason.")


def counted_cash(pieces: Mapping[int, int]) -> int:
    """The sum of a blind count: value of a note or coin, in minor units -> how many."""
    if any(value <= 0 or count < 0 for value, count in pieces.items()):
        raise Refusal("Count each note and coin as 0 or more.")
    return sum(value * count for value, count in pieces.items())


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
