"""One history: a server, some tills, a plan; then everything heals and must agree."""

import random
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from localdb.errors import EnvironmentFault, Refusal
from sync.client.proof import prove
from sync.protocol.gateway import GatewayFault
from sync.server.ports import LogEntry, Store
from sync.server.schema import ORG_STREAM
from tests.simulation.clock import VirtualClock
from tests.simulation.faults import Killed
from tests.simulation.memory_store import MemoryStore
from tests.simulation.network import FAIR
from tests.simulation.plan import Plan, Step
from tests.simulation.server import Drive, SimServer, drive
from tests.simulation.template import FILE, Template, workshop
from tests.simulation.till import MemoryTokens, SimTill
from tests.simulation.trace import Trace
from tests.simulation.views import ServerView, Sight, TillView

HEALING_STEPS_MAX = 3_000
SYNC_STEPS_MAX = 6


class DoesNotHeal(AssertionError):
    """Everything works again and the tills still do not come to rest."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a history ended; ``broken`` are the promises that do not hold."""

    seed: int
    broken: tuple[str, ...]
    digest: str
    steps: int
    trace: tuple[str, ...] = ()


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
    destroyed: set[str] = field(default_factory=set)
    """Ids of sales and groups that lived only on a disk that is gone."""
    history: list[LogEntry] = field(default_factory=list)
    """Entries that the server kept for a while and pruned."""
    cloned: bool = False
    clocks_were_wrong: bool = False

    def __post_init__(self) -> None:
        self.clock = VirtualClock(self.template.began_s)
        self.folder = workshop()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.server = SimServer(
            self.store, self.clock.now_us, self.dice("server"), self._hint, self.drive
        )
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

    _former_hook: Callable[[threading.ExceptHookArgs], object] = field(
        default=threading.excepthook, init=False
    )

    def dice(self, what: object) -> random.Random:
        """Dice of their own for each purpose: leaving one step out changes no other."""
        return random.Random(f"{self.plan.seed} {what}")

    # ------------------------------------------------------------ the parts

    def _copy_of(self, index: int) -> SimTill:
        made = self.template.tills[index]
        till = SimTill(
            made.name,
            self.folder / made.name,
            self.clock,
            self.server.serve,
            self.dice(made.name),
            self.trace,
            self.template.empty_file,
            self.template.engines,
            MemoryTokens(made.token),
            user=made.user,
        )
        till.folder.mkdir()
        (till.folder / FILE).write_bytes(made.file)
        till.start()
        till.made.clear()
        return till

    def _hint(self, org_id: str, heads: Mapping[str, int]) -> None:
        for till in self.tills:
            if till.on and till.line.weather == FAIR:
                till.engine.hinted()

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
            what()
        except Refusal as refusal:
            self.trace(f"{till.name} refuses: {refusal}")
        except EnvironmentFault as fault:
            self.trace(f"{till.name} fails: {type(fault).__name__}")
        except GatewayFault as fault:
            self.trace(f"{till.name} does not get through: {type(fault).__name__}")
        except Killed as death:
            self.trace(f"{till.name} dies at {death}")
            till.die(power_cut=till.power_fails)

    def sync(self, till: SimTill, rng: random.Random) -> None:
        """Let the till's engine do a few units of work, whenever they are due."""
        till.line.rng = rng
        for _ in range(rng.randrange(1, SYNC_STEPS_MAX + 1)):
            if not till.on:
                return
            self.clock.pass_to(till.due_at)
            self.alive(till, till.step)

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
        server = ServerView.of(self.server.store, self.drive, self.template.org_id, ids)
        proven = self.tills if prove_all else []
        return Sight(
            server,
            [TillView.of(till) for till in self.tills],
            {till.name: prove(till.database, till.gateway) for till in proven},
            self.bugs,
            self.destroyed,
            self.history,
            self.cloned,
            self.clocks_were_wrong,
        )

    # ------------------------------------------------------------ healing

    def heal(self) -> None:
        """Everything works again; go on until nothing moves any more."""
        self.trace("healing")
        self.server.fuse.put_out()
        for till in self.tills:
            till.fuse.put_out()
            till.line.weather = FAIR
            if not till.on:
                till.start()
            till.limit_disk(full=False)
            till.line.deliver_late()
            till.empty_cart()
            till.engine.sync_now()
        self._until_quiet()

    def _until_quiet(self) -> None:
        for _ in range(HEALING_STEPS_MAX):
            till = min(self.tills, key=lambda one: (one.due_at, one.name))
            if till.due_at > self.clock.s and self._settled():
                return
            self.clock.pass_to(till.due_at)
            till.step()
        raise DoesNotHeal("; ".join(f"{one.name}: {one.engine.status}" for one in self.tills))

    def _settled(self) -> bool:
        """Whether every till has nothing to do and stands where the server stands."""
        if not all(till.at_rest for till in self.tills):
            return False
        heads: dict[str, int] = self.drive(self._heads())
        return all(till.stands_at(heads) for till in self.tills)

    async def _heads(self) -> dict[str, int]:
        names = (ORG_STREAM, *self.template.store_ids)
        async with self.server.store.transaction(self.template.org_id) as transaction:
            found = {name: await transaction.stream(name) for name in names}
        return {name: state.head for name, state in found.items() if state is not None}


def memory_world(plan: Plan, template: Template, *, keep: bool = False) -> World:
    """A world whose server keeps everything in memory."""
    assert template.backup is not None
    store = MemoryStore("")
    store.memory.restore(template.backup)
    return World(plan, template, store, trace=Trace(keep=keep))
