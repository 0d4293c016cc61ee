"""Plain values that the server stores and reads; and its clock, ids and randomness."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.protocol.digest import BucketDigests
from sync.server.core.admission import Device
from sync.server.core.authority import THE_SERVER, Sender

Values = dict[str, Any]
Origin = tuple[str, int]
"""(device id, dseq): the group that brought a fact first."""
LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
Wait = tuple[str, int, str]
"""(device id, dseq, id of the record waited for)."""


@dataclass(frozen=True, slots=True)
class Services:
    """The inputs from outside: the clock, new ids, randomness."""

    now_us: Callable[[], int]
    new_id: Callable[[], str]
    random_bytes: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class DeviceRun:
    """A device's gapless run of groups: the next dseq it may bring, and the database's epoch."""

    expected: int
    epoch: str
    given: bool = False
    """Whether others gave stock movements back of groups that the device has not brought."""
    sender: Sender = THE_SERVER
    """What it may change; read here, because a process may remember an older state."""


@dataclass(frozen=True, slots=True)
class Restore:
    """A restore from a backup, as the operator declared it; all by the server's clock."""

    declared_at_us: int
    backup_at_us: int
    """When the server last worked with what the backup holds, as far as that is known."""
    open_until_us: int
    """Until then tills hand over what it lost of others."""


@dataclass(frozen=True, slots=True)
class KnownRun:
    """A device of a store: how far it has delivered, since when, and in whose place it came."""

    acknowledged: int
    enrolled_at_us: int
    replaces: str | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A ledger row: the body's hash and the verdict that was given (without its ``dseq``)."""

    hash: str
    verdict: Values


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A verdict to be recorded; that of a group which was held before is overwritten."""

    device_id: str
    dseq: int
    hash: str
    verdict: Values


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact's complete values, and the group that brings it."""

    values: Values
    device_id: str
    dseq: int


@dataclass(frozen=True, slots=True)
class HeldGroup:
    """A group whose body is stored and whose effects wait, perhaps for one record."""

    device_id: str
    dseq: int
    hash: str
    body: str
    code: str
    detail: str
    waits_for: str | None


@dataclass(frozen=True, slots=True)
class StreamState:
    """The numbers of a stream: its last number, and the last one that is no longer kept."""

    head: int
    pruned_to: int
    checkpoint: int | None = None
    """The newest number with digests, and when those were taken."""
    checkpoint_at: int = 0


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One group in one stream; ``at_us`` is the till's clock, ``rows`` are reference images."""

    stream: str
    number: int
    device_id: str
    dseq: int
    user_id: str | None
    store_id: str | None
    at_us: int
    fact_types: Mapping[str, int | Sequence[str]]
    """Fact type -> how many of them the group brought; or which, where they came in parts."""
    rows: Sequence[Values]
    given_by: str | None = None
    """The till that handed the facts over after a restore, in the place of ``device_id``."""

    @property
    def row_count(self) -> int:
        """How many rows the group is for a till that pulls it."""
        counts = (n if isinstance(n, int) else len(n) for n in self.fact_types.values())
        return len(self.rows) + sum(counts)

    def holds(self, type_name: str, fact_id: str) -> bool:
        """Whether a fact of this group came with this entry: of most groups all came with one."""
        came = self.fact_types.get(type_name)
        return came is not None and (isinstance(came, int) or fact_id in came)


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """What a code enrols; it enrols one till, once, before it expires."""

    store_id: str
    store_code: str
    store_currency: str
    till_code: str
    expires_at: int
    used_at: int | None
    replaces: str | None
    """The dead device whose place the till takes."""
    device_id: str | None
    """The device it enrolled, and on which request."""
    request_id: str | None
    renews: str | None
    """The device that only gets a new token."""
    manages: bool | None = None
    """Whether the till manages; None for what is usual (``enrolment.manages_by_default``)."""


@dataclass(frozen=True, slots=True)
class Successor:
    """How a device replaces another one, or continues an older run."""

    replaces: str | None = None
    request_id: str | None = None
    dseq_after: int = 0
    """Its first group has the next number."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A device in the register."""

    device: Device
    name: str
    replaces: str | None
    dseq_acknowledged: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the rows of a stream amounted to when it was at a number."""

    number: int
    at_us: int
    digests: Mapping[str, BucketDigests]
    """Record type -> bucket -> count and digest (see ``sync.protocol.digest``)."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the server holds of one device."""

    dseq_acknowledged: int
    sales: int
    sales_minor: int
    journal_head: str


@dataclass(frozen=True, slots=True)
class Balance:
    """The sum of all movements of one kind on one account."""

    kind: str
    account_id: str
    amount: int
    includes: Mapping[str, int]
    """Device -> the newest of its groups whose movements are in the sum."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a device was granted: ``amount`` of it with its groups after number ``after``."""

    device_id: str
    amount: int
    after: int
    until_us: int
    """When it is worth nothing any more, by the server's clock."""
