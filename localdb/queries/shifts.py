"""The shift of this till's drawer with its running totals: an X report, or a Z once closed."""

from sqlalchemy import Connection

from localdb.domain.shift import Shift
from localdb.store import local

SHIFT = "shift"
"""The local setting that holds the newest shift; each sale and drawer event updates it."""


def newest(connection: Connection) -> Shift | None:
    """This till's shift, open or last closed; None before the first."""
    text = local.setting(connection, SHIFT)
    return Shift.from_json(text) if text else None


def current(connection: Connection) -> Shift | None:
    """This till's open shift, or None."""
    shift = newest(connection)
    return shift if shift is not None and shift.is_open else None
