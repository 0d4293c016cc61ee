"""Types that push, release and edits share while a group is taken in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from localdb.domain.ops import Group
from sync.protocol.messages import SentGroup, Verdict
from sync.server.core.authority import Sender
from sync.server.core.decisions import Decision
from sync.server.core.effects import FactContradicts
from sync.server.core.journal_facts import Doubt
from sync.server.core.ports import Race, StoreError
from sync.server.core.rows import Key

ATTEMPTS_MAX = 5
POISON = (
    Race,
    StoreError,
    FactContradicts,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What a group that cannot be applied may raise; a database that went away is Unavailable."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Admitted:
    """A group of a locked device, read; or why it was not let in."""

    device_id: str
    sent: SentGroup
    group: Group | Decision
    sender: Sender
    in_parts: bool = False
    """Whether others may have given facts back under its number; its entry then lists its own."""


@dataclass(slots=True)
class Pushed:
    """The answer of a transaction to one device, and what is announced after the commit."""

    epoch: str = ""
    verdicts: list[Verdict] = field(default_factory=list)
    heads: dict[str, int] = field(default_factory=dict)
    """The streams that its groups entered, and the last number that one of them took."""
    urgent: set[str] = field(default_factory=set)
    """The streams among ``heads`` that got more than facts: others should hear of it at once."""
    arrived: set[str] = field(default_factory=set)
    """Ids of new reference records: a held group may have waited for one."""
    doubtful: list[tuple[Group, list[Doubt]]] = field(default_factory=list)
    """Groups that were taken and do not agree with their own journal: a manager hears at once."""
    awaited: set[Key] = field(default_factory=set)
    """The records that groups held by this transaction wait for."""


def held_by(error: Exception) -> Decision:
    """A group that met a fault is kept; an error's text may quote a person, its kind cannot."""
    return Decision("held", "unexpected_error", type(error).__name__)


async def retried(attempt: Callable[[], Awaitable[T]]) -> T:
    """Run a transaction again when another one was in its way."""
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return await attempt()
        except Race:
            continue
    return await attempt()
