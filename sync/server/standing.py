"""Reports on an organisation and its devices, for the operator."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from sync.protocol import limits
from sync.protocol.messages import PROTOCOL_VERSION, PROTOCOL_VERSION_MIN
from sync.server.postgres.store import PostgresTransaction

DAY_US = 86_400_000_000
SILENT_DAYS = 2
"""A till that was not heard of for so long is worth a call."""
OutputLine = dict[str, Any]


async def devices_of(tx: PostgresTransaction, now_us: int) -> AsyncIterator[OutputLine]:
    """One line a device, the oldest first: times in UTC, ages in days, no secrets."""
    await tx.cursor.execute(_DEVICES, {"org": tx.org_id})
    async for row in tx.cursor:
        used_at, token_at = row.pop("used_at"), row.pop("token_at")
        yield row | {
            "enrolled_at": at(row["enrolled_at"]),
            "revoked_at": at(row["revoked_at"]),
            "last_seen": at(row["last_seen"]),
            "token_days": days(token_at, now_us),
            "token_expired": row["store_id"] is not None and _expired(used_at, now_us),
            "needs_update": (row["protocol"] or PROTOCOL_VERSION_MIN) < PROTOCOL_VERSION_MIN,
        }


async def came_of(tx: PostgresTransaction, device_id: str) -> list[str]:
    """The live devices that were made with a device's token, and with theirs."""
    await tx.cursor.execute(_CAME_OF, {"org": tx.org_id, "device": device_id})
    return [row["device_id"] async for row in tx.cursor]


async def about_org(tx: PostgresTransaction) -> OutputLine:
    """An organisation's name, and how many live stores and tills it has."""
    await tx.cursor.execute(_ORG, {"org": tx.org_id})
    row = await tx.cursor.fetchone()
    assert row is not None, "a query without FROM always answers"
    return dict(row)


async def stores_of(tx: PostgresTransaction) -> AsyncIterator[OutputLine]:
    """One line a live store, by code, with how many live tills it has."""
    await tx.cursor.execute(_STORES, {"org": tx.org_id})
    async for row in tx.cursor:
        yield dict(row)


async def status_of(tx: PostgresTransaction, now_us: int) -> OutputLine:
    """The state of an organisation: streams, tills, what is held, what is open, what was done."""
    given = {"org": tx.org_id, "silent": now_us - SILENT_DAYS * DAY_US}
    await tx.cursor.execute(_STATUS, given)
    row = await tx.cursor.fetchone()
    assert row is not None, "a query without FROM always answers"
    jobs = {name: at(ran_at) for name, ran_at in (row.pop("jobs") or {}).items()}
    oldest = row.pop("oldest_token_at")
    return row | {
        "last_seen": at(row["last_seen"]),
        "oldest_token_days": days(oldest, now_us),
        "protocols": row["protocols"] or {},
        "server_protocols": f"{PROTOCOL_VERSION_MIN}-{PROTOCOL_VERSION}",
        "held_by_reason": row["held_by_reason"] or {},
        "conflicts_by_kind": row["conflicts_by_kind"] or {},
        "jobs": jobs,
    }


def at(time_us: int | None) -> str | None:
    """A moment as an operator reads it, in UTC."""
    if time_us is None:
        return None
    return datetime.fromtimestamp(time_us / 1_000_000, UTC).isoformat(timespec="seconds")


def days(since_us: int | None, now_us: int) -> int | None:
    """Whole days since a moment."""
    return None if since_us is None else max(0, now_us - since_us) // DAY_US


def _expired(used_at_us: int, now_us: int) -> bool:
    return now_us - used_at_us > limits.TOKEN_IDLE_DAYS * DAY_US


_DEVICES = """
    SELECT device_id, store_id, till_code, name, manages, replaces, enrolled_at, revoked_at,
        last_seen, dseq_acknowledged AS dseq, protocol, coalesce(token_at, enrolled_at) AS token_at,
        greatest(last_seen, token_at, enrolled_at) AS used_at,
        (SELECT count(*) FROM held_group h
            WHERE h.org_id = d.org_id AND h.device_id = d.device_id) AS held,
        (SELECT count(*) FROM conflict c WHERE c.org_id = d.org_id
            AND c.device_id = d.device_id AND c.state = 'open') AS open_conflicts
    FROM device d WHERE org_id = %(org)s ORDER BY enrolled_at, device_id
"""
_CAME_OF = """
    WITH RECURSIVE family AS (
        SELECT device_id, revoked_at FROM device
            WHERE org_id = %(org)s AND replaces = %(device)s AND request_id IS NOT NULL
        UNION SELECT d.device_id, d.revoked_at FROM device d JOIN family f
            ON d.replaces = f.device_id WHERE d.org_id = %(org)s AND d.request_id IS NOT NULL)
    SELECT device_id FROM family WHERE revoked_at IS NULL ORDER BY device_id
"""
_LIVE = "org_id = %(org)s AND store_id IS NOT NULL AND revoked_at IS NULL"
_ORG = f"""
    SELECT (SELECT name FROM organisation WHERE org_id = %(org)s) AS name,
        (SELECT count(*) FROM store WHERE org_id = %(org)s AND NOT deleted) AS stores,
        (SELECT count(*) FROM device WHERE {_LIVE}) AS tills
"""  # noqa: S608 - the one inserted text stands above
_STORES = """
    SELECT id AS store_id, code, name, currency, timezone,
        (SELECT count(*) FROM device d WHERE d.org_id = s.org_id AND d.store_id = s.id
            AND d.revoked_at IS NULL) AS tills
    FROM store s WHERE org_id = %(org)s AND NOT deleted ORDER BY code, id
"""
_STATUS = f"""
    SELECT (SELECT name FROM organisation WHERE org_id = %(org)s) AS name,
        (SELECT epoch FROM server_state) AS epoch,
        (SELECT jsonb_object_agg(stream, head) FROM stream WHERE org_id = %(org)s) AS heads,
        (SELECT jsonb_object_agg(stream, pruned_to + 1) FROM stream
            WHERE org_id = %(org)s) AS kept_from,
        (SELECT count(*) FROM device WHERE {_LIVE}) AS tills,
        (SELECT count(*) FROM device WHERE {_LIVE}
            AND coalesce(last_seen, enrolled_at) < %(silent)s) AS silent_tills,
        (SELECT max(last_seen) FROM device WHERE org_id = %(org)s) AS last_seen,
        (SELECT min(coalesce(token_at, enrolled_at)) FROM device WHERE {_LIVE}) AS oldest_token_at,
        (SELECT jsonb_object_agg(protocol, n) FROM (SELECT coalesce(protocol::text, 'unknown')
            AS protocol, count(*) AS n FROM device WHERE {_LIVE} GROUP BY 1) p) AS protocols,
        (SELECT count(*) FROM sale WHERE org_id = %(org)s) AS sales,
        (SELECT count(*) FROM held_group WHERE org_id = %(org)s) AS held_groups,
        (SELECT jsonb_object_agg(code, n) FROM (SELECT code, count(*) AS n FROM held_group
            WHERE org_id = %(org)s GROUP BY code) h) AS held_by_reason,
        (SELECT count(*) FROM conflict
            WHERE org_id = %(org)s AND state = 'open') AS open_conflicts,
        (SELECT jsonb_object_agg(kind, n) FROM (SELECT kind, count(*) AS n FROM conflict
            WHERE org_id = %(org)s AND state = 'open' GROUP BY kind) c) AS conflicts_by_kind,
        (SELECT jsonb_object_agg(name, ran_at) FROM job) AS jobs
"""  # noqa: S608 - the one inserted text stands above
