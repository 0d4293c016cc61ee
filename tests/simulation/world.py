"""One history: a server, some tills, a plan; then everything heals and must agree."""

import random
import shutil
import threading
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from localdb.domain.records import User
from localdb.errors import EnvironmentFault, Refusal
from sync.client.proof import prove
from sync.client.token_store import TokenStore
from sync.protocol.gateway import GatewayFault
from sync.protocol.messages import PROTOCOL_VERSION_MIN, Hint
from sync.server.core.edits import NotThere, Stale
from sync.server.core.enrolment import BadCode
from sync.server.core.ports import LogEntry, Origin, Race, Recorded, Store, StoreError, Unavailable
from tests.simulation.beliefs import mistaken
from tests.simulation.clock import VirtualClock
from tests.simulation.faults import Killed, ServerKilled
from tests.simulation.losses import Losses, ledger_of
from tests.simulation.memory_store import MemoryStore
from tests.simulation.memory_tables import Backup
from tests.simulation.network import FAIR
from tests.simulation.operator import Place, enrol_till
from tests.simulation.plan import Plan, Step
from tests.simulation.releases import ADDED, Releases
from tests.simulation.server import Drive, SimServer, drive
from tests.simulation.spending import claimable
from tests.simulation.template import FILE, Template, workshop
from tests.simulation.till import SimTill
from tests.simulation.trace import Trace
from tests.simulation.views import ServerView, Sight, TillView, history_of

SYNC_STEPS_MAX = 6
TILLS_MAX = 6
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a history ended; ``broken`` are the promises that do not hold."""

    seed: int
    broken: tuple[str, ...]
    digest: str
    steps: int
    trace: tuple[str, ...] = ()
    till_days: float = 0.0
    """Simulated time, for each till that is there in the end."""


@dataclass(slots=True)
class World:
    """Everything of one history; a context manager that leaves nothing behind."""

    plan: Plan
    template: Template
    store: Store
    drive: Drive = drive
    trace: Trace = field(default_factory=Trace)
    clock: VirtualClock = field(init=False)
    server: SimServer = field(init=False)
    tills: list[SimTill] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)
    """Errors that nobody foresaw, from either side."""
    folder: Path = field(init=False)
    gone: list[SimTill] = field(default_factory=list)
    """Tills whose disk is gone; their receipts are still in somebody's hand."""
    losses: Losses = field(default_factory=Losses)
    places: dict[str, Place] = field(default_factory=dict)
    """Where each till belongs."""
    backups: list[tuple[Backup, int, float]] = field(default_factory=list)
    """Of the server, with how much ``history`` there was, and when."""
    protocol_min: int = PROTOCOL_VERSION_MIN
    history: list[LogEntry] = field(default_factory=list)
    """Entries that the server kept for a while and pruned."""
    moved: dict[str, str] = field(default_factory=dict)
    """Store id -> store id, of tills that stood alone and joined."""
    copied: bool = False
    clocks_were_wrong: bool = False
    slept_for_months: bool = False

    releases: Releases | None = field(init=False, default=None)
    """Both releases, where there are two."""
    _former_release: ExitStack = field(init=False, default_factory=ExitStack)

    def __post_init__(self) -> None:
        if self.plan.mixed and isinstance(self.store, MemoryStore):
            self.releases = self.template.releases
            self._former_release.enter_context(self.releases.in_force())
        self.clock = VirtualClock(self.template.began_s)
        self.folder = workshop()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.server = SimServer(
            self.store, self.clock.now_us, self.dice("server"), self._hint, self.drive
        )
        self.server.tongue = lambda: self._speaking(later=self.server.later)
        for index in range(self.plan.tills):
            self.tills.append(self._copy_of(index))

    def __enter__(self) -> Self:
        self._former_hook = threading.excepthook
        threading.excepthook = self._bug
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        threading.excepthook = self._former_hook
        for till in self.tills:
            till.stop()
            till.gateway.close()
        shutil.rmtree(self.folder)
        self._former_release.close()

    _former_hook: Callable[[threading.ExceptHookArgs], object] = field(
        default=threading.excepthook, init=False
    )

    @property
    def till_days(self) -> float:
        """How long it was simulated so far, for each till that is there now."""
        return (self.clock.s - self.template.began_s) / DAY_S * len(self.tills)

    def dice(self, what: object) -> random.Random:
        """Dice of their own for each purpose: leaving one step out changes no other."""
        return random.Random(f"{self.plan.seed} {what}")

    # ------------------------------------------------------------ the parts

    def _copy_of(self, index: int) -> SimTill:
        made = self.template.tills[index]
        till = self._machine(made.name, made.user)
        TokenStore(till.folder).save(made.token)
        self.places[made.name] = Place(made.store_id)
        (till.folder / FILE).write_bytes(made.file)
        till.start()
        return till

    def _machine(self, name: str, user: User) -> SimTill:
        """A till that is off, with an empty folder."""
        till = SimTill(
            name,
            self.folder / name,
            self.clock,
            self.server.serve,
            self.dice(name),
            self.trace,
            self.template.empty_file,
            self.template.engines,
            user=user,
        )
        till.folder.mkdir()
        till.tongue = lambda: self._speaking(later=till.later)
        return till

    def _speaking(self, *, later: bool) -> AbstractContextManager[None]:
        if self.releases is None:
            return nullcontext()
        return self.releases.speaking(self.releases.later if later else self.releases.this)

    def all_known(self) -> AbstractContextManager[None]:
        """While inside, every type and field of either release is known."""
        return self._speaking(later=True)

    def migrate_server(self) -> None:
        """Give the server's rows the fields of the later release, if its program is of that."""
        if isinstance(self.store, MemoryStore) and self.server.later:
            fields = {record.TYPE: (one.name, one.default) for record, one in ADDED.items()}
            self.store.add_fields(fields)

    def new_till(self, name: str, place: Place) -> SimTill:
        """A new machine at a place; it is on, and not enrolled yet."""
        till = self._machine(name, self.template.tills[0].user)
        (till.folder / FILE).write_bytes(self.template.empty_file)
        self.places[name] = place
        self.tills.append(till)
        till.start()
        return till

    def twin_of(self, till: SimTill) -> SimTill:
        """A second machine with the disk of a till that is off; it is off, too."""
        name = f"{till.name}c{len(self.tills)}"
        twin = self._machine(name, self.template.tills[0].user)
        twin.later = till.later
        shutil.copyfile(till.folder / FILE, twin.folder / FILE)
        TokenStore(twin.folder).save(till.tokens.load())
        self.places[name] = Place(self.places[till.name].store_id)
        self.tills.append(twin)
        return twin

    def enrol(self, till: SimTill) -> None:
        """Enrol a till at its place; raises what stopped it half-way."""
        was = till.database.identity
        with till.tongue():
            enrol_till(self.server, self.template.org_id, till, self.places[till.name])
        now = till.till.identity
        if was is not None and was.store_id != now.store_id:
            self.moved[was.store_id] = now.store_id

    def _hint(self, org_id: str, heads: Mapping[str, int]) -> None:
        for till in self.tills:
            if till.on and till.enrolled and till.line.weather == FAIR:
                for stream, number in heads.items():
                    till.engine.hinted(Hint(stream=stream, number=number))

    def _bug(self, args: threading.ExceptHookArgs) -> None:
        if not isinstance(args.exc_value, EnvironmentFault):
            self.bugs.append(f"{type(args.exc_value).__name__}: {args.exc_value}")

    # ------------------------------------------------------------ what happens

    def begin(self, till: SimTill) -> None:
        """Switch a till on; it may die of that, too."""
        self._lived(till, till.start)

    def alive(self, till: SimTill, what: Callable[[], object]) -> None:
        """Do something at a till that is on; it may say no, or die of it."""
        if till.on:
            self._lived(till, what)

    def _lived(self, till: SimTill, what: Callable[[], object]) -> None:
        try:
            with till.tongue():
                what()
        except Refusal as refusal:
            self.trace(f"{till.name} refuses: {refusal}")
        except EnvironmentFault as fault:
            self.trace(f"{till.name} fails: {type(fault).__name__}")
        except GatewayFault as fault:
            self.trace(f"{till.name} does not get through: {type(fault).__name__}")
        except (BadCode, Race, StoreError, Unavailable) as error:
            self.trace(f"{till.name} gets no code: {error}")
        except Killed as death:
            self.trace(f"{till.name} dies at {death}")
            till.die(power_cut=till.power_fails)
        except ServerKilled as death:
            self.trace(f"the server dies at {death}")
            self.server.die()

    def operate(self, work: Coroutine[Any, Any, object]) -> None:
        """Do something at the server; it may say no, or die of it."""
        try:
            with self.server.tongue():
                self.drive(work)
        except (NotThere, Stale, Race, StoreError, Unavailable, BadCode) as error:
            self.trace(f"the server says {type(error).__name__}")
        except ServerKilled as death:
            self.trace(f"the server dies at {death}")
            self.server.die()

    def lost_a_disk(self, till: SimTill) -> None:
        """Note what went with a till's disk."""
        self.losses.a_disk_is_gone(till, self.tills, self._ledger())

    def server_went_back(self) -> None:
        """Note what went with the server's newer data."""
        self.losses.server_went_back(self._ledger())

    def _ledger(self) -> dict[Origin, Recorded]:
        with self.all_known():
            return ledger_of(self.store, self.drive, self.template.org_id)

    def sync(self, till: SimTill, rng: random.Random) -> None:
        """Let the till's engine do a few units of work, whenever they are due."""
        till.line.rng = rng
        up, down = rng.choice(((True, True), (True, True), (True, False), (False, True)))
        for _ in range(rng.randrange(1, SYNC_STEPS_MAX + 1)):
            if not till.on or not till.enrolled:
                return
            self.clock.pass_to(till.due_at)
            self.alive(till, lambda: till.step(up=up, down=down))
        if till.on:
            self.bugs += [f"{till.name} hides an unsent edit: {one}" for one in till.hidden_edits()]
            self.bugs += mistaken(self, till)

    def run(self, kinds: Mapping[str, Callable[["World", SimTill, random.Random], None]]) -> None:
        """Do all steps of the plan."""
        for step in self.plan.steps:
            self.do(step, kinds)

    def do(
        self,
        step: Step,
        kinds: Mapping[str, Callable[["World", SimTill, random.Random], None]],
    ) -> None:
        """Do one step."""
        self.trace(str(step))
        till = self.tills[step.till % len(self.tills)]
        rng = self.dice(step)
        till.line.rng = rng
        kinds[step.kind](self, till, rng)

    # ------------------------------------------------------------ looking

    def sight(self, *, prove_all: bool = False) -> Sight:
        """All there is to see; the proofs cost as much as all the rest."""
        ids = self.template.store_ids
        working = [till for till in self.tills if not till.revoked]
        proven = working if prove_all else []
        everyone = (*self.tills, *self.gone)
        return Sight(
            server=ServerView.of(self.server.store, self.drive, self.template.org_id, ids),
            tills=[TillView.of(till) for till in working],
            shut_out=[TillView.of(till) for till in self.tills if till.revoked],
            printed=[(till.name, one) for till in everyone for one in till.printed],
            made=[(till.name, body) for till in everyone for body in till.made.values()],
            proofs={till.name: prove(till.database, till.gateway) for till in proven},
            histories={till.name: history_of(till) for till in proven},
            claimable={till.name: claimable(till) for till in working},
            moved=self.moved,
            bugs=self.bugs,
            losses=self.losses,
            history=self.history,
            copied=self.copied,
            clocks_were_wrong=self.clocks_were_wrong,
            slept_for_months=self.slept_for_months,
        )


def memory_world(plan: Plan, template: Template, *, keep: bool = False) -> World:
    """A world whose server keeps everything in memory."""
    assert template.backup is not None
    store = MemoryStore("")
    store.memory.restore(template.backup)
    return World(plan, template, store, trace=Trace(keep=keep))
