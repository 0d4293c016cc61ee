"""The looks at stored facts in memory."""

from collections.abc import Callable, Sequence

from sync.server.core.ports import LogEntry, Look, Values
from tests.simulation.memory_groups import Transacted


class MemoryFlags(Transacted):
    """``sync.server.core.ports.LookPort``."""

    async def unlooked_streams(self, look: Look) -> list[str]:
        streams = self._work["stream"].items(self._org)
        return sorted(k[1] for k, state in streams if state.head > self._reached(look, k[1]))

    async def unlooked(
        self, look: Look, stream: str, before_us: int, entries_max: int, rows_max: int
    ) -> list[LogEntry]:
        page: list[LogEntry] = []
        rows = 0
        after = max(self._reached(look, stream), self._get("stream", stream).pruned_to)
        for number in range(after + 1, after + 1 + entries_max):
            entry: LogEntry | None = self._get("change_log", stream, number)
            young = self._get("applied_at", stream, number) or 0
            if entry is None or rows >= rows_max or young > before_us:
                break
            page.append(entry)
            rows += entry.row_count
        return page

    async def looked(self, look: Look, stream: str, number: int) -> None:
        self._put(f"{look}_to", max(number, self._reached(look, stream)), stream)

    async def existing(self, type_name: str, ids: Sequence[str]) -> set[str]:
        return {id_ for id_ in ids if self._get(type_name, id_) is not None}

    async def refunds_of(self, line_ids: Sequence[str]) -> list[Values]:
        return self._facts("sale_line", lambda line: line["refund_of"] in line_ids)

    async def sales_numbered(self, numbers: Sequence[str]) -> list[Values]:
        return self._facts("sale", lambda sale: sale["receipt_number"] in numbers)

    async def sales_of_carts(self, cart_ids: Sequence[str]) -> list[Values]:
        return self._facts(
            "sale", lambda sale: sale["held_cart_id"] in cart_ids and sale["kind"] == "sale"
        )

    async def journal(self, device_id: str, seqs: Sequence[int]) -> list[Values]:
        return self._facts(
            "journal_entry",
            lambda entry: entry["device_id"] == device_id and entry["seq"] in seqs,
        )

    async def answers(self, conflict_ids: Sequence[str]) -> list[Values]:
        return self._facts(
            "journal_entry",
            lambda entry: (
                entry["kind"].startswith("conflict_")
                and any(f'"conflict":"{one}"' in entry["payload"] for one in conflict_ids)
            ),
        )

    def _reached(self, look: Look, stream: str) -> int:
        return int(self._get(f"{look}_to", stream) or 0)

    def _facts(self, type_name: str, wanted: Callable[[Values], bool]) -> list[Values]:
        found = [dict(fact.values) for fact in self._rows(type_name) if wanted(fact.values)]
        return sorted(found, key=lambda values: str(values["id"]))
