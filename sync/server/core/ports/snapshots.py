"""Questions of a bootstrap and of the digests."""

from typing import Protocol

from sync.protocol.digest import BucketDigests
from sync.server.core.ports.records import LAST_ID, Checkpoint, Holdings, NewFact, Values
from sync.server.core.rows import Row


class SnapshotPort(Protocol):
    """Reading what is stored now. ``store_id`` None means the whole organisation."""

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
        """What the server holds of a device."""
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
        """Store digests; drop all but a stream's last two."""
        ...

    async def checkpoint(self, stream: str, number: int) -> Checkpoint | None:
        """The digests kept for a number."""
        ...

    async def touched_since(self, stream: str, number: int) -> set[tuple[str, str]]:
        """(record type, bucket) of every row that the entries after a number name."""
        ...
