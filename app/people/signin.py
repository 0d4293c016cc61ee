"""Signing in: pick yourself, type the PIN."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.kit.pin import PinPresenter, PinState, persons
from app.kit.translation import translate
from localdb.domain.pin import check_pin
from localdb.domain.records import User
from localdb.errors import Refusal
from localdb.queries import lists, settings
from localdb.queries import people as people_queries
from localdb.services import people
from localdb.services.till import Till

NOBODY_HERE = "No users yet. Ask your administrator to add one."


class SignInPresenter(PinPresenter):
    """Calls `signed_in` once the PIN is right."""

    def __init__(
        self,
        till: Till,
        show: Callable[[PinState], None],
        signed_in: Callable[[User], None],
        hint: str = "",
    ) -> None:
        super().__init__(show, PinState(hint=hint))
        self._till = till
        self._signed_in = signed_in
        self._arrived: User | None = None
        self._one_time = self._new = ""

    def open(self, chosen: str | None = None) -> None:
        """Show everybody who may sign in; one person alone, or `chosen`, is picked already."""
        here = persons(self._till.ask(lists.people), self._till.ask(people_queries.roles))
        is_alone = bool(self._till.ask(settings.in_force).pin_alone)
        if is_alone:
            chosen = None
        elif chosen is None and len(here) == 1:
            chosen = here[0].id
        self._pin = ""
        error = "" if here else NOBODY_HERE
        self._set(
            people=here, chosen=chosen, typed=0, error=error, step="pin", is_pin_alone=is_alone
        )

    def people_changed(self) -> None:
        """Show who was added or left since; what is being typed stays."""
        here = persons(self._till.ask(lists.people), self._till.ask(people_queries.roles))
        if here == self.state.people:
            return
        if self.state.chosen in {person.id for person in here}:
            self._set(people=here)
        else:
            self.open()

    def enter(self) -> None:
        """Check the PIN."""
        with self._watching():
            super().enter()

    def badge(self, code: str) -> None:
        """A badge signs its bearer in, or picks them where the shop wants the PIN too."""
        with self._watching():
            super().badge(code)

    @contextmanager
    def _watching(self) -> Iterator[None]:
        """Say who was signed in meanwhile, once everything of it is done."""
        self._arrived = None
        yield
        if self._arrived is not None:
            self._signed_in(self._arrived)

    def _length(self, user_id: str) -> int:
        if user_id == people_queries.ANY_PIN:
            return self._till.ask(people_queries.common_length)
        return self._till.ask(people_queries.pin_length, user_id)

    def _wait_s(self, user_id: str) -> int:
        return self._till.ask(people_queries.pin_wait_s, user_id, self._till.now_us)

    def _try_badge(self, code: str) -> str:
        try:
            answer = people.sign_in_by_badge(self._till, code)
        except Refusal as refusal:
            return str(refusal)
        if answer.user is not None and answer.needs_pin:
            self.choose(answer.user.id)
        else:
            self._arrived = answer.user
        return ""

    def _try(self, user_id: str, pin: str) -> str:
        try:
            if user_id == people_queries.ANY_PIN:
                user_id = people.whose_pin(self._till, pin).id
                self._set(chosen=user_id)
            if self.state.step == "pin":
                self._arrived = people.sign_in(self._till, user_id, pin)
            elif self.state.step == "new":
                check_pin(pin)
                self._new = pin
                self._set(step="again")
            else:
                self._choose(user_id, pin)
        except people.NewPinNeeded:
            self._one_time = pin
            self._set(step="new")
        except Refusal as refusal:
            return str(refusal)
        return ""

    def _choose(self, user_id: str, again: str) -> None:
        self._set(step="new")
        if again != self._new:
            raise Refusal(translate("People", "The two PINs differ. Type the new PIN again."))
        self._arrived = people.choose_pin(self._till, user_id, self._one_time, again)
        self._one_time = self._new = ""


class SwitchPresenter(SignInPresenter):
    """Another person takes the till: nobody is chosen yet, whoever was there last."""

    nobody_chosen = "Press your number, then your PIN."

    def open(self, chosen: str | None = None) -> None:
        """Show everybody with their numbers; also a person alone is picked by number."""
        super().open(chosen)
        self._set(chosen=chosen)
