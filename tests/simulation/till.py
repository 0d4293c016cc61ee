"""One till in the simulation: the real database and the real engine, without a thread."""

import json
import random
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import Connection

from localdb.domain.cart import Cart
from localdb.domain.records import User
from localdb.services.till import Till
from localdb.store import migrate, rows, succession, sync_state
from localdb.store.changes import Changes
from localdb.store.database import Database, Machinery
from localdb.store.engine import Engines
from localdb.store.identity import load_identity
from localdb.store.migrate import back_up
from localdb.store.unit_of_work import UnitOfWork
from sync.client.engine import SyncEngine
from sync.client.http_gateway import HttpGateway
from sync.client.token_store import TokenStore
from tests.simulation.clock import VirtualClock
from tests.simulation.faults import Fuse, Killed
from tests.simulation.inline_writer import InlineWriter
from tests.simulation.network import Line, Serve

P = ParamSpec("P")
T = TypeVar("T")
EngineSource = Callable[[Path, bytes | None], Engines]
_NEW_GROUPS = "SELECT dseq, body FROM outbox_group WHERE dseq > ? ORDER BY dseq"
_CURSORS = "SELECT stream, number FROM cursor"
_COMING_BACK = (
    "SELECT count(*) FROM outbox_group "
    "WHERE state = 'pending' OR (state = 'acknowledged' AND verdict <> 'held')"
)
_DELIVERED = (
    "SELECT dseq, hash, verdict, body FROM outbox_group WHERE state IN ('acknowledged', 'done')"
)
_WAITING = "SELECT count(*) FROM outbox_group WHERE state = 'pending'"
_PEOPLE = "SELECT EXISTS (SELECT 1 FROM user)"
_BODIES = "SELECT body FROM outbox_group"
_EDITS = "SELECT type, id, after FROM outbox_edit ORDER BY type, id, dseq"
_UNLIMITED_PAGES = 2**30


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a till believes that the server has, and what it was told of it."""

    origin: tuple[str, int]
    """Under which (device, dseq)."""
    hash: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Printed:
    """A receipt that a customer holds: every fact of the sale as it was printed."""

    sale_id: str
    facts: Mapping[str, Mapping[str, Any]]
    """Id -> values of the sale, its lines, taxes and payments."""


def _in_its_tongue(method: Callable[P, T]) -> Callable[P, T]:
    """What a till does, it does as a program of its release."""

    @wraps(method)
    def spoken(*args: P.args, **kwargs: P.kwargs) -> T:
        till = cast("SimTill", args[0])
        with till.tongue():
            return method(*args, **kwargs)

    return spoken


@dataclass(slots=True)
class SimTill:
    """A till that may be off; what people hold in their hands outlives its disk."""

    name: str
    folder: Path
    clock: VirtualClock
    serve: Serve
    rng: random.Random
    tell: Callable[[str], None]
    empty_file: bytes
    """What a database with no rows in it looks like on disk."""
    engines: EngineSource
    skew_us: int = 0
    fuse: Fuse = field(default_factory=lambda: Fuse(Killed))
    printed: list[Printed] = field(default_factory=list)
    made: dict[str, str] = field(default_factory=dict)
    """Group id -> body, of every group that was ever committed here, oldest first."""
    noted: tuple[str, int] = ("", 0)
    """The device and the last dseq of which ``made`` knows."""
    user: User | None = None
    cart: Cart = field(default_factory=Cart)
    due_at: float = 0.0
    deaths: int = 0
    backup: Path | None = None
    revoked: bool = False
    later: bool = False
    """Whether its program is of the later release."""
    tongue: Callable[[], AbstractContextManager[None]] = nullcontext
    """To be entered while its program runs: it knows what its release knows."""
    alone: bool = False
    """Whether it was set up and never had a server."""
    code: str = ""
    """The enrolment code that was typed in."""
    power_fails: bool = False
    """Whether the next death takes what was not flushed."""
    tokens: TokenStore = field(init=False)
    line: Line = field(init=False)
    gateway: HttpGateway = field(init=False)
    _changed: bool = False
    _readdressing: bool = False
    """Whether it was becoming another one when somebody last looked."""
    _unflushed: "tuple[bytes, bytes] | None" = None
    _database: Database | None = None
    _engine: SyncEngine | None = None

    def __post_init__(self) -> None:
        self.line = Line(self.serve, self.fuse, lambda line: self.tell(f"{self.name} {line}"))
        self.gateway = HttpGateway(
            "http://127.0.0.1",
            lambda: self.tokens.load(),
            refused=lambda token: self.tokens.refused(token),
            transport=self.line,
            monotonic=lambda: self.clock.s,
        )

    # ------------------------------------------------------------ what comes in from outside

    def now_us(self) -> int:
        """This till's wall clock, right or wrong."""
        self.fuse.burn("the clock")
        return self.clock.now_us() + self.skew_us

    def random_bytes(self, count: int) -> bytes:
        """Asked for each id, so also in the middle of a transaction."""
        self.fuse.burn("an id")
        return self.rng.randbytes(count)

    @property
    def device_id(self) -> str:
        """The device it was when somebody last looked; empty before it was enrolled."""
        return self.noted[0]

    # ------------------------------------------------------------ on and off

    @property
    def on(self) -> bool:
        """Whether the program runs."""
        return self._database is not None

    @property
    def database(self) -> Database:
        """The open database."""
        assert self._database is not None, f"{self.name} is off"
        return self._database

    @property
    def engine(self) -> SyncEngine:
        """The engine of an enrolled till."""
        assert self._engine is not None, f"{self.name} is off or not enrolled"
        return self._engine

    @property
    def till(self) -> Till:
        """What people work with."""
        till = Till(self.database)
        till.user = self.user
        return till

    @_in_its_tongue
    def start(self) -> None:
        """Switch the till on; the sync begins if it is enrolled."""
        self.tokens = TokenStore(self.folder)
        self._database = Database.open(
            self.folder,
            key=None,
            now_us=self.now_us,
            random_bytes=self.random_bytes,
            machinery=Machinery(
                writer=lambda: InlineWriter(self.fuse),
                engines=self.engines,
                create=self._create,
            ),
        )
        self._database.on_commit.append(self._committed)
        self.noted = ("", 0)
        self._note_groups()
        identity = self._database.identity
        joined = bool(self.ask(sync_state.server_epoch))
        self.alone = identity is not None and not joined
        if identity is not None and joined:
            self.begin_sync()

    def begin_sync(self) -> None:
        """Give the enrolled till its engine."""
        self._engine = SyncEngine(
            self.database,
            self.gateway,
            now_us=self.now_us,
            random=self.rng.random,
            cart_is_empty=lambda: self.cart.is_empty,
            random_bytes=self.random_bytes,
            save_token=self.tokens.save,
            tokens=self.tokens,
        )
        self.database.on_commit.append(self._engine.committed)
        self.due_at = self.clock.s

    @_in_its_tongue
    def stop(self) -> None:
        """Switch the till off: nothing that was committed is lost."""
        engine, database = self._engine, self._database
        self._engine = self._database = None
        if engine is not None:
            engine.close()
        if database is not None:
            database.close()

    def die(self, *, power_cut: bool) -> None:
        """The process is gone; a power cut also takes what was not flushed."""
        self.fuse.put_out()
        self.deaths += 1
        self.stop()
        if power_cut and self._unflushed is not None:
            file = self.folder / "till.db"
            file.write_bytes(self._unflushed[0])
            file.with_name("till.db-wal").write_bytes(self._unflushed[1])
        self._unflushed = None
        self.cart = Cart()

    @property
    def at_rest(self) -> bool:
        """Whether the engine has nothing left to do but to poll, or to hope."""
        if self._engine is None:
            return False
        status = self._engine.status
        if self.revoked:
            return not status.waiting
        busy = status.waiting or status.pulling or status.bootstrap is not None
        return not busy and not status.last_error

    @property
    def at_level(self) -> bool:
        """Whether it loads nothing and knows of nothing to pull."""
        return self.engine.status.bootstrap is None and not self.engine.status.pulling

    @_in_its_tongue
    def stands_at(self, heads: Mapping[str, int]) -> bool:
        """Whether the cursors are there, all was delivered and came back, and it is itself."""
        with self.database.read() as conn:
            at = {row[0]: row[1] for row in conn.exec_driver_sql(_CURSORS)}
            unsettled = succession.asked(conn) or succession.under_way(conn)
            if unsettled and not self.revoked:
                return False
            coming = conn.exec_driver_sql(_WAITING if self.revoked else _COMING_BACK).scalar_one()
        if self.revoked:
            return not coming
        return not coming and all(heads[name] == number for name, number in at.items())

    # ------------------------------------------------------------ work

    @_in_its_tongue
    def write(
        self, service: Callable[Concatenate[UnitOfWork, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """A service in a durable transaction, as the screens call it."""
        result = self.till.write(service, *args, **kwargs)
        self._unflushed = None
        self._note_new()
        return result

    @_in_its_tongue
    def jot(
        self, service: Callable[Concatenate[UnitOfWork, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """A service whose commit a power cut may take back."""
        before = self._unflushed or self._files()
        result = self.till.jot(service, *args, **kwargs)
        self._unflushed = before
        return result

    @_in_its_tongue
    def ask(
        self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """A query over a snapshot."""
        return self.till.ask(query, *args, **kwargs)

    @_in_its_tongue
    def step(self, *, up: bool = True, down: bool = True) -> None:
        """One step of the engine now, or of one of its directions: they wait for nothing."""
        due = [self.engine.up.step(self.clock.s)] if up else []
        due += [self.engine.down.step(self.clock.s)] if down else []
        self.due_at = min(due)
        self._unflushed = None
        self._note_new()

    def empty_cart(self) -> None:
        """The customer walks away."""
        self.cart = Cart()

    @property
    def enrolled(self) -> bool:
        """Whether it takes part in the sync."""
        return self._engine is not None

    @property
    def in_use(self) -> bool:
        """Whether people can work with it: nobody can sign in before the first load has come."""
        return (self.enrolled and self._has_people()) or (self.on and self.alone)

    @_in_its_tongue
    def _has_people(self) -> bool:
        return self.on and self.ask(lambda conn: conn.exec_driver_sql(_PEOPLE).scalar()) == 1

    @_in_its_tongue
    def limit_disk(self, *, full: bool) -> None:
        """Fill the disk: the file cannot grow any more; or make room again."""

        def job(uow: UnitOfWork) -> None:
            pages = uow.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            limit = pages if full else _UNLIMITED_PAGES
            uow.connection.exec_driver_sql(f"PRAGMA max_page_count = {limit}")

        self.database.write(job)

    # ------------------------------------------------------------ its files

    def copy_to(self, target: Path) -> None:
        """A copy of the database as it stands, by SQLite's own backup."""
        target.parent.mkdir(parents=True, exist_ok=True)
        back_up(self.folder / "till.db", target, None)

    @_in_its_tongue
    def hidden_edits(self) -> list[str]:
        """Unsent edits whose values the rows do not show: something was pulled over them.

        After a restore of the server, what was in dispute is sent again, and shows when all is
        loaded afresh.
        """
        with self.database.read() as conn:
            epoch = sync_state.server_epoch(conn)
            if any(at.epoch != epoch for at in sync_state.cursors(conn).values()):
                return []
            wanted: dict[tuple[str, str], dict[str, Any]] = {}
            for record_type, record_id, after in conn.exec_driver_sql(_EDITS):
                wanted.setdefault((record_type, record_id), {}).update(json.loads(after))
            return [
                f"{record_type} {record_id} {name}"
                for (record_type, record_id), values in wanted.items()
                for row in rows.load(conn, record_type, [record_id]).values()
                for name, value in values.items()
                if name in row and row[name] != value
            ]

    @_in_its_tongue
    def delivered(self, epoch: str) -> list[Delivered]:
        """What it believes that the server of this epoch has; nothing when it knows another."""
        with self.database.read() as conn:
            if sync_state.server_epoch(conn) != epoch:
                return []
            found = conn.exec_driver_sql(_DELIVERED)
            return [
                Delivered((device_of(row.body), row.dseq), row.hash, row.verdict) for row in found
            ]

    @_in_its_tongue
    def outbox_ids(self) -> list[str]:
        """The ids of the groups that its disk holds."""
        with self.database.read() as conn:
            return [group_id(row[0]) for row in conn.exec_driver_sql(_BODIES)]

    def replace_by(self, file: Path) -> None:
        """Put another copy in the database's place; the till must be off."""
        assert not self.on
        for leftover in self.folder.glob("till.*db*"):
            leftover.unlink()
        shutil.copyfile(file, self.folder / "till.db")

    def _create(self, file: Path, key: bytes | None) -> None:
        file.write_bytes(self.empty_file)
        if self.later:
            migrate.upgrade(file, key)

    def _files(self) -> tuple[bytes, bytes]:
        file = self.folder / "till.db"
        wal = file.with_name("till.db-wal")
        return file.read_bytes(), wal.read_bytes() if wal.exists() else b""

    def _committed(self, changes: Changes) -> None:
        self._changed = True

    def _note_new(self) -> None:
        if self._changed:
            self._note_groups()

    def _note_groups(self) -> None:
        self._changed = False
        with self.database.read() as conn:
            identity = load_identity(conn)
            if identity is None:
                return
            last = self.noted[1] if self.noted[0] == identity.device_id else 0
            if self._readdressing:
                last = 0
            self._readdressing = succession.under_way(conn) is not None
            for dseq, body in conn.exec_driver_sql(_NEW_GROUPS, (last,)):
                self.made[group_id(body)] = body
                last = dseq
        self.noted = (identity.device_id, last)


def group_id(body: str) -> str:
    """The id of a group, with which its body begins."""
    assert body.startswith('{"id":"')
    return body[7:43]


def device_of(body: str) -> str:
    """The device that a group is addressed from, which follows its id."""
    assert body.startswith('","device_id":"', 43)
    return body[58:94]
