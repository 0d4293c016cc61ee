"""Claims in memory."""

from collections.abc import Mapping
from dataclasses import replace

from sync.server.core.ports import Claim, NewFact
from sync.server.core.rows import Row
from tests.simulation.memory_groups import Transacted


class MemoryClaims(Transacted):
    """``sync.server.core.ports.ClaimPort``."""

    async def lock_claims(self, kind: str, subject_id: str, now_us: int) -> list[Claim]:
        held = self._work["claim"].items(self._org)
        claims = [claim for key, claim in held if key[1:3] == (kind, subject_id)]
        return sorted((c for c in claims if c.until_us > now_us), key=lambda c: c.device_id)

    async def put_claim(self, kind: str, subject_id: str, claim: Claim) -> None:
        key = (kind, subject_id, claim.device_id)
        if claim.amount:
            self._put("claim", replace(claim), *key)
        else:
            self._drop("claim", *key)

    async def moved(self, kind: str, subject_id: str) -> int:
        return sum(amount for _, amount in self._moved(kind, subject_id))

    async def moved_since(
        self, kind: str, subject_id: str, after: Mapping[str, int]
    ) -> dict[str, int]:
        sums: dict[str, int] = {}
        for fact, amount in self._moved(kind, subject_id):
            if fact.device_id in after and fact.dseq > after[fact.device_id]:
                sums[fact.device_id] = sums.get(fact.device_id, 0) + amount
        return {device_id: amount for device_id, amount in sums.items() if amount}

    async def reference(self, type_name: str, id_: str) -> Row | None:
        row: Row | None = self._get(type_name, id_)
        return row

    def _moved(self, kind: str, subject_id: str) -> list[tuple[NewFact, int]]:
        if kind == "sale_line":
            lines = [f for f in self._rows(kind) if f.values["refund_of"] == subject_id]
            return [(fact, fact.values["quantity_milli"]) for fact in lines]
        return [
            (fact, fact.values["amount"])
            for fact in self._rows("balance_movement")
            if (fact.values["kind"], fact.values["account_id"]) == (kind, subject_id)
        ]
