"""Who may talk to the server: organisations, enrolment, tokens, revocation."""

import re
from dataclasses import dataclass

from localdb.domain.ops import Op
from localdb.domain.records import Till
from sync.protocol import limits
from sync.protocol.messages import EnrolReply, EnrolRequest
from sync.server import tokens
from sync.server.admission import Device
from sync.server.edits import Editor
from sync.server.ports import EnrolmentCode, Services, Store, Transaction
from sync.server.push import Pushed, Pusher, retried
from sync.server.schema import ORG_STREAM

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
        store: Store,
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
        async with self._store.transaction(secret.org_id) as tx:
            device = await tx.device_by_token(secret.hash)
            if device is not None:
                await tx.seen(device.device_id, now_us, now_us - SEEN_EVERY_US)
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
        async with self._store.transaction(org_id) as tx:
            return await tx.revoke(device_id, self._services.now_us())

    # ------------------------------------------------------------ organisations

    async def create_org(self, name: str) -> str:
        """A new organisation with its stream and its own device; returns its id."""
        org_id, device_id = self._services.new_id(), self._services.new_id()
        now_us = self._services.now_us()
        async with self._store.transaction(org_id) as tx:
            await tx.create_organisation(name, device_id, now_us)
            await tx.insert_device(Device(org_id, device_id, None), "API", None, now_us)
            await tx.begin_streams([ORG_STREAM])
        return org_id

    async def create_api_token(self, org_id: str) -> str:
        """A new token for other programs of an organisation; the former one ends."""
        token = tokens.make(org_id, tokens.TOKEN_SECRET_BYTES, self._services.random_bytes)
        async with self._store.transaction(org_id) as tx:
            await tx.set_own_token(_hash(token))
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
        async with self._store.transaction(org_id) as tx:
            if not await tx.create_code(_hash(code), store_id, till_code, expires_at):
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
        async with self._store.transaction(secret.org_id) as tx:
            code = await _used_code(tx, secret, now_us)
            taken = await tx.lock_till_codes(code.store_id)
            device = Device(
                secret.org_id,
                self._services.new_id(),
                code.store_id,
                next_till_code(taken, code.till_code),
            )
            await tx.insert_device(device, request.till_name, _hash(token), now_us)
            till = Till(
                id=device.device_id,
                store_id=code.store_id,
                code=device.till_code,
                name=request.till_name,
            )
            op = Op("insert", Till.TYPE, till.id, values=till.values())
            pushed = await self._editor.within(tx, [op])
            return pushed, EnrolReply(
                device_id=device.device_id,
                token=token,
                org_id=device.org_id,
                store_id=code.store_id,
                store_code=code.store_code,
                till_code=device.till_code,
                epoch=await tx.epoch(),
            )


def _hash(secret: str) -> str:
    read = tokens.read(secret)
    assert read is not None, "we made it ourselves"
    return read.hash


async def _used_code(tx: Transaction, secret: tokens.Secret, now_us: int) -> EnrolmentCode:
    code = await tx.lock_code(secret.hash)
    if code is None:
        raise BadCode("code_unknown", "this enrolment code is not known")
    if code.used_at is not None:
        raise BadCode("code_used", "this enrolment code was used before")
    if code.expires_at < now_us:
        raise BadCode("code_expired", "this enrolment code has expired")
    await tx.use_code(secret.hash, now_us)
    return code


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
