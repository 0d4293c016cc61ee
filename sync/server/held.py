"""Groups whose body is stored and whose effects wait."""

from collections.abc import Collection, Iterable

from sync.protocol.messages import SentGroup
from sync.server.admission import Device
from sync.server.bulk import Cursor

Wait = tuple[str, int, str]
"""(device id, dseq, id of the record waited for)."""


async def waiting(
    cursor: Cursor, org_id: str, arrived: Iterable[str], tried: Collection[Wait]
) -> tuple[Device, SentGroup, Wait] | None:
    """The oldest group that waits for one of these records, locked, with the device it is of.

    A wait that was ``tried`` is passed over: what arrived under that id is of another type.
    """
    devices, dseqs, ids = zip(*tried, strict=True) if tried else ((), (), ())
    await cursor.execute(
        "SELECT h.device_id, h.dseq, h.hash, h.body, h.waits_for, d.store_id, d.till_code"
        " FROM held_group h JOIN device d USING (org_id, device_id)"
        " WHERE h.org_id = %s AND h.waits_for = ANY(%s::uuid[])"
        " AND (h.device_id, h.dseq, h.waits_for) NOT IN ("
        "SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::uuid[]))"
        " ORDER BY h.at, h.dseq LIMIT 1 FOR UPDATE OF h SKIP LOCKED",
        (org_id, sorted(arrived), list(devices), list(dseqs), list(ids)),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    device = Device(org_id, row["device_id"], row["store_id"], row["till_code"])
    sent = SentGroup(dseq=row["dseq"], hash=row["hash"], body=row["body"])
    return device, sent, (row["device_id"], row["dseq"], row["waits_for"])


async def forget(cursor: Cursor, device: Device, dseq: int) -> None:
    """A group is about to be judged again."""
    await cursor.execute(
        "DELETE FROM held_group WHERE org_id = %s AND device_id = %s AND dseq = %s",
        (device.org_id, device.device_id, dseq),
    )
