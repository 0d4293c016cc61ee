"""What the server asks of its database, in the words of its own decisions.

A ``Store`` opens transactions of one organisation; a ``Transaction`` is several ports. Nothing
of it becomes visible to others before it commits. ``postgres/`` is the real one; a simulation
brings one in memory, and both pass the same tests.

Races between transactions, statements that fail and a database that went away come out of
``Store.transaction`` and ``Transaction.savepoint`` as the three exceptions below.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sync.protocol.digest import BucketDigests
from sync.server.core.admission import Device
from sync.server.core.authority import THE_SERVER, Sender
from sync.server.core.rows import Key, Row

Values = dict[str, Any]
Origin = tuple[str, int]
"""(device id, dseq): the group that brought a fact first."""
LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
Wait = tuple[str, int, str]
"""(device id, dseq, id of the record waited for)."""


class Unavailable(Exception):
    """The database cannot serve this now; nothing was decided. ``retry_after_s`` is jittered."""

    def __init__(self, reason: str, retry_after_s: float) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class TooSlow(Unavailable):
    """A statement was given up: it took too long, or waited too long for a lock."""


class Race(Exception):
    """Another transaction was in the way: the same again succeeds."""


class StoreError(Exception):
    """The database refused a statement: what was to be written cannot be."""


@dataclass(frozen=True, slots=True)
class Services:
    """What comes in from outside: the clock, new ids, randomness."""

    now_us: Callable[[], int]
    new_id: Callable[[], str]
    random_bytes: Callable[[int], bytes]


# ---------------------------------------------------------------- what is stored


@dataclass(frozen=True, slots=True)
class DeviceRun:
    """A device's gapless run of groups: the next dseq it may bring, and the database's epoch."""

    expected: int
    epoch: str
    given: bool = False
    """Whether others gave stock movements back of groups that the device has not brought."""
    sender: Sender = THE_SERVER
    """What it may change: read here, for what a process remembers of a token may be older."""


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
    """Where a stream stands: its last number, and the last one that is no longer kept."""

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
        """How many rows the group comes to for whoever pulls it."""
        counts = (n if isinstance(n, int) else len(n) for n in self.fact_types.values())
        return len(self.rows) + sum(counts)

    def holds(self, type_name: str, fact_id: str) -> bool:
        """Whether a fact of this group came with this entry: of most groups all came with one."""
        came = self.fact_types.get(type_name)
        return came is not None and (isinstance(came, int) or fact_id in came)


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """What a code stands for; it enrols one till, once, before it expires."""

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
    """How a device came to be in the place of another one, or goes on with an older run."""

    replaces: str | None = None
    request_id: str | None = None
    dseq_after: int = 0
    """Its first group has the next number."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What the register says of a device."""

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
    """What all movements of one kind on one account sum to."""

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


# ---------------------------------------------------------------- the ports


class GroupPort(Protocol):
    """Taking groups in. Rows are locked in (type, id) order; the stream numbers come last."""

    async def lock_devices(self, device_ids: Collection[str]) -> dict[str, DeviceRun]:
        """Lock the runs of groups of known devices, in id order, until the transaction ends."""
        ...

    async def recorded(self, origins: Collection[Origin]) -> dict[Origin, Recorded]:
        """The ledger's rows among these."""
        ...

    async def record(self, rows: Sequence[LedgerRow], now_us: int) -> None:
        """Write verdicts."""
        ...

    async def acknowledge(self, delivered: Mapping[str, int], now_us: int) -> None:
        """Note how far each of these locked devices has delivered."""
        ...

    async def lock_natural_keys(self) -> None:
        """Let no other transaction give a record a natural key meanwhile."""
        ...

    async def lock_rows(self, keys: Iterable[Key]) -> dict[Key, Row]:
        """The references that exist among these, locked until the transaction ends."""
        ...

    async def lock_conflicts(self, ids: Sequence[str], about: Sequence[str]) -> dict[Key, Row]:
        """The conflicts with these ids, and the open ones about these records, locked."""
        ...

    async def waiting_for_manager(self, device_ids: Collection[str]) -> dict[str, int]:
        """How many changes of each device wait for a manager, for they were not its to make."""
        ...

    async def owners(self, type_name: str, values: Sequence[str]) -> dict[str, list[str]]:
        """Natural key -> ids of the live records that have it, in id order."""
        ...

    async def insert_rows(self, type_name: str, rows: Sequence[Row]) -> None:
        """Store new references; a Race when another transaction was first."""
        ...

    async def update_rows(self, type_name: str, rows: Sequence[Row]) -> None:
        """Overwrite references that this transaction has locked."""
        ...

    async def insert_facts(self, facts: Mapping[str, Sequence[NewFact]]) -> set[Key]:
        """Store facts by type, each once; those that came before, or come twice."""
        ...

    async def facts(self, type_name: str, ids: Iterable[str]) -> list[Values]:
        """The values of facts by id."""
        ...

    async def hold(self, groups: Sequence[HeldGroup], now_us: int) -> None:
        """Keep the bodies of groups until they can be applied."""
        ...

    async def next_held(
        self, arrived: Iterable[str], tried: Collection[Wait]
    ) -> tuple[Device, HeldGroup] | None:
        """The oldest group that waits for one of these records, locked, with its device.

        Waits that were ``tried`` are passed over, and groups that another transaction has.
        """
        ...

    async def forget_held(self, device_id: str, dseq: int) -> None:
        """A group is about to be judged again."""
        ...

    async def begin_streams(self, names: Sequence[str]) -> None:
        """Begin streams at number 0; those that exist stay as they are."""
        ...

    async def advance(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Take the next numbers of streams, so many of each; the last ones.

        Locks the streams in the order of their names until the commit.
        """
        ...

    async def write_log(self, entries: Sequence[LogEntry], now_us: int) -> None:
        """Write the entries of the numbers taken."""
        ...


class StreamPort(Protocol):
    """Reading what happened."""

    async def epoch(self) -> str:
        """The database's epoch: cursors of another one are worth nothing here."""
        ...

    async def restore(self) -> Restore | None:
        """The restore that was declared last, open or not; None when there was none."""
        ...

    async def stream(self, name: str) -> StreamState | None:
        """Where a stream stands; None for one that was never begun."""
        ...

    async def log(self, stream: str, after: int, entries_max: int, rows_max: int) -> list[LogEntry]:
        """The next entries: as many as fit, at least one when there is any."""
        ...

    async def entered(self, stream: str, origins: Collection[Origin]) -> dict[Origin, int]:
        """The number under which each of these groups entered a stream, if it did.

        Of one that came in parts the number of its stock movements, or the last.
        """
        ...

    async def facts_of(
        self, type_name: str, origins: Collection[Origin]
    ) -> list[tuple[Origin, Values]]:
        """The facts that these groups brought, in id order; ``facts_in`` asks by entry."""
        ...


class DevicePort(Protocol):
    """The register of devices and of the codes that enrol them."""

    async def device_by_token(self, token_hash: str) -> Device | None:
        """The device a token stands for, or is promised to; revoked or not."""
        ...

    async def use_promised(self, device_id: str, token_hash: str, now_us: int) -> None:
        """Let the promised token be the device's from now on, unless it is already."""
        ...

    async def promise_token(self, device_id: str, token_hash: str) -> None:
        """Let a device's next token be this; its present one works until the next is used."""
        ...

    async def seen(
        self, device_id: str, now_us: int, unless_since_us: int, protocol: int | None = None
    ) -> None:
        """Note that a device was here, and what it speaks, unless that was noted since."""
        ...

    async def revoke(self, device_id: str, now_us: int) -> bool:
        """End a device; False when it is unknown."""
        ...

    async def create_organisation(self, name: str, own_device_id: str, now_us: int) -> None:
        """Begin this transaction's organisation."""
        ...

    async def own_device(self) -> Device | None:
        """The organisation's own device, locked: its edits enter one after the other."""
        ...

    async def insert_device(
        self,
        device: Device,
        name: str,
        token_hash: str | None,
        now_us: int,
        successor: Successor | None = None,
    ) -> None:
        """Add a device that has delivered nothing yet."""
        ...

    async def registered(self, device_id: str) -> Registered | None:
        """A device of this organisation."""
        ...

    async def managing_tills(self) -> int:
        """How many live tills of the organisation manage."""
        ...

    async def set_manages(self, device_id: str, *, manages: bool) -> None:
        """Let a till manage, or be a plain one from now on."""
        ...

    async def was_reenrolled_since(self, device_id: str, at_us: int) -> bool:
        """Whether a device, or one in its place, was made by a re-enrolment since a moment."""
        ...

    async def registered_by(self, request_id: str) -> Registered | None:
        """The device that a re-enrolment made."""
        ...

    async def runs_in(self, store_id: str) -> dict[str, KnownRun]:
        """Every device of a store, revoked or not."""
        ...

    async def replace_token(self, device_id: str, token_hash: str, now_us: int) -> None:
        """Give a device another token; the former ones end."""
        ...

    async def set_own_token(self, token_hash: str) -> None:
        """Give the organisation's own device a token; the former one ends."""
        ...

    async def create_code(
        self,
        code_hash: str,
        store_id: str,
        till_code: str,
        expires_at: int,
        replaces: str | None = None,
        renews: str | None = None,
        manages: bool | None = None,
    ) -> bool:
        """Add an enrolment code; False when there is no such live store.

        A Race when there is the same code, whosever it is.
        """
        ...

    async def code_owner(self, code_hash: str) -> str | None:
        """The organisation of a code; asked before any organisation is known."""
        ...

    async def lock_code(self, code_hash: str) -> EnrolmentCode | None:
        """What a code stands for, locked."""
        ...

    async def use_code(
        self, code_hash: str, now_us: int, device_id: str, request_id: str | None
    ) -> None:
        """Spend a code on a device; ``request_id`` is who may ask for the answer again."""
        ...

    async def lock_till_codes(self, store_id: str) -> set[str]:
        """The till codes of a store's devices; no other enrolment there meanwhile."""
        ...


class SnapshotPort(Protocol):
    """Reading what stands now. ``store_id`` None means the whole organisation."""

    async def note_stock_number(self, device_id: str, number: int) -> None:
        """Note at which number of its store's stream a device wants the stock."""
        ...

    async def stock_number(self, device_id: str) -> int | None:
        """The number that was noted for a device."""
        ...

    async def stock(
        self, store_id: str, number: int, after: str, limit: int
    ) -> list[tuple[str, int]] | None:
        """(product, thousandths on hand) as the movements up to ``number`` sum up, in id order.

        None when the stock at that number is not known any more.
        """
        ...

    async def keep_stock(self, store_id: str, entries_max: int) -> None:
        """Sum the stock up for later calls of ``stock``, unless it was so within ``entries_max``.

        Changes no answer, only what it costs. Sums that are of no more use are dropped.
        """
        ...

    async def count(self, type_name: str, store_id: str | None, from_id: str) -> int:
        """How many rows a type has from an id on."""
        ...

    async def references(
        self, type_name: str, store_id: str | None, after: str, limit: int, bucket: str = ""
    ) -> list[Row]:
        """References with ids above ``after``, in id order; of one bucket when it is given."""
        ...

    async def recent_facts(
        self,
        type_name: str,
        store_id: str | None,
        from_id: str,
        after: str,
        limit: int,
        below: str = LAST_ID,
    ) -> list[Values]:
        """Facts with ids from ``from_id`` on, above ``after`` and below ``below``, in id order."""
        ...

    async def facts_since(
        self,
        type_name: str,
        store_id: str,
        since_us: int,
        but_device: str,
        after: str,
        limit: int,
    ) -> list[NewFact]:
        """Facts of a store with ids above ``after``, in id order, each with its group.

        Left out is what this device brought, and what groups brought that were recorded before
        ``since_us``.
        """
        ...

    async def holdings(self, device_id: str) -> Holdings:
        """What there is of a device."""
        ...

    async def delivered_by(self, type_name: str, device_id: str) -> tuple[int, int]:
        """How many facts of a type a device's groups brought, and their sum (``SUMMED``)."""
        ...


class CheckpointPort(Protocol):
    """What the rows of a stream amount to."""

    async def try_lock(self, name: str) -> bool:
        """Hold a name of this organisation until the transaction ends; False if another does."""
        ...

    async def bucket_digests(
        self, type_name: str, store_id: str | None, from_id: str
    ) -> BucketDigests:
        """Count and digest of each bucket of a type, over the rows from an id on."""
        ...

    async def keep_checkpoint(self, stream: str, checkpoint: Checkpoint) -> None:
        """Store digests; all but a stream's last two go."""
        ...

    async def checkpoint(self, stream: str, number: int) -> Checkpoint | None:
        """The digests kept for a number."""
        ...

    async def touched_since(self, stream: str, number: int) -> set[tuple[str, str]]:
        """(record type, bucket) of every row that the entries after a number name."""
        ...


Look = Literal["flagged", "balanced"]
"""What groups are looked at for; each look goes through a stream by itself."""


class LookPort(Protocol):
    """Looking at the stored facts of groups, each group once, some time after it came."""

    async def unlooked_streams(self, look: Look) -> list[str]:
        """The streams with groups that nobody has looked at yet."""
        ...

    async def unlooked(
        self, look: Look, stream: str, before_us: int, entries_max: int, rows_max: int
    ) -> list[LogEntry]:
        """The oldest of them that were applied before a moment: as many as fit, at least one.

        Ends before the first entry that was applied later.
        """
        ...

    async def looked(self, look: Look, stream: str, number: int) -> None:
        """Everything up to this number was looked at."""
        ...

    async def existing(self, type_name: str, ids: Sequence[str]) -> set[str]:
        """Those of these ids under which a record of the type is stored, deleted or not."""
        ...

    async def refunds_of(self, line_ids: Sequence[str]) -> list[Values]:
        """All sale lines that give something of these lines back."""
        ...

    async def sales_numbered(self, numbers: Sequence[str]) -> list[Values]:
        """All sales under these receipt numbers."""
        ...

    async def sales_of_carts(self, cart_ids: Sequence[str]) -> list[Values]:
        """All sales that were recalled from these held carts."""
        ...

    async def journal(self, device_id: str, seqs: Sequence[int]) -> list[Values]:
        """The entries of a device's journal under these numbers."""
        ...


class BalancePort(Protocol):
    """What the movements of accounts come to."""

    async def balances(self, account_ids: Sequence[str]) -> list[Balance]:
        """The balances of these cards and customers, of each kind that ever moved."""
        ...


class ClaimPort(Protocol):
    """Who has what to himself for a moment; ``kind`` is a ``sync.protocol.messages.ClaimKind``."""

    async def lock_claims(self, kind: str, subject_id: str, now_us: int) -> list[Claim]:
        """The claims on a thing that still hold, by device id.

        No other transaction reads or makes a claim on it before this one ends.
        """
        ...

    async def put_claim(self, kind: str, subject_id: str, claim: Claim) -> None:
        """Let this be the device's claim on the thing; one of amount 0 ends it."""
        ...

    async def moved(self, kind: str, subject_id: str) -> int:
        """What all stored facts add: an account's movements, or a sale line's refunds."""
        ...

    async def moved_since(
        self, kind: str, subject_id: str, after: Mapping[str, int]
    ) -> dict[str, int]:
        """The part of it that each of these devices brought after a number; 0 is left out."""
        ...

    async def reference(self, type_name: str, id_: str) -> Row | None:
        """A record as it stands, not locked."""
        ...


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
        """Whose it is."""
        ...

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """What is done inside is taken back when it fails, and the transaction goes on."""
        ...


class Store(Protocol):
    """Where organisations live."""

    def transaction(
        self, org_id: str | None = None, *, repeatable: bool = False
    ) -> AbstractAsyncContextManager[Transaction]:
        """One transaction that sees only ``org_id``; ``repeatable`` reads one moment throughout.

        Commits at the end, rolls back on any exception.
        """
        ...
