"""An X or Z report written out: the same sections for the screen, the PDF and the paper."""

from dataclasses import dataclass

from app.kit.formats import Formats
from app.kit.paper import centred, pair, triple
from app.kit.translation import translate
from localdb.domain.methods import GIFT_CARD
from localdb.domain.shift import Shift
from localdb.domain.tax import TaxRow
from localdb.queries.shift_reports import Movement, ShiftReport

KINDS = {"paid_in": "Pay in", "paid_out": "Pay out", "drop": "Safe drop", "no_sale": "No sale"}
NO_TRAINING = "Training is not counted."


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A name and its figure; a tax line has one more between."""

    name: str
    value: str
    middle: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Some lines under a heading."""

    title: str
    lines: tuple[ReportLine, ...]


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report laid out."""

    name: str
    """What a print or a file of it is called: ``S01-T01-Z000012``."""
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    heading: tuple[str, ...] = ()
    """The shop, for paper."""
    is_copy: bool = False


def view(report: ShiftReport, formats: Formats, *, is_copy: bool = False) -> ReportView:
    """Lay a report out; amounts are in the store's currency."""
    shift, series = report.shift, f"{report.store.code}-{report.till_code}"
    opened = f"{series}-X{formats.stamp(shift.opened_at_us)}"
    name = opened if shift.is_open else f"{series}-Z{shift.z_number:06}"
    parts = (
        _head(report, formats),
        _sales(shift, formats),
        _taxes(shift, formats),
        _payments(report, formats),
        _cash(shift, formats),
        Section(
            translate("Cash", "Cash movements"),
            tuple(_moved(one, formats) for one in report.movements),
        ),
        _count(report, formats),
        _cards(shift, formats),
        _cashiers(report, formats),
        _counts(shift),
    )
    return ReportView(
        name="".join(c if c.isalnum() or c == "-" else "-" for c in name),
        title="X report" if shift.is_open else f"Z report {shift.z_number}",
        subtitle=f"{report.store.name}, till {report.till_code}, {report.store.currency}",
        sections=tuple(part for part in parts if part.lines),
        heading=(report.store.name, *report.store.address.splitlines()),
        is_copy=is_copy,
    )


def paper(shown: ReportView, columns: int) -> list[str]:
    """A report for paper of that many characters a line."""
    text = [part for line in shown.heading for part in centred(line, columns)]
    text += ["", *centred(shown.title.upper(), columns)]
    text += centred("*** COPY ***", columns) if shown.is_copy else []
    for section in shown.sections:
        text += ["-" * columns, *([section.title] if section.title else [])]
        for line in section.lines:
            if line.middle:
                text.append(triple(line.name, line.middle, line.value, columns))
            else:
                text += pair(line.name, line.value, columns)
    return [*text, "-" * columns, *centred(NO_TRAINING, columns)]


def day_words(business_day: int) -> str:
    """A business day as `2026-11-21`; empty for none."""
    if not business_day:
        return ""
    return f"{business_day // 10_000:04}-{business_day // 100 % 100:02}-{business_day % 100:02}"


def over_short_words(minor: int, formats: Formats) -> str:
    """`€2.00 over`, `€1.50 short` or `Exact`."""
    if not minor:
        return translate("Cash", "Exact")
    amount = formats.money(abs(minor))
    if minor > 0:
        return translate("Cash", "{amount} over", amount=amount)
    return translate("Cash", "{amount} short", amount=amount)


def _head(report: ShiftReport, formats: Formats) -> Section:
    shift, who = report.shift, report.user_names
    lines = [
        ReportLine(translate("Cash", "Till"), f"{report.store.code}-{report.till_code}"),
        ReportLine(translate("Cash", "Business day"), day_words(shift.business_day)),
        ReportLine(translate("Cash", "Opened"), formats.stamp(shift.opened_at_us)),
        ReportLine("  by", who.get(shift.opened_by, "")),
    ]
    if shift.closed_at_us is not None:
        lines.append(ReportLine(translate("Cash", "Closed"), formats.stamp(shift.closed_at_us)))
        lines.append(ReportLine("  by", who.get(shift.closed_by, "")))
    lines.append(ReportLine(translate("Cash", "First receipt"), shift.first_receipt))
    lines.append(ReportLine(translate("Cash", "Last receipt"), shift.last_receipt))
    lines.append(ReportLine(translate("Cash", "Journal code"), report.journal_code))
    return Section("", tuple(line for line in lines if line.value))


def _sales(shift: Shift, formats: Formats) -> Section:
    amount = formats.amount
    lines = [
        ReportLine(
            translate("Cash", "Sales ({sale_count})", sale_count=shift.sale_count),
            amount(shift.sales_minor),
        ),
        ReportLine(
            translate("Cash", "Refunds ({refund_count})", refund_count=shift.refund_count),
            amount(shift.refunds_minor),
        ),
    ]
    if shift.void_count:
        lines.append(
            ReportLine(
                translate("Cash", "  of which voids ({void_count})", void_count=shift.void_count),
                amount(shift.voids_minor),
            )
        )
    if shift.cards_sold_minor:
        lines.append(
            ReportLine(translate("Cash", "less gift cards sold"), amount(-shift.cards_sold_minor))
        )
    if shift.account_paid_minor:
        lines.append(
            ReportLine(translate("Cash", "less paid on account"), amount(-shift.account_paid_minor))
        )
    lines.append(
        ReportLine(translate("Cash", "Turnover"), amount(shift.turnover_minor), strong=True)
    )
    lines.append(ReportLine(translate("Cash", "Discounts given"), amount(shift.discount_minor)))
    if shift.promotion_minor:
        lines.append(
            ReportLine(translate("Cash", "  of which promotions"), amount(shift.promotion_minor))
        )
    if shift.rounding_minor:
        lines.append(ReportLine(translate("Cash", "Cash rounding"), amount(shift.rounding_minor)))
    return Section(translate("Cash", "Sales"), tuple(lines))


def _taxes(shift: Shift, formats: Formats) -> Section:
    amount = formats.amount
    rows = [
        ReportLine(_tax_name(tax, formats), amount(tax.tax_minor), amount(tax.base_minor))
        for tax in shift.taxes
    ]
    if not rows:
        return Section(translate("Cash", "Tax"), ())
    return Section(
        "",
        (
            ReportLine(
                translate("Cash", "Tax"),
                translate("Cash", "Tax"),
                translate("Cash", "Net"),
                strong=True,
            ),
            *rows,
        ),
    )


def _tax_name(tax: TaxRow, formats: Formats) -> str:
    if tax.per_unit_minor:
        return f"{tax.name} {formats.amount(tax.per_unit_minor)}"
    rate = formats.percent(tax.rate_ppm)
    return tax.name if rate.rstrip("%") in tax.name else f"{tax.name} {rate}"


def _payments(report: ShiftReport, formats: Formats) -> Section:
    shift, lines = report.shift, []
    for method, minor in shift.payments_minor.items():
        name, tips = report.method_names.get(method, method), shift.tips_minor.get(method, 0)
        lines.append(ReportLine(name, formats.amount(minor)))
        if tips:
            lines.append(ReportLine(translate("Cash", "  and tips"), formats.amount(tips)))
    if lines:
        total = sum(shift.payments_minor.values()) + sum(shift.tips_minor.values())
        lines.append(ReportLine(translate("Cash", "Total"), formats.amount(total), strong=True))
    return Section(translate("Cash", "Payments"), tuple(lines))


def _cash(shift: Shift, formats: Formats) -> Section:
    amount, cash = formats.amount, shift.payments_minor.get("cash", 0)
    lines = [
        ReportLine(translate("Cash", "Float"), amount(shift.float_minor)),
        ReportLine(translate("Cash", "Cash from sales"), amount(cash)),
    ]
    if tips := shift.tips_minor.get("cash", 0):
        lines.append(ReportLine(translate("Cash", "Tips in cash"), amount(tips)))
    for name, count, minor in (
        (translate("Cash", "Paid in"), shift.paid_in_count, shift.paid_in_minor),
        (translate("Cash", "Paid out"), shift.paid_out_count, -shift.paid_out_minor),
        (translate("Cash", "To the safe"), shift.drop_count, -shift.dropped_minor),
    ):
        if minor:
            lines.append(ReportLine(f"{name} ({count})" if count else name, amount(minor)))
    lines.append(
        ReportLine(
            translate("Cash", "Expected in the drawer"),
            amount(shift.expected_cash_minor),
            strong=True,
        )
    )
    if not shift.is_open:
        lines.append(ReportLine(translate("Cash", "Counted"), amount(shift.counted_minor)))
        difference = over_short_words(shift.over_short_minor, formats)
        lines.append(ReportLine(translate("Cash", "Difference"), difference, strong=True))
    return Section(translate("Cash", "Cash drawer"), tuple(lines))


def _moved(one: Movement, formats: Formats) -> ReportLine:
    said = ", ".join(part for part in (KINDS.get(one.kind, one.kind), one.reason) if part)
    words = f"{formats.clock(one.at_us)} {said} ({one.user_name})"
    sign = 1 if one.kind == "paid_in" else -1
    amount = formats.amount(sign * one.amount_minor) if one.amount_minor else ""
    return ReportLine(words, amount)


def _count(report: ShiftReport, formats: Formats) -> Section:
    pieces = sorted(report.pieces.items(), reverse=True)
    lines = (ReportLine(f"{n} × {formats.amount(v)}", formats.amount(v * n)) for v, n in pieces)
    return Section(translate("Cash", "Counted"), tuple(lines))


def _cards(shift: Shift, formats: Formats) -> Section:
    redeemed = shift.payments_minor.get(GIFT_CARD, 0)
    if not shift.cards_sold_minor and not redeemed:
        return Section(translate("Cash", "Gift cards"), ())
    return Section(
        translate("Cash", "Gift cards (owed, not turnover)"),
        (
            ReportLine(
                translate("Cash", "Sold and loaded"), formats.amount(shift.cards_sold_minor)
            ),
            ReportLine(translate("Cash", "Redeemed"), formats.amount(redeemed)),
        ),
    )


def _cashiers(report: ShiftReport, formats: Formats) -> Section:
    lines = []
    for user_id, sums in report.shift.cashiers.items():
        rung = sums.sale_count + sums.refund_count
        name = report.user_names.get(user_id, translate("Cash", "Unknown user"))
        lines.append(
            ReportLine(f"{name} ({rung})", formats.amount(sums.sales_minor + sums.refunds_minor))
        )
    return Section(translate("Cash", "Cashiers"), tuple(lines))


def _counts(shift: Shift) -> Section:
    return Section(
        translate("Cash", "Counts"),
        (
            ReportLine(translate("Cash", "No-sales"), str(shift.no_sale_count)),
            ReportLine(translate("Cash", "Approved with another PIN"), str(shift.override_count)),
            ReportLine(translate("Cash", "Payment types changed"), str(shift.correction_count)),
        ),
    )
