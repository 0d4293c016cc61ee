"""Questions of the jobs, of claims and of balances."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from sync.server.core.ports.records import Balance, Claim, LogEntry, Values
from sync.server.core.rows import Row

Look = Literal["flagged", "balanced"]
"""The purposes for which groups are looked at; each goes through a stream by itself."""


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

    async def answers(self, conflict_ids: Sequence[str]) -> list[Values]:
        """The journal entries that say what was decided about these conflicts."""
        ...


class BalancePort(Protocol):
    """The sums of the movements of accounts."""

    async def balances(self, account_ids: Sequence[str]) -> list[Balance]:
        """The balances of these cards and customers, of each kind that ever moved."""
        ...


class ClaimPort(Protocol):
    """Claims of devices on things, for a moment.

    ``kind`` is a ``sync.protocol.messages.ClaimKind``.
    """

    async def lock_claims(self, kind: str, subject_id: str, now_us: int) -> list[Claim]:
        """The claims on a thing that still hold, by device id.

        No other transaction reads or makes a claim on it before this one ends.
        """
        ...

    async def put_claim(self, kind: str, subject_id: str, claim: Claim) -> None:
        """Set the device's claim on a thing; an amount of 0 ends it."""
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
        """A record as it is now, not locked."""
        ...
