"""Who may talk to the server: organisations, enrolment, tokens, revocation."""

import re
from dataclasses import dataclass, replace
from typing import Any

from localdb.domain.ops import Op
from localdb.domain.records import Till
from sync.protocol import limits
from sync.protocol.messages import EnrolReply, EnrolRequest
from sync.server import tokens
from sync.server.admission import Device
from sync.server.bulk import Cursor
from sync.server.edits import Editor
from sync.server.effects import create_streams
from sync.server.push import Pushed, Pusher, retried
from sync.server.schema import ORG_STREAM
from sync.server.store import PostgresStore, Services

SEEN_EVERY_US = 60_000_000
"""A device's ``last_seen`` is written this often at most by requests that write nothing else."""
REMEMBERED_MAX = 100_000
HOUR_US = 3_600_000_000


class BadCode(Exception):
    """An enrolment code that is unknown, used or expired; ``code`` says which."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class _Remembered:
    device: Device
    until_us: int


class Devices:
    """The register of devices; a token's standing is remembered for ``cache_us``."""

    def __init__(
        self,
        store: PostgresStore,
        services: Services,
        editor: Editor,
        pusher: Pusher,
        cache_us: int,
    ) -> None:
        self._store = store
        self._services = services
        self._editor = editor
        self._pusher = pusher
        self._cache_us = cache_us
        self._cache: dict[str, _Remembered] = {}

    # ------------------------------------------------------------ tokens

    async def authenticate(self, token: str) -> Device | None:
        """The device that a token stands for, revoked or not; None for an unknown token."""
        secret = tokens.read(token)
        if secret is None:
            return None
        now_us = self._services.now_us()
        known = self._cache.get(secret.hash)
        if known is not None and now_us < known.until_us:
            return known.device
        async with self._store.transaction(secret.org_id) as cursor:
            device = await _by_token(cursor, secret)
            if device is not None:
                await _seen(cursor, device, now_us)
        self._remember(secret.hash, device, now_us)
        return device

    def _remember(self, hashed: str, device: Device | None, now_us: int) -> None:
        # Unknown tokens are not remembered: guesses must not fill the memory.
        if len(self._cache) >= REMEMBERED_MAX:
            self._cache.clear()
        if device is not None:
            self._cache[hashed] = _Remembered(device, now_us + self._cache_us)

    async def revoke(self, org_id: str, device_id: str) -> bool:
        """End a device's pulls at once and its pushes after a grace; False if it is unknown."""
        async with self._store.transaction(org_id) as cursor:
            await cursor.execute(
                "UPDATE device SET revoked_at = coalesce(revoked_at, %s)"
                " WHERE org_id = %s AND device_id = %s",
                (self._services.now_us(), org_id, device_id),
            )
            return cursor.rowcount == 1

    # ------------------------------------------------------------ organisations

    async def create_org(self, name: str) -> str:
        """A new organisation with its stream and its own device; returns its id."""
        org_id, device_id = self._services.new_id(), self._services.new_id()
        now_us = self._services.now_us()
        async with self._store.transaction(org_id) as cursor:
            await cursor.execute(
                "INSERT INTO organisation (org_id, name, api_device_id, created_at)"
                " VALUES (%s, %s, %s, %s)",
                (org_id, name, device_id, now_us),
            )
            await _insert_device(cursor, Device(org_id, device_id, None), "API", None, now_us)
            await create_streams(cursor, org_id, [ORG_STREAM])
        return org_id

    async def create_api_token(self, org_id: str) -> str:
        """A new token for other programs of an organisation; the former one ends."""
        token = tokens.make(org_id, tokens.TOKEN_SECRET_BYTES, self._services.random_bytes)
        async with self._store.transaction(org_id) as cursor:
            await cursor.execute(
                "UPDATE device SET token_hash = %s FROM organisation o WHERE device.org_id = %s"
                " AND o.org_id = device.org_id AND o.api_device_id = device.device_id",
                (_hash(token), org_id),
            )
        return token

    # ------------------------------------------------------------ enrolment

    async def create_code(
        self,
        org_id: str,
        store_id: str,
        till_code: str = "",
        hours: int = limits.ENROLMENT_CODE_HOURS,
    ) -> str:
        """A code that enrols one till once; without ``till_code`` it gets the store's next."""
        code = tokens.make(org_id, tokens.CODE_SECRET_BYTES, self._services.random_bytes)
        expires_at = self._services.now_us() + hours * HOUR_US
        async with self._store.transaction(org_id) as cursor:
            await cursor.execute(
                "INSERT INTO enrolment_code"
                " (org_id, code_hash, store_id, till_code, expires_at, used_at)"
                " SELECT %s, %s, id, %s, %s, NULL FROM store"
                " WHERE org_id = %s AND id = %s AND NOT deleted",
                (org_id, _hash(code), till_code, expires_at, org_id, store_id),
            )
            if cursor.rowcount != 1:
                raise BadCode("store_unknown", "no such store")
        return code

    async def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Trade a code for a new device and its token; raises BadCode."""
        secret = tokens.read(request.code)
        if secret is None:
            raise BadCode("code_unknown", "this is not an enrolment code")
        token = tokens.make(secret.org_id, tokens.TOKEN_SECRET_BYTES, self._services.random_bytes)
        pushed, reply = await retried(lambda: self._enrolled(secret, request, token))
        await self._pusher.announce(secret.org_id, pushed)
        return reply

    async def _enrolled(
        self, secret: tokens.Secret, request: EnrolRequest, token: str
    ) -> tuple[Pushed, EnrolReply]:
        now_us = self._services.now_us()
        async with self._store.transaction(secret.org_id) as cursor:
            code = await _use_code(cursor, secret, now_us)
            device = Device(secret.org_id, self._services.new_id(), code["store_id"])
            till_code = await _free_till_code(cursor, device, code["till_code"])
            device = replace(device, till_code=till_code)
            await _insert_device(cursor, device, request.till_name, _hash(token), now_us)
            till = Till(
                id=device.device_id,
                store_id=code["store_id"],
                code=till_code,
                name=request.till_name,
            )
            op = Op("insert", Till.TYPE, till.id, values=till.values())
            pushed = await self._editor.within(cursor, secret.org_id, [op])
            return pushed, EnrolReply(
                device_id=device.device_id,
                token=token,
                org_id=device.org_id,
                store_id=code["store_id"],
                store_code=code["store_code"],
                till_code=till_code,
                epoch=await epoch_of(cursor),
            )


async def epoch_of(cursor: Cursor) -> str:
    """The database's epoch: cursors of another one are worth nothing here."""
    await cursor.execute("SELECT epoch FROM server_state")
    row = await cursor.fetchone()
    assert row is not None, "the first migration writes it"
    return str(row["epoch"])


def _hash(secret: str) -> str:
    read = tokens.read(secret)
    assert read is not None, "we made it ourselves"
    return read.hash


async def _by_token(cursor: Cursor, secret: tokens.Secret) -> Device | None:
    await cursor.execute(
        "SELECT device_id, store_id, till_code, revoked_at FROM device"
        " WHERE org_id = %s AND token_hash = %s",
        (secret.org_id, secret.hash),
    )
    row = await cursor.fetchone()
    return Device(org_id=secret.org_id, **row) if row else None


async def _seen(cursor: Cursor, device: Device, now_us: int) -> None:
    # A row that a push holds is skipped: that push notes the time itself.
    await cursor.execute(
        "UPDATE device SET last_seen = %s WHERE (org_id, device_id) IN ("
        "SELECT org_id, device_id FROM device WHERE org_id = %s AND device_id = %s"
        " AND coalesce(last_seen, 0) < %s FOR UPDATE SKIP LOCKED)",
        (now_us, device.org_id, device.device_id, now_us - SEEN_EVERY_US),
    )


async def _insert_device(
    cursor: Cursor, device: Device, name: str, token_hash: str | None, now_us: int
) -> None:
    await cursor.execute(
        "INSERT INTO device (org_id, device_id, store_id, till_code, name, token_hash,"
        " enrolled_at, dseq_acknowledged) VALUES (%s, %s, %s, %s, %s, %s, %s, 0)",
        (
            device.org_id,
            device.device_id,
            device.store_id,
            device.till_code,
            name,
            token_hash,
            now_us,
        ),
    )


async def _use_code(cursor: Cursor, secret: tokens.Secret, now_us: int) -> dict[str, Any]:
    await cursor.execute(
        "SELECT c.store_id, s.code AS store_code, c.till_code, c.expires_at, c.used_at"
        " FROM enrolment_code c JOIN store s ON s.org_id = c.org_id AND s.id = c.store_id"
        " WHERE c.org_id = %s AND c.code_hash = %s FOR UPDATE OF c",
        (secret.org_id, secret.hash),
    )
    row = await cursor.fetchone()
    if row is None:
        raise BadCode("code_unknown", "this enrolment code is not known")
    if row["used_at"] is not None:
        raise BadCode("code_used", "this enrolment code was used before")
    if row["expires_at"] < now_us:
        raise BadCode("code_expired", "this enrolment code has expired")
    await cursor.execute(
        "UPDATE enrolment_code SET used_at = %s WHERE org_id = %s AND code_hash = %s",
        (now_us, secret.org_id, secret.hash),
    )
    return row


async def _free_till_code(cursor: Cursor, device: Device, wanted: str) -> str:
    """``wanted``, with the next series letter when a till had it; or the store's next number."""
    # Two enrolments at one store must not take the same code.
    await cursor.execute(
        "SELECT id FROM store WHERE org_id = %s AND id = %s FOR NO KEY UPDATE",
        (device.org_id, device.store_id),
    )
    await cursor.execute(
        "SELECT till_code FROM device WHERE org_id = %s AND store_id = %s",
        (device.org_id, device.store_id),
    )
    return next_till_code({row["till_code"] async for row in cursor}, wanted)


def next_till_code(taken: set[str], wanted: str = "") -> str:
    """A code that no till of the store ever had: receipt numbers contain it.

    ``T03`` becomes ``T03B`` when it is taken, then ``T03C``; with nothing wanted, ``T01`` on.
    """
    if not wanted:
        used = [int(found[1]) for code in taken if (found := re.match(r"T(\d+)", code))]
        return f"T{max(used, default=0) + 1:02d}"
    series = "".join(chr(letter) for letter in range(ord("B"), ord("Z") + 1))
    candidates = [wanted, *(wanted + letter for letter in series)]
    candidates += [f"{wanted}-{number}" for number in range(27, len(taken) + 29)]
    return next(code for code in candidates if code not in taken)
