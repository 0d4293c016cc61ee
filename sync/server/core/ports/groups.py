"""Questions of a push and of a pull: the ledger, rows and facts, held groups, streams."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from sync.server.core.admission import Device
from sync.server.core.ports.records import (
    DeviceRun,
    HeldGroup,
    LedgerRow,
    LogEntry,
    NewFact,
    Origin,
    Recorded,
    Restore,
    StreamState,
    Values,
    Wait,
)
from sync.server.core.rows import Key, Row


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
        """Keep other transactions from giving a record a natural key."""
        ...

    async def lock_rows(self, keys: Iterable[Key]) -> dict[Key, Row]:
        """The references that exist among these, locked until the transaction ends."""
        ...

    async def lock_conflicts(self, ids: Sequence[str], about: Sequence[str]) -> dict[Key, Row]:
        """The conflicts with these ids, and the open ones about these records, locked."""
        ...

    async def waiting_for_manager(self, device_ids: Collection[str]) -> dict[str, int]:
        """How many changes of each device wait for a manager because it may not make them."""
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
        """The numbers of a stream; None for one that was never begun."""
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
