"""What syncing cannot settle by itself."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from localdb.domain.fields import Code, Id, Json, Label, Policy, Text, TimeUs, one_of
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
    LABEL: ClassVar[str] = "Conflict"

    kind: Annotated[str, one_of(*CONFLICT_KINDS), Label("Kind")]
    record_type: Annotated[Code, Label("Record type")]
    record_id: Annotated[Id, Label("Record")]
    title: Annotated[Text, Label("Title")]
    """What a manager recognises the record by."""
    fields_json: Annotated[Json, Label("Fields")]
    device_id: Annotated[Id, Label("Device")]
    user_id: Annotated[Id, Label("User")] | None = None
    at_us: Annotated[TimeUs, Label("At")]
    remote_device_id: Annotated[Id, Label("Remote device")] | None = None
    remote_user_id: Annotated[Id, Label("Remote user")] | None = None
    remote_at_us: Annotated[TimeUs, Label("Remote at")] | None = None
    local_vector: Annotated[Json, Label("Local vector")] = "{}"
    remote_vector: Annotated[Json, Label("Remote vector")] = "{}"
    state: Annotated[str, one_of(*CONFLICT_STATES, policy=Policy.SERVER), Label("State")] = "open"
    resolution_json: Annotated[Json, Label("Resolution")] = "{}"
    """The steps taken so far; see ``domain.resolution``."""
    settled_by: Annotated[Id, Label("Resolved by")] | None = None
    settled_at_us: Annotated[TimeUs, Label("Resolved at")] | None = None
    reason: Annotated[Text, Label("Reason")] = ""
    """Why a change waits that contradicts nobody: ``plain_till``, ``revoked``, ``no_permission``.

    Empty for a contradiction."""
