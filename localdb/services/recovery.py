"""The recovery sheet of this till: whether anybody has it."""

from sqlalchemy import Connection

from localdb.store import local
from localdb.store.unit_of_work import UnitOfWork

_KEPT = "recovery_sheet_kept_us"


def note_kept(uow: UnitOfWork) -> None:
    """Somebody has the sheet, printed or saved; a fact of this till alone."""
    local.put_setting(uow.connection, _KEPT, str(uow.now_us))


def is_kept(connection: Connection) -> bool:
    """Whether somebody ever said so."""
    return local.setting(connection, _KEPT) is not None
