"""Finding a receipt of this till or its store's others by number, customer, day or amount."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, select

from localdb.domain.real_values import zone
from localdb.domain.records import Sale
from localdb.queries import here, lists
from localdb.queries.names import name_of
from localdb.store.tables import TABLES

FOUND_MAX = 50
NUMBER_DIGITS = 6
AMOUNT_SALES = 2000
"""Among how many of the newest sales an amount alone is looked for: amounts have no index."""
_NUMBER = re.compile(r"[A-Z0-9]+-[A-Z][A-Z0-9]*(-[0-9]+)?-[0-9]{6,}", re.IGNORECASE)
CODE_MARK = "*"
"""Written around a receipt's number where it is printed as a bar code."""
_SALE, _TILL = TABLES["sale"], TABLES["till"]


@dataclass(frozen=True, slots=True)
class Found:
    """One sale in the list."""

    sale: Sale
    customer_name: str = ""


def by_code(connection: Connection, code: str) -> str | None:
    """The sale whose printed number was scanned or typed in full; None for any other code."""
    wanted = select(_SALE.c.id).where(_SALE.c.receipt_number == _bare(code))
    # Two tills may have printed one number: the newer sale is the likelier one.
    return connection.execute(wanted.order_by(_SALE.c.rung_at_us.desc()).limit(1)).scalar()


def by_full_number(connection: Connection, number: str) -> list[Found]:
    """The sales with this printed number: two where two tills printed it."""
    return _found(connection, _SALE.c.receipt_number == _bare(number))


def looks_like_number(code: str) -> bool:
    """Whether a code has the form of a receipt number: ``S01-T03-000123``."""
    return _NUMBER.fullmatch(code.strip().strip(CODE_MARK)) is not None


def newest(connection: Connection) -> list[Found]:
    """The newest sales and refunds, the newest first."""
    return _found(connection)


def by_number(connection: Connection, digits: str) -> list[Found]:
    """Sales of any till of this store whose running number is ``digits``."""
    store = here.store(connection)
    tills = connection.execute(select(_TILL.c.code).where(_TILL.c.store_id == store.id)).scalars()
    codes = {*tills, here.identity(connection).till_code}
    numbers = [f"{store.code}-{code}-{int(digits):0{NUMBER_DIGITS}}" for code in sorted(codes)]
    return _found(connection, _SALE.c.receipt_number.in_(numbers))


def by_customer(connection: Connection, text: str) -> list[Found]:
    """What customers with this name, phone or card bought."""
    ids = [customer.id for customer in lists.customers(connection, text)]
    return _found(connection, _SALE.c.customer_id.in_(ids)) if ids else []


def by_day_and_amount(
    connection: Connection, *, day: int | None = None, total_minor: int | None = None
) -> list[Found]:
    """Sales of a calendar day (YYYYMMDD) in the store's time, of an amount, or of both."""
    wanted: list[ColumnElement[bool]] = []
    if day is not None:
        start_us, end_us = _span_us(day, zone(here.store(connection).timezone))
        wanted += [_SALE.c.rung_at_us >= start_us, _SALE.c.rung_at_us < end_us]
    else:
        newest_ids = select(_SALE.c.id).order_by(_SALE.c.rung_at_us.desc()).limit(AMOUNT_SALES)
        wanted.append(_SALE.c.id.in_(newest_ids))
    if total_minor is not None:
        wanted.append(_SALE.c.total_minor.in_((total_minor, -total_minor)))
    return _found(connection, *wanted)


def _bare(code: str) -> str:
    return code.strip().strip(CODE_MARK).upper()


def _found(connection: Connection, *wanted: ColumnElement[bool]) -> list[Found]:
    query = select(_SALE).where(*wanted).order_by(_SALE.c.rung_at_us.desc()).limit(FOUND_MAX)
    sales = [Sale.from_values(dict(row)) for row in connection.execute(query).mappings()]
    return [Found(sale, name_of(connection, "customer", sale.customer_id)) for sale in sales]


def _span_us(day: int, zone: ZoneInfo) -> tuple[int, int]:
    begins = datetime(day // 10_000, day // 100 % 100, day % 100, tzinfo=zone)
    ends = begins + timedelta(days=1)
    return int(begins.timestamp()) * 1_000_000, int(ends.timestamp()) * 1_000_000
