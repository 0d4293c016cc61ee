"""Settling a contradiction: the manager's choice is an ordinary edit."""

import json
from collections.abc import Mapping
from typing import Any

from localdb.domain.barcode import normalise
from localdb.domain.records import RECORDS, Barcode, Conflict, Product, Reference
from localdb.errors import Refusal
from localdb.queries.conflicts import ConflictView, view
from localdb.services import people
from localdb.store.unit_of_work import UnitOfWork

CODE_FIELDS: Mapping[type[Reference], str] = {Barcode: "code", Product: "sku"}
"""What should name only one live record of a type."""


def settle(
    uow: UnitOfWork,
    conflict_id: str,
    chosen: Mapping[str, Any],
    *,
    seen: ConflictView | None = None,
) -> None:
    """Settle an open conflict by giving its fields the ``chosen`` values.

    One transaction: the conflict's state and the record's fields travel as one group, so the
    server takes both or, when another manager was first, neither. Raises Refusal when it is
    settled already, when it or the record is not as the manager has ``seen`` it any more, when a
    field is not part of it, or when the user is no manager.
    """
    conflict = _open(uow, conflict_id, seen)
    disputed = json.loads(conflict.fields_json)
    strangers = chosen.keys() - disputed.keys() - {"deleted"}
    if strangers:
        raise Refusal(f"Not part of this conflict: {', '.join(sorted(strangers))}.")
    _close(uow, conflict_id, chosen)
    uow.edit(_record_type(conflict), conflict.record_id, **chosen)


def settle_shared_code(
    uow: UnitOfWork,
    conflict_id: str,
    loser_id: str,
    new_code: str,
    *,
    seen: ConflictView | None = None,
) -> None:
    """Settle who keeps a code that two records claimed: ``loser_id`` gets ``new_code``.

    An empty ``new_code`` deletes a barcode; a product needs one. Raises Refusal as ``settle``
    does, and when the new code is taken too.
    """
    conflict = _open(uow, conflict_id, seen)
    record = _record_type(conflict)
    field = CODE_FIELDS.get(record)
    disputed = json.loads(conflict.fields_json)
    if field is None or loser_id not in (disputed["id"]["local"], disputed["id"]["remote"]):
        raise Refusal("Not part of this conflict. Nothing was changed.")
    changes = {field: _free_code(uow, record, field, new_code)} if new_code else {"deleted": True}
    if not new_code and record is not Barcode:
        raise Refusal("Type the new SKU of the product that does not keep this one.")
    _close(uow, conflict_id, {"id": loser_id, **changes})
    uow.edit(record, loser_id, **changes)


def acknowledge(uow: UnitOfWork, conflict_id: str) -> None:
    """Say that a manager has seen a notice about facts; they stand as they are."""
    _open(uow, conflict_id, None)
    _close(uow, conflict_id, {})


def undo(uow: UnitOfWork, conflict_id: str) -> None:
    """Put back what the record held before it was settled, as a compensating edit."""
    people.require_manager(uow)
    conflict = uow.get(Conflict, conflict_id)
    if conflict is None or conflict.state != "settled":
        raise Refusal("Only a settled conflict can be undone.")
    if conflict.kind == "unique":
        raise Refusal("Give the records their codes back in the catalogue instead.")
    disputed = json.loads(conflict.fields_json)
    chosen = json.loads(conflict.resolution_json)
    before = {name: clash["remote"] for name, clash in disputed.items() if name in chosen}
    uow.edit(_record_type(conflict), conflict.record_id, **before)
    uow.journal("conflict_undone", {"conflict": conflict_id, "restored": before})


def _open(uow: UnitOfWork, conflict_id: str, seen: ConflictView | None) -> Conflict:
    people.require_manager(uow)
    conflict = uow.get(Conflict, conflict_id)
    if conflict is None or conflict.state != "open":
        raise Refusal("This conflict was settled meanwhile. Nothing was changed.")
    if seen is not None and view(uow.connection, conflict_id) != seen:
        raise Refusal("This changed again meanwhile. Reload and look once more.")
    return conflict


def _close(uow: UnitOfWork, conflict_id: str, chosen: Mapping[str, Any]) -> None:
    uow.edit(
        Conflict,
        conflict_id,
        state="settled",
        resolution_json=json.dumps(dict(chosen), ensure_ascii=False, sort_keys=True),
        settled_by=uow.user_id,
        settled_at_us=uow.now_us,
    )
    uow.journal("conflict_settled", {"conflict": conflict_id, "chosen": dict(chosen)})


def _free_code(uow: UnitOfWork, record: type[Reference], field: str, typed: str) -> str:
    code = normalise(typed).value if record is Barcode else typed.strip()
    if uow.find(record, **{field: code}, deleted=False):
        raise Refusal(f"{code} is in use too. Choose another.")
    return code


def _record_type(conflict: Conflict) -> type[Reference]:
    record = RECORDS[conflict.record_type]
    if not issubclass(record, Reference):
        raise Refusal("Facts are never edited; this entry is only a notice.")
    return record
