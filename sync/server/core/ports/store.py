"""A transaction, which is all ports at once, and the store that opens one."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from sync.server.core.ports.devices import DevicePort
from sync.server.core.ports.groups import GroupPort, StreamPort
from sync.server.core.ports.jobs import BalancePort, ClaimPort, LookPort
from sync.server.core.ports.snapshots import CheckpointPort, SnapshotPort


class Transaction(
    GroupPort,
    StreamPort,
    DevicePort,
    SnapshotPort,
    CheckpointPort,
    LookPort,
    BalancePort,
    ClaimPort,
    Protocol,
):
    """One transaction of one organisation."""

    @property
    def org_id(self) -> str:
        """The organisation."""
        ...

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """A block that is rolled back when it fails, while the transaction continues."""
        ...


class Store(Protocol):
    """The database of all organisations."""

    def transaction(
        self, org_id: str | None = None, *, repeatable: bool = False
    ) -> AbstractAsyncContextManager[Transaction]:
        """One transaction that sees only ``org_id``; ``repeatable`` reads one moment throughout.

        Commits at the end, rolls back on any exception.
        """
        ...
