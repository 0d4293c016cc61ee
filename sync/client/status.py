"""The state of the sync, as the screens show it."""

from dataclasses import dataclass, field
from enum import StrEnum

from localdb.store.unaccounted import Unaccounted as Unaccounted

CLOCK_SKEW_WARN_US = 120_000_000
"""Two minutes: more than any slow line explains."""


class Connection(StrEnum):
    """The connection between this till and the server."""

    OFFLINE = "offline"
    """Not reached, or not at the last try; selling goes on and the clock tries again."""
    ONLINE = "online"
    AUTH = "auth"
    """The server does not take this till's token; the queue is kept."""
    REVOKED = "revoked"
    """The server has ended this till: what it did goes up, nothing comes down."""
    UPDATE_NEEDED = "update_needed"
    """This program is too old for the server; the queue is kept."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something is; the ``total`` of a bootstrap is the server's estimate."""

    rows: int
    total: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something succeeded and failed since the start."""

    succeeded: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of the last comparison with the server's digests."""

    at_us: int
    """By the server's clock."""
    number: int
    rows: int
    differing: int
    """Buckets of rows that were not the same."""
    repaired: int
    """Rows that show again what the server holds."""
    left: int
    """Rows that a person must look at: sales of this till that the server holds otherwise, or
    sales here that it does not list."""
    reloaded: bool
    """Whether so much differed that all was loaded afresh."""
    settled: bool = True
    """Whether what was put right has stayed so."""


NOTHING_YET = Tally()


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """The line for live hints; without it the till polls."""

    connected: bool = False
    connects: Tally = field(default=NOTHING_YET, compare=False)


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """A snapshot; a new one is announced whenever anything in it but the tallies changes."""

    connection: Connection = Connection.OFFLINE
    waiting: int = 0
    """Groups that the server does not have yet."""
    waiting_since_us: int | None = None
    waiting_by_type: tuple[tuple[str, int], ...] = ()
    parked: int = 0
    """Groups the server refused for good; a person must look at them."""
    conflicts_open: int = 0
    pushing: bool = False
    pulling: bool = False
    upload_stuck: bool = False
    """A request has been under way for long; it is given up soon and begun again."""
    download_stuck: bool = False
    bootstrap: Progress | None = None
    """Set while the data is loaded afresh."""
    swap_waiting: bool = False
    """Fresh data is ready and taken over as soon as the cart is empty."""
    copied: bool = False
    """Another till, or this one before a restore, already used these group numbers."""
    unaccounted: tuple[Unaccounted, ...] = ()
    """What another copy of this till's data did, until a manager has taken note of it."""
    readdressing: Progress | None = None
    """Set while the groups of a former identity are made ready to go up, in groups."""
    history: Progress | None = None
    """How much of what a till did alone the server has, in groups; stays when all is there."""
    locked: bool = False
    """Revoked, and all that can go up is up: no new sale may begin."""
    last_success_us: int | None = None
    last_error: str = ""
    """A sentence for the person at the till; empty when all is well."""
    clock_skew_us: int | None = None
    """Server's clock minus the till's; None before the first answer."""
    compared: Comparison | None = None
    """The result of the last comparison; None before the first."""
    live: LiveStatus = LiveStatus()
    uploads: Tally = field(default=NOTHING_YET, compare=False)
    downloads: Tally = field(default=NOTHING_YET, compare=False)

    @property
    def clock_is_wrong(self) -> bool:
        """Whether the till's clock is off by more than a line can explain."""
        return abs(self.clock_skew_us or 0) >= CLOCK_SKEW_WARN_US

    @property
    def in_inbox(self) -> int:
        """How many conflicts and refused changes wait for a person."""
        return self.parked + self.conflicts_open

    @property
    def in_panel(self) -> int:
        """How many notices about the whole till wait for a person."""
        differs = self.compared is not None and self.compared.left > 0
        return len(self.unaccounted) + differs
