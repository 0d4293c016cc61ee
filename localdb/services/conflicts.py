"""Settling a contradiction: the manager's choice is an ordinary edit."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from localdb.domain.barcode import normalise
from localdb.domain.labels import field_label, inside_sentence
from localdb.domain.permissions import Permission
from localdb.domain.records import RECORDS, Barcode, Conflict, GiftCard, Reference
from localdb.domain.resolution import ResolutionStep, last, with_step
from localdb.errors import Refusal
from localdb.queries.conflicts import ConflictView, view
from localdb.services import people
from localdb.store import overtaken
from localdb.store.unit_of_work import UnitOfWork

SCANNED = (Barcode, GiftCard)
"""What is found by a code as a scanner reads it."""
NOTE_MAX = 500
_TOO_OLD = "This till cannot resolve this conflict. Update Evertill, or resolve it on another till."


def settle(
    uow: UnitOfWork,
    conflict_id: str,
    chosen: Mapping[str, Any],
    *,
    seen: ConflictView | None = None,
) -> None:
    """Settle an open conflict by giving its fields the ``chosen`` values.

    One transaction: the conflict's state and the record's fields travel as one group, so the
    server takes both or, when another manager was first, neither. A record that was deleted
    meanwhile stays deleted unless ``chosen`` says otherwise. Raises Refusal when it is settled
    already, when it or the record is not as the manager has ``seen`` it any more, when a field is
    not part of it, or when the user is no manager.
    """
    conflict = _in_state(uow, conflict_id, "open", seen)
    disputed = json.loads(conflict.fields_json)
    strangers = chosen.keys() - disputed.keys() - {"deleted"}
    if strangers:
        raise Refusal("This conflict is about other fields. Reload it.")
    record = _record_type(conflict)
    _check_known(record, chosen)
    held = _held(uow, record, conflict.record_id)
    replaced = {name: held.get(name) for name in chosen}
    _settled(uow, conflict, ResolutionStep("settled", uow.now_us, uow.user_id, chosen, replaced))
    uow.edit(record, conflict.record_id, **chosen)


def settle_shared_code(
    uow: UnitOfWork,
    conflict_id: str,
    loser_id: str,
    new_code: str,
    *,
    seen: ConflictView | None = None,
) -> None:
    """Settle who keeps a code that two records claimed: ``loser_id`` gets ``new_code``.

    An empty ``new_code`` deletes a barcode; anything else needs one. Raises Refusal as ``settle``
    does, and when the new code is taken too.
    """
    conflict = _in_state(uow, conflict_id, "open", seen)
    record = _record_type(conflict)
    field = record.NATURAL_KEY
    disputed = json.loads(conflict.fields_json)
    if not field or loser_id not in (disputed["id"]["local"], disputed["id"]["remote"]):
        raise Refusal("Not part of this conflict. Nothing was changed.")
    changes = {field: _free_code(uow, record, field, new_code)} if new_code else {"deleted": True}
    if not new_code and not record.KEY_MAY_GO:
        words = inside_sentence(field_label(record.TYPE, field))
        raise Refusal(f"Type the new {words} of the record that does not keep this one.")
    held = _held(uow, record, loser_id)
    replaced = {name: held.get(name) for name in changes}
    chosen = {"id": loser_id, **changes}
    _settled(uow, conflict, ResolutionStep("settled", uow.now_us, uow.user_id, chosen, replaced))
    uow.edit(record, loser_id, **changes)


def acknowledge(uow: UnitOfWork, conflict_id: str, note: str = "") -> None:
    """Say that a manager has seen a notice about facts, and what came of it; the facts stand."""
    conflict = _in_state(uow, conflict_id, "open", None)
    step = ResolutionStep("settled", uow.now_us, uow.user_id, note=note.strip()[:NOTE_MAX])
    _settled(uow, conflict, step)


def reopen(uow: UnitOfWork, conflict_id: str) -> None:
    """Ask again about what was merged without asking; the record stays as it is until settled."""
    conflict = _in_state(uow, conflict_id, "merged", None)
    _opened(uow, conflict, ResolutionStep("reopened", uow.now_us, uow.user_id))


def undo(uow: UnitOfWork, conflict_id: str) -> None:
    """Take a settlement back: the record holds what it held before, and the conflict is open.

    Raises Refusal when it is not settled, was not settled by a person, or when the record was
    changed again since.
    """
    conflict = _in_state(uow, conflict_id, "settled", None)
    step = last(conflict.resolution_json)
    if step is None or step.user_id is None:
        raise Refusal("The tills agree by themselves now. There is nothing to undo.")
    if step.replaced:
        _put_back(uow, conflict, step)
    back = ResolutionStep("undone", uow.now_us, uow.user_id, step.replaced, step.chosen)
    _opened(uow, conflict, back)


def told(uow: UnitOfWork) -> None:
    """The manager has read which settlements came second."""
    overtaken.clear(uow.connection)


def _put_back(uow: UnitOfWork, conflict: Conflict, step: ResolutionStep) -> None:
    record = _record_type(conflict)
    record_id = str(step.chosen.get("id", conflict.record_id))
    _check_known(record, step.replaced)
    held = _held(uow, record, record_id)
    if any(held.get(name) != step.chosen.get(name) for name in step.replaced):
        raise Refusal("It was changed again after it was resolved. Change it in the catalogue.")
    uow.edit(record, record_id, **step.replaced)


def _in_state(uow: UnitOfWork, conflict_id: str, state: str, seen: ConflictView | None) -> Conflict:
    people.require(uow, Permission.CONFLICTS)
    conflict = uow.get(Conflict, conflict_id)
    if conflict is None or conflict.state != state:
        raise Refusal(_ELSEWHERE[state])
    if seen is not None and view(uow.connection, conflict_id) != seen:
        raise Refusal("This was changed again. Reload it and look once more.")
    return conflict


_ELSEWHERE = {
    "open": "This conflict has been resolved already. Nothing was changed.",
    "merged": "Someone else reopened this. Nothing was changed.",
    "settled": "Only a resolved conflict can be undone.",
}


def _settled(uow: UnitOfWork, conflict: Conflict, step: ResolutionStep) -> None:
    uow.edit(
        Conflict,
        conflict.id,
        state="settled",
        resolution_json=with_step(conflict.resolution_json, step),
        settled_by=uow.user_id,
        settled_at_us=uow.now_us,
    )
    _journal(uow, conflict, step)


def _opened(uow: UnitOfWork, conflict: Conflict, step: ResolutionStep) -> None:
    uow.edit(
        Conflict,
        conflict.id,
        state="open",
        resolution_json=with_step(conflict.resolution_json, step),
        settled_by=None,
        settled_at_us=None,
    )
    _journal(uow, conflict, step)


def _journal(uow: UnitOfWork, conflict: Conflict, step: ResolutionStep) -> None:
    payload = {
        "conflict": conflict.id,
        "record": conflict.record_id,
        "user": step.user_id,
        "chosen": dict(step.chosen),
        "replaced": dict(step.replaced),
        "note": step.note,
    }
    uow.journal(f"conflict_{step.did}", payload)


def _held(uow: UnitOfWork, record: type[Reference], record_id: str) -> dict[str, Any]:
    held = uow.get(record, record_id)
    return held.values() if held is not None else {}


def _free_code(uow: UnitOfWork, record: type[Reference], field: str, typed: str) -> str:
    code = normalise(typed).value if record in SCANNED else typed.strip()
    if uow.find(record, **{field: code}, deleted=False):
        raise Refusal(f"{code} is in use too. Choose another.")
    return code


def _check_known(record: type[Reference], names: Iterable[str]) -> None:
    """Refuse fields that only a later release of the program has."""
    if set(names) - {field.name for field in record.fields()}:
        raise Refusal(_TOO_OLD)


def _record_type(conflict: Conflict) -> type[Reference]:
    record = RECORDS.get(conflict.record_type)
    if record is None:
        raise Refusal(_TOO_OLD)
    if not issubclass(record, Reference):
        raise Refusal("Recorded sales cannot be changed; this is for information.")
    return record
