"""Statements of the register of devices."""

from sync.server.admission import Device
from sync.server.ports import EnrolmentCode
from sync.server.postgres.base import Queries


class DeviceQueries(Queries):
    """``ports.DevicePort`` on PostgreSQL."""

    async def device_by_token(self, token_hash: str) -> Device | None:
        """The device a token stands for, revoked or not."""
        row = await self._one(
            "SELECT device_id, store_id, till_code, revoked_at FROM device"
            " WHERE org_id = %s AND token_hash = %s",
            (self.org_id, token_hash),
        )
        return Device(org_id=self.org_id, **row) if row else None

    async def seen(self, device_id: str, now_us: int, unless_since_us: int) -> None:
        """Note that a device was here, unless that was noted since."""
        # A row that a push holds is skipped: that push notes the time itself.
        await self.cursor.execute(
            "UPDATE device SET last_seen = %s WHERE (org_id, device_id) IN ("
            "SELECT org_id, device_id FROM device WHERE org_id = %s AND device_id = %s"
            " AND coalesce(last_seen, 0) < %s FOR UPDATE SKIP LOCKED)",
            (now_us, self.org_id, device_id, unless_since_us),
        )

    async def revoke(self, device_id: str, now_us: int) -> bool:
        """End a device; False when it is unknown."""
        await self.cursor.execute(
            "UPDATE device SET revoked_at = coalesce(revoked_at, %s)"
            " WHERE org_id = %s AND device_id = %s",
            (now_us, self.org_id, device_id),
        )
        return self.cursor.rowcount == 1

    async def create_organisation(self, name: str, own_device_id: str, now_us: int) -> None:
        """Begin this transaction's organisation."""
        await self.cursor.execute(
            "INSERT INTO organisation (org_id, name, api_device_id, created_at)"
            " VALUES (%s, %s, %s, %s)",
            (self.org_id, name, own_device_id, now_us),
        )
        await self.cursor.execute("INSERT INTO tenant (org_id) VALUES (%s)", (self.org_id,))

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
        self, device: Device, name: str, token_hash: str | None, now_us: int
    ) -> None:
        """Add a device that has delivered nothing yet."""
        await self.cursor.execute(
            "INSERT INTO device (org_id, device_id, store_id, till_code, name, token_hash,"
            " token_at, enrolled_at, dseq_acknowledged)"
            " VALUES (%(org)s, %(device)s, %(store)s, %(code)s, %(name)s, %(token)s, %(now)s,"
            " %(now)s, 0)",
            {
                "org": device.org_id,
                "device": device.device_id,
                "store": device.store_id,
                "code": device.till_code,
                "name": name,
                "token": token_hash,
                "now": now_us,
            },
        )

    async def set_own_token(self, token_hash: str) -> None:
        """Give the organisation's own device a token; the former one ends."""
        await self.cursor.execute(
            "UPDATE device SET token_hash = %s FROM organisation o WHERE device.org_id = %s"
            " AND o.org_id = device.org_id AND o.api_device_id = device.device_id",
            (token_hash, self.org_id),
        )

    # ------------------------------------------------------------ enrolment

    async def create_code(
        self, code_hash: str, store_id: str, till_code: str, expires_at: int
    ) -> bool:
        """Add an enrolment code; False when there is no such live store."""
        await self.cursor.execute(
            "INSERT INTO enrolment_code"
            " (org_id, code_hash, store_id, till_code, expires_at, used_at)"
            " SELECT %s, %s, id, %s, %s, NULL FROM store"
            " WHERE org_id = %s AND id = %s AND NOT deleted",
            (self.org_id, code_hash, till_code, expires_at, self.org_id, store_id),
        )
        return self.cursor.rowcount == 1

    async def lock_code(self, code_hash: str) -> EnrolmentCode | None:
        """What a code stands for, locked."""
        row = await self._one(
            "SELECT c.store_id, s.code AS store_code, c.till_code, c.expires_at, c.used_at"
            " FROM enrolment_code c JOIN store s ON s.org_id = c.org_id AND s.id = c.store_id"
            " WHERE c.org_id = %s AND c.code_hash = %s FOR UPDATE OF c",
            (self.org_id, code_hash),
        )
        return None if row is None else EnrolmentCode(**row)

    async def use_code(self, code_hash: str, now_us: int) -> None:
        """Spend a code."""
        await self.cursor.execute(
            "UPDATE enrolment_code SET used_at = %s WHERE org_id = %s AND code_hash = %s",
            (now_us, self.org_id, code_hash),
        )

    async def lock_till_codes(self, store_id: str) -> set[str]:
        """The till codes of a store's devices; no other enrolment there meanwhile."""
        # Two enrolments at one store must not take the same code.
        await self.cursor.execute(
            "SELECT id FROM store WHERE org_id = %s AND id = %s FOR NO KEY UPDATE",
            (self.org_id, store_id),
        )
        await self.cursor.execute(
            "SELECT till_code FROM device WHERE org_id = %s AND store_id = %s",
            (self.org_id, store_id),
        )
        return {row["till_code"] async for row in self.cursor}
