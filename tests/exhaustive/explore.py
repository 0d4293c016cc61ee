"""Every state that a case can come to, each once, and how many histories lead through them."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.exhaustive.oracles import ORACLES, Rest, hidden_edits, versions
from tests.exhaustive.scripts import Case
from tests.exhaustive.world import Desk, Small, small_world
from tests.simulation.template import Template, memory_folder

FINDINGS_MAX = 5


@dataclass(slots=True)
class Explored:
    """What a case came to."""

    case: Case
    histories: int = 0
    """Different orders in which everything can happen, from the beginning to rest."""
    states: int = 0
    steps: int = 0
    """Between two states; each was played once."""
    at_rest: int = 0
    checks: int = 0
    """Oracles asked."""
    findings: list[str] = field(default_factory=list)
    complete: bool = True
    spent_s: float = 0.0

    def __str__(self) -> str:
        whole = "" if self.complete else ", NOT ALL"
        return (
            f"{self.case}: {self.histories} histories, {self.states} states, "
            f"{self.steps} steps, {self.at_rest} at rest, {self.checks} checks, "
            f"{len(self.findings)} findings{whole}"
        )


def explored(case: Case, template: Template, until: float = float("inf")) -> Explored:
    """Explore a case, or as much of it as there is time for; stops after some findings."""
    with tempfile.TemporaryDirectory(prefix="evertill-small-", dir=memory_folder()) as folder:
        world = small_world(template, Path(folder), case)
        found = Explored(case)
        began = time.process_time()
        try:
            found.histories = _Exploration(world, found, until).histories_from_here()
        finally:
            world.close()
        found.spent_s = time.process_time() - began
        return found


class _Exploration:
    def __init__(self, world: Small, found: Explored, until: float) -> None:
        self._world = world
        self._found = found
        self._until = until
        self._known: dict[bytes, int] = {}
        """State -> how many histories go on from it."""
        self._path: list[str] = []

    def histories_from_here(self) -> int:
        """How many histories go on from this state."""
        state = self._world.digest()
        if state in self._known:
            return self._known[state]
        self._found.states += 1
        steps = list(self._world.steps())
        histories = 0
        if all(desk is None for _, desk, _ in steps):
            # Only what somebody gave up may still arrive, or be lost for good.
            histories += 1
            self._look()
        for name, desk, what in steps:
            if len(self._found.findings) >= FINDINGS_MAX or time.monotonic() > self._until:
                self._found.complete = False
                break
            histories += self._after(name, desk, what)
        self._known[state] = histories
        return histories

    def _after(self, name: str, desk: Desk | None, what: Callable[[], None]) -> int:
        self._found.steps += 1
        self._path.append(name)
        before = versions(self._world)
        try:
            with self._world.step(desk, what):
                after = versions(self._world)
                if any(now < was for was, now in zip(before, after, strict=True)):
                    self._report(f"a version went down: {before} to {after}")
                for finding in hidden_edits(self._world, desk) if desk is not None else ():
                    self._report(finding)
                return self.histories_from_here()
        except AssertionError as error:
            self._report(f"it broke off: {error}")
            return 0
        finally:
            self._path.pop()

    def _look(self) -> None:
        self._found.at_rest += 1
        rest = Rest(self._world)
        for oracle in ORACLES:
            self._found.checks += 1
            for finding in oracle(rest):
                self._report(f"{oracle.__name__}: {finding}")

    def _report(self, finding: str) -> None:
        if len(self._found.findings) < FINDINGS_MAX:
            self._found.findings.append(f"{finding}\n    after {', '.join(self._path)}")
