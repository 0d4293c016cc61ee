"""The server in the simulation: the real core, asked as the routes ask it, without a socket."""

import gzip
import random
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from localdb.domain.ids import IdSource
from sync.protocol import limits
from sync.protocol.messages import (
    PROTOCOL_VERSION_MIN,
    ClaimRequest,
    EnrolRequest,
    FoundRequest,
    PushReply,
    PushRequest,
    ReenrolRequest,
    RunsRequest,
    TokenReply,
    TokenRequest,
)
from sync.server.api.problems import Refused, known_problem, refused
from sync.server.core.admission import Device
from sync.server.core.checkpoints import Checkpoints
from sync.server.core.claims import Claims
from sync.server.core.devices import Devices
from sync.server.core.edits import Editor
from sync.server.core.found import Found
from sync.server.core.ports import Services, Store
from sync.server.core.push import Pusher
from sync.server.core.reenrolment import Reenrolment
from sync.server.core.snapshots import Snapshots
from sync.server.core.streams import pull
from sync.server.jobs.balances import Balancer
from sync.server.jobs.flagging import Flagger
from tests.simulation.faults import Fuse, ServerKilled
from tests.simulation.fused_store import FusedStore

BACKUP_DAYS = 30
"""How far back a backup may lie: what the server declares to its tills."""

FLAG_GRACE_S = 300.0

T = TypeVar("T")
Drive = Callable[[Coroutine[Any, Any, Any]], Any]


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never really waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    coroutine.close()
    raise AssertionError("a store in memory has nothing to wait for")


class SimServer:
    """One server process over a store; killed by its fuse, and back with the next request."""

    def __init__(
        self,
        store: Store,
        now_us: Callable[[], int],
        rng: random.Random,
        hint: Callable[[str, Mapping[str, int]], None],
        drive: Drive = drive,
    ) -> None:
        self.fuse = Fuse(ServerKilled)
        self.store = store
        self.deaths = 0
        self.later = False
        """Whether its program is of the later release."""
        self.tongue: Callable[[], AbstractContextManager[None]] = nullcontext
        self.protocol_min = PROTOCOL_VERSION_MIN
        self._services = Services(now_us, IdSource(now_us, rng.randbytes), rng.randbytes)
        self._hint = hint
        self.drive = drive
        self.start()

    def start(self) -> None:
        """Begin anew with nothing in memory."""
        store = FusedStore(self.store, self.fuse)
        self.pusher = Pusher(store, self._services, self)
        self.editor = Editor(store, self._services, self.pusher)
        self.devices = Devices(store, self._services, self.editor, self.pusher, 0)
        self.found = Found(store, self._services, self)
        self.reenrolment = Reenrolment(store, self._services, self.editor, self.pusher)
        self.snapshots = Snapshots(store, self._services, BACKUP_DAYS)
        self.checkpoints = Checkpoints(store, self._services)
        self.claims = Claims(store, self._services)
        self.flagger = Flagger(store, self._services, self.editor, self.pusher, FLAG_GRACE_S)
        self.flagger_at_once = Flagger(store, self._services, self.editor, self.pusher, 0.0)
        self.pusher.on_doubt = self.flagger.doubted
        self.balancer = Balancer(store, self.editor, self.pusher)
        self._store = store

    def publish(self, org_id: str, heads: Mapping[str, int], urgent: Collection[str]) -> None:
        """``HintSink``: what a commit tells the tills."""
        self._hint(org_id, heads)

    @property
    def now_us(self) -> int:
        """The server's clock."""
        return self._services.now_us()

    def new_id(self) -> str:
        """An id of the server's making."""
        return self._services.new_id()

    def serve(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; a process that dies over it leaves a broken connection."""
        try:
            with self.tongue():
                return self._answer(request)
        except ServerKilled as death:
            self.die()
            raise httpx.RemoteProtocolError("the simulated server died", request=request) from death

    def die(self) -> None:
        """Lose all that is in memory, and begin anew."""
        self.deaths += 1
        self.fuse.put_out()
        self.start()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        try:
            message = self.drive(self._routed(request))
        except Exception as error:  # as the application's handlers do
            refusal = known_problem(error)
            problem = refusal.problem
            content = problem.model_dump_json(exclude_defaults=True).encode()
            return httpx.Response(problem.status, headers=refusal.headers, content=content)
        content = message if isinstance(message, bytes) else message.model_dump_json().encode()
        return httpx.Response(200, content=content)

    # ------------------------------------------------------------ as the routes do

    async def _routed(self, request: httpx.Request) -> BaseModel | bytes:
        self.fuse.burn("a request")
        protocol = self._spoken(request)
        path = request.url.path.removeprefix("/v1/")
        if path == "enrol":
            return await self.devices.enrol(_read(EnrolRequest, request))
        device = await self._authenticated(request, protocol)
        await self._check_revoked(device, pushing=path in ("push", "reenrol", "me"))
        if request.method == "POST":
            return await self._posted(path, device, request)
        head, _, tail = path.partition("/")
        return await self._got(head, tail, device, dict(request.url.params))

    async def _posted(self, path: str, device: Device, request: httpx.Request) -> BaseModel:
        match path:
            case "push":
                return await self._push(device, request)
            case "reenrol":
                return await self.reenrolment.reenrol(device, _read(ReenrolRequest, request))
            case "runs":
                return await self.found.runs(device, _read(RunsRequest, request))
            case "found":
                return await self.found.take(device, _read(FoundRequest, request).groups)
            case "claims":
                return await self.claims.ask(device, _read(ClaimRequest, request))
            case "token":
                await self.devices.rotate(device, _read(TokenRequest, request).token_hash)
                return TokenReply(server_time_us=self.now_us)
        raise _no_such_call()

    async def _got(
        self, head: str, tail: str, device: Device, asked: dict[str, str]
    ) -> BaseModel | bytes:
        after = asked.get("after", "")
        match head:
            case "streams":
                number, epoch = int(after or 0), asked.get("epoch", "")
                return await pull(self._store, self._services, device, tail, epoch, number)
            case "snapshot" if tail:
                limit = int(asked.get("limit", limits.SNAPSHOT_ROWS_MAX))
                bucket = asked.get("bucket", "")
                cells = asked.get("cells", "") in ("1", "true")
                return await self.snapshots.page(device, tail, after, limit, bucket, cells=cells)
            case "snapshot":
                return await self.snapshots.heads(device)
            case "snapshot-origins":
                return await self.snapshots.origins(device, tail, after, int(asked["limit"]))
            case "snapshot-stock":
                return await self.snapshots.stock(device, after)
            case "digests" if tail:
                stream, _, at = tail.partition("/")
                return await self.checkpoints.digests(device, stream, int(at))
            case "digests":
                return _listed(await self.snapshots.digests(device))
            case "me" if tail == "tables":
                return _listed(await self.snapshots.tables(device))
            case "me":
                return await self.snapshots.me(device, int(asked.get("sent", 0)))
        raise _no_such_call()

    async def _push(self, device: Device, request: httpx.Request) -> PushReply:
        message = _read(PushRequest, request)
        pushed = await self.pusher.push(device, message.groups)
        return PushReply(
            batch_id=message.batch_id,
            epoch=pushed.epoch,
            verdicts=pushed.verdicts,
            server_time_us=self.now_us,
            backup_days=BACKUP_DAYS,
        )

    def _spoken(self, request: httpx.Request) -> int:
        protocol = int(request.headers["Evertill-Protocol"])
        if protocol < self.protocol_min:
            spoken = {"protocol_min": self.protocol_min, "protocol": self.protocol_min}
            raise refused(426, "update_needed", "Update needed to sync.", current=spoken)
        return protocol

    async def _authenticated(self, request: httpx.Request, protocol: int) -> Device:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        device = await self.devices.authenticate(token, protocol)
        if device is None:
            raise refused(401, "token_unknown", "The token is not known.")
        return device

    async def _check_revoked(self, device: Device, *, pushing: bool) -> None:
        revoked = device.revoked_at is not None
        if revoked and not (pushing and await self.devices.hands_over(device)):
            raise refused(403, "device_revoked", "This till was revoked.")


M = TypeVar("M", bound=BaseModel)


def _listed(messages: Sequence[BaseModel]) -> bytes:
    return b"[" + b",".join(one.model_dump_json().encode() for one in messages) + b"]"


def _no_such_call() -> Refused:
    return refused(404, "not_found", "There is no such call.")


def _read(message: type[M], request: httpx.Request) -> M:
    body = request.content
    if request.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    try:
        return message.model_validate_json(body)
    except ValidationError as error:
        raise refused(422, "invalid", "Some values were refused.", str(error)) from error
