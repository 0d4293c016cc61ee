"""Two tills, one server, and what is on the way between them: each step is the real code's.

The till's side is the real ``Database``, ``Pusher`` and ``Puller`` with merge and rebase; the
server's is the real ``Pusher`` and ``pull`` over the store in memory. Time stands still and ids
follow from what they are given for, so that equal states are equal whatever led there.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast

from localdb.domain.ids import IdSource
from localdb.domain.records import Product
from localdb.services import conflicts
from localdb.store.database import Database, Machinery
from localdb.store.folder import DataFolder
from localdb.store.sync_state import Cursor
from localdb.store.unit_of_work import UnitOfWork
from sync.client.background import Background
from sync.client.channel import PendingReply
from sync.client.pull import Puller
from sync.client.push import Pusher
from sync.protocol.gateway import Gateway, NetworkFault
from sync.protocol.messages import PullReply, PushReply, PushRequest
from sync.server.core import push as server_push
from sync.server.core.admission import Device
from sync.server.core.ports import Services
from sync.server.core.streams import pull
from sync.server.schema import ORG_STREAM
from tests.exhaustive.nested_engine import nested
from tests.exhaustive.scripts import DELETE, SETTLE, Case
from tests.simulation.clock import START_US
from tests.simulation.faults import Fuse, Killed
from tests.simulation.inline_writer import InlineWriter
from tests.simulation.memory_store import MemoryStore
from tests.simulation.memory_tables import Backup
from tests.simulation.server import drive
from tests.simulation.template import FILE, Template, TillTemplate

T = TypeVar("T")
NOW_US = START_US + 3_600_000_000
SERVER_TABLES = (
    "product",
    "conflict",
    "ledger",
    "change_log",
    "stream",
    "held_group",
    "journal_entry",
)
PENDING = "SELECT count(*) FROM outbox_group WHERE state = 'pending'"
OPEN = "SELECT id, fields_json FROM conflict WHERE state = 'open' AND NOT deleted ORDER BY id"


class Ids(IdSource):
    """Ids that follow from what they are given for and how many there were before."""

    def __init__(self) -> None:
        super().__init__(lambda: NOW_US)
        self.about = ""
        self.count = 0

    def begin(self, about: str) -> None:
        """What the next ids are for."""
        self.about, self.count = about, 0

    def __call__(self) -> str:
        """An id."""
        self.count += 1
        found = blake2b(f"{self.about} {self.count}".encode(), digest_size=6).hexdigest()
        return f"0199ffff-0000-7000-8000-{found}"


@dataclass(frozen=True, slots=True)
class Pulling:
    """The pages of both streams that are on their way to a till."""

    pages: tuple[tuple[str, Cursor, PullReply], ...]


@dataclass(frozen=True, slots=True)
class Mind:
    """What of a till is not in its file."""

    position: int = 0
    """In its script."""
    sent: Any = None
    """The batch under way."""
    groups_max: int = 0
    reply: PushReply | None = None
    """The server's answer to it, while that is on its way."""
    pulling: Pulling | None = None


class Desk:
    """One till, and what it waits for."""

    def __init__(
        self, made: TillTemplate, folder: Path, template: Template, device: Device
    ) -> None:
        folder.mkdir()
        (folder / FILE).write_bytes(made.file)
        self.user, self.device = made.user, device
        engines, self.file = nested(folder / FILE, template.engines)
        self.ids = Ids()
        machinery = Machinery(
            writer=lambda: InlineWriter(Fuse(Killed)), engines=lambda file, key: engines
        )
        self.database = Database(DataFolder.lock(folder), None, lambda: NOW_US, self.ids, machinery)
        background = Background(self.database)
        self.pusher = Pusher(background, cast("Any", self), lambda: NIL)
        self.puller = Puller(background, cast("Any", self))
        self.position = 0
        self.reply: PushReply | None = None
        self.pulling: Pulling | None = None
        self._page: PullReply | None = None
        self.tables = self._tables()
        self._digest: bytes | None = None

    # ------------------------------------------------------------ the line, for pusher and puller

    def begin(self, ask: Callable[[Gateway], PushReply]) -> PendingReply[PushReply]:
        """A batch leaves; what comes of it is for the exploration to say."""
        return self

    def result(self) -> Any:
        """The answer that has come, or the fault."""
        reply, self.reply = self.reply, None
        if reply is None:
            raise NetworkFault("The connection to the server broke off.")
        return reply

    def ask(self, ask: Callable[[Gateway], PullReply]) -> PullReply:
        """The page that has come."""
        assert self._page is not None
        return self._page

    # ------------------------------------------------------------ its state

    @property
    def mind(self) -> Mind:
        """What is not in the file."""
        pusher = self.pusher
        return Mind(self.position, pusher._under_way, pusher.groups_max, self.reply, self.pulling)

    @mind.setter
    def mind(self, mind: Mind) -> None:
        self.position, self.reply, self.pulling = mind.position, mind.reply, mind.pulling
        self.pusher._under_way, self.pusher.groups_max = mind.sent, mind.groups_max

    @property
    def request(self) -> PushRequest | None:
        """The batch under way."""
        sent = self.pusher._under_way
        return None if sent is None else sent[0].request

    def rows(self, sql: str) -> list[Any]:
        """What a query finds."""
        found: list[Any] = self.file.driver.execute(sql).fetchall()
        return found

    def touched(self) -> None:
        """Something changed."""
        self._digest = None

    def digest(self) -> bytes:
        """The same for equal states."""
        if self._digest is None:
            told = blake2b(digest_size=16)
            for table in self.tables:
                told.update(repr(self.rows(f'SELECT * FROM "{table}" ORDER BY 1, 2')).encode())
            request, reply = self.request, self.reply
            told.update(f"{self.position} {self.pusher.groups_max} {self.pulling}".encode())
            told.update(f"{request and [g.dseq for g in request.groups]} {reply}".encode())
            self._digest = told.digest()
        return self._digest

    def _tables(self) -> list[str]:
        """The tables that any step may change: those that hold little, and no search."""
        found = self.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        wanted = ("product", "conflict", "outbox_group", "outbox_edit", "cursor")
        more = ("local_setting", "counter", "journal_entry", "overtaken", "unknown_record")
        return [row[0] for row in found if row[0] in (*wanted, *more)]

    # ------------------------------------------------------------ what it does

    def write(self, job: Callable[[UnitOfWork], T]) -> T:
        """A job of the person at this till."""
        self.ids.begin(f"{self.device.device_id} {self.position}")
        return self.database.write(job, user_id=self.user.id)

    def pending(self) -> bool:
        """Whether something waits to be sent."""
        return bool(self.rows(PENDING)[0][0])

    def conflict(self) -> tuple[str, dict[str, Any]] | None:
        """The first open conflict that this till knows of."""
        for id_, fields in self.rows(OPEN):
            return id_, json.loads(fields)
        return None


NIL = "00000000-0000-0000-0000-000000000000"


@dataclass(slots=True)
class Marked:
    """Where a step began."""

    desk: Desk | None
    mind: Mind | None
    digest: bytes | None
    server: Backup
    server_digest: bytes | None
    strays: tuple[tuple[int, PushRequest], ...]
    mishaps: int


@dataclass(slots=True)
class Small:
    """Both tills and the server."""

    desks: tuple[Desk, Desk]
    store: MemoryStore
    org_id: str
    product_id: str
    case: Case
    strays: tuple[tuple[int, PushRequest], ...] = ()
    """Requests that somebody gave up and that may arrive yet."""
    mishaps: int = 0
    """How many are left."""
    ids: Ids = field(default_factory=Ids)
    _digest: bytes | None = None

    def __post_init__(self) -> None:
        self.services = Services(lambda: NOW_US, self.ids, lambda count: bytes(count))
        self.server = server_push.Pusher(self.store, self.services, self)
        self.mishaps = self.case.mishaps

    services: Services = field(init=False)
    server: server_push.Pusher = field(init=False)

    def publish(self, org_id: str, heads: Any, urgent: Any) -> None:
        """Hints tell nothing that a pull does not."""

    # ------------------------------------------------------------ what can happen

    def steps(self) -> Iterator[tuple[str, Desk | None, Callable[[], None]]]:
        """Everything that can happen now: its name, the till it changes, and how."""
        for number, desk in enumerate(self.desks):
            yield from (
                (f"T{number + 1} {name}", desk, what) for name, what in self._of(number, desk)
            )
        for place, (number, request) in enumerate(self.strays):
            yield f"a request of T{number + 1} arrives late", None, self._late(place, request)

    def _of(self, number: int, desk: Desk) -> Iterator[tuple[str, Callable[[], None]]]:
        script = self.case.scripts[number]
        if desk.position < len(script) and self._can(desk, script[desk.position]):
            yield script[desk.position], lambda: self._edit(number, desk)
        if desk.request is None:
            if desk.pending():
                yield "sends", lambda: self._send(desk)
        elif desk.reply is None:
            yield "request arrives", lambda: self._arrive(desk)
            if self.mishaps:
                yield "request arrives twice", lambda: self._arrive(desk, number)
                yield "request is stuck", lambda: self._fail(desk, number)
        else:
            yield "answer arrives", lambda: self._answered(desk)
            if self.mishaps:
                yield "answer is lost", lambda: self._fail(desk, None)
        if desk.pulling is not None:
            yield "page arrives", lambda: self._take(desk)
            if self.mishaps:
                yield "page is lost", lambda: self._lose_page(desk)
        elif self._news(desk):
            yield "asks for changes", lambda: self._pull(desk)

    def _can(self, desk: Desk, what: str) -> bool:
        return what != SETTLE or desk.conflict() is not None

    def _edit(self, number: int, desk: Desk) -> None:
        what = self.case.scripts[number][desk.position]
        if what == SETTLE:
            found = desk.conflict()
            assert found is not None
            side = ("local", "remote")[number]
            chosen = {name: sides[side] for name, sides in found[1].items()}
            desk.write(lambda uow: conflicts.settle(uow, found[0], chosen))
        else:
            desk.write(lambda uow: self._edited(uow, what, f"{number + 1}{desk.position + 1}"))
        desk.position += 1

    def _edited(self, uow: UnitOfWork, what: str, mark: str) -> None:
        product = uow.get(Product, self.product_id)
        assert product is not None
        values = {"price_minor": int(mark), DELETE: not product.deleted}
        uow.edit(Product, product.id, **{what: values.get(what, f"{what} {mark}")})

    def _send(self, desk: Desk) -> None:
        desk.pusher._under_way = desk.pusher._first()

    def _arrive(self, desk: Desk, again: int | None = None) -> None:
        assert desk.request is not None
        if again is not None:
            self.mishaps -= 1
            self.strays = (*self.strays, (again, desk.request))
        desk.reply = self._pushed(desk.device, desk.request)

    def _late(self, place: int, request: PushRequest) -> Callable[[], None]:
        def arrive() -> None:
            number = self.strays[place][0]
            self.strays = self.strays[:place] + self.strays[place + 1 :]
            self._pushed(self.desks[number].device, request)

        return arrive

    def _pushed(self, device: Device, request: PushRequest) -> PushReply:
        self._digest = None
        table = self.store.memory.tables["change_log"]
        self.ids.begin(f"server {len(table)}")
        pushed = drive(self.server.push(device, request.groups))
        return PushReply(
            batch_id=request.batch_id,
            epoch=pushed.epoch,
            verdicts=pushed.verdicts,
            server_time_us=NOW_US,
        )

    def _fail(self, desk: Desk, stuck: int | None) -> None:
        self.mishaps -= 1
        if stuck is not None:
            assert desk.request is not None
            self.strays = (*self.strays, (stuck, desk.request))
        desk.reply = None
        with suppress(NetworkFault):
            desk.pusher.push()

    def _answered(self, desk: Desk) -> None:
        desk.pusher.push()

    def _news(self, desk: Desk) -> bool:
        heads = self._heads(desk)
        at = {row[0]: row[1] for row in desk.rows("SELECT stream, number FROM cursor")}
        return any(head > at[name] for name, head in heads.items())

    def _heads(self, desk: Desk) -> dict[str, int]:
        streams = self.store.memory.tables["stream"]
        names = (ORG_STREAM, str(desk.device.store_id))
        return {name: streams[self.org_id, name].head for name in names}

    def _pull(self, desk: Desk) -> None:
        pages = []
        for name in self._heads(desk):
            at = desk.puller.cursor(name)
            args = (desk.device, name, at.epoch, at.number)
            pages.append((name, at, drive(pull(self.store, self.services, *args))))
        desk.pulling = Pulling(tuple(pages))

    def _take(self, desk: Desk) -> None:
        assert desk.pulling is not None
        for name, at, page in desk.pulling.pages:
            desk._page = page
            desk.puller.pull(name, at)
        desk.pulling = None

    def _lose_page(self, desk: Desk) -> None:
        self.mishaps -= 1
        desk.pulling = None

    def level(self) -> None:
        """Have both tills know all that there is."""
        for desk in self.desks:
            assert not desk.pending(), "the shop is in sync"
            while self._news(desk):
                self._pull(desk)
                self._take(desk)

    # ------------------------------------------------------------ going there and back

    @contextmanager
    def step(self, desk: Desk | None, what: Callable[[], None]) -> Iterator[None]:
        """Do something for as long as this lasts."""
        mark = Marked(
            desk,
            desk.mind if desk is not None else None,
            desk._digest if desk is not None else None,
            self.store.memory.backup(),
            self._digest,
            self.strays,
            self.mishaps,
        )
        if desk is not None:
            desk.file.mark()
            desk.touched()
        try:
            what()
            yield
        finally:
            if desk is not None and mark.mind is not None:
                desk.file.go_back()
                desk.mind, desk._digest = mark.mind, mark.digest
            self.store.memory.tables = mark.server.tables
            self._digest, self.strays, self.mishaps = (
                mark.server_digest,
                mark.strays,
                mark.mishaps,
            )

    def close(self) -> None:
        """Let go of the files."""
        for desk in self.desks:
            desk.file.driver.execute("ROLLBACK")
            desk.database.close()
            desk.file.driver.close()

    def digest(self) -> bytes:
        """The same for equal states."""
        if self._digest is None:
            told = blake2b(digest_size=16)
            for name in SERVER_TABLES:
                rows = self.store.memory.tables.get(name, {})
                told.update(repr(sorted((repr(k), repr(row)) for k, row in rows.items())).encode())
            self._digest = told.digest()
        told = blake2b(self._digest, digest_size=16)
        for desk in self.desks:
            told.update(desk.digest())
        late = sorted((n, [group.dseq for group in request.groups]) for n, request in self.strays)
        told.update(f"{late} {self.mishaps}".encode())
        return told.digest()


def small_world(template: Template, folder: Path, case: Case) -> Small:
    """The shop, before anybody did anything."""
    assert template.backup is not None
    store = MemoryStore("")
    store.memory.restore(template.backup)
    devices = {row.name: row.device for row in store.memory.tables["device"].values()}
    made = template.tills[:2]
    desks = [Desk(one, folder / one.name, template, devices[one.name]) for one in made]
    (product_id,) = desks[0].rows("SELECT id FROM product ORDER BY id LIMIT 1")[0]
    world = Small((desks[0], desks[1]), store, template.org_id, product_id, case)
    world.level()
    return world
