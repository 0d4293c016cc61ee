"""Who this till is: kept on the device, written at first run and at each re-enrolment."""

import json
from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from localdb.store import local

_KEY = "identity"


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


def save_identity(conn: Connection, identity: TillIdentity) -> None:
    """Make ``identity`` the till's own from this transaction on."""
    local.put_setting(conn, _KEY, json.dumps(asdict(identity)))
