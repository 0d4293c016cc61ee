"""Signing in: pick yourself, type the PIN."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from localdb.domain.records import User
from localdb.errors import Refusal
from localdb.queries import lists
from localdb.services import people
from localdb.services.till import Till

PIN_MAX = 8


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in."""

    id: str
    name: str
    role: str
    initials: str


@dataclass(frozen=True, slots=True)
class SignInState:
    """What the sign-in screen shows; of the PIN only its length."""

    people: tuple[Person, ...] = ()
    chosen: str | None = None
    typed: int = 0
    error: str = ""
    hint: str = ""

    @property
    def chosen_name(self) -> str:
        return next((p.name for p in self.people if p.id == self.chosen), "")


class SignInPresenter:
    """Holds the PIN being typed; calls `signed_in` once it is right."""

    def __init__(
        self,
        till: Till,
        show: Callable[[SignInState], None],
        signed_in: Callable[[User], None],
        hint: str = "",
    ) -> None:
        self._till = till
        self._show = show
        self._signed_in = signed_in
        self._pin = ""
        self.state = SignInState(hint=hint)

    def open(self, chosen: str | None = None) -> None:
        """Show everybody who may sign in; one person alone, or `chosen`, is picked already."""
        people_here = tuple(map(_person, self._till.ask(lists.people)))
        if chosen is None and len(people_here) == 1:
            chosen = people_here[0].id
        self._pin = ""
        self._set(people=people_here, chosen=chosen, typed=0, error="")

    def choose(self, user_id: str) -> None:
        """Pick a person; a PIN typed for another is forgotten."""
        self._pin = ""
        self._set(chosen=user_id, typed=0, error="")

    def digit(self, digit: str) -> None:
        """One digit of the PIN."""
        if self.state.chosen is None:
            self._set(error="Choose who you are first.")
        elif len(self._pin) < PIN_MAX:
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
        if self.state.chosen is None or not self._pin:
            self._set(error="Type your PIN." if self.state.chosen else "Choose who you are first.")
            return
        pin, self._pin = self._pin, ""
        try:
            user = people.sign_in(self._till, self.state.chosen, pin)
        except Refusal as refusal:
            self._set(typed=0, error=str(refusal))
            return
        self._set(typed=0, error="")
        self._signed_in(user)

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


def _person(user: User) -> Person:
    words = user.name.split()
    initials = "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
    return Person(user.id, user.name, user.role.capitalize(), initials)
