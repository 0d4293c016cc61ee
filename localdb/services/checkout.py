"""Charging a cart: the sale, its journal link and its op group become durable together."""

from dataclasses import dataclass

from localdb.domain import journal
from localdb.domain.balances import Loyalty
from localdb.domain.business_day import business_day
from localdb.domain.cart import Cart
from localdb.domain.real_values import series_code, zone
from localdb.domain.records import Record, Sale
from localdb.domain.sale import SaleContext, complete
from localdb.domain.shift import Shift
from localdb.domain.tender import Tender
from localdb.domain.terms import Terms
from localdb.errors import Refusal
from localdb.queries import here, offers, settings
from localdb.services import shifts
from localdb.store import carts as cart_store
from localdb.store import charges
from localdb.store.unit_of_work import UnitOfWork

_STORED = "SELECT 1 FROM sale WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Completed:
    """A sale that is on disk: only now may its receipt be printed and the drawer open."""

    sale_id: str
    receipt_number: str
    total_minor: int
    change_minor: int
    refund_id: str = ""
    """Of an exchange: the refund beside it."""


def checkout(
    uow: UnitOfWork,
    cart: Cart,
    tender: Tender,
    *,
    at_us: int | None = None,
    terms: Terms | None = None,
) -> Completed:
    """Store a paid cart as a sale and clear the open cart, in the caller's one transaction.

    ``terms`` are those the payment was taken under, so that no change of an offer or a tax
    meanwhile refuses what is paid; none for those in force. ``at_us`` is for replaying past trade;
    a sale at the till takes the transaction's time. Raises Refusal when the cart is not fully paid,
    no shift is open or nobody is signed in.
    """
    shift = shifts.current(uow)
    context = sale_context(uow, shift, uow.now_us if at_us is None else at_us, terms)
    records = complete(cart, tender, context)
    sale = store_sale(uow, shift, records)
    cart_store.clear(uow.connection)
    return Completed(sale.id, sale.receipt_number, sale.total_minor, tender.change_minor)


def sale_context(
    uow: UnitOfWork, shift: Shift, at_us: int, terms: Terms | None = None
) -> SaleContext:
    """Where, when and by whom this till rings a sale, with its next receipt number."""
    if uow.user_id is None:
        raise Refusal("No one is signed in. Sign in first.")
    connection, identity = uow.connection, uow.identity
    store = here.store(connection)
    shop = settings.in_force(connection)
    series = f"{store.code}-{series_code(identity.till_code)}"
    return SaleContext(
        store_id=identity.store_id,
        device_id=identity.device_id,
        shift_id=shift.id,
        cashier_id=uow.user_id,
        receipt_number=f"{series}-{uow.next_number(f'receipt:{series}'):06}",
        currency=store.currency,
        rung_at_us=at_us,
        business_day=business_day(at_us, zone(store.timezone), store.day_cutoff_min),
        terms=terms or offers.terms(connection, at_us),
        new_id=uow.new_id,
        loyalty=Loyalty(shop.points_per_unit, shop.point_minor),
    )


def store_sale(uow: UnitOfWork, shift: Shift, records: tuple[Record, ...]) -> Sale:
    """Insert a sale's records, count them into the open shift, chain the sale into the journal."""
    sale = records[0]
    assert isinstance(sale, Sale)
    if uow.connection.exec_driver_sql(_STORED, (sale.id,)).first():
        raise Refusal("This sale is already saved. Its receipt is the last one.")
    charges.clear(uow.connection)
    uow.insert(*records)
    shifts.add_sale(uow, shift, records)
    uow.journal(sale.kind, journal.told_of_sale(sale))
    return sale
