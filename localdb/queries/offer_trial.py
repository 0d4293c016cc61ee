"""A promotion tried on the past: what it would have taken off the sales of a period.

Each sale is looked at as it was rung, at the quantities and prices it had. Goods that took part in
another promotion, or had a price set by hand, are left out: no goods take part in two. Days on
which the promotion begins and ends do not count here, its weekdays and hours do; a coupon counts
as shown by everybody.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from localdb.domain.cart import MONEY_LINES
from localdb.domain.local_time import LocalTime
from localdb.domain.money import MILLI, divide
from localdb.domain.offer_plan import savings
from localdb.domain.offer_sets import Good
from localdb.domain.promotions import Offers, Shopper
from localdb.domain.real_values import zone
from localdb.domain.records import Promotion
from localdb.queries import here, settings

REPORT_EVERY = 2000
"""Sales between two reports of progress."""
# Lines of paid sales with what is known of their goods today; read straight, for there are many.
_LINES = """
    SELECT s.id, s.rung_at_us, c.group_id, l.product_id, p.category_id, p.cost_minor, l.name,
        l.quantity_milli, l.unit_price_minor, l.list_price_minor, l.total_minor, l.discount_minor,
        l.tax_minor, l.unit, l.kind,
        EXISTS (SELECT 1 FROM sale_discount d
                WHERE d.sale_id = s.id AND d.line_id = l.id AND d.kind = 'promotion')
    FROM sale s
    JOIN sale_line l ON l.sale_id = s.id
    LEFT JOIN product p ON p.id = l.product_id
    LEFT JOIN customer c ON c.id = s.customer_id
    WHERE s.rung_at_us >= ? AND s.rung_at_us < ? AND s.kind = 'sale' AND s.store_id = ?
    ORDER BY s.rung_at_us, s.id, l.position
"""
_COUNT = (
    "SELECT count(*) FROM sale WHERE rung_at_us >= ? AND rung_at_us < ? AND kind = 'sale' "
    "AND store_id = ?"
)


@dataclass(frozen=True, slots=True)
class TrialRow:
    """What became of one product: all amounts in minor units, taxes included but for `earned`."""

    product_id: str
    name: str
    quantity_milli: int = 0
    """Sold in those sales that the promotion would have touched."""
    sold_minor: int = 0
    """What it brought."""
    saved_minor: int = 0
    """What customers would have saved."""
    earned_minor: int = 0
    """What was left of it after tax and at today's cost."""
    lost_minor: int = 0
    """What less would have been left."""

    def plus(self, other: "TrialRow") -> "TrialRow":
        """Both together, under this one's name."""
        return replace(
            self,
            quantity_milli=self.quantity_milli + other.quantity_milli,
            sold_minor=self.sold_minor + other.sold_minor,
            saved_minor=self.saved_minor + other.saved_minor,
            earned_minor=self.earned_minor + other.earned_minor,
            lost_minor=self.lost_minor + other.lost_minor,
        )


@dataclass(frozen=True, slots=True)
class Trial:
    """What a promotion would have done in a period."""

    sales: int
    """Sales of the period."""
    touched: int
    """Those in which it would have taken something off."""
    total: TrialRow
    products: tuple[TrialRow, ...]
    """By product, what saved most first."""


@dataclass(frozen=True, slots=True)
class _Line:
    sale_id: str
    rung_at_us: int
    group_id: str | None
    product_id: str | None
    category_id: str | None
    cost_minor: int | None
    name: str
    quantity_milli: int
    unit_price_minor: int
    list_price_minor: int
    total_minor: int
    discount_minor: int
    tax_minor: int
    unit: str
    kind: str
    is_on_offer: int

    @property
    def takes_part(self) -> bool:
        """Whether the promotion may touch it: goods at their own price, on no other offer."""
        by_hand = self.list_price_minor not in (0, self.unit_price_minor)
        is_goods = self.kind not in ("deposit", "open_item", *MONEY_LINES)
        return is_goods and not by_hand and not self.is_on_offer and self.total_minor > 0

    def as_good(self) -> Good:
        """The line as offers see it: at its price before any discount."""
        full = self.total_minor + self.discount_minor
        is_whole = self.unit == "piece" and self.quantity_milli % MILLI == 0
        at_unit_price = full == divide(self.quantity_milli * self.unit_price_minor, MILLI)
        pieces = self.quantity_milli // MILLI if is_whole and at_unit_price else 0
        return Good(self.product_id, self.category_id, self.quantity_milli, full, pieces)

    def row(self, saved_minor: int) -> TrialRow:
        net = self.total_minor - self.tax_minor
        cost = divide((self.cost_minor or 0) * self.quantity_milli, MILLI)
        return TrialRow(
            self.product_id or "",
            self.name,
            self.quantity_milli,
            self.total_minor,
            saved_minor,
            net - cost,
            divide(saved_minor * net, self.total_minor),
        )


def count_sales(connection: Connection, from_us: int, until_us: int) -> int:
    """How many sales this store made in a period, UTC microseconds, the end not included."""
    asked = (from_us, until_us, here.store_id(connection))
    return int(connection.exec_driver_sql(_COUNT, asked).scalar_one())


def tried(
    connection: Connection,
    promotion: Promotion,
    from_us: int,
    until_us: int,
    progressed: Callable[[int], object] = lambda sales: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Trial:
    """Try a promotion on this store's sales of a period, UTC microseconds, the end not included.

    `progressed` is told how many sales were looked at. Cancelled, it gives what it has.
    """
    shop, store = settings.in_force(connection), here.store(connection)
    draft = replace(promotion, starts_day=0, ends_day=0, active=True, deleted=False)
    offers = Offers.of([draft], store.id, rounds_price=shop.discount_rounding == "price")
    place = zone(store.timezone)
    coupons = frozenset(offer.coupon for offer in offers.offers if offer.coupon)
    rows: dict[str, TrialRow] = {}
    sales = touched = 0
    for lines in _sales(connection, from_us, until_us, store.id):
        shopper = Shopper(LocalTime.of(lines[0].rung_at_us, place), lines[0].group_id, coupons)
        sales += 1
        saved = [row for row in _saved(lines, offers, shopper) if row.saved_minor]
        touched += bool(saved)
        for row in saved:
            before = rows.get(row.product_id)
            rows[row.product_id] = before.plus(row) if before is not None else row
        if sales % REPORT_EVERY == 0:
            progressed(sales)
            if is_cancelled():
                break
    total = TrialRow("", "")
    for row in rows.values():
        total = total.plus(row)
    most_first = sorted(rows.values(), key=lambda row: (-row.saved_minor, row.name))
    return Trial(sales, touched, total, tuple(most_first))


def _sales(
    connection: Connection, from_us: int, until_us: int, store_id: str
) -> Iterator[list[_Line]]:
    rows: Iterable[Any] = connection.exec_driver_sql(_LINES, (from_us, until_us, store_id))
    for _sale, lines in groupby(rows, key=lambda row: row[0]):
        yield [_Line(*row) for row in lines]


def _saved(lines: list[_Line], offers: Offers, shopper: Shopper) -> Iterator[TrialRow]:
    taking_part = [line for line in lines if line.takes_part]
    found = savings([line.as_good() for line in taking_part], offers, shopper)
    for line, saved in zip(taking_part, found, strict=True):
        # What was taken off by hand is gone already: no more than what was paid can be saved.
        yield line.row(min(sum(one.amount_minor for one in saved), line.total_minor))
