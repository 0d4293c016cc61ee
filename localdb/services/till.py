"""What the screens and the sync see of the local database: run a service, ask a query."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import Connection

from localdb.domain.money import Currency
from localdb.domain.records import User
from localdb.errors import Refusal
from localdb.queries import here, training
from localdb.store.changes import Changes
from localdb.store.database import Database
from localdb.store.identity import TillIdentity
from localdb.store.unit_of_work import UnitOfWork

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound=Callable[..., object])

IN_TRAINING = "This is training: nothing is stored. End training to do this."


def also_in_training(service: S) -> S:
    """Mark a service that is for real while the till is in training too.

    It must leave no record: it keeps PINs from being tried, or what the practice itself needs.
    """
    vars(service)["also_in_training"] = True
    return service


class _TakenBack(Exception):
    """Carries what a rehearsed service gave out of the transaction that is rolled back."""

    def __init__(self, result: object) -> None:
        super().__init__()
        self.result = result


class Till:
    """One till at work: its database, who is signed in, and the store it stands in.

    In training it stores nothing: a service either says that it is for real all the same, is
    rehearsed and taken back, or is refused. So no road leads from practice into the books.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.user: User | None = None
        self.is_training = self.ask(training.is_on)
        """Kept on disk: power may fail, and the till still says that it is practising."""

    def write(
        self, service: Callable[Concatenate[UnitOfWork, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a service in one durable transaction, ahead of the sync; returns after the commit.

        Raises Refusal in training, unless the service is ``also_in_training``.
        """
        self._check(service)
        user_id = self.user.id if self.user else None
        return self._database.write(lambda uow: service(uow, *args, **kwargs), user_id=user_id)

    def jot(
        self, service: Callable[Concatenate[UnitOfWork, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Like ``write``, but a power cut within moments may take it back: the open cart."""
        self._check(service)
        user_id = self.user.id if self.user else None
        return self._database.write(
            lambda uow: service(uow, *args, **kwargs), user_id=user_id, durable=False
        )

    def rehearse(
        self, service: Callable[Concatenate[UnitOfWork, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a service to its end with all its checks, and take everything of it back."""

        def job(uow: UnitOfWork) -> None:
            result = service(uow, *args, **kwargs)
            uow.complete()
            raise _TakenBack(result)

        try:
            self._database.write(job, user_id=self.user.id if self.user else None)
        except _TakenBack as back:
            return cast("T", back.result)
        raise AssertionError("a rehearsal was stored")

    @property
    def cart_name(self) -> str:
        """Which open cart is on the screen: that of the shop, or that of the practice."""
        return training.CART if self.is_training else training.SHOPS_CART

    def _check(self, service: Callable[..., object]) -> None:
        if self.is_training and not getattr(service, "also_in_training", False):
            raise Refusal(IN_TRAINING)

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
            raise Refusal("This till is not set up yet. Start Evertill and set it up first.")
        return identity

    @property
    def is_set_up(self) -> bool:
        """Whether the first run is behind us."""
        return self._database.identity is not None

    @property
    def now_us(self) -> int:
        """The till's clock: microseconds since 1970, as what is written now would carry it."""
        return self._database.now_us()

    @property
    def currency(self) -> Currency:
        """The currency of the store this till stands in."""
        return Currency.of(self.ask(here.store).currency)
