"""What the screens and the sync see of the local database: run a service, ask a query."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from localdb.domain.money import Currency
from localdb.domain.records import User
from localdb.errors import Refusal
from localdb.queries import here
from localdb.store.changes import Changes
from localdb.store.database import Database
from localdb.store.identity import TillIdentity
from localdb.store.unit_of_work import UnitOfWork

P = ParamSpec("P")
T = TypeVar("T")


class Till:
    """One till at work: its database, who is signed in, and the store it stands in."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.user: User | None = None

    def write(
        self, service: Callable[Concatenate[UnitOfWork, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a service in one durable transaction, ahead of the sync; returns after the commit."""
        user_id = self.user.id if self.user else None
        return self._database.write(lambda uow: service(uow, *args, **kwargs), user_id=user_id)

    def jot(
        self, service: Callable[Concatenate[UnitOfWork, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Like ``write``, but a power cut within moments may take it back: the open cart."""
        user_id = self.user.id if self.user else None
        return self._database.write(
            lambda uow: service(uow, *args, **kwargs), user_id=user_id, durable=False
        )

    def ask(
        self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Answer a query from a read-only snapshot; never waits for a write."""
        with self._database.read() as connection:
            return query(connection, *args, **kwargs)

    def sign_in(self, user: User) -> None:
        """From now on what is written carries this user."""
        self.user = user

    def sign_out(self) -> None:
        """Nobody is at the till."""
        self.user = None

    def hold_sync(self) -> AbstractContextManager[None]:
        """Keep the sync from writing while the payment screen is open."""
        return self._database.hold_sync()

    @property
    def on_commit(self) -> list[Callable[[Changes], None]]:
        """Called on the writer thread after each commit, with what changed."""
        return self._database.on_commit

    @property
    def identity(self) -> TillIdentity:
        """Which till this is; raises Refusal before it was set up."""
        identity = self._database.identity
        if identity is None:
            raise Refusal("This till is not set up yet.")
        return identity

    @property
    def is_set_up(self) -> bool:
        """Whether the first run is behind us."""
        return self._database.identity is not None

    @property
    def currency(self) -> Currency:
        """The currency of the store this till stands in."""
        return Currency.of(self.ask(here.store).currency)
