"""What syncing cannot settle by itself."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from localdb.domain.fields import Code, Id, Json, Policy, Text, TimeUs, one_of
from localdb.domain.records.base import Reference

CONFLICT_KINDS = ("field", "delete", "unique", "flag")
CONFLICT_STATES = ("open", "settled", "merged")
"""``merged`` needs nobody: the server decided, and a manager may reopen it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict(Reference):
    """A contradiction that a manager settles; only the server raises one.

    ``fields_json`` is an object: field -> ``{"base", "local", "remote"}``, where *local* is what
    the till named by ``device_id`` wanted and *remote* what the server held. Of a flag *local* is
    what was found and *remote* what should have been. The two vectors are evidence of what each
    side had seen.
    """

    TYPE: ClassVar[str] = "conflict"

    kind: Annotated[str, one_of(*CONFLICT_KINDS)]
    record_type: Code
    record_id: Id
    title: Text
    """What a manager recognises the record by."""
    fields_json: Json
    device_id: Id
    user_id: Id | None = None
    at_us: TimeUs
    remote_device_id: Id | None = None
    remote_user_id: Id | None = None
    remote_at_us: TimeUs | None = None
    local_vector: Json = "{}"
    remote_vector: Json = "{}"
    state: Annotated[str, one_of(*CONFLICT_STATES, policy=Policy.SERVER)] = "open"
    resolution_json: Json = "{}"
    """The steps taken so far; see ``domain.resolution``."""
    settled_by: Id | None = None
    settled_at_us: TimeUs | None = None
    reason: Text = ""
    """Why a change waits that contradicts nobody: ``plain_till``, ``revoked``, ``no_permission``.

    Empty for a contradiction."""
