"""Picking a person and typing that person's PIN: sign-in, switching and leave have it in common."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from localdb.domain.permissions import role_name
from localdb.domain.pin import LENGTH_MAX
from localdb.domain.records import Role, User


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be picked."""

    id: str
    name: str
    role: str
    initials: str


@dataclass(frozen=True, slots=True)
class PinState:
    """Who can be picked, who is, and of the PIN only its length."""

    people: tuple[Person, ...] = ()
    chosen: str | None = None
    typed: int = 0
    error: str = ""
    hint: str = ""
    step: Literal["pin", "new", "again"] = "pin"
    """What is being typed: the PIN, or after a one-time PIN a new one, twice."""

    @property
    def chosen_name(self) -> str:
        return next((p.name for p in self.people if p.id == self.chosen), "")

    @property
    def wanted(self) -> str:
        """What the chosen person is asked for."""
        words = {"pin": "PIN for {}", "new": "New PIN for {}", "again": "New PIN again"}
        return words[self.step].format(self.chosen_name)


class PinPresenter:
    """Holds the PIN being typed; what a complete one is good for, `_try` says."""

    nobody_chosen = "Choose who you are first."

    def __init__(self, show: Callable[[PinState], None], state: PinState) -> None:
        self._show = show
        self._pin = ""
        self.state = state

    def choose(self, user_id: str) -> None:
        """Pick a person; a PIN typed for another is forgotten."""
        self._pin = ""
        self._set(chosen=user_id, typed=0, error="", step="pin")

    def digit(self, digit: str) -> None:
        """One digit of the PIN."""
        if self.state.chosen is None:
            self._set(error=self.nobody_chosen)
        elif len(self._pin) < LENGTH_MAX:
            self._pin += digit
            self._set(typed=len(self._pin), error="")

    def backspace(self) -> None:
        """Take the last digit back."""
        self._pin = self._pin[:-1]
        self._set(typed=len(self._pin), error="")

    def clear(self) -> None:
        """Take all digits back."""
        self._pin = ""
        self._set(typed=0, error="")

    def enter(self) -> None:
        """Check the PIN."""
        if self.state.chosen is None:
            self._set(error=self.nobody_chosen)
        elif not self._pin:
            self._set(error="Type the PIN.")
        else:
            pin, self._pin = self._pin, ""
            self._set(typed=0, error=self._try(self.state.chosen, pin))

    def badge(self, code: str) -> None:
        """A badge was scanned; what a scanner typed of it before is forgotten."""
        self.clear()
        self._set(error=self._try_badge(code))

    def _try_badge(self, code: str) -> str:
        """What is wrong with the badge; empty when it did what it was scanned for."""
        raise NotImplementedError

    def _try(self, user_id: str, pin: str) -> str:
        """What is wrong with the PIN; empty when it was right."""
        raise NotImplementedError

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


def persons(users: Iterable[User], roles: list[Role]) -> tuple[Person, ...]:
    """People as they are shown."""
    return tuple(_person(user, roles) for user in users)


def _person(user: User, roles: list[Role]) -> Person:
    words = user.name.split()
    initials = "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
    return Person(user.id, user.name, role_name(user.role, roles), initials)
