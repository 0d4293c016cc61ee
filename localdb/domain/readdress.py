"""What a till did under one identity, said again under another one.

A till that was restored or copied, and one that joins a server with its history, hand over under a
new device id what they have not delivered. Facts keep the ``device_id`` that rang them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from localdb.domain.ops import Group, Op
from localdb.domain.records import Store


@dataclass(frozen=True, slots=True)
class Readdressing:
    """From which device and store to which; groups up to ``after`` stay the old device's."""

    old_device: str
    new_device: str
    old_store: str
    new_store: str
    after: int

    @property
    def moves_store(self) -> bool:
        """Whether the store is another one, too."""
        return self.old_store != self.new_store

    def vector(self, vector: Mapping[str, int]) -> dict[str, int]:
        """A version vector that claims no group of the old device above ``after``.

        Those numbers may be another copy's groups, which this till has never seen.
        """
        seen = vector.get(self.old_device, 0)
        if seen <= self.after or self.old_device == self.new_device:
            return dict(vector)
        rest = {device: dseq for device, dseq in vector.items() if device != self.old_device}
        return {**rest, self.new_device: max(seen, vector.get(self.new_device, 0))}

    def values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """A record's values; those that name the old store name the new one."""
        if self.moves_store and values.get("store_id") == self.old_store:
            return {**values, "store_id": self.new_store}
        return dict(values)

    def group(self, group: Group) -> Group:
        """The group as the new device sends it, under the same number.

        What it said about the old store's own record is left out: the new store has one. Nothing
        may be left of it then, and it only keeps its number.
        """
        return replace(
            group,
            device_id=self.new_device,
            store_id=self.new_store if group.store_id == self.old_store else group.store_id,
            ops=tuple(self._op(op) for op in group.ops if not self._is_old_store(op)),
        )

    def _is_old_store(self, op: Op) -> bool:
        return self.moves_store and op.type == Store.TYPE and op.id == self.old_store

    def _op(self, op: Op) -> Op:
        return replace(
            op,
            values=None if op.values is None else self.values(op.values),
            before=None if op.before is None else self.values(op.before),
            after=None if op.after is None else self.values(op.after),
            seen=None if op.seen is None else self.vector(op.seen),
        )
