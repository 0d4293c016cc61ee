"""Three-way merge of an edit into a row, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localdb.domain.fields import Policy

Values = Mapping[str, Any]
Vector = Mapping[str, int]
"""A version vector: device id -> the last dseq of that device that touched the row."""


@dataclass(frozen=True, slots=True)
class FieldClash:
    """Two values for one field: where the edit started, what it wants, what stands."""

    base: Any
    local: Any
    remote: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """What becomes of an edit.

    ``taken`` are the fields to write; ``clashes`` need a manager; ``overruled`` lost to a policy
    and are recorded; ``merged`` says that the row had moved since the editor looked at it.
    """

    taken: dict[str, Any] = field(default_factory=dict)
    clashes: dict[str, FieldClash] = field(default_factory=dict)
    overruled: dict[str, FieldClash] = field(default_factory=dict)
    merged: bool = False


def merge_edit(
    row: Values, before: Values, after: Values, policies: Mapping[str, Policy]
) -> Merged:
    """Merge an edit into ``row``.

    A field is taken when the row still holds ``before`` or already holds ``after``; otherwise
    its policy decides. Fields without a policy (from a newer program) are taken as incoming.
    """
    result = Merged(merged=any(row.get(name) != before.get(name) for name in after))
    for name, wanted in after.items():
        held = row.get(name)
        if held in (before.get(name), wanted):
            result.taken[name] = wanted
            continue
        clash = FieldClash(before.get(name), wanted, held)
        match policies.get(name, Policy.INCOMING):
            case Policy.ASK:
                result.clashes[name] = clash
            case Policy.INCOMING:
                result.taken[name] = wanted
                result.overruled[name] = clash
            case Policy.SERVER:
                result.overruled[name] = clash
    return result


def rebase(image: Values, pending: list[Values]) -> dict[str, Any]:
    """The server's image with the still unsent edits replayed on top, oldest first."""
    row = dict(image)
    for after in pending:
        row.update(after)
    return row


def advance(vector: Vector, device: str, dseq: int) -> dict[str, int]:
    """The vector after ``device`` touched the row in its group ``dseq``."""
    return {**vector, device: max(dseq, vector.get(device, 0))}


def join(one: Vector, other: Vector) -> dict[str, int]:
    """The least vector that has seen all that either has."""
    return {device: max(one.get(device, 0), other.get(device, 0)) for device in {*one, *other}}


def dominates(one: Vector, other: Vector) -> bool:
    """Whether ``one`` has seen all that ``other`` has."""
    return all(one.get(device, 0) >= dseq for device, dseq in other.items())
