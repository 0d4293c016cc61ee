"""The questions of the server to its database, as protocols.

A ``Store`` opens transactions of one organisation; a ``Transaction`` is several ports. Nothing
of it becomes visible to others before it commits. ``postgres/`` is the real one; a simulation
brings one in memory, and both pass the same tests.

Races between transactions, statements that fail and a database that went away come out of
``Store.transaction`` and ``Transaction.savepoint`` as the three exceptions below.
"""

from sync.server.core.ports.devices import DevicePort
from sync.server.core.ports.faults import Race, StoreError, TooSlow, Unavailable
from sync.server.core.ports.groups import GroupPort, StreamPort
from sync.server.core.ports.jobs import BalancePort, ClaimPort, Look, LookPort
from sync.server.core.ports.records import (
    LAST_ID,
    Balance,
    Checkpoint,
    Claim,
    DeviceRun,
    EnrolmentCode,
    HeldGroup,
    Holdings,
    KnownRun,
    LedgerRow,
    LogEntry,
    NewFact,
    Origin,
    Recorded,
    Registered,
    Restore,
    Services,
    StreamState,
    Successor,
    Values,
    Wait,
)
from sync.server.core.ports.snapshots import CheckpointPort, SnapshotPort
from sync.server.core.ports.store import Store, Transaction

__all__ = [
    "LAST_ID",
    "Balance",
    "BalancePort",
    "Checkpoint",
    "CheckpointPort",
    "Claim",
    "ClaimPort",
    "DevicePort",
    "DeviceRun",
    "EnrolmentCode",
    "GroupPort",
    "HeldGroup",
    "Holdings",
    "KnownRun",
    "LedgerRow",
    "LogEntry",
    "Look",
    "LookPort",
    "NewFact",
    "Origin",
    "Race",
    "Recorded",
    "Registered",
    "Restore",
    "Services",
    "SnapshotPort",
    "Store",
    "StoreError",
    "StreamPort",
    "StreamState",
    "Successor",
    "TooSlow",
    "Transaction",
    "Unavailable",
    "Values",
    "Wait",
]
