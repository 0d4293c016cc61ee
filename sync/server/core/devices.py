"""Keeps organisations and their devices: enrolment, tokens, revocation."""

from dataclasses import dataclass

from localdb.domain.real_values import wrong_name
from sync.protocol import limits
from sync.protocol.messages import EnrolReply, EnrolRequest
from sync.server.core import tokens
from sync.server.core.admission import Device
from sync.server.core.edits import Editor
from sync.server.core.enrolment import (
    BadCode,
    Enrolling,
    Wanted,
    answered_before,
    at_its_place,
    check_free,
    let_in_again,
    manages_there,
    place_again,
    place_of,
    reply_to,
    successor_of,
    till_code_for,
)
from sync.server.core.ports import EnrolmentCode, Services, Store, Transaction
from sync.server.core.push import Pusher
from sync.server.core.taking import Pushed, retried
from sync.server.schema import ORG_STREAM

SEEN_EVERY_US = 60_000_000
"""A device's ``last_seen`` is written this often at most by requests that write nothing else."""
REMEMBERED_MAX = 100_000
PUSH_CACHE_TIMES = 30
"""A push may rest on a standing this many times as old: a revoked till pushes for days anyway."""
HOUR_US = 3_600_000_000
GRACE_US = limits.REVOKED_PUSH_DAYS * 86_400_000_000


class TokenExpired(Exception):
    """A token that nobody used for too long; a new code for the same till heals it."""


@dataclass(slots=True)
class _Remembered:
    device: Device
    at_us: int
    protocol: int | None


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

    async def authenticate(
        self, token: str, protocol: int | None = None, *, for_push: bool = False
    ) -> Device | None:
        """The device of a token, revoked or not; None for an unknown token.

        Raises TokenExpired. ``protocol`` is what the device speaks, if it says so; ``for_push``
        is content with an older memory.
        """
        secret = tokens.read(token)
        if secret is None:
            return None
        now_us = self._services.now_us()
        known = self._cache.get(secret.hash)
        since_us = now_us - self._cache_us * (PUSH_CACHE_TIMES if for_push else 1)
        if known is not None and known.at_us > since_us and protocol in (None, known.protocol):
            return known.device
        async with self._store.transaction(secret.org_id) as tx:
            device = await tx.device_by_token(secret.hash)
            if device is not None:
                _check_in_use(device, now_us)
                if device.promised:
                    await tx.use_promised(device.device_id, secret.hash, now_us)
                since_us = now_us - SEEN_EVERY_US
                await tx.seen(device.device_id, now_us, since_us, protocol)
        self._remember(secret.hash, device, now_us, protocol)
        return device

    def _remember(
        self, hashed: str, device: Device | None, now_us: int, protocol: int | None
    ) -> None:
        # Unknown tokens are not remembered: guesses must not fill the memory.
        if len(self._cache) >= REMEMBERED_MAX:
            self._cache.clear()
        if device is not None:
            self._cache[hashed] = _Remembered(device, now_us, protocol)

    async def rotate(self, device: Device, token_hash: str) -> None:
        """Accept a device's next token by its hash; the old one works until that is used."""
        async with self._store.transaction(device.org_id) as tx:
            await tx.promise_token(device.device_id, token_hash)

    async def revoke(self, org_id: str, device_id: str) -> bool:
        """End a device's pulls at once and its pushes after a grace; False if it is unknown."""
        async with self._store.transaction(org_id) as tx:
            return await tx.revoke(device_id, self._services.now_us())

    async def hands_over(self, device: Device) -> bool:
        """Whether a device still delivers what it sold: a revoked one for 30 days.

        While a restore is open that may have lost some of that, it delivers it again.
        """
        revoked_at = device.revoked_at
        if revoked_at is None or self._services.now_us() <= revoked_at + GRACE_US:
            return True
        async with self._store.transaction(device.org_id) as tx:
            restore = await tx.restore()
        if restore is None or restore.backup_at_us > revoked_at + GRACE_US:
            return False
        return self._services.now_us() < restore.open_until_us

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
        replaces: str | None = None,
        renews: str | None = None,
        *,
        manages: bool | None = None,
    ) -> str:
        """A code that enrols one till once; without ``till_code`` it gets the store's next.

        With ``replaces``, it takes the place of that device: its store, and its till code with the
        next series letter. With ``renews``, that very till gets a new token and stays what it is.
        ``manages`` says whether people and settings may be changed at it; None for what is usual
        (``enrolment.manages_there``). Raises BadCode.
        """
        expires_at = self._services.now_us() + hours * HOUR_US

        async def attempt() -> str:
            code = tokens.make_code(self._services.random_bytes)
            hashed = tokens.code_hash(code)
            assert hashed is not None, "we made it ourselves"
            async with self._store.transaction(org_id) as tx:
                where = (store_id, till_code)
                if replaces is not None:
                    where = await place_of(tx, replaces)
                elif renews is not None:
                    where = await place_again(tx, renews)
                elif till_code:
                    if wrong := wrong_name("series", till_code):
                        raise BadCode("till_code_invalid", f"a till's code {wrong}")
                    await check_free(tx, store_id, till_code)
                if not await tx.create_code(hashed, *where, expires_at, replaces, renews, manages):
                    raise BadCode("store_unknown", "no such store")
            return code

        return await retried(attempt)

    async def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Trade a code for a new device and its token; raises BadCode."""
        secret = await self._code_secret(request.code)
        token = tokens.make(secret.org_id, tokens.TOKEN_SECRET_BYTES, self._services.random_bytes)
        pushed, reply = await retried(lambda: self._enrolled(secret, request, token))
        await self._pusher.announce(secret.org_id, pushed)
        return reply

    async def _code_secret(self, code: str) -> tokens.Secret:
        hashed = tokens.code_hash(code)
        if hashed is None:
            # Given out before codes became short.
            secret = tokens.read(code)
            if secret is None:
                raise BadCode("code_unknown", "this is not an enrolment code")
            return secret
        async with self._store.transaction() as tx:
            org_id = await tx.code_owner(hashed)
        if org_id is None:
            raise BadCode("code_unknown", "this enrolment code is not known")
        return tokens.Secret(org_id, hashed)

    async def _enrolled(
        self, secret: tokens.Secret, request: EnrolRequest, token: str
    ) -> tuple[Pushed, EnrolReply]:
        now_us = self._services.now_us()
        async with self._store.transaction(secret.org_id) as tx:
            code = await _known_code(tx, secret)
            if code.used_at is not None:
                again = await answered_before(tx, code, request)
                await tx.replace_token(again.device.device_id, _hash(token), now_us)
                return Pushed(), await reply_to(tx, again, token)
            if code.expires_at < now_us:
                raise BadCode("code_expired", "this enrolment code has expired")
            renews = code.renews or await at_its_place(tx, code, request)
            same = await let_in_again(tx, renews, request) if renews else None
            if same is not None:
                device_id = same.device.device_id
                await tx.replace_token(device_id, _hash(token), now_us)
                if code.manages is not None:
                    await tx.set_manages(device_id, manages=code.manages)
                await tx.use_code(secret.hash, now_us, device_id, request.request_id)
                return Pushed(), await reply_to(tx, same, token)
            successor = await successor_of(tx, code, request)
            till_code = await till_code_for(tx, code, request)
            manages = await manages_there(tx, code, request)
            wanted = Wanted(code.store_id, till_code, request.till_name, successor, manages)
            enrolling = Enrolling(tx, self._services, self._editor)
            made, pushed = await enrolling.enrol(wanted, _hash(token))
            await tx.use_code(secret.hash, now_us, made.device.device_id, request.request_id)
            if code.replaces is not None:
                await tx.revoke(code.replaces, now_us)
            return pushed, await reply_to(tx, made, token)


def _check_in_use(device: Device, now_us: int) -> None:
    """Other programs' tokens are given by hand and taken by hand; a till's must be in use."""
    idle_us = limits.TOKEN_IDLE_DAYS * 24 * HOUR_US
    if device.store_id is not None and now_us - (device.active_at or now_us) > idle_us:
        raise TokenExpired


def _hash(secret: str) -> str:
    read = tokens.read(secret)
    assert read is not None, "we made it ourselves"
    return read.hash


async def _known_code(tx: Transaction, secret: tokens.Secret) -> EnrolmentCode:
    code = await tx.lock_code(secret.hash)
    if code is None:
        raise BadCode("code_unknown", "this enrolment code is not known")
    return code
