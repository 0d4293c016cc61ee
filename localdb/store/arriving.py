"""Names the sales that are not complete yet: their group is so large that it comes in parts.

A note ends by itself: a sale is arriving as long as its group is the next of its stream.
"""

import json
from collections.abc import Sequence

from sqlalchemy import Connection

from localdb.store import local, sync_state
from localdb.store.rows import to_json

_KEY = "arriving"


def note(conn: Connection, stream: str, epoch: str, number: int, sales: Sequence[str]) -> None:
    """Say that some rows of these sales are written before the rest of entry ``number``."""
    what = {"stream": stream, "epoch": epoch, "number": number, "sales": list(sales)}
    local.put_setting(conn, _KEY, to_json(what))


def is_arriving(conn: Connection, sale_id: str) -> bool:
    """Whether more of this sale is about to be written; cheap."""
    text = local.setting(conn, _KEY)
    if not text or sale_id not in text:
        return False
    what = json.loads(text)
    at = sync_state.cursor(conn, what["stream"])
    return (at.epoch, at.number + 1) == (what["epoch"], what["number"])
