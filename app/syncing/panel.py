"""The sync panel: whether the server has everything, and what to do when it has not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from app.conflicts.parked_actions import ParkedActions
from app.kit.authority import may
from app.kit.flow import Ask, Flow, FlowRunner
from app.kit.formats import Formats
from app.kit.time_left import TimeLeft
from app.kit.words import age_words
from app.syncing.history_words import history_words
from app.syncing.words import (
    ConnectionWords,
    Tone,
    connection_words,
    counted,
    damage_words,
    holds_facts,
    parked_words,
    skew_words,
    store_words,
    unaccounted_words,
)
from localdb.domain.permissions import Permission
from localdb.errors import EvertillError
from localdb.queries import conflicts, here, sync_view
from localdb.queries.file_damage import file_damage
from localdb.queries.sync_view import ParkedGroup, QueueView
from localdb.services import sync_queue
from localdb.services.till import Till
from sync.client.status import Comparison, Connection, SyncStatus

if TYPE_CHECKING:
    from sync.client.history import HistoryReport
    from sync.client.proof import Proof

    Compared = tuple[Proof | EvertillError, HistoryReport | EvertillError | None]

T = TypeVar("T")
JUST_NOW_S = 5
NOT_ADMITTED = (Connection.AUTH, Connection.REVOKED)
"""What a new enrolment code heals."""
STAND_ALONE = ConnectionWords(
    "Stand-alone", "This till works on its own; there is no server.", "info", "till"
)


class Aside(Protocol):
    """Runs a question off the UI thread and answers on it."""

    def __call__(self, question: Callable[[], T], answer: Callable[[T], None], /) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPort:
    """What the panel needs of the sync; `status` and `sync_now` are cheap."""

    status: Callable[[], SyncStatus]
    sync_now: Callable[[], None]
    prove: "Callable[[], Proof]"
    history: "Callable[[], HistoryReport] | None" = None
    """What became of what the till did alone; takes seconds, as `prove` does."""
    server: str = ""
    versions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """A group the server refused."""

    dseq: int
    what: str
    reason: str
    at: str
    can_discard: bool


@dataclass(frozen=True, slots=True)
class ProofWords:
    """The proof line; ``asking`` while the server is being compared."""

    text: str = ""
    tone: Tone = "info"
    asking: bool = False


@dataclass(frozen=True, slots=True)
class LoadWords:
    """How far a fresh load is."""

    permille: int
    text: str


@dataclass(frozen=True, slots=True)
class SyncPanelState:
    """What the panel shows."""

    connection: ConnectionWords = STAND_ALONE
    attention: str = ""
    """What waits for a person, in words; empty when nothing does."""
    can_resolve: bool = False
    """Whether who is signed in may open it."""
    facts: tuple[tuple[str, str], ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    """What support asks for."""
    last_error: str = ""
    skew: str = ""
    store: str = ""
    """What of the store's record cannot be used."""
    load: LoadWords | None = None
    parked: tuple[ParkedRow, ...] = ()
    proof: ProofWords = ProofWords()
    damage: str = ""
    """What is wrong with the data file and what to do; empty when nothing is."""
    unaccounted: str = ""
    """What another copy of this till's data did, until a manager takes note of it."""
    history: tuple[tuple[str, str], ...] = ()
    """Table by table, what became of what this till did alone."""
    is_enrolled: bool = False
    may_join: bool = False
    """Whether this till may be enrolled now: it is alone, or its server does not admit it."""
    note: str = ""
    error: str = ""


class SyncPanelPresenter:
    """Reads the status and the queue; retries, exports and discards refused groups."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        now_us: Callable[[], int],
        show: Callable[[SyncPanelState], None],
        *,
        port: SyncPort | None,
        aside: Aside,
        ask: Callable[[Ask, Callable[[Any], None]], None],
        exports: Path,
    ) -> None:
        self._till = till
        self._formats = formats
        self._now_us = now_us
        self._show = show
        self._port = port
        self._aside = aside
        self._actions = ParkedActions(till, now_us, exports)
        self._time_left = TimeLeft()
        self._flows = FlowRunner(ask, self._refuse)
        self.state = SyncPanelState(is_enrolled=port is not None, may_join=port is None)

    def open(self) -> None:
        """Show how things stand, have the sync try at once, and ask the server for the proof."""
        self.refresh()
        if self._port is not None:
            # A line that was cut is only noticed by using it.
            self._port.sync_now()
        self.prove()

    def refresh(self) -> None:
        """Show how things stand now."""
        queue = self._till.ask(sync_view.queue)
        status = self._port.status() if self._port else None
        self._set(
            connection=connection_words(status) if status else STAND_ALONE,
            attention=self._attention(queue),
            can_resolve=may(self._till, Permission.CONFLICTS),
            facts=self._facts(queue, status),
            details=self._details(status),
            last_error=status.last_error if status else "",
            skew=self._skew(status),
            store=store_words(self._till.ask(here.odd_values)) if self._till.is_set_up else "",
            load=self._load(status),
            damage=self._damage(),
            unaccounted=self._unaccounted(status),
            may_join=status is None or status.connection in NOT_ADMITTED,
            parked=tuple(map(self._parked, queue.parked)),
        )

    def sync_now(self) -> None:
        """Cut all waits short."""
        if self._port is not None:
            self._port.sync_now()
            self._set(note="Asked the server just now.", error="")

    def prove(self) -> None:
        """Compare with the server, off the UI thread."""
        if self._port is None:
            return
        self._set(proof=ProofWords("Comparing with the server …", "info", asking=True))
        self._aside(self._compare, self._compared)

    def note_unaccounted(self) -> None:
        """A manager has taken note of what another copy of this till's data did."""
        self._try(lambda: self._till.write(sync_queue.note_unaccounted), "Logged.")

    def retry(self, dseq: int) -> None:
        """Send a refused group once more."""
        self._try(lambda: self._till.write(sync_queue.retry, dseq), "Will be sent again.")

    def discard(self, dseq: int) -> None:
        """Give a refused group up, after asking."""
        self._flows.run(self._discard(dseq))

    def export(self) -> None:
        """Write everything undelivered to a file for support."""
        try:
            self._set(note=self._actions.export(), error="")
        except EvertillError as error:
            self._refuse(error)

    # ------------------------------------------------------------ actions

    def _discard(self, dseq: int) -> Flow:
        row = next(row for row in self.state.parked if row.dseq == dseq)
        if (yield from self._actions.discard(dseq, row.what)):
            self._set(note="Discarded. The server's values are kept.", error="")
            self.refresh()

    def _try(self, action: Callable[[], object], done: str) -> None:
        try:
            action()
        except EvertillError as error:
            self._refuse(error)
        else:
            self._set(note=done, error="")
            self.refresh()

    def _refuse(self, error: EvertillError) -> None:
        self._set(error=str(error), note="")

    # ------------------------------------------------------------ words

    def _facts(self, queue: QueueView, status: SyncStatus | None) -> tuple[tuple[str, str], ...]:
        if status is None or self._port is None:
            return ()
        oldest = queue.waiting.oldest_us
        last = status.last_success_us or queue.last_success_us
        facts = (
            ("Last success", self._ago(last) if last else "not yet"),
            ("To send", _waiting(queue)),
            ("Oldest unsent", self._ago(oldest) if oldest else ""),
            ("Conflicts", _conflicts(status.conflicts_open)),
        )
        return tuple((name, said) for name, said in facts if said)

    def _details(self, status: SyncStatus | None) -> tuple[tuple[str, str], ...]:
        if status is None or self._port is None:
            return ()
        details = (
            ("Server", self._port.server),
            ("History", _history(status)),
            ("Compared", self._comparison(status.compared)),
            ("Live line", _live(status)),
            ("Requests", _requests(status)),
            *self._port.versions,
        )
        return tuple((name, said) for name, said in details if said)

    def _attention(self, queue: QueueView) -> str:
        """What the chip counts, named."""
        overtaken = self._till.ask(conflicts.overtaken_count)
        counts = (
            (self._till.ask(conflicts.open_count), "conflict to resolve", "conflicts to resolve"),
            (len(queue.parked), "change refused by the server", "changes refused by the server"),
            (overtaken, "decision overtaken", "decisions overtaken"),
        )
        said = [f"{count:,} {one if count == 1 else many}" for count, one, many in counts if count]
        return ", ".join(said)

    def _comparison(self, found: Comparison | None) -> str:
        if found is None:
            return ""
        ago = self._ago(found.at_us)
        if found.left:
            return f"{ago}: {found.left:,} not as the server holds them, ask for help"
        if found.reloaded:
            return f"{ago}: much differed, all was loaded afresh"
        if found.repaired:
            return f"{ago}: {found.repaired:,} put right"
        return f"{ago}: {found.rows:,} records, all alike"

    def _ago(self, at_us: int) -> str:
        seconds = max(self._now_us() - at_us, 0) // 1_000_000
        if seconds < JUST_NOW_S:
            return "just now"
        age = f"{seconds} s" if seconds < 60 else age_words(self._now_us() - at_us)
        return f"{age} ago, {self._formats.stamp(at_us)}"

    def _skew(self, status: SyncStatus | None) -> str:
        if status is None or not status.clock_is_wrong or status.clock_skew_us is None:
            return ""
        return skew_words(status.clock_skew_us)

    def _damage(self) -> str:
        found = self._till.ask(file_damage)
        if found is None:
            return ""
        return damage_words(found, self._formats.stamp, is_enrolled=self._port is not None)

    def _unaccounted(self, status: SyncStatus | None) -> str:
        found = status.unaccounted if status is not None else ()
        return "\n".join(unaccounted_words(one, self._formats.money) for one in found)

    def _load(self, status: SyncStatus | None) -> LoadWords | None:
        if status is not None and (change := status.readdressing) is not None:
            said = f"Preparing to send: {change.rows:,} of {change.total:,}"
            return LoadWords(1000 * change.rows // max(change.total, 1), said)
        if status is None or status.bootstrap is None:
            if status is not None and status.swap_waiting:
                return LoadWords(1000, "New data is ready. It will load after this sale.")
            return None
        done = status.bootstrap
        permille = min(1000, 1000 * done.rows // max(done.total, 1))
        left = self._time_left.words(done.rows, done.total, self._now_us())
        said = f"Loading: {done.rows:,} of {done.total:,} rows"
        return LoadWords(permille, f"{said}, {left}" if left else said)

    def _parked(self, parked: ParkedGroup) -> ParkedRow:
        what, reason = parked_words(parked)
        return ParkedRow(
            parked.dseq,
            what,
            reason,
            self._formats.stamp(parked.group.at_us),
            not holds_facts(parked.group),
        )

    def _compare(self) -> "Compared":
        """Off the UI thread."""
        assert self._port is not None, "a till on its own has nobody to compare with"
        proof = _tried(self._port.prove)
        history = self._port.history
        if history is None or self._port.status().history is None:
            return proof, None
        return proof, _tried(history)

    def _compared(self, found: "Compared") -> None:
        proof, history = found
        self._proved(proof)
        if history is not None and not isinstance(history, EvertillError):
            self._set(history=history_words(history, self._formats))

    def _proved(self, found: "Proof | EvertillError") -> None:
        if isinstance(found, EvertillError):
            self._set(proof=ProofWords(f"Could not compare: {found}", "warning"))
        else:
            self._set(proof=proof_words(found, self._formats))

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


def proof_words(proof: "Proof", formats: Formats) -> ProofWords:
    """The proof in one line: what the server holds, and whether it is what was rung here."""
    there, here = proof.sales_there, proof.sales_here
    total = formats.money(there.total_minor)
    if proof.sales_match:
        said = f"Verified: the server has all {there.count:,} sales, {total}."
        others = [t.type for t in proof.types if not t.matches]
        if others and not proof.waiting:
            names = ", ".join(counted(kind, 2).split(" ", 1)[1] for kind in others)
            return ProofWords(f"{said} Still differing: {names}.", "warning")
        return ProofWords(said, "success")
    if proof.waiting:
        left = here.count - there.count
        text = f"{there.count:,} of {here.count:,} sales are on the server. {left:,} still to send."
        return ProofWords(text, "info")
    return ProofWords(
        f"The server has {there.count:,} sales, {total}; this till has {here.count:,},"
        f" {formats.money(here.total_minor)}. Save a support file and ask for help.",
        "error",
    )


def _tried(question: Callable[[], T]) -> T | EvertillError:
    try:
        return question()
    except EvertillError as error:
        return error


def _waiting(queue: QueueView) -> str:
    """How much waits, and of what, the most first."""
    if queue.waiting.groups == 0:
        return "nothing"
    kinds = sorted(queue.waiting.by_type.items(), key=lambda item: (-item[1], item[0]))
    said = ", ".join(counted(kind, count) for kind, count in kinds)
    return f"{counted('change', queue.waiting.groups)}: {said}"


def _history(status: SyncStatus) -> str:
    """How much of what the till did alone has arrived."""
    done = status.history
    if done is None:
        return ""
    if done.rows == done.total:
        return f"all {done.total:,} changes are on the server"
    return f"{done.rows:,} of {done.total:,} changes are on the server"


def _live(status: SyncStatus) -> str:
    """Whether news come at once, and how the line behaved since the start."""
    connects = status.live.connects
    said = "open" if status.live.connected else "closed; checking regularly"
    if status.connection is Connection.OFFLINE:
        # It may take a minute to notice that nothing comes over it any more.
        said = "no connection"
    return f"{said} (opened {connects.succeeded:,}x, failed {connects.failed:,}x)"


def _requests(status: SyncStatus) -> str:
    """What went well and what not since the start; what hangs now."""
    ways = (
        ("up", status.uploads, status.upload_stuck),
        ("down", status.downloads, status.download_stuck),
    )
    return "; ".join(
        f"{way} {tally.succeeded:,} well, {tally.failed:,} failed" + (", one hangs" * stuck)
        for way, tally, stuck in ways
    )


def _conflicts(count: int) -> str:
    return "" if count == 0 else counted("conflict", count).replace("settled ", "")
