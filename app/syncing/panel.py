"""The sync panel: whether the server has everything, and what to do when it has not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.kit.authority import may
from app.kit.errors import attempt
from app.kit.flow import Ask, Flow, FlowRunner
from app.kit.formats import Formats
from app.kit.job import Job, Worker
from app.kit.translation import translate
from app.syncing.history_words import history_words
from app.syncing.panel_state import (
    STAND_ALONE,
    PanelWriter,
    ProofWords,
    SyncPanelState,
    attention_words,
    clock_words,
    proof_words,
)
from app.syncing.parked_actions import ParkedActions
from app.syncing.words import (
    connection_words,
    damage_words,
    store_words,
    unaccounted_words,
)
from localdb.domain.permissions import Permission
from localdb.errors import EvertillError
from localdb.queries import conflicts, here, sync_view
from localdb.queries.file_damage import file_damage
from localdb.queries.sync_view import QueueView
from localdb.services import sync_queue
from localdb.services.till import Till
from sync.client.status import Connection, SyncStatus

if TYPE_CHECKING:
    from sync.client.history import HistoryReport
    from sync.client.proof import Proof


NOT_ADMITTED = (Connection.AUTH, Connection.REVOKED)
"""What a new enrolment code heals."""


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
        worker: Worker,
        ask: Callable[[Ask, Callable[[Any], None]], None],
        exports: Path,
    ) -> None:
        self._till = till
        self._formats = formats
        self._show = show
        self._port = port
        self._job = Job(worker)
        self._actions = ParkedActions(till, now_us, exports)
        server, versions = (port.server, port.versions) if port else ("", ())
        self._writer = PanelWriter(formats, now_us, server, versions)
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
            facts=self._writer.facts(queue, status),
            details=self._writer.details(status),
            last_error=status.last_error if status else "",
            skew=clock_words(status),
            store=store_words(self._till.ask(here.odd_values)) if self._till.is_set_up else "",
            load=self._writer.load(status),
            damage=self._damage(),
            unaccounted=self._unaccounted(status),
            may_join=status is None or status.connection in NOT_ADMITTED,
            parked=tuple(map(self._writer.parked, queue.parked)),
        )

    def sync_now(self) -> None:
        """Cut all waits short."""
        if self._port is not None:
            self._port.sync_now()
            self._set(note=translate("Sync", "Asked the server just now."), error="")

    def prove(self) -> None:
        """Compare with the server, off the UI thread."""
        if self._port is None:
            return
        self._set(
            proof=ProofWords(translate("Sync", "Comparing with the server …"), "info", asking=True)
        )
        prove = self._port.prove
        self._job.start(
            lambda _: prove(),
            self._proved,
            lambda words: self._proof_said(
                ProofWords(translate("Sync", "Could not compare: {words}", words=words), "warning")
            ),
        )

    def note_unaccounted(self) -> None:
        """A manager has taken note of what another copy of this till's data did."""
        self._try(
            lambda: self._till.write(sync_queue.note_unaccounted), translate("Sync", "Logged.")
        )

    def retry(self, dseq: int) -> None:
        """Send a refused group once more."""
        self._try(
            lambda: self._till.write(sync_queue.retry, dseq),
            translate("Sync", "Will be sent again."),
        )

    def discard(self, dseq: int) -> None:
        """Give a refused group up, after asking."""
        self._flows.run(self._discard(dseq))

    def export(self) -> None:
        """Write everything undelivered to a file for support."""
        attempt(lambda: self._set(note=self._actions.export(), error=""), self._refuse)

    # ------------------------------------------------------------ actions

    def _discard(self, dseq: int) -> Flow:
        row = next(row for row in self.state.parked if row.dseq == dseq)
        if (yield from self._actions.discard(dseq, row.what)):
            self._set(note=translate("Sync", "Discarded. The server's values are kept."), error="")
            self.refresh()

    def _try(self, action: Callable[[], object], done: str) -> None:
        if attempt(action, self._refuse):
            self._set(note=done, error="")
            self.refresh()

    def _refuse(self, error: EvertillError) -> None:
        self._set(error=str(error), note="")

    # ------------------------------------------------------------ what is found

    def _attention(self, queue: QueueView) -> str:
        open_conflicts = self._till.ask(conflicts.open_count)
        return attention_words(
            open_conflicts, len(queue.parked), self._till.ask(conflicts.overtaken_count)
        )

    def _damage(self) -> str:
        found = self._till.ask(file_damage)
        if found is None:
            return ""
        return damage_words(found, self._formats.stamp, is_enrolled=self._port is not None)

    def _unaccounted(self, status: SyncStatus | None) -> str:
        found = status.unaccounted if status is not None else ()
        return "\n".join(unaccounted_words(one, self._formats.money) for one in found)

    def _proved(self, proof: "Proof") -> None:
        self._proof_said(proof_words(proof, self._formats))

    def _proof_said(self, words: ProofWords) -> None:
        """Show the proof, or why there is none; then what became of what the till did alone."""
        self._set(proof=words)
        port = self._port
        assert port is not None, "a till on its own has nobody to compare with"
        history = port.history
        if history is not None and port.status().history is not None:
            self._job.start(lambda _: history(), self._reported, lambda words: None)

    def _reported(self, report: "HistoryReport") -> None:
        self._set(history=history_words(report, self._formats))

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)
