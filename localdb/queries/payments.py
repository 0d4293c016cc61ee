"""What stands open in payment: the charge under way, requests given up, the methods on offer."""

import logging

from sqlalchemy import Connection, select

from localdb.domain import methods
from localdb.domain.charge import Charge, TerminalRequest
from localdb.domain.methods import BUILT_IN, EXCHANGE, OWN_POSITION, Method
from localdb.domain.records import PaymentMethod
from localdb.errors import Refusal
from localdb.queries import here, settings
from localdb.store import charges
from localdb.store.tables import TABLES

log = logging.getLogger(__name__)

_METHODS = select(TABLES["payment_method"])


def open_charge(connection: Connection) -> Charge | None:
    """The charge that was under way when the till was last used.

    One that cannot be read stays in the file for support and is said in the log: a till that does
    not start is a closed shop.
    """
    try:
        return charges.load(connection)
    except ValueError:
        log.exception("the charge under way cannot be read")
        return None


def check_free(connection: Connection, tender_id: str | None = None) -> None:
    """Refuse while anything but this tender is being paid: what was taken must not be forgotten."""
    charge = open_charge(connection)
    if charge is not None and charge.is_begun and charge.tender.id != tender_id:
        raise Refusal("A payment is under way. Finish it, or cancel it.")


def abandoned(connection: Connection) -> tuple[TerminalRequest, ...]:
    """The card payments that were given up and may have been taken all the same."""
    try:
        return charges.abandoned(connection)
    except ValueError:
        log.exception("the card payments that were given up cannot be read")
        return ()


def offered(connection: Connection) -> tuple[Method, ...]:
    """The methods of the charge screen in their order, cash first."""
    return methods.offered(
        _records(connection),
        here.store(connection).currency,
        takes_points=settings.in_force(connection).point_minor > 0,
    )


def known(connection: Connection) -> dict[str, Method]:
    """Every method by its code, for names on receipts and reports."""
    return methods.known(_records(connection))


def all_methods(connection: Connection) -> list[PaymentMethod]:
    """Every method as it is now, in the order of the charge screen; also those not offered.

    A built-in one that no record changes has its code as its id.
    """
    held = methods.in_force(_records(connection))
    at_till = {method.code for method in offered(connection)}
    untouched = [
        PaymentMethod(
            id=method.code,
            code=method.code,
            name=method.name,
            opens_drawer=method.opens_drawer,
            position=method.position,
            active=method.code in at_till,
        )
        for method in BUILT_IN.values()
        if method.code not in held and method.code != EXCHANGE
    ]
    everything = [*held.values(), *untouched]
    return sorted(everything, key=lambda m: (_place(m), m.name))


def _place(method: PaymentMethod) -> int:
    own = 0 if method.code in BUILT_IN else OWN_POSITION
    return own + method.position


def _records(connection: Connection) -> list[PaymentMethod]:
    found = connection.execute(_METHODS).mappings()
    return [PaymentMethod.from_values(dict(row)) for row in found]
