"""The journal at the screen: does it hold, and a copy for somebody who wants to see for himself."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from app.kit.authority import may
from app.kit.formats import Formats
from app.kit.job import Job, Run, Worker
from app.kit.translation import translate
from app.setup import journal_words
from localdb.domain import journal
from localdb.domain.permissions import Permission
from localdb.domain.real_values import file_name
from localdb.domain.records import JournalEntry
from localdb.queries import journals
from localdb.services import journal_check
from localdb.services.journal_check import Checked
from localdb.services.till import Till

Work = Literal["", "verify", "export"]
Tone = Literal["", "success", "danger", "warning"]


@dataclass(frozen=True, slots=True)
class JournalState:
    """What the page shows."""

    extent: str = ""
    working: Work = ""
    permille: int = 0
    progress: str = ""
    is_cancelling: bool = False
    headline: str = ""
    detail: str = ""
    tone: Tone = ""


class JournalPresenter:
    """Reads off the UI thread, as one job at a time."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        now_us: Callable[[], int],
        show: Callable[[JournalState], None],
        *,
        worker: Worker,
        folder: Path,
    ) -> None:
        self._till = till
        self._formats = formats
        self._now_us = now_us
        self._show = show
        self._job = Job(worker)
        self.folder = folder
        """Where exports are suggested to go."""
        self.state = JournalState()

    def open(self) -> None:
        """Say how much there is; an answer of before is not shown again."""
        if self.state.working:
            return
        extent = self._till.ask(journals.own_extent)
        since = self._formats.stamp(extent.began_us) if extent.entries else ""
        self.state = JournalState(extent=journal_words.extent(extent.entries, since))
        self._show(self.state)

    def verify(self) -> None:
        """Walk the chain from its first entry."""
        if self._begin("verify"):
            self._job.start(self._check, self._verified, self._not_verified, self._progressed)

    def look_up(self, text: str) -> None:
        """Find the entry whose code stands on a receipt or a Z report."""
        digits = journal.read_paper_code(text)
        if self.state.working:
            return
        if digits is None:
            self._end(*journal_words.no_code(), "warning")
        elif not may(self._till, Permission.JOURNAL):
            self._end(journal_words.not_allowed(), "", "danger")
        else:
            code = journal.paper_code(f"{digits}{'0' * 54}")
            self._job.start(
                lambda _: self._till.ask(journals.entries_with_code, digits),
                lambda found: self._looked_up(code, found),
                self._not_verified,
            )

    def export(self, folder: Path) -> None:
        """Write it to a folder, as JSON lines, with the way to verify them."""
        file = folder / self.file_name()
        if self._begin("export"):
            self._job.start(
                lambda run: self._export(run, file),
                lambda found: self._exported(found, file),
                lambda words: self._end(translate("Journal", "Not exported"), words, "danger"),
                self._progressed,
            )

    def file_name(self) -> str:
        """What an export made now is called."""
        now = datetime.fromtimestamp(self._now_us() / 1_000_000, UTC)
        return f"journal-{file_name(self._till.identity.till_code)}-{now:%Y%m%d-%H%M%S}.jsonl"

    def cancel(self) -> None:
        """Stop after the slice in hand."""
        if self.state.working:
            self._job.cancel()
            self._set(is_cancelling=True)

    def _begin(self, work: Work) -> bool:
        if self.state.working:
            return False
        if not may(self._till, Permission.JOURNAL):
            self._end(journal_words.not_allowed(), "", "danger")
            return False
        reading = translate("Journal", "Reading …")
        self._set(working=work, permille=0, progress=reading, headline="", detail="", tone="")
        return True

    # ------------------------------------------------------------ off the UI thread

    def _check(self, run: Run[Checked]) -> Checked:
        return journal_check.check(self._till, run.report, run.is_cancelled)

    def _export(self, run: Run[Checked], file: Path) -> Checked:
        return journal_check.export(self._till, file, run.report, run.is_cancelled)

    # ------------------------------------------------------------ back on it

    def _progressed(self, checked: Checked) -> None:
        permille = min(1000, 1000 * checked.entries // max(checked.total, 1))
        self._set(permille=permille, progress=journal_words.progress(checked))

    def _verified(self, found: Checked) -> None:
        if found.broken is not None:
            words = journal_words.broken(found.broken.seq, found.broken.reason)
            self._end(*words, "danger")
        elif not found.finished:
            read = translate(
                "Journal",
                "{entries} read; no break so far.",
                entries=journal_words.entries(found.entries),
            )
            self._end(translate("Journal", "Stopped"), read, "warning")
        else:
            self._end(*journal_words.verified(found, self._formats), "success")

    def _not_verified(self, words: str) -> None:
        self._end(translate("Journal", "The journal could not be read"), words, "danger")

    def _looked_up(self, code: str, found: list[JournalEntry]) -> None:
        if found:
            self._end(*journal_words.looked_up(code, found[0], self._formats), "")
        else:
            self._end(*journal_words.no_entry(code), "danger")

    def _exported(self, found: Checked, file: Path) -> None:
        if not found.finished:
            nothing = translate("Journal", "No file was written.")
            self._end(translate("Journal", "Stopped"), nothing, "warning")
        else:
            recipe = journal_check.recipe_file(file).name
            words = journal_words.exported(found, str(file), recipe)
            self._end(*words, "warning" if found.broken else "success")

    def _end(self, headline: str, detail: str, tone: Tone) -> None:
        self._set(working="", is_cancelling=False, headline=headline, detail=detail, tone=tone)

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)
