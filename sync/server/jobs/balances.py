"""Sums what moved on each card and customer in the background, for all tills.

A push adds movements and nothing else. A look finds the accounts that moved since the last one,
sums all their movements and writes what changed into the organisation's stream, once an account
however often it moved.
"""

import json
import logging
from collections.abc import Iterator, Sequence

from localdb.domain.fields import MINOR_MAX
from localdb.domain.ids import derived_id
from localdb.domain.ops import Op
from localdb.domain.records import BalanceCheckpoint, BalanceMovement
from sync.server.core.edits import Editor
from sync.server.core.ports import Balance, LogEntry, Store, Transaction, Unavailable
from sync.server.core.push import Pusher
from sync.server.core.rows import Row
from sync.server.core.streams import facts_in
from sync.server.core.taking import Pushed, retried
from sync.server.schema import ORG_STREAM

LOG = logging.getLogger(__name__)
ENTRIES_MAX, ROWS_MAX = 200, 2_000
"""Of one stream in one step."""
ACCOUNTS_MAX = 100
"""How many accounts' balances go out as one group."""
ANY_AGE_US = 2**62
"""A movement counts at once: nothing that could still come makes it wrong."""


class Balancer:
    """Writes the balances of one organisation at a time.

    The same movements summed again, or by two processes at once, change nothing: a balance is
    always the sum of all, never the former one and what came.
    """

    def __init__(self, store: Store, editor: Editor, pusher: Pusher) -> None:
        self._store = store
        self._editor = editor
        self._pusher = pusher

    async def catch_up(self, org_id: str) -> int:
        """Sum up all that moved; returns how many balances were written."""
        written = 0
        while (step := await self._moved(org_id)) is not None:
            accounts, reached = step
            for some in _slices(sorted(accounts)):
                written += await self._written(org_id, some)
            # By itself: a push waits for these rows, and takes the organisation's stream after it.
            async with self._store.transaction(org_id) as tx:
                for stream, number in sorted(reached.items()):
                    await tx.looked("balanced", stream, number)
        return written

    async def _moved(self, org_id: str) -> tuple[set[str], dict[str, int]] | None:
        """The accounts that the next groups of each store moved, and how far those groups go."""
        accounts: set[str] = set()
        reached: dict[str, int] = {}
        async with self._store.transaction(org_id) as tx:
            for stream in await tx.unlooked_streams("balanced"):
                if stream != ORG_STREAM:
                    entries = await tx.unlooked(
                        "balanced", stream, ANY_AGE_US, ENTRIES_MAX, ROWS_MAX
                    )
                    accounts |= await _accounts(tx, entries)
                    if entries:
                        reached[stream] = entries[-1].number
        return (accounts, reached) if reached else None

    async def _written(self, org_id: str, accounts: Sequence[str]) -> int:
        """Write the balances of accounts together, or where that fails each by itself."""
        try:
            return await self._write(org_id, accounts)
        except Unavailable:
            raise
        except Exception:
            if len(accounts) == 1:
                LOG.exception("the balance of account %s is not written", accounts[0])
                return 0
        return sum([await self._written(org_id, [one]) for one in accounts])

    async def _write(self, org_id: str, accounts: Sequence[str]) -> int:
        async def attempt() -> tuple[int, Pushed | None]:
            async with self._store.transaction(org_id) as tx:
                # Another process that writes balances waits here, and then finds these.
                await tx.own_device()
                sums = await tx.balances(accounts)
                keys = [(BalanceCheckpoint.TYPE, checkpoint_id(one)) for one in sums]
                known = await tx.lock_rows(keys)
                pairs = zip(sums, keys, strict=True)
                ops = [op for one, key in pairs if (op := _op(one, known.get(key)))]
                return len(ops), await self._editor.within(tx, ops) if ops else None

        written, pushed = await retried(attempt)
        if pushed is not None:
            await self._pusher.announce(org_id, pushed)
        return written


def checkpoint_id(balance: Balance) -> str:
    """The id of the one record that holds a balance."""
    return derived_id(balance.account_id, f"balance|{balance.kind}|{balance.account_id}")


def _op(balance: Balance, known: Row | None) -> Op | None:
    """The op that brings the record to the balance; None when it is right already."""
    includes = json.dumps(dict(sorted(balance.includes.items())), separators=(",", ":"))
    record = BalanceCheckpoint(
        id=checkpoint_id(balance),
        kind=balance.kind,
        account_id=balance.account_id,
        # No shop trades more than this; the movements still hold the true sum.
        amount=max(-MINOR_MAX, min(balance.amount, MINOR_MAX)),
        includes=includes,
    )
    if known is None:
        return Op("insert", record.TYPE, record.id, values=record.values())
    after = {name: new for name, new in record.values().items() if known.values[name] != new}
    before = {name: known.values[name] for name in after}
    edit = Op("edit", record.TYPE, record.id, before=before, after=after, seen=known.vector)
    return edit if after else None


async def _accounts(tx: Transaction, entries: Sequence[LogEntry]) -> set[str]:
    facts = await facts_in(tx, entries, BalanceMovement.TYPE)
    return {str(values["account_id"]) for _, values in facts}


def _slices(accounts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(accounts), ACCOUNTS_MAX):
        yield accounts[start : start + ACCOUNTS_MAX]
