"""What was decided about a conflict, step by step: its audit trail, kept in the record itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

STEPS_MAX = 50
"""Older steps of a conflict that goes back and forth are left to the journal."""


@dataclass(frozen=True, slots=True)
class ResolutionStep:
    """One decision: ``did`` is ``merged``, ``settled``, ``undone`` or ``reopened``."""

    did: str
    at_us: int
    user_id: str | None = None
    """None for the server, where the sides agreed or a policy decided."""
    chosen: Mapping[str, Any] = field(default_factory=dict)
    """Field -> value that holds since. Of a shared code, ``id`` names the record that lost it."""
    replaced: Mapping[str, Any] = field(default_factory=dict)
    """Field -> value that the record held until then."""
    note: str = ""
    """What the manager wrote: ``refund stands``."""


def steps(text: str) -> tuple[ResolutionStep, ...]:
    """The steps in ``conflict.resolution_json``; what a newer program adds to one is ignored."""
    known = {one.name for one in fields(ResolutionStep)}
    return tuple(
        ResolutionStep(**{name: value for name, value in step.items() if name in known})
        for step in json.loads(text) or ()
    )


def last(text: str) -> ResolutionStep | None:
    """The step that holds; None before anything was decided."""
    return (steps(text) or (None,))[-1]


def with_step(text: str, step: ResolutionStep) -> str:
    """``conflict.resolution_json`` with one step more."""
    plain = {one.name: getattr(step, one.name) for one in fields(ResolutionStep)}
    kept = {name: dict(v) if isinstance(v, Mapping) else v for name, v in plain.items() if v}
    earlier: list[Any] = list(json.loads(text) or ())
    whole = [*earlier, {"did": step.did, "at_us": step.at_us} | kept][-STEPS_MAX:]
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
