"""The parent of a ringing till: hears what was printed, and kills it."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.bootstrap.session import Session
from localdb.domain.cart import Cart
from localdb.store import carts

EMPTY = Cart().to_json()
END_S = 30.0


@dataclass(slots=True)
class Told:
    """What killed tills said before they died; one of these may be carried over many kills."""

    printed: dict[str, int] = field(default_factory=dict)
    """Receipt number -> total in minor units, as the customers took them home."""
    cart: str = EMPTY
    """The open cart as it was last known to be saved."""
    cart_next: str = EMPTY
    """The open cart if the step that was under way still went through."""
    deaths: int = 0

    def hear(self, line: str) -> None:
        """Take in one whole line."""
        self.take(*json.loads(line))

    def take(self, what: str, *details: Any) -> None:
        """Take in one step of a ringing till."""
        match what:
            case "saving":
                self.cart_next = details[0]
            case "saved":
                self.cart = self.cart_next
            case "charging":
                self.cart_next = EMPTY
            case "printed":
                number, total_minor = details
                assert number not in self.printed, f"{number} was printed twice"
                self.printed[number] = total_minor
                self.cart = self.cart_next

    def carts_possible(self) -> set[str]:
        """What the open cart may be: as last saved, or one step further."""
        return {self.cart, self.cart_next}


class Victim:
    """A child process that rings at a data folder; ``kill`` it, or let the block's end do it."""

    def __init__(self, folder: Path, told: Told, *, seed: int, sync: bool = False) -> None:
        self._told = told
        command = [sys.executable, "-m", "tests.faults.ringing", str(folder), "--seed", str(seed)]
        self._child = subprocess.Popen(
            [*command, "--sync"] if sync else command, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> "Victim":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.bury()

    def hear(self, lines: int) -> None:
        """Listen to so many lines."""
        assert self._child.stdout is not None
        for _ in range(lines):
            line = self._child.stdout.readline()
            assert line.endswith("\n"), f"the till ended by itself: {self._child.wait(END_S)}"
            self._told.hear(line)

    def hear_out(self) -> None:
        """Listen until somebody kills it."""
        assert self._child.stdout is not None
        for line in self._child.stdout:
            # A line that was cut off was not printed.
            if line.endswith("\n"):
                self._told.hear(line)

    def kill(self) -> None:
        """``kill -9``; from any thread, and harmless when it is dead."""
        self._child.kill()

    def bury(self) -> None:
        """Hear its last words and wait for its end."""
        assert self._child.stdout is not None
        if self._child.stdout.closed:
            return
        self.hear_out()
        self._child.stdout.close()
        self._child.wait(END_S)
        self._told.deaths += 1


def kept_cart(session: Session) -> str:
    """The open cart as the database holds it."""
    return session.till.ask(carts.load) or EMPTY
