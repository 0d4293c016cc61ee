"""From what a cashier types to the receipts it may mean: a number, a day, an amount, a customer."""

from dataclasses import dataclass

from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.domain.numbers import AmbiguousNumber
from localdb.domain.refund_records import EXCHANGED, VOID
from localdb.queries import receipt_search
from localdb.queries.receipt_search import NUMBER_DIGITS, Found
from localdb.services.till import Till

KINDS = {VOID: "Void", EXCHANGED: "Exchange"}


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One receipt in the list."""

    sale_id: str
    number: str
    when: str
    who: str
    """The customer, if one is known."""
    total: str
    kind: str
    """`Refund`, `Void`, `Exchange`; nothing for a sale."""


def find(till: Till, formats: Formats, text: str) -> tuple[FoundRow, ...]:
    """The receipts that a text may mean, the newest first; the newest of all for no text."""
    found = _found(till, formats, text.strip())
    return tuple(_row(one, formats) for one in found)


def _found(till: Till, formats: Formats, text: str) -> list[Found]:
    if not text:
        return till.ask(receipt_search.newest)
    if receipt_search.looks_like_number(text):
        return till.ask(receipt_search.by_full_number, text)
    day, minor = _day_and_amount(formats, text)
    found: list[Found] = []
    if text.isdecimal() and len(text) <= NUMBER_DIGITS:
        found = till.ask(receipt_search.by_number, text)
    if day is not None or minor is not None:
        search = receipt_search.by_day_and_amount
        found += till.ask(search, day=day, total_minor=minor)
    return found or till.ask(receipt_search.by_customer, text)


def _day_and_amount(formats: Formats, text: str) -> tuple[int | None, int | None]:
    """What each word is, when every word is one or the other."""
    day: int | None = None
    minor: int | None = None
    for word in text.split():
        as_day = formats.parse_day(word)
        as_minor = _amount(formats, word) if as_day is None else None
        if as_day is None and as_minor is None:
            return None, None
        day = day if as_day is None else as_day
        minor = minor if as_minor is None else as_minor
    return day, minor


def _amount(formats: Formats, word: str) -> int | None:
    try:
        return formats.parse_money(word)
    except AmbiguousNumber:
        return None


def _row(found: Found, formats: Formats) -> FoundRow:
    sale = found.sale
    return FoundRow(
        sale_id=sale.id,
        number=sale.receipt_number,
        when=formats.stamp(sale.rung_at_us),
        who=found.customer_name,
        total=formats.money(sale.total_minor),
        kind=KINDS.get(sale.reason, translate("Orders", "Refund")) if sale.kind == "refund" else "",
    )
