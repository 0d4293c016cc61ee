"""Balances in memory."""

from collections.abc import Sequence

from sync.server.core.ports import Balance
from tests.simulation.memory_groups import Transacted


class MemoryBalances(Transacted):
    """``sync.server.core.ports.BalancePort``."""

    async def balances(self, account_ids: Sequence[str]) -> list[Balance]:
        sums: dict[tuple[str, str], int] = {}
        newest: dict[tuple[str, str], dict[str, int]] = {}
        for fact in self._rows("balance_movement"):
            key = fact.values["account_id"], fact.values["kind"]
            if key[0] in account_ids:
                sums[key] = sums.get(key, 0) + fact.values["amount"]
                devices = newest.setdefault(key, {})
                devices[fact.device_id] = max(fact.dseq, devices.get(fact.device_id, 0))
        return [Balance(key[1], key[0], sums[key], newest[key]) for key in sorted(sums)]
