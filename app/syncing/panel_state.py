"""What the sync panel shows, and its words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.kit.formats import Formats
from app.kit.time_left import TimeLeft
from app.kit.translation import translate
from app.kit.words import age_words
from app.syncing.words import (
    ConnectionWords,
    Tone,
    counted,
    holds_facts,
    parked_words,
    skew_words,
)
from localdb.queries.sync_view import ParkedGroup, QueueView
from sync.client.status import Comparison, Connection, SyncStatus

if TYPE_CHECKING:
    from sync.client.proof import Proof

JUST_NOW_S = 5
STAND_ALONE = ConnectionWords(
    "Stand-alone", "This till works on its own; there is no server.", "info", "till"
)


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


class PanelWriter:
    """Writes the figures of the sync out; `server` and `versions` are for support."""

    def __init__(
        self,
        formats: Formats,
        now_us: Callable[[], int],
        server: str = "",
        versions: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self._formats = formats
        self._now_us = now_us
        self._server = server
        self._versions = versions
        self._time_left = TimeLeft()

    def facts(self, queue: QueueView, status: SyncStatus | None) -> tuple[tuple[str, str], ...]:
        """How far the sending is."""
        if status is None:
            return ()
        oldest = queue.waiting.oldest_us
        last = status.last_success_us or queue.last_success_us
        facts = (
            (
                translate("Sync", "Last success"),
                self._ago(last) if last else translate("Sync", "not yet"),
            ),
            (translate("Sync", "To send"), _waiting(queue)),
            (translate("Sync", "Oldest unsent"), self._ago(oldest) if oldest else ""),
            (translate("Sync", "Conflicts"), _conflicts(status.conflicts_open)),
        )
        return tuple((name, said) for name, said in facts if said)

    def details(self, status: SyncStatus | None) -> tuple[tuple[str, str], ...]:
        """What support asks for."""
        if status is None:
            return ()
        details = (
            (translate("Sync", "Server"), self._server),
            (translate("Sync", "History"), _history(status)),
            (translate("Sync", "Compared"), self._comparison(status.compared)),
            (translate("Sync", "Live updates"), _live(status)),
            (translate("Sync", "Requests"), _requests(status)),
            *self._versions,
        )
        return tuple((name, said) for name, said in details if said)

    def load(self, status: SyncStatus | None) -> LoadWords | None:
        """How far a fresh load is, or a change of address."""
        if status is not None and (change := status.readdressing) is not None:
            said = translate(
                "Sync",
                "Preparing to send: {rows:,} of {total:,}",
                rows=change.rows,
                total=change.total,
            )
            return LoadWords(1000 * change.rows // max(change.total, 1), said)
        if status is None or status.bootstrap is None:
            if status is not None and status.swap_waiting:
                return LoadWords(
                    1000, translate("Sync", "New data is ready. It will load after this sale.")
                )
            return None
        done = status.bootstrap
        permille = min(1000, 1000 * done.rows // max(done.total, 1))
        left = self._time_left.words(done.rows, done.total, self._now_us())
        said = translate(
            "Sync", "Loading: {rows:,} of {total:,} records", rows=done.rows, total=done.total
        )
        return LoadWords(permille, f"{said}, {left}" if left else said)

    def parked(self, parked: ParkedGroup) -> ParkedRow:
        """A group the server refused."""
        what, reason = parked_words(parked)
        return ParkedRow(
            parked.dseq,
            what,
            reason,
            self._formats.stamp(parked.group.at_us),
            not holds_facts(parked.group),
        )

    def _comparison(self, found: Comparison | None) -> str:
        if found is None:
            return ""
        ago = self._ago(found.at_us)
        if found.left:
            return translate(
                "Sync",
                "{ago}: {left:,} records differ from the server; ask for help",
                ago=ago,
                left=found.left,
            )
        if found.reloaded:
            return translate(
                "Sync", "{ago}: many records differed; all data was loaded again", ago=ago
            )
        if found.repaired:
            return translate(
                "Sync", "{ago}: {repaired:,} records corrected", ago=ago, repaired=found.repaired
            )
        return translate("Sync", "{ago}: {rows:,} records, all the same", ago=ago, rows=found.rows)

    def _ago(self, at_us: int) -> str:
        seconds = max(self._now_us() - at_us, 0) // 1_000_000
        if seconds < JUST_NOW_S:
            return translate("Sync", "just now")
        age = f"{seconds} s" if seconds < 60 else age_words(self._now_us() - at_us)
        return f"{age} ago, {self._formats.stamp(at_us)}"


def attention_words(conflicts: int, parked: int, overtaken: int) -> str:
    """What the chip counts, named."""
    counts = (
        (
            conflicts,
            translate("Sync", "conflict to resolve"),
            translate("Sync", "conflicts to resolve"),
        ),
        (
            parked,
            translate("Sync", "change refused by the server"),
            translate("Sync", "changes refused by the server"),
        ),
        (
            overtaken,
            translate("Sync", "decision overtaken"),
            translate("Sync", "decisions overtaken"),
        ),
    )
    said = [f"{count:,} {one if count == 1 else many}" for count, one, many in counts if count]
    return ", ".join(said)


def clock_words(status: SyncStatus | None) -> str:
    """How wrong this till's clock is; nothing while it is right."""
    if status is None or not status.clock_is_wrong or status.clock_skew_us is None:
        return ""
    return skew_words(status.clock_skew_us)


def proof_words(proof: "Proof", formats: Formats) -> ProofWords:
    """The proof in one line: what the server holds, and whether it is what was rung here."""
    there, here = proof.sales_there, proof.sales_here
    total = formats.money(there.total_minor)
    if proof.sales_match:
        said = translate(
            "Sync",
            "Verified: the server has all {count:,} sales, {total}.",
            count=there.count,
            total=total,
        )
        others = [t.type for t in proof.types if not t.matches]
        if others and not proof.waiting:
            names = ", ".join(counted(kind, 2).split(" ", 1)[1] for kind in others)
            return ProofWords(
                translate("Sync", "{said} Still differing: {names}.", said=said, names=names),
                "warning",
            )
        return ProofWords(said, "success")
    if proof.waiting:
        left = here.count - there.count
        text = translate(
            "Sync",
            "{count:,} of {count2:,} sales are on the server. {left:,} still to send.",
            count=there.count,
            count2=here.count,
            left=left,
        )
        return ProofWords(text, "info")
    return ProofWords(
        translate(
            "Sync",
            "The server has {count:,} sales, {total}; this till has {count2:,}, {total2}. Save "
            "a support file and ask for help.",
            count=there.count,
            total=total,
            count2=here.count,
            total2=formats.money(here.total_minor),
        ),
        "error",
    )


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
        return translate("Sync", "all {total:,} changes are on the server", total=done.total)
    return translate(
        "Sync", "{rows:,} of {total:,} changes are on the server", rows=done.rows, total=done.total
    )


def _live(status: SyncStatus) -> str:
    """Whether news come at once, and how the line behaved since the start."""
    connects = status.live.connects
    said = "open" if status.live.connected else translate("Sync", "closed; checking regularly")
    if status.connection is Connection.OFFLINE:
        # It may take a minute to notice that nothing comes over it any more.
        said = translate("Sync", "no connection")
    return f"{said} (opened {connects.succeeded:,}x, failed {connects.failed:,}x)"


def _requests(status: SyncStatus) -> str:
    """What went well and what not since the start; what hangs now."""
    ways = (
        ("sent", status.uploads, status.upload_stuck),
        ("received", status.downloads, status.download_stuck),
    )
    return "; ".join(
        f"{way} {tally.succeeded:,}, failed {tally.failed:,}"
        + (translate("Sync", ", one without an answer") * stuck)
        for way, tally, stuck in ways
    )


def _conflicts(count: int) -> str:
    return "" if count == 0 else counted("conflict", count).replace("resolved ", "")
