"""Where the open shift's running totals are kept: a value of the till's own, beside the facts."""

from localdb.domain.shift import Shift
from localdb.queries import shifts as shift_queries
from localdb.store import local
from localdb.store.unit_of_work import UnitOfWork


def keep(uow: UnitOfWork, shift: Shift) -> Shift:
    """Store the totals in the transaction of what they count."""
    local.put_setting(uow.connection, shift_queries.SHIFT, shift.to_json())
    return shift


def count_override(uow: UnitOfWork) -> None:
    """Count an action that somebody else allowed; between two shifts there is nothing to count."""
    shift = shift_queries.current(uow.connection)
    if shift is not None:
        keep(uow, shift.with_override())
