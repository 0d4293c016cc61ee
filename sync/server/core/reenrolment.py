"""Gives a restored or copied till an identity of its own, by the token of the old one."""

import logging

from sync.protocol import limits
from sync.protocol.messages import EnrolReply, ReenrolRequest
from sync.server.core import tokens
from sync.server.core.admission import Device
from sync.server.core.edits import Editor
from sync.server.core.enrolment import BadCode, Enrolling, Wanted, reply_to, series_of
from sync.server.core.handed_over import lineage
from sync.server.core.ports import Registered, Services, Store, Successor, Transaction
from sync.server.core.push import Pusher
from sync.server.core.taking import Pushed, retried

LOG = logging.getLogger(__name__)
DAY_US = 86_400_000_000


class RequestUsed(Exception):
    """The device of this request is at work already: it was asked by another copy of the till."""


class Spent(Exception):
    """A revoked till had its one successor: more would be devices made without end."""


class TooManyCopies(Exception):
    """Today one till became as many devices as no restore and no copy explains."""


class Reenrolment:
    """Adds successors of devices; the old device stays what it is, for its other copy."""

    def __init__(self, store: Store, services: Services, editor: Editor, pusher: Pusher) -> None:
        self._store = store
        self._services = services
        self._editor = editor
        self._pusher = pusher

    async def reenrol(self, device: Device, request: ReenrolRequest) -> EnrolReply:
        """A new device in the place of the asking one, the same for the same request.

        A revoked till gets one revoked successor, which may hand over what it sold. Raises
        RequestUsed, Spent, TooManyCopies, or BadCode when a program asks that is no till.
        """
        token = tokens.make(device.org_id, tokens.TOKEN_SECRET_BYTES, self._services.random_bytes)
        pushed, reply = await retried(lambda: self._answered(device, request, token))
        await self._pusher.announce(device.org_id, pushed)
        LOG.warning(
            "till %s (%s) goes on as %s (%s) after group %s, journal head %s: %s",
            *(device.till_code, device.device_id, reply.till_code, reply.device_id),
            *(request.dseq_after, request.journal_head or "none", request.reason),
        )
        return reply

    async def _answered(
        self, device: Device, request: ReenrolRequest, token: str
    ) -> tuple[Pushed, EnrolReply]:
        secret = tokens.read(token)
        assert secret is not None, "we made it ourselves"
        async with self._store.transaction(device.org_id) as tx:
            # Two tries of one request must not both find nothing.
            await tx.lock_devices([device.device_id])
            made, pushed = await tx.registered_by(request.request_id), Pushed()
            if made is None:
                made, pushed = await self._made(tx, device, request, secret.hash)
            else:
                _check_asker(made, device, request)
                await tx.replace_token(made.device.device_id, secret.hash, self._services.now_us())
            return pushed, await reply_to(tx, made, token)

    async def _made(
        self, tx: Transaction, device: Device, request: ReenrolRequest, token_hash: str
    ) -> tuple[Registered, Pushed]:
        old = await tx.registered(device.device_id)
        assert old is not None, "its row is locked"
        if device.store_id is None:
            raise BadCode("not_a_till", "only a till is enrolled")
        successor = Successor(device.device_id, request.request_id, request.dseq_after)
        if old.device.revoked_at is not None:
            await _check_once(tx, old.device)
        await _check_few(tx, old.device, device.store_id, self._services.now_us())
        series = series_of(device.till_code)
        wanted = Wanted(device.store_id, series, old.name, successor, old.device.manages)
        enrolling = Enrolling(tx, self._services, self._editor)
        made, pushed = await enrolling.enrol(wanted, token_hash)
        if old.device.revoked_at is not None:
            await tx.revoke(made.device.device_id, old.device.revoked_at)
        return made, pushed


async def _check_once(tx: Transaction, device: Device) -> None:
    """Raise Spent for one made, or followed, since it was revoked."""
    assert device.revoked_at is not None, "only a revoked till is asked"
    if await tx.was_reenrolled_since(device.device_id, device.revoked_at):
        raise Spent


async def _check_few(tx: Transaction, device: Device, store_id: str, now_us: int) -> None:
    """Raise TooManyCopies where the till and its copies became enough devices today."""
    # Two copies that ask at once must see each other.
    await tx.lock_till_codes(store_id)
    runs = await tx.runs_in(store_id)
    today = [id_ for id_, run in runs.items() if run.enrolled_at_us > now_us - DAY_US]
    if len(today) < limits.COPIES_A_DAY_MAX:
        return
    its_line = lineage(device.device_id, runs)
    if sum(not its_line.isdisjoint(lineage(id_, runs)) for id_ in today) < limits.COPIES_A_DAY_MAX:
        return
    LOG.warning("till %s (%s) asks for too many identities", device.till_code, device.device_id)
    raise TooManyCopies


def _check_asker(made: Registered, device: Device, request: ReenrolRequest) -> None:
    """Require a successor that has done nothing yet: only then can its answer have been lost."""
    asks = device.device_id in (made.replaces, made.device.device_id)
    if not asks or made.dseq_acknowledged > request.dseq_after:
        raise RequestUsed
