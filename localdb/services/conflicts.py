"""Settling a contradiction: the manager's choice is an ordinary edit."""

import json
from collections.abc import Mapping
from typing import Any

from localdb.domain.records import RECORDS, Conflict, Reference
from localdb.errors import Refusal
from localdb.services import people
from localdb.store.unit_of_work import UnitOfWork


def settle(uow: UnitOfWork, conflict_id: str, chosen: Mapping[str, Any]) -> None:
    """Settle an open conflict by giving its fields the ``chosen`` values.

    One transaction: the conflict's state and the record's fields travel as one group, so the
    server takes both or, when another manager was first, neither. Raises Refusal when it is
    settled already, when a field is not part of it, or when the user is no manager.
    """
    people.require_manager(uow)
    conflict = uow.get(Conflict, conflict_id)
    if conflict is None or conflict.state != "open":
        raise Refusal("This conflict was settled meanwhile. Nothing was changed.")
    disputed = json.loads(conflict.fields_json)
    strangers = chosen.keys() - disputed.keys() - {"deleted"}
    if strangers:
        raise Refusal(f"Not part of this conflict: {', '.join(sorted(strangers))}.")
    uow.edit(
        Conflict,
        conflict_id,
        state="settled",
        resolution_json=json.dumps(dict(chosen), ensure_ascii=False, sort_keys=True),
        settled_by=uow.user_id,
        settled_at_us=uow.now_us,
    )
    uow.edit(_record_type(conflict), conflict.record_id, **chosen)
    uow.journal("conflict_settled", {"conflict": conflict_id, "chosen": dict(chosen)})


def undo(uow: UnitOfWork, conflict_id: str) -> None:
    """Put back what the record held before it was settled, as a compensating edit."""
    people.require_manager(uow)
    conflict = uow.get(Conflict, conflict_id)
    if conflict is None or conflict.state != "settled":
        raise Refusal("Only a settled conflict can be undone.")
    disputed = json.loads(conflict.fields_json)
    chosen = json.loads(conflict.resolution_json)
    before = {name: clash["remote"] for name, clash in disputed.items() if name in chosen}
    uow.edit(_record_type(conflict), conflict.record_id, **before)
    uow.journal("conflict_undone", {"conflict": conflict_id, "restored": before})


def _record_type(conflict: Conflict) -> type[Reference]:
    record = RECORDS[conflict.record_type]
    if not issubclass(record, Reference):
        raise Refusal("Facts are never edited; this entry is only a notice.")
    return record
