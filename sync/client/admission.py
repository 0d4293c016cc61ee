"""Follows whether the server lets this till in; a revoked one delivers its sales, then locks.

Both are kept on the disk: a stolen till must not come unlocked by a restart without a line.
"""

from enum import StrEnum

from localdb.store import local, outbox
from sync.client.background import Background
from sync.protocol.gateway import AuthFault

DEVICE_REVOKED = "device_revoked"
_SETTING = "admission"


class Admitted(StrEnum):
    """How far a revocation has got."""

    YES = ""
    REVOKED = "revoked"
    """Nothing comes down any more; what this till did may still go up."""
    LOCKED = "locked"
    """All of it is up, or the server takes no more."""


class Admission:
    """The server's last word on this till; both loops report it, on their threads."""

    def __init__(self, background: Background) -> None:
        self._background = background
        with background.read() as conn:
            self.state = Admitted(local.setting(conn, _SETTING) or "")

    def pulled(self) -> None:
        """The server let this till in."""
        self._become(Admitted.YES)

    def refused(self, fault: AuthFault, *, uploading: bool) -> None:
        """The server refused this till; one that may not upload either is locked at once."""
        if fault.code != DEVICE_REVOKED or self.state is Admitted.LOCKED:
            return
        with self._background.read() as conn:
            nothing_left = not outbox.waiting(conn).groups
        self._become(Admitted.LOCKED if uploading or nothing_left else Admitted.REVOKED)

    def _become(self, state: Admitted) -> None:
        if state is not self.state:
            self._background.write(
                lambda uow: local.put_setting(uow.connection, _SETTING, state.value)
            )
            self.state = state
