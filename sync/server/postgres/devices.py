"""Statements of the register of devices."""

from typing import LiteralString

from sync.server.core.admission import Device
from sync.server.core.ports import EnrolmentCode, KnownRun, Registered, Successor
from sync.server.postgres.base import Queries

_REGISTERED = (
    "SELECT device_id, store_id, till_code, revoked_at, manages, name, replaces, dseq_acknowledged"
    " FROM device WHERE org_id = %s AND "
)


_WHO = ("device_id", "store_id", "till_code", "revoked_at", "manages")


class DeviceQueries(Queries):
    """``ports.DevicePort`` on PostgreSQL."""

    async def device_by_token(self, token_hash: str) -> Device | None:
        """The device that has a token, or to which it is promised; revoked or not."""
        # One statement: between two, another request could make the promised token the present.
        row = await self._one(
            "SELECT device_id, store_id, till_code, revoked_at, manages,"
            " greatest(last_seen, token_at, enrolled_at) AS active_at,"
            " token_hash IS DISTINCT FROM %(hash)s AS promised FROM device"
            " WHERE org_id = %(org)s AND (token_hash = %(hash)s OR token_next_hash = %(hash)s)",
            {"org": self.org_id, "hash": token_hash},
        )
        return Device(org_id=self.org_id, **row) if row else None

    async def use_promised(self, device_id: str, token_hash: str, now_us: int) -> None:
        """Make the promised token the device's, unless it is already."""
        await self._send(
            "UPDATE device SET token_hash = token_next_hash, token_next_hash = NULL,"
            " token_at = %s WHERE org_id = %s AND device_id = %s AND token_next_hash = %s",
            (now_us, self.org_id, device_id, token_hash),
        )

    async def promise_token(self, device_id: str, token_hash: str) -> None:
        """Set a device's next token; its present one works until the next is used."""
        # The one in use is never promised: a repeated request must not bring it back later.
        await self._send(
            "UPDATE device SET token_next_hash = %s"
            " WHERE org_id = %s AND device_id = %s AND token_hash IS DISTINCT FROM %s",
            (token_hash, self.org_id, device_id, token_hash),
        )

    async def seen(
        self, device_id: str, now_us: int, unless_since_us: int, protocol: int | None = None
    ) -> None:
        """Note that a device was here, and what it speaks, unless that was noted since."""
        # A row that a push holds is skipped: that push notes the time itself.
        await self._send(
            "UPDATE device SET last_seen = %(now)s, protocol = coalesce(%(protocol)s, protocol)"
            " WHERE (org_id, device_id) IN ("
            "SELECT org_id, device_id FROM device WHERE org_id = %(org)s"
            " AND device_id = %(device)s AND (coalesce(last_seen, 0) < %(since)s"
            " OR protocol IS DISTINCT FROM coalesce(%(protocol)s, protocol))"
            " FOR UPDATE SKIP LOCKED)",
            {
                "now": now_us,
                "protocol": protocol,
                "org": self.org_id,
                "device": device_id,
                "since": unless_since_us,
            },
        )

    async def revoke(self, device_id: str, now_us: int) -> bool:
        """End a device; False when it is unknown."""
        row = await self._one(
            "UPDATE device SET revoked_at = coalesce(revoked_at, %s)"
            " WHERE org_id = %s AND device_id = %s RETURNING device_id",
            (now_us, self.org_id, device_id),
        )
        return row is not None

    async def create_organisation(self, name: str, own_device_id: str, now_us: int) -> None:
        """Begin this transaction's organisation."""
        await self._send(
            "INSERT INTO organisation (org_id, name, api_device_id, created_at)"
            " VALUES (%s, %s, %s, %s)",
            (self.org_id, name, own_device_id, now_us),
        )
        await self._send("INSERT INTO tenant (org_id) VALUES (%s)", (self.org_id,))

    async def own_device(self) -> Device | None:
        """The organisation's own device, locked: its edits enter one after the other."""
        row = await self._one(
            "SELECT d.device_id FROM device d JOIN organisation o"
            " ON o.org_id = d.org_id AND o.api_device_id = d.device_id"
            " WHERE d.org_id = %s FOR UPDATE OF d",
            (self.org_id,),
        )
        return None if row is None else Device(self.org_id, row["device_id"], None)

    async def insert_device(
        self,
        device: Device,
        name: str,
        token_hash: str | None,
        now_us: int,
        successor: Successor | None = None,
    ) -> None:
        """Add a device that has delivered nothing yet."""
        successor = successor or Successor()
        await self._send(
            "INSERT INTO device (org_id, device_id, store_id, till_code, name, token_hash,"
            " token_at, enrolled_at, dseq_acknowledged, replaces, request_id, manages)"
            " VALUES (%(org)s, %(device)s, %(store)s, %(code)s, %(name)s, %(token)s, %(now)s,"
            " %(now)s, %(after)s, %(replaces)s, %(request)s, %(manages)s)",
            {
                "org": device.org_id,
                "device": device.device_id,
                "store": device.store_id,
                "code": device.till_code,
                "name": name,
                "token": token_hash,
                "now": now_us,
                "after": successor.dseq_after,
                "replaces": successor.replaces,
                "request": successor.request_id,
                "manages": device.manages,
            },
        )

    async def registered(self, device_id: str) -> Registered | None:
        """A device of this organisation."""
        return await self._registered(_REGISTERED + "device_id = %s", device_id)

    async def managing_tills(self) -> int:
        """How many live tills of the organisation manage."""
        row = await self._surely(
            "SELECT count(*) AS n FROM device WHERE org_id = %s AND store_id IS NOT NULL"
            " AND manages AND revoked_at IS NULL",
            (self.org_id,),
        )
        return int(row["n"])

    async def set_manages(self, device_id: str, *, manages: bool) -> None:
        """Set whether a till manages or is a plain one."""
        await self._send(
            "UPDATE device SET manages = %s WHERE org_id = %s AND device_id = %s",
            (manages, self.org_id, device_id),
        )

    async def was_reenrolled_since(self, device_id: str, at_us: int) -> bool:
        """Whether a device, or one in its place, was made by a re-enrolment since a moment."""
        row = await self._one(
            "SELECT FROM device WHERE org_id = %s AND (device_id = %s OR replaces = %s)"
            " AND request_id IS NOT NULL AND enrolled_at >= %s LIMIT 1",
            (self.org_id, device_id, device_id, at_us),
        )
        return row is not None

    async def registered_by(self, request_id: str) -> Registered | None:
        """The device that a re-enrolment made."""
        return await self._registered(_REGISTERED + "request_id = %s", request_id)

    async def runs_in(self, store_id: str) -> dict[str, KnownRun]:
        """Every device of a store, revoked or not."""
        await self.cursor.execute(
            "SELECT device_id, dseq_acknowledged, enrolled_at, replaces FROM device"
            " WHERE org_id = %s AND store_id = %s",
            (self.org_id, store_id),
        )
        return {
            row["device_id"]: KnownRun(
                row["dseq_acknowledged"], row["enrolled_at"], row["replaces"]
            )
            async for row in self.cursor
        }

    async def _registered(self, query: LiteralString, value: str) -> Registered | None:
        row = await self._one(query, (self.org_id, value))
        if row is None:
            return None
        who = {name: row[name] for name in _WHO}
        rest = {name: value for name, value in row.items() if name not in who}
        return Registered(Device(org_id=self.org_id, **who), **rest)

    async def replace_token(self, device_id: str, token_hash: str, now_us: int) -> None:
        """Give a device another token; the former ones end."""
        await self._send(
            "UPDATE device SET token_hash = %s, token_next_hash = NULL, token_at = %s"
            " WHERE org_id = %s AND device_id = %s",
            (token_hash, now_us, self.org_id, device_id),
        )

    async def set_own_token(self, token_hash: str) -> None:
        """Give the organisation's own device a token; the former one ends."""
        await self._send(
            "UPDATE device SET token_hash = %s, token_next_hash = NULL"
            " FROM organisation o WHERE device.org_id = %s"
            " AND o.org_id = device.org_id AND o.api_device_id = device.device_id",
            (token_hash, self.org_id),
        )

    # ------------------------------------------------------------ enrolment

    async def create_code(
        self,
        code_hash: str,
        store_id: str,
        till_code: str,
        expires_at: int,
        replaces: str | None = None,
        renews: str | None = None,
        manages: bool | None = None,
    ) -> bool:
        """Add an enrolment code; False when there is no such live store."""
        await self.cursor.execute(
            "INSERT INTO enrolment_code"
            " (org_id, code_hash, store_id, till_code, expires_at, used_at, replaces, renews,"
            " manages) SELECT org_id, %(hash)s, id, %(till)s, %(expires)s, NULL, %(replaces)s,"
            " %(renews)s, %(manages)s"
            " FROM store WHERE org_id = %(org)s AND id = %(store)s AND NOT deleted",
            {
                "hash": code_hash,
                "till": till_code,
                "expires": expires_at,
                "replaces": replaces,
                "renews": renews,
                "manages": manages,
                "org": self.org_id,
                "store": store_id,
            },
        )
        if self.cursor.rowcount != 1:
            return False
        await self.cursor.execute(
            "INSERT INTO code_owner (code_hash, org_id) VALUES (%s, %s)", (code_hash, self.org_id)
        )
        return True

    async def code_owner(self, code_hash: str) -> str | None:
        """The organisation of a code; asked before any organisation is known."""
        row = await self._one("SELECT org_id FROM code_owner WHERE code_hash = %s", (code_hash,))
        return None if row is None else str(row["org_id"])

    async def lock_code(self, code_hash: str) -> EnrolmentCode | None:
        """What a code enrols, locked."""
        row = await self._one(
            "SELECT c.store_id, s.code AS store_code, s.currency AS store_currency, c.till_code,"
            " c.expires_at, c.used_at, c.replaces, c.device_id, c.request_id, c.renews, c.manages"
            " FROM enrolment_code c JOIN store s ON s.org_id = c.org_id AND s.id = c.store_id"
            " WHERE c.org_id = %s AND c.code_hash = %s FOR UPDATE OF c",
            (self.org_id, code_hash),
        )
        return None if row is None else EnrolmentCode(**row)

    async def use_code(
        self, code_hash: str, now_us: int, device_id: str, request_id: str | None
    ) -> None:
        """Spend a code on a device; ``request_id`` is who may ask for the answer again."""
        await self._send(
            "UPDATE enrolment_code SET used_at = %s, device_id = %s, request_id = %s"
            " WHERE org_id = %s AND code_hash = %s",
            (now_us, device_id, request_id, self.org_id, code_hash),
        )

    async def lock_till_codes(self, store_id: str) -> set[str]:
        """The till codes of a store's devices; locks out other enrolments there."""
        # Two enrolments at one store must not take the same code.
        await self._send(
            "SELECT id FROM store WHERE org_id = %s AND id = %s FOR NO KEY UPDATE",
            (self.org_id, store_id),
        )
        await self.cursor.execute(
            "SELECT till_code FROM device WHERE org_id = %s AND store_id = %s",
            (self.org_id, store_id),
        )
        return {row["till_code"] async for row in self.cursor}
