"""A server in memory behind the gateway's protocol: exact about groups and streams, no merging."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from localdb.domain.ids import IdSource
from localdb.domain.merge import advance
from localdb.domain.ops import Op, decode
from localdb.domain.records import RECORDS, Kind, Record, Scope
from sync.protocol.digest import DAY_MS, Tally, bucket_of
from sync.protocol.gateway import BrokenOff, CursorExpired, NetworkFault, RequestRefused
from sync.protocol.limits import PAGE_ROWS_MAX, SNAPSHOT_ROWS_MAX
from sync.protocol.messages import (
    CheckpointDigests,
    ClaimReply,
    ClaimRequest,
    Digest,
    EnrolReply,
    EnrolRequest,
    Entry,
    FactRow,
    FoundReply,
    FoundRequest,
    Me,
    OriginsPage,
    Problem,
    PullReply,
    PushReply,
    PushRequest,
    ReenrolRequest,
    RowImage,
    Runs,
    RunsRequest,
    SalesProof,
    SentGroup,
    SnapshotHeads,
    SnapshotPage,
    StockPage,
    TableHeld,
    TokenReply,
    TokenRequest,
    Verdict,
)

ORG = "01900000-0000-7000-8000-0000000000aa"
STORE = "01900000-0000-7000-8000-0000000000bb"
TILL = "01900000-0000-7000-8000-0000000000cc"
OTHER_TILL = "01900000-0000-7000-8000-0000000000dd"
ENTRIES_MAX = 50


class FakeServer:
    """Keeps groups once, gives numbers without gaps, and fails when told to."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self.now_us = now_us
        self.epoch = "epoch-1"
        self.ledger: dict[int, SentGroup] = {}
        self.verdicts: dict[int, Verdict] = {}
        self.entries: dict[str, list[Entry]] = defaultdict(list)
        self.retained_after: dict[str, int] = defaultdict(int)
        self.rows: dict[tuple[str, str], RowImage] = {}
        self.facts: dict[tuple[str, str], dict[str, Any]] = {}
        self.applied: dict[tuple[str, str], int] = defaultdict(int)
        self.refused: dict[int, str] = {}
        """dseq -> why this group is rejected."""
        self.held: set[int] = set()
        """The groups that are stored, and applied by ``release``."""
        self.calls: list[str] = []
        self.pulled: list[str] = []
        """The streams that were asked for."""
        self.batches: list[list[int]] = []
        self.faults: dict[str, list[Exception]] = defaultdict(list)
        """Call -> what its next uses raise, before anything is done."""
        self.lost_replies = 0
        """How many of the next pushes are done, and their answers lost."""
        self.token_hashes: list[str] = []
        self.runs_of_others: dict[str, int] = {}
        """How far other devices have delivered."""
        self.given_back: list[SentGroup] = []
        self.claimed: list[ClaimRequest] = []
        self.left = 10**15
        """What it grants of anything at most."""
        self.backup_days: int | None = None
        self.digests_are_gone = False
        self.checkpoints: dict[str, CheckpointDigests] = {}
        self.named: dict[tuple[str, int], list[tuple[str, str]]] = {}
        """What each entry of a stream is about."""
        self.snapshot_rows_max = 2
        self.passes_rows = SNAPSHOT_ROWS_MAX
        """Answers that may be larger are lost on the way."""
        self.new_id = IdSource(now_us, lambda count: bytes(count))

    # ------------------------------------------------------------ what happens elsewhere

    def changed_elsewhere(self, *records: Record, dseq: int = 1) -> None:
        """Another till wrote these records, as one group."""
        ops = [Op("insert", record.TYPE, record.id, values=record.values()) for record in records]
        self._apply(OTHER_TILL, dseq, ops)

    def forget_history(self) -> None:
        """The log of everything so far is older than the retention."""
        for stream, entries in self.entries.items():
            self.retained_after[stream] = len(entries)

    def restored(self, dseq: int) -> None:
        """The server comes back from a backup in which this till's groups end at ``dseq``."""
        self.epoch = "epoch-2"
        kept = [sent for number, sent in sorted(self.ledger.items()) if number <= dseq]
        for memory in (self.ledger, self.verdicts, self.entries, self.rows, self.facts):
            memory.clear()
        self.applied.clear()
        for sent in kept:
            self._take(sent)

    def release(self, dseq: int) -> None:
        """What a held group waited for has arrived."""
        self.held.remove(dseq)
        self.verdicts[dseq] = self._judge(self.ledger[dseq])

    # ------------------------------------------------------------ the gateway

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        self._called("enrol")
        return EnrolReply(
            device_id=TILL, token="token", org_id=ORG, store_id=STORE,
            store_code="S01", till_code="T01", epoch=self.epoch,
        )  # fmt: skip

    def reenrol(self, request: ReenrolRequest) -> EnrolReply:
        self._called("reenrol")
        raise NotImplementedError("this server has one till")

    def tables(self) -> list[TableHeld]:
        raise NotImplementedError("this server has one till")

    def push(self, request: PushRequest) -> PushReply:
        self._called("push")
        self.batches.append([group.dseq for group in request.groups])
        verdicts = [self._take(group) for group in request.groups]
        if self.lost_replies:
            self.lost_replies -= 1
            raise NetworkFault("The connection to the server broke off.")
        return PushReply(
            batch_id=request.batch_id,
            epoch=self.epoch,
            verdicts=verdicts,
            server_time_us=self.now_us(),
            backup_days=self.backup_days,
        )

    def pull(self, stream: str, epoch: str, after: int, rows_max: int = PAGE_ROWS_MAX) -> PullReply:
        self.pulled.append(stream)
        self._called("pull")
        self._check_passes(rows_max)
        if epoch != self.epoch or after < self.retained_after[stream]:
            raise CursorExpired("This till was away for too long and loads its data afresh.")
        held = self.entries[stream]
        page = [entry for entry in held if entry.number > after][: min(ENTRIES_MAX, rows_max)]
        return PullReply(
            epoch=self.epoch,
            stream=stream,
            head=len(held),
            entries=page,
            server_time_us=self.now_us(),
            checkpoint=self.checkpoints[stream].number if stream in self.checkpoints else None,
        )

    def snapshot_heads(self) -> SnapshotHeads:
        self._called("snapshot_heads")
        rows = Counter(dict.fromkeys(RECORDS, 0))
        for record_type, _ in (*self.rows, *self.facts):
            rows[record_type] += 1
        heads = {stream: len(self.entries[stream]) for stream in ("org", STORE)}
        return SnapshotHeads(epoch=self.epoch, heads=heads, rows=dict(rows))

    def snapshot_page(
        self, record_type: str, after: str, limit: int, bucket: str = ""
    ) -> SnapshotPage:
        self._called("snapshot_page")
        self._check_passes(limit)
        held = {**self.rows, **self.facts}
        ids = sorted(i for t, i in held if t == record_type and i > after)
        if bucket:
            ids = [i for i in ids if bucket_of(RECORDS[record_type].KIND, i) == bucket]
        page = ids[: min(limit, self.snapshot_rows_max)]
        more = page[-1] if len(ids) > len(page) else ""
        if record_type in RECORDS and RECORDS[record_type].KIND is Kind.FACT:
            facts = [FactRow(type=record_type, values=self.facts[record_type, i]) for i in page]
            return SnapshotPage(type=record_type, facts=facts, next_after=more)
        rows = [self.rows[record_type, i] for i in page]
        return SnapshotPage(type=record_type, rows=rows, next_after=more)

    def origins_page(self, record_type: str, after: str, limit: int) -> OriginsPage:
        """Nothing that a restore could take is told: its tests have the real server."""
        self._called("origins_page")
        self._check_passes(limit)
        return OriginsPage(type=record_type)

    def stock_page(self, after: str, limit: int = SNAPSHOT_ROWS_MAX) -> StockPage:
        self._called("stock_page")
        self._check_passes(limit)
        levels: dict[str, int] = defaultdict(int)
        for (record_type, _), values in self.facts.items():
            if record_type == "stock_movement":
                levels[values["product_id"]] += values["quantity_milli"]
        left = sorted((p, level) for p, level in levels.items() if p > after)
        page = left[: min(limit, self.snapshot_rows_max)]
        more = page[-1][0] if len(left) > len(page) else ""
        return StockPage(number=len(self.entries[STORE]), levels=page, next_after=more)

    def _check_passes(self, rows: int) -> None:
        """Larger answers are lost on the way."""
        if rows > self.passes_rows:
            raise BrokenOff("The connection to the server broke off.")

    def digests(self) -> list[Digest]:
        self._called("digests")
        return []

    def rotate_token(self, request: TokenRequest) -> TokenReply:
        self._called("token")
        self.token_hashes.append(request.token_hash)
        return TokenReply(server_time_us=self.now_us())

    def checkpoint_digests(self, stream: str, number: int) -> CheckpointDigests:
        self._called("checkpoint_digests")
        kept = self.checkpoints.get(stream)
        if self.digests_are_gone or kept is None or kept.number != number:
            problem = Problem(status=404, code="not_found", title="Not found")
            raise RequestRefused(problem)
        later = [entry for entry in self.entries[stream] if entry.number > number]
        touched = {
            (type_name, bucket_of(RECORDS[type_name].KIND, id_))
            for entry in later
            for type_name, id_ in self.named[stream, entry.number]
        }
        return kept.model_copy(update={"touched": sorted(touched)})

    def take_checkpoint(self, stream: str) -> None:
        """Note what the rows of a stream amount to now."""
        scope = Scope.ORG if stream == "org" else Scope.STORE
        names = [name for name, record in RECORDS.items() if record.SCOPE is scope]
        tallies = {
            name: Tally() for name in names if name not in ("stock_movement", "journal_entry")
        }
        for (name, id_), row in self.rows.items():
            if name in tallies:
                bucket = bucket_of(Kind.REFERENCE, id_)
                tallies[name].add(bucket, row.values, row.version)
        for (name, id_), values in self.facts.items():
            if name in tallies:
                tallies[name].add(bucket_of(Kind.FACT, id_), values)
        self.checkpoints[stream] = CheckpointDigests(
            epoch=self.epoch,
            stream=stream,
            number=len(self.entries[stream]),
            first_day=self.now_us() // (DAY_MS * 1000) - 89,
            buckets={name: tally.digests() for name, tally in tallies.items()},
        )

    def runs(self, request: RunsRequest) -> Runs:
        self._called("runs")
        return Runs(acknowledged=self.runs_of_others)

    def give_back(self, request: FoundRequest) -> FoundReply:
        self._called("give_back")
        self.given_back += request.groups
        return FoundReply(taken=len(request.groups))

    def claim(self, request: ClaimRequest) -> ClaimReply:
        self._called("claim")
        self.claimed.append(request)
        granted = min(request.amount, self.left)
        return ClaimReply(subject_id=request.subject_id, granted=granted)

    def me(self, sent: int = 0) -> Me:
        self._called("me")
        known = self.ledger.get(min(sent, max(self.ledger, default=0)))
        sales = [v for (t, _), v in self.facts.items() if t == "sale" and v["device_id"] == TILL]
        return Me(
            org_id=ORG, store_id=STORE, device_id=TILL,
            dseq_acknowledged=max(self.ledger, default=0), epoch=self.epoch,
            sales=SalesProof(count=len(sales), total_minor=sum(s["total_minor"] for s in sales)),
            journal_head="", hash=known.hash if known else "",
        )  # fmt: skip

    # ------------------------------------------------------------ inside

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.faults[name]:
            raise self.faults[name].pop(0)

    def _take(self, sent: SentGroup) -> Verdict:
        known = self.ledger.get(sent.dseq)
        if known is not None and known.hash != sent.hash:
            return Verdict(dseq=sent.dseq, kind="fork", code="dseq_reused")
        if known is None:
            self.ledger[sent.dseq] = sent
            self.verdicts[sent.dseq] = self._judge(sent)
        return self.verdicts[sent.dseq]

    def _judge(self, sent: SentGroup) -> Verdict:
        if sent.dseq in self.refused:
            why = self.refused[sent.dseq]
            return Verdict(dseq=sent.dseq, kind="rejected", code="refused", detail=why)
        if sent.dseq in self.held:
            return Verdict(dseq=sent.dseq, kind="held", code="parent_missing")
        numbers = self._apply(TILL, sent.dseq, list(decode(sent.body).ops))
        return Verdict(dseq=sent.dseq, kind="applied", numbers=numbers)

    def _apply(self, device: str, dseq: int, ops: list[Op]) -> dict[str, int]:
        touched: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for op in ops:
            record = RECORDS[op.type]
            touched["org" if record.SCOPE is Scope.ORG else STORE].append((op.type, op.id))
            self.applied[op.type, op.id] += 1
            if record.KIND is Kind.FACT:
                self.facts[op.type, op.id] = op.values or {}
            else:
                self._write(op, device, dseq)
        return {stream: self._log(stream, device, dseq, keys) for stream, keys in touched.items()}

    def _write(self, op: Op, device: str, dseq: int) -> None:
        held = self.rows.get((op.type, op.id))
        before = held.values if held else {}
        self.rows[op.type, op.id] = RowImage(
            type=op.type,
            id=op.id,
            version=(held.version if held else 0) + 1,
            vector=advance(held.vector if held else {}, device, dseq),
            values={**before, **(op.values or op.after or {})},
        )

    def _log(self, stream: str, device: str, dseq: int, keys: list[tuple[str, str]]) -> int:
        number = len(self.entries[stream]) + 1
        own = device == TILL
        self.named[stream, number] = keys
        facts = [key for key in keys if key in self.facts and not own]
        self.entries[stream].append(
            Entry(
                number=number,
                device_id=device,
                dseq=dseq,
                at_us=self.now_us(),
                stub=own,
                rows=[self.rows[key] for key in keys if key in self.rows],
                facts=[FactRow(type=key[0], values=self.facts[key]) for key in facts],
            )
        )
        return number
