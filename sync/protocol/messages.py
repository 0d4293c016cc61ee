"""The messages of the wire; both sides import these and nothing else of each other."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sync.protocol import limits

PROTOCOL_VERSION = 1
PROTOCOL_VERSION_MIN = 1

DseqNumber = Annotated[int, Field(ge=1, le=2**62)]
StreamNumber = Annotated[int, Field(ge=0, le=2**62)]
UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
NO_NULL_PATTERN = r"^[^\x00]*$"
UuidText = Annotated[str, Field(pattern=UUID_PATTERN)]


class Message(BaseModel):
    """Base: immutable; unknown fields are ignored so that either side may be newer."""

    # Errors name the place and repeat nothing: what was sent may be a customer's.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


# ---------------------------------------------------------------- push


class SentGroup(Message):
    """A group as sent: ``body`` is the text of ``localdb.domain.ops.encode``."""

    dseq: DseqNumber
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    body: Annotated[str, Field(max_length=limits.GROUP_BYTES_MAX)]


class PushRequest(Message):
    batch_id: UuidText
    groups: Annotated[list[SentGroup], Field(min_length=1, max_length=limits.BATCH_GROUPS_MAX)]


VerdictKind = Literal[
    "applied", "duplicate", "merged", "conflict", "held", "superseded", "rejected", "fork"
]


class Verdict(Message):
    """What became of one group; recorded by the server and given again on every retry.

    ``numbers`` names the place the group took in each stream it touched. ``fork`` says that
    another group with this dseq is already stored: the till was cloned or restored.
    """

    dseq: DseqNumber
    kind: VerdictKind
    code: str = ""
    detail: str = ""
    numbers: dict[str, StreamNumber] = {}


class PushReply(Message):
    """Verdicts exist only in a 200 whose ``batch_id`` is the one that was sent."""

    batch_id: UuidText
    epoch: str
    verdicts: list[Verdict]
    server_time_us: int
    backup_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """The server is never restored to a time longer ago: delivered groups are kept as long."""


class RunsRequest(Message):
    """A till asks how far other devices have delivered, after the server was restored."""

    device_ids: Annotated[list[UuidText], Field(max_length=limits.RUNS_MAX)]


class Runs(Message):
    """Device id -> the last group that the server holds of it; unknown devices are left out."""

    acknowledged: dict[str, int]


class FoundRequest(Message):
    """Facts of other devices' groups that the server has lost, by a till that had pulled them.

    Each body is a ``Group`` of the device that brought them first, with the facts alone.
    """

    groups: Annotated[list[SentGroup], Field(min_length=1, max_length=limits.BATCH_GROUPS_MAX)]


class FoundReply(Message):
    taken: int
    """Groups that brought something the server did not have."""
    refused: int = 0
    """Groups that were not stored: no restore is open, or something speaks against them."""


# ---------------------------------------------------------------- pull


class RowImage(Message):
    """A reference record as the server holds it after a group."""

    type: str
    id: UuidText
    version: int
    vector: dict[str, int]
    values: dict[str, Any]


class FactRow(Message):
    type: str
    values: dict[str, Any]


class Entry(Message):
    """One group in a stream. The receiver's own facts are left out (``stub``): it has them."""

    number: StreamNumber
    device_id: UuidText
    dseq: int
    user_id: str | None = None
    at_us: int
    stub: bool = False
    given_by: UuidText | None = None
    """The till that handed these facts over after a restore, in the place of the device."""
    rows: list[RowImage] = []
    facts: list[FactRow] = []


class PullReply(Message):
    """Entries after the cursor, numbers without a gap; ``head`` is the stream's last number.

    ``checkpoint`` is the newest number with digests; a page does not cross it.
    """

    epoch: str
    stream: str
    head: StreamNumber
    entries: list[Entry]
    server_time_us: int
    checkpoint: StreamNumber | None = None


# ---------------------------------------------------------------- enrolment and bootstrap


class FormerIdentity(Message):
    """Who the asking till has been: alone (``device_id`` is its own invention) or enrolled."""

    org_id: UuidText
    store_id: UuidText
    device_id: UuidText
    enrolled: bool
    waiting: Annotated[int, Field(ge=0, le=2**62)]
    """Groups the server does not have; they can only go to the store they were rung in."""
    kept_after: Annotated[int, Field(ge=0, le=2**62)] = 0
    """It still has every group above this one, and can send it again."""
    shift_open: bool = False
    """Whether its drawer is not counted yet: it stays in its store until then."""
    token_hash: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    """SHA-256 of the token it has, good or not: empty when it has lost it."""
    currency: Annotated[str, Field(max_length=16)] = ""


class EnrolRequest(Message):
    """``request_id`` makes a second try the same one; ``dseq_after`` is the last settled group."""

    code: Annotated[str, Field(min_length=4, max_length=64)]
    till_name: Annotated[str, Field(min_length=1, max_length=255, pattern=NO_NULL_PATTERN)] = "Till"
    protocol: Annotated[int, Field(ge=0, lt=2**31)] = PROTOCOL_VERSION
    request_id: UuidText | None = None
    dseq_after: Annotated[int, Field(ge=0, le=2**62)] = 0
    was: FormerIdentity | None = None


class ReenrolRequest(Message):
    """A till that was restored or copied asks for an identity of its own, with its old token."""

    request_id: UuidText
    reason: Annotated[str, Field(max_length=64, pattern=NO_NULL_PATTERN)]
    dseq_after: Annotated[int, Field(ge=0, le=2**62)]
    """The last group it knows to be settled; its run goes on with the next."""
    journal_head: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


class SalesProof(Message):
    """How many sales of a device the server holds, and what their totals sum to."""

    count: int
    total_minor: int


class Replaced(Message):
    """What the server holds of the device that a new one replaces."""

    device_id: UuidText
    till_code: str
    dseq_acknowledged: int
    sales: SalesProof
    journal_head: str


class EnrolReply(Message):
    """The token is shown once; the server keeps only its hash."""

    device_id: UuidText
    token: str
    org_id: UuidText
    store_id: UuidText
    store_code: str
    """With ``till_code``, what receipt numbers begin with: ``S01-T03``."""
    till_code: str
    epoch: str
    dseq_after: int = 0
    """The device's run of groups goes on with the next."""
    replaced: Replaced | None = None


class TokenRequest(Message):
    """The SHA-256 of the till's next token, in hex; the token itself never travels before its use.

    So the request may be repeated, delayed or lost without harm.
    """

    token_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class TokenReply(Message):
    """The next token is known; the present one works until that is first used."""

    server_time_us: int


class SnapshotHeads(Message):
    """Where each subscribed stream stood before the first page; pulling goes on from there."""

    epoch: str
    heads: dict[str, StreamNumber]
    rows: dict[str, int]
    """How many rows each record type has, about: for the progress bar."""
    origins: dict[str, int] = {}
    """How many facts there are, about, of each type that ``OriginsPage`` tells of."""


class SnapshotPage(Message):
    """Rows of one type in id order; ``next_after`` is empty at the end.

    They come as ``rows`` or ``facts``, or folded into ``cells`` (see ``folded``) when the till
    asked for them and the server can.
    """

    type: str
    rows: list[RowImage] = []
    facts: list[FactRow] = []
    fields: list[str] = []
    cells: list[Any] = []
    next_after: str = ""

    @property
    def count(self) -> int:
        """How many rows there are, however they came."""
        folded = len(self.cells) // len(self.fields) if self.fields else 0
        return len(self.rows) + len(self.facts) + folded


class OriginsPage(Message):
    """Facts that a restore could take from the server, and the group that brought each.

    With their values only where no ``SnapshotPage`` holds them. In id order; ``next_after`` is
    empty at the end.
    """

    type: str
    facts: list[tuple[UuidText, UuidText, DseqNumber, dict[str, Any] | None]] = []
    """(id, device, its dseq, values)."""
    next_after: str = ""


class StockPage(Message):
    """Stock on hand of the till's store at ``number`` of its stream, in product id order."""

    number: StreamNumber
    levels: list[tuple[UuidText, int]]
    next_after: str = ""


class Me(Message):
    """What the server knows of the asking device."""

    org_id: UuidText
    store_id: UuidText
    device_id: UuidText
    dseq_acknowledged: int
    """The last group it holds of the gapless run; 0 for none."""
    epoch: str
    sales: SalesProof
    journal_head: str
    """Hash of the last journal entry it holds; empty for none."""
    hash: str = ""
    """Of the group that it holds under the number asked for, or the last below; empty for none."""


class Digest(Message):
    """Count and XOR-sum digest of one record type; the receiver computes the same."""

    type: str
    count: int
    digest: str
    fields: list[str] = []
    """What the server declares of this type; empty from one that does not say."""


class CheckpointDigests(Message):
    """What the rows of a stream amounted to when it was at ``number``, bucket by bucket.

    A bucket without rows is missing. ``first_day`` is the oldest day of facts that counts; the
    buckets ``touched`` since are compared at a later checkpoint.
    """

    epoch: str
    stream: str
    number: StreamNumber
    first_day: int
    buckets: dict[str, dict[str, tuple[int, str]]]
    """Record type -> bucket -> count and digest."""
    touched: list[tuple[str, str]] = []
    """(record type, bucket)."""
    fields: dict[str, list[str]] = {}
    """Record type -> what the server declares of it; empty from one that does not say."""


class TableHeld(Message):
    """How many facts of one type the server holds that the asking device brought.

    ``total`` sums the type's telling field (``sums.SUMMED``); 0 for a type without one.
    """

    type: str
    count: int
    total: int


# ---------------------------------------------------------------- claims

ClaimKind = Literal["held_cart", "sale_line", "gift_card", "store_credit", "points", "on_account"]


class ClaimRequest(Message):
    """What a till is about to use up: a held cart, goods to give back, a card, a customer's money.

    ``amount`` is all it will have used with the groups after ``after``: those the server may not
    have, and what is in hand now. In thousandths, minor units or points; 1 for a held cart. A claim
    takes the place of the till's former one on the same thing; 0 gives it up.
    """

    kind: ClaimKind
    subject_id: UuidText
    amount: Annotated[int, Field(ge=0, le=10**15)]
    after: Annotated[int, Field(ge=0, le=2**62)]


class ClaimReply(Message):
    """How much of it the till has to itself, for ``good_s`` seconds or until it used it.

    ``held_by`` is the till that another part, or the cart, is with; none when it is used up.
    """

    subject_id: UuidText
    granted: Annotated[int, Field(ge=0)]
    held_by: UuidText | None = None
    good_s: Annotated[int, Field(ge=0)] = limits.CLAIM_S


class Hint(Message):
    """Sent over the WebSocket: the stream is at ``number`` now."""

    stream: str
    number: StreamNumber


class Problem(Message):
    """An error body (RFC 9457): ``code`` is stable, ``detail`` is for a person."""

    status: int
    code: str
    title: str
    detail: str = ""
    errors: list[dict[str, Any]] = []
    current: dict[str, Any] | None = None
    """The row as it stands, on 409."""
