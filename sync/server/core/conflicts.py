"""Writes conflict records: a contradiction for a manager, and how it moves on."""

import json
from collections.abc import Mapping
from typing import Any

from localdb.domain.merge import FieldClash
from localdb.domain.ops import Group
from localdb.domain.records import Conflict
from localdb.domain.resolution import ResolutionStep, with_step
from sync.server.core.rows import Key, Row, natural_key

Clashes = Mapping[str, FieldClash]
TITLE_FIELDS = ("name", "label", "code", "key", "receipt_number", "id")
"""The first of these that a record has is what a manager recognises it by."""


def opened(
    conflict_id: str,
    kind: str,
    key: Key,
    row: Row,
    clashes: Clashes,
    group: Group,
    seen: Mapping[str, int],
    other: Row | None = None,
) -> Conflict:
    """A new conflict: what the group wanted against what the row, or the ``other`` one, holds."""
    against = other or row
    return Conflict(
        id=conflict_id,
        kind=kind,
        record_type=key[0],
        record_id=key[1],
        title=next(str(row.values[name]) for name in TITLE_FIELDS if row.values.get(name)),
        fields_json=_text({name: _sides(clash) for name, clash in clashes.items()}),
        device_id=group.device_id,
        user_id=group.user_id,
        at_us=group.at_us,
        remote_device_id=against.stamp.device_id,
        remote_user_id=against.stamp.user_id,
        remote_at_us=against.stamp.at_us,
        local_vector=_text(dict(seen)),
        remote_vector=_text(against.vector),
    )


def merged(
    conflict_id: str,
    key: Key,
    met: Row,
    stands: Row,
    fields: Clashes,
    group: Group,
    seen: Mapping[str, int],
) -> dict[str, Any]:
    """The values of a record of what was merged without asking.

    ``met`` is the row as the group found it, ``stands`` as it left it. It reads like a conflict
    that was settled at once, so that a manager can reopen it.
    """
    chosen = {name: stands.values.get(name) for name in fields}
    return opened(conflict_id, "field", key, met, fields, group, seen).values() | {
        "state": "merged",
        "resolution_json": with_step("{}", ResolutionStep("merged", group.at_us, chosen=chosen)),
    }


def joined(earlier: Clashes, later: Clashes) -> Clashes:
    """What two edits of one group merged into one; where nothing moved, nothing is said."""
    both = {
        name: FieldClash(earlier[name].base, clash.local, earlier[name].remote)
        if name in earlier
        else clash
        for name, clash in later.items()
    }
    return {n: clash for n, clash in {**earlier, **both}.items() if clash.local != clash.remote}


def recalled_again(wanted: str, row: Row) -> Clashes:
    """A held cart that was recalled on two tills, each of which may have sold it."""
    return {"state": FieldClash("held", wanted, row.values["state"])}


def against_deletion(row: Row, before: dict[str, Any], after: dict[str, Any]) -> Clashes:
    """The clash of an edit with a deletion, whichever of the two came first."""
    gone = bool(row.values["deleted"])
    fields = {
        name: FieldClash(before.get(name), wanted, row.values.get(name))
        for name, wanted in after.items()
    }
    return fields | {"deleted": FieldClash(False, not gone, gone)}


def key_taken(field: str, value: str, incoming_id: str, owner_id: str) -> Clashes:
    """Two live records with one natural key; ``id`` names the later and the earlier one."""
    return {
        field: FieldClash(None, value, value),
        "id": FieldClash(None, incoming_id, owner_id),
    }


def overruled(key: Key, lost: Clashes) -> list[dict[str, Any]]:
    """The values that a policy overruled, for the ledger."""
    return [
        {"type": key[0], "id": key[1], "field": name, **_sides(clash)}
        for name, clash in lost.items()
    ]


def is_same(row: Row, kind: str, key: Key, device_id: str) -> bool:
    """Whether a conflict is this device's about this record; one by key is never widened."""
    values = row.values
    about = (values["record_type"], values["record_id"])
    return about == key and values["device_id"] == device_id and values["kind"] == kind != "unique"


def widened(conflict: Row, clashes: Clashes, at_us: int) -> dict[str, Any]:
    """The changes to an open conflict that takes further fields in, or newer sides of its own."""
    fields = json.loads(conflict.values["fields_json"])
    for name, clash in clashes.items():
        base = fields[name]["base"] if name in fields else clash.base
        fields[name] = {**_sides(clash), "base": base}
    return {"fields_json": _text(fields), "at_us": at_us}


def disputes(row: Row, key: Key, value: str) -> bool:
    """Whether an open conflict already says that this record's natural key is taken."""
    values = row.values
    if values["kind"] != "unique" or (values["record_type"], values["record_id"]) != key:
        return False
    return any(sides["local"] == value for sides in json.loads(values["fields_json"]).values())


def in_dispute(conflict: Row, key: Key) -> frozenset[str]:
    """The fields of a record that a conflict is about; of a shared key, of either record.

    Who does not keep a shared key gets another one, or is deleted.
    """
    values, sides = conflict.values, json.loads(conflict.values["fields_json"])
    unique = values["kind"] == "unique"
    about = {values["record_id"], sides["id"]["remote"] if unique else values["record_id"]}
    if values["record_type"] != key[0] or key[1] not in about:
        return frozenset()
    return frozenset(sides) | ({"deleted"} if unique else set())


def loses_to(row: Row, owner: Key, value: str) -> bool:
    """Whether a conflict says that a key is taken by this record."""
    values = row.values
    if values["kind"] != "unique" or values["record_type"] != owner[0]:
        return False
    sides = json.loads(values["fields_json"])
    taken = any(side["local"] == value for name, side in sides.items() if name != "id")
    return taken and sides["id"]["remote"] == owner[1]


def against(conflict: Row, owner_id: str) -> dict[str, Any]:
    """The changes to a conflict about a key that another record keeps now."""
    sides = json.loads(conflict.values["fields_json"])
    return {"fields_json": _text({**sides, "id": {**sides["id"], "remote": owner_id}})}


def is_over(conflict: Row, key: Key, row: Row) -> bool:
    """Whether a record has changed so that its conflict has nothing left to decide."""
    values = conflict.values
    if (values["record_type"], values["record_id"]) != key:
        return False
    sides = json.loads(values["fields_json"])
    match values["kind"]:
        case "field" | "delete":
            return all(row.values.get(name) == side["local"] for name, side in sides.items())
        case "unique":
            name = natural_key(key, row)
            return name is None or not disputes(conflict, key, name[1])
        case _:
            # A product that was sold and not known is known now.
            return "id" in sides


def agreed(conflict: Row, row: Row, at_us: int) -> dict[str, Any]:
    """The changes to a conflict that settles itself."""
    fields = json.loads(conflict.values["fields_json"])
    chosen = {name: row.values.get(name) for name in fields}
    step = ResolutionStep("settled", at_us, chosen=chosen)
    return {
        "state": "settled",
        "resolution_json": with_step(conflict.values["resolution_json"], step),
        "settled_at_us": at_us,
    }


def rewanted(
    conflict: Row, wanted: dict[str, Any], row: Row, at_us: int
) -> tuple[dict[str, Any], set[str]]:
    """The changes to a conflict whose device now wants other values, and the fields it covers.

    A field on which both sides agree by now leaves the conflict; without any left it is settled.
    """
    fields = json.loads(conflict.values["fields_json"])
    taken = fields.keys() & wanted.keys()
    for name in taken:
        sides = {**fields[name], "local": wanted[name], "remote": row.values.get(name)}
        fields[name] = sides
    disputed = {n: sides for n, sides in fields.items() if sides["local"] != sides["remote"]}
    if disputed:
        return {"fields_json": _text(disputed), "at_us": at_us}, taken
    return agreed(conflict, row, at_us), taken


def _sides(clash: FieldClash) -> dict[str, Any]:
    return {"base": clash.base, "local": clash.local, "remote": clash.remote}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
