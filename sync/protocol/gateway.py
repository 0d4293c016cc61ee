"""What a till asks of the server, and every way in which the asking fails.

GatewayFault
├── NetworkFault      no answer, or one that says nothing of what was asked: ask again by the clock
│   ├── TimedOut      it took too long; less at once may get through
│   └── BrokenOff     the connection was lost in between; likewise
├── AuthFault         the server does not (or no longer) know this till
├── CursorExpired     the server cannot go on from this cursor: a fresh bootstrap is due
├── UpdateNeeded      this program is too old for the server
├── BodyTooLarge      send less at once
├── ProtocolFault     a success that is not one: it does not parse, or answers something else
└── RequestRefused    the server understood and says no; it says why

None of them is a verdict on a group: those stand only in a reply that names the batch sent.
"""

from typing import Protocol

from localdb.errors import EvertillError
from sync.protocol.limits import PAGE_ROWS_MAX, SNAPSHOT_ROWS_MAX
from sync.protocol.messages import (
    CheckpointDigests,
    ClaimReply,
    ClaimRequest,
    Digest,
    EnrolReply,
    EnrolRequest,
    FoundReply,
    FoundRequest,
    Me,
    OriginsPage,
    Problem,
    PullReply,
    PushReply,
    PushRequest,
    ReenrolRequest,
    Runs,
    RunsRequest,
    SnapshotHeads,
    SnapshotPage,
    StockPage,
    TableHeld,
    TokenReply,
    TokenRequest,
)


class GatewayFault(EvertillError):
    """Base of all; ``str()`` is a sentence for the person at the till."""


class NetworkFault(GatewayFault):
    """Nothing is known of what was asked; the server wants ``retry_after_s`` of peace at least."""

    def __init__(self, message: str, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TimedOut(NetworkFault):
    """The answer did not come in time."""


class BrokenOff(NetworkFault):
    """The connection was there, and was lost before the whole answer was."""


class AuthFault(GatewayFault):
    """401 or 403: the token is unknown, expired or revoked; ``code`` says which."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class CursorExpired(GatewayFault):
    """410: older than the server's retention, or from before it was restored."""


class UpdateNeeded(GatewayFault):
    """426: the server no longer speaks this program's protocol."""


class BodyTooLarge(GatewayFault):
    """413: more than the server takes in one request."""


class ProtocolFault(GatewayFault):
    """A reply that cannot be what the server meant: garbage, cut short, or to another question."""


class RequestRefused(GatewayFault):
    """Any other 4xx; ``problem`` is what the server said."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail or problem.title)
        self.problem = problem


class Gateway(Protocol):
    """The server as a till sees it; every call raises a ``GatewayFault`` or tells the truth."""

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Trade an enrolment code for a device token; raises RequestRefused for a bad code."""
        ...

    def reenrol(self, request: ReenrolRequest) -> EnrolReply:
        """A new identity for a restored or copied till; the same for the same request."""
        ...

    def rotate_token(self, request: TokenRequest) -> TokenReply:
        """Name this till's next token; the present one works until that is used."""
        ...

    def push(self, request: PushRequest) -> PushReply:
        """Hand over groups in order; raises ProtocolFault unless the reply echoes the batch id."""
        ...

    def runs(self, request: RunsRequest) -> Runs:
        """How far other devices have delivered."""
        ...

    def give_back(self, request: FoundRequest) -> FoundReply:
        """Hand over what other devices brought and the server lost; may be repeated."""
        ...

    def pull(self, stream: str, epoch: str, after: int, rows_max: int = PAGE_ROWS_MAX) -> PullReply:
        """The entries of a stream after a cursor, one at least; raises CursorExpired.

        A page closes at about ``rows_max`` rows.
        """
        ...

    def snapshot_heads(self) -> SnapshotHeads:
        """Where the streams stand now: pages read later hold at least what these cover."""
        ...

    def snapshot_page(
        self, record_type: str, after: str, limit: int, bucket: str = ""
    ) -> SnapshotPage:
        """Rows of one type, or of one bucket of it, with ids above ``after``, in id order."""
        ...

    def origins_page(self, record_type: str, after: str, limit: int) -> OriginsPage:
        """Which groups brought the facts of a type with ids above ``after``, in id order."""
        ...

    def stock_page(self, after: str, limit: int = SNAPSHOT_ROWS_MAX) -> StockPage:
        """Stock on hand of the till's store for products above ``after``."""
        ...

    def digests(self) -> list[Digest]:
        """Count and digest of each reference type as the server holds it."""
        ...

    def checkpoint_digests(self, stream: str, number: int) -> CheckpointDigests:
        """What a stream's rows amounted to at a checkpoint; raises RequestRefused for no such."""
        ...

    def claim(self, request: ClaimRequest) -> ClaimReply:
        """Have something to oneself for a moment; a server without claims raises RequestRefused."""
        ...

    def me(self, sent: int = 0) -> Me:
        """What the server holds of this device; the hash of what may be group ``sent``."""
        ...

    def tables(self) -> list[TableHeld]:
        """Count and sum of each fact type that this device brought."""
        ...
