"""Keeps this till's identity on the device; the first run and each re-enrolment write it."""

import json
from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from localdb.store import local

_KEY = "identity"
_PREVIOUS = (
    "SELECT payload ->> '$.previous.device' FROM journal_entry "
    "WHERE device_id = ? AND seq = 1 AND kind = 'identity'"
)


@dataclass(frozen=True, slots=True)
class TillIdentity:
    """The till's place in its organisation; ``device_id`` never outlives a restore."""

    org_id: str
    store_id: str
    device_id: str
    till_code: str
    store_code: str


def load_identity(conn: Connection) -> TillIdentity | None:
    """The identity, or None before the first-run set-up."""
    text = local.setting(conn, _KEY)
    return None if text is None else TillIdentity(**json.loads(text))


def own_devices(conn: Connection) -> list[str]:
    """Every device id this till ever had, the present one first.

    The first link of a journal names the one before.
    """
    identity = load_identity(conn)
    own: list[str] = []
    device = identity.device_id if identity else ""
    while device and device not in own:
        own.append(device)
        device = str(conn.exec_driver_sql(_PREVIOUS, (device,)).scalar() or "")
    return own


def save_identity(conn: Connection, identity: TillIdentity) -> None:
    """Make ``identity`` the till's own from this transaction on."""
    local.put_setting(conn, _KEY, json.dumps(asdict(identity)))
