"""Picking a person and typing that person's PIN: sign-in, switching and leave have it in common."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.kit.translation import translate
from localdb.domain.permissions import role_name
from localdb.domain.pin import LENGTH_MAX
from localdb.domain.records import Role, User
from localdb.queries.people import ANY_PIN


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
    wait_s: int = 0
    """Seconds until another PIN of the chosen person is looked at."""
    hint: str = ""
    is_pin_alone: bool = False
    """Whether a PIN says who it is, without a person chosen first."""
    step: Literal["pin", "new", "again"] = "pin"
    """What is being typed: the PIN, or after a one-time PIN a new one, twice."""

    @property
    def message(self) -> str:
        """What is wrong; a wait is said for as long as it lasts, whatever is typed meanwhile."""
        if self.wait_s:
            return translate("PIN", "Too many attempts. Wait {seconds} s.", seconds=self.wait_s)
        return self.error

    @property
    def chosen_name(self) -> str:
        return next((p.name for p in self.people if p.id == self.chosen), "")

    @property
    def wanted(self) -> str:
        """What the chosen person is asked for."""
        words = {
            "pin": translate("PIN", "PIN for {name}", name=self.chosen_name),
            "new": translate("PIN", "Choose your new PIN"),
            "again": translate("PIN", "Repeat your new PIN"),
        }
        return words[self.step]


class PinPresenter:
    """Holds the PIN being typed; what a complete one is good for, `_try` says.

    While nobody is chosen a digit chooses, by the number of a name; where a PIN alone will do, it
    belongs to the PIN. A PIN goes through by itself
    once it is as long as that person's was when it was last right here; else Enter takes it.
    """

    nobody_chosen = "Select your name first, then enter your PIN."

    def __init__(self, show: Callable[[PinState], None], state: PinState) -> None:
        self._show = show
        self._pin = ""
        self.went_by_itself = False
        """Whether the last digit sent the PIN off: an Enter pressed after it means nothing more."""
        self.state = state

    def choose(self, user_id: str) -> None:
        """Pick a person; a PIN typed for another is forgotten."""
        self._pin, self.went_by_itself = "", False
        self._set(chosen=user_id, typed=0, error="", step="pin", wait_s=self._wait_s(user_id))

    def digit(self, digit: str) -> None:
        """The number of a person, then the digits of the PIN; the last one sends it off."""
        self.went_by_itself = False
        if self._who is None:
            self._choose_by_number(int(digit))
            return
        if len(self._pin) < LENGTH_MAX:
            self._pin += digit
            self._set(typed=len(self._pin), error="")
        if self.state.step == "pin" and len(self._pin) == self._length(self._who):
            self.enter()
            self.went_by_itself = True

    def backspace(self) -> None:
        """Take the last digit back, and at last the person."""
        self.went_by_itself = False
        if self._pin:
            self._pin = self._pin[:-1]
            self._set(typed=len(self._pin), error="")
        else:
            self._set(chosen=None, error="", step="pin", wait_s=0)

    def clear(self) -> None:
        """Take all digits back."""
        self._pin, self.went_by_itself = "", False
        self._set(typed=0, error="")

    def enter(self) -> None:
        """Check the PIN."""
        if self.went_by_itself:
            self.went_by_itself = False
        elif self._who is None:
            self._set(error=self.nobody_chosen)
        elif not self._pin:
            self._set(error=translate("PIN", "Type the PIN."))
        else:
            pin, self._pin = self._pin, ""
            self._set(typed=0, error=self._try(self._who, pin))
            if self.state.error and self._who is not None:
                self._set(wait_s=self._wait_s(self._who))

    def count_down(self) -> None:
        """A second went by: say how many are left, or end the wait."""
        if self.state.wait_s and self._who is not None:
            left = self._wait_s(self._who)
            self._set(wait_s=left, error=self.state.error if left else "")

    def badge(self, code: str) -> None:
        """A badge says who it is, whatever number its first digit was taken for."""
        self.clear()
        self._set(chosen=None, wait_s=0)
        self._set(error=self._try_badge(code))

    @property
    def _who(self) -> str | None:
        """Whose PIN is typed: a person's, or anybody's where a PIN alone will do."""
        return self.state.chosen or (ANY_PIN if self.state.is_pin_alone else None)

    def _choose_by_number(self, number: int) -> None:
        if 1 <= number <= len(self.state.people):
            self.choose(self.state.people[number - 1].id)
        else:
            self._set(error=translate("Till", "Nobody has the number {number}.", number=number))

    def _length(self, user_id: str) -> int:
        """How long somebody's PIN is, or everybody's for ``ANY_PIN``; 0 where it is not known."""
        raise NotImplementedError

    def _wait_s(self, user_id: str) -> int:
        """Seconds until another PIN of somebody is looked at."""
        raise NotImplementedError

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
