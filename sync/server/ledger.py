"""What each device has delivered: one row per group, one number per device."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg.types.json import Jsonb

from sync.protocol.messages import SentGroup, Verdict
from sync.server.admission import Device
from sync.server.bulk import Cursor
from sync.server.decisions import Decision
from sync.server.effects import Judged


@dataclass(slots=True)
class Standing:
    """A batch against the ledger: what was answered before, and what is new."""

    epoch: str
    expected: int
    verdicts: list[Verdict] = field(default_factory=list)
    new: list[SentGroup] = field(default_factory=list)


async def recorded(cursor: Cursor, device: Device, sent: Sequence[SentGroup]) -> Standing:
    """Lock the device's run of groups and tell the known from the new.

    After a fork nothing is new: the sender is another machine than the one that numbered these.
    """
    await cursor.execute(
        "SELECT dseq_acknowledged + 1 AS expected, (SELECT epoch FROM server_state) AS epoch"
        " FROM device WHERE org_id = %s AND device_id = %s FOR UPDATE",
        (device.org_id, device.device_id),
    )
    row = await cursor.fetchone()
    assert row is not None, "a token stands for a device that exists"
    standing = Standing(**row)
    known = await _known(cursor, device, [group.dseq for group in sent])
    for group in sent:
        if group.dseq not in known:
            standing.new.append(group)
            continue
        verdict = _again(known[group.dseq], group)
        standing.verdicts.append(verdict)
        if verdict.kind == "fork":
            standing.new.clear()
            break
    return standing


async def _known(cursor: Cursor, device: Device, dseqs: list[int]) -> dict[int, dict[str, Any]]:
    await cursor.execute(
        "SELECT dseq, hash, verdict FROM ledger"
        " WHERE org_id = %s AND device_id = %s AND dseq = ANY(%s::bigint[])",
        (device.org_id, device.device_id, dseqs),
    )
    return {row["dseq"]: row async for row in cursor}


def _again(row: dict[str, Any], group: SentGroup) -> Verdict:
    if row["hash"] == group.hash:
        return Verdict(dseq=group.dseq, **row["verdict"])
    detail = "another group is stored under this number: this till was cloned or restored"
    return Verdict(dseq=group.dseq, kind="fork", code="fork", detail=detail)


def verdict_of(dseq: int, decision: Decision, numbers: dict[str, int]) -> Verdict:
    """What the device is told of a decision."""
    return Verdict(
        dseq=dseq,
        kind=decision.kind,
        code=decision.code,
        detail=decision.detail,
        numbers=numbers,
    )


async def record(
    cursor: Cursor, org_id: str, rows: Sequence[tuple[Judged, Verdict]], now_us: int
) -> None:
    """Write the verdicts; that of a group which was held before is overwritten."""
    await cursor.execute(
        "INSERT INTO ledger (org_id, device_id, dseq, hash, verdict, at)"
        " SELECT %s::uuid, device_id, dseq, hash, verdict, %s::bigint"
        " FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::jsonb[])"
        " AS new (device_id, dseq, hash, verdict)"
        " ON CONFLICT (org_id, device_id, dseq)"
        " DO UPDATE SET verdict = EXCLUDED.verdict, at = EXCLUDED.at",
        (
            org_id,
            now_us,
            [judged.device_id for judged, _ in rows],
            [judged.dseq for judged, _ in rows],
            [judged.hash for judged, _ in rows],
            [Jsonb(_stored(judged.decision, verdict)) for judged, verdict in rows],
        ),
    )


def _stored(decision: Decision, verdict: Verdict) -> dict[str, Any]:
    stored = verdict.model_dump(exclude={"dseq"})
    return stored | ({"overruled": decision.overruled} if decision.overruled else {})


async def acknowledge(cursor: Cursor, device: Device, dseq: int, now_us: int) -> None:
    """Note how far a device has delivered."""
    await cursor.execute(
        "UPDATE device SET dseq_acknowledged = %s, last_seen = %s"
        " WHERE org_id = %s AND device_id = %s",
        (dseq, now_us, device.org_id, device.device_id),
    )
