"""A store whose process may die, or whose database may stumble, at any step of a transaction."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from sync.server.core.ports import Store, Transaction, Unavailable
from tests.simulation.faults import Fuse


class Stumbled(Unavailable):
    """The database went away in the middle of a transaction."""

    def __init__(self, point: str) -> None:
        super().__init__(point, 1.0)


class FusedStore:
    """``inner`` with a fuse at every step."""

    def __init__(self, inner: Store, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    @asynccontextmanager
    async def transaction(
        self, org_id: str | None = None, *, repeatable: bool = False
    ) -> AsyncIterator[Transaction]:
        """One transaction; what raises before its end rolls it back."""
        async with self._inner.transaction(org_id, repeatable=repeatable) as transaction:
            yield self._fused(transaction)
            self._fuse.burn("before a commit")
        self._fuse.burn("after a commit")

    def _fused(self, transaction: Transaction) -> Transaction:
        # Most requests meet no fuse and need not go round by it.
        if not self._fuse.left:
            return transaction
        return cast("Transaction", _FusedTransaction(transaction, self._fuse))


class _FusedTransaction:
    def __init__(self, inner: Transaction, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name in ("org_id", "savepoint"):
            return found
        return self._burning(name, found)

    def _burning(
        self, name: str, ask: Callable[..., Awaitable[Any]]
    ) -> Callable[..., Awaitable[Any]]:
        async def asked(*args: Any, **given: Any) -> Any:
            self._fuse.burn(name)
            return await ask(*args, **given)

        return asked
