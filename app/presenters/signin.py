"""Signing in: pick yourself, type the PIN."""

from collections.abc import Callable

from app.presenters.pin import PinPresenter, PinState, persons
from localdb.domain.records import User
from localdb.errors import Refusal
from localdb.queries import lists
from localdb.queries import people as people_queries
from localdb.services import people
from localdb.services.till import Till


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

    def open(self, chosen: str | None = None) -> None:
        """Show everybody who may sign in; one person alone, or `chosen`, is picked already."""
        here = persons(self._till.ask(lists.people), self._till.ask(people_queries.roles))
        if chosen is None and len(here) == 1:
            chosen = here[0].id
        self._pin = ""
        self._set(people=here, chosen=chosen, typed=0, error="")

    def enter(self) -> None:
        """Check the PIN."""
        before = self._till.user
        super().enter()
        user = self._till.user
        if user is not None and user is not before:
            self._signed_in(user)

    def _try(self, user_id: str, pin: str) -> str:
        try:
            people.sign_in(self._till, user_id, pin)
        except Refusal as refusal:
            return str(refusal)
        return ""
