"""Deaths on order: a fuse that burns down at every point where a process may die."""

import random
from dataclasses import dataclass, field


class Killed(BaseException):
    """The till's process is gone; nobody catches this but the simulation."""


class ServerKilled(BaseException):
    """The server's process is gone in the middle of what it did."""


@dataclass(slots=True)
class Fuse:
    """Raises at the ``left``-th point it is told of; 0 is a fuse that is not lit."""

    death: type[BaseException]
    left: int = 0
    instead: type[Exception] | None = None
    points: list[str] = field(default_factory=list)
    """Where it burned since it was lit; the last one is where it went off."""

    def light(self, points: int, instead: type[Exception] | None = None) -> None:
        """Die at that many points from now; or have something else happen ``instead``."""
        self.left = points
        self.instead = instead
        self.points.clear()

    def put_out(self) -> None:
        """Live on."""
        self.left = 0

    def burn(self, point: str) -> None:
        """A point where the process may die."""
        if not self.left:
            return
        self.left -= 1
        self.points.append(point)
        if not self.left:
            raise (self.instead or self.death)(point)


def draw(rng: random.Random, chance: float) -> bool:
    """Whether something of this chance happens; never asks the dice when it cannot."""
    return chance > 0 and rng.random() < chance
