"""The journal at the screen: does it hold, and a copy for somebody who wants to see for himself."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from app.kit.authority import may
from app.kit.formats import Formats
from app.kit.job import Job, Run, Worker
from localdb.domain import journal
from localdb.domain.permissions import Permission
from localdb.domain.real_values import file_name
from localdb.domain.records import JournalEntry
from localdb.queries import journals
from localdb.services import journal_check
from localdb.services.journal_check import Checked
from localdb.services.till import Till

Work = Literal["", "verify", "export"]
ABOUT = (
    "Every sale, refund, shift and drawer event of this till is an entry here. "
    "A changed or missing entry shows when you verify. "
    "Enter the code of a receipt or Z report to find its entry. "
    "This is not a fiscal certification (TSE, NF525)."
)
NO_CODE = "That is no journal code"
NO_CODE_DETAIL = (
    "A code has eight letters and digits, such as 7K4M-Q2XP. It stands near the end of a receipt,"
    " and at the top of a Z report."
)
MISSING = (
    "If this till printed it, its entry was changed or left out, or the till has got another"
    " identity since. Export the journal, keep the paper, and call support."
)
NOT_ALLOWED = "Only somebody who may see the journal can do this. Ask a manager to sign in."


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
    tone: Literal["", "success", "danger", "warning"] = ""


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
        words = _entries(extent.entries)
        if extent.entries:
            words += f", since {self._formats.stamp(extent.began_us)}"
        self.state = JournalState(extent=words)
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
            self._set(headline=NO_CODE, detail=NO_CODE_DETAIL, tone="warning")
        elif not may(self._till, Permission.JOURNAL):
            self._set(headline=NOT_ALLOWED, detail="", tone="danger")
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
                lambda words: self._end("Not exported", words, "danger"),
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
            self._set(headline=NOT_ALLOWED, detail="", tone="danger")
            return False
        self._set(working=work, permille=0, progress="Reading …", headline="", detail="", tone="")
        return True

    # ------------------------------------------------------------ off the UI thread

    def _check(self, run: Run[Checked]) -> Checked:
        return journal_check.check(self._till, run.report, run.is_cancelled)

    def _export(self, run: Run[Checked], file: Path) -> Checked:
        return journal_check.export(self._till, file, run.report, run.is_cancelled)

    # ------------------------------------------------------------ back on it

    def _progressed(self, checked: Checked) -> None:
        permille = min(1000, 1000 * checked.entries // max(checked.total, 1))
        words = f"{checked.entries:,} of {checked.total:,} entries"
        self._set(permille=permille, progress=words)

    def _verified(self, found: Checked) -> None:
        if found.broken is not None:
            headline = f"The journal breaks at entry {found.broken.seq:,}"
            reason = found.broken.reason
            detail = (
                f"{reason[:1].upper()}{reason[1:]}. What comes after it proves nothing. "
                "Export the journal and keep it; then call support."
            )
            self._end(headline, detail, "danger")
        elif not found.finished:
            self._end("Stopped", f"{_entries(found.entries)} read, and they hold.", "warning")
        else:
            span = "" if not found.entries else self._span(found)
            self._end(
                f"The journal holds: {_entries(found.entries)}",
                f"{span}Last hash {found.head}",
                "success",
            )

    def _not_verified(self, words: str) -> None:
        self._end("The journal could not be read", words, "danger")

    def _looked_up(self, code: str, found: list[JournalEntry]) -> None:
        if not found:
            self._end(f"No entry has the code {code}", MISSING, "danger")
            return
        entry = found[0]
        said = json.loads(entry.payload)
        lines = [f"{_kind(entry.kind)}, {self._formats.stamp(entry.at_us)}"]
        if "receipt" in said:
            lines.append(f"Receipt {said['receipt']}")
        if "total_minor" in said:
            lines.append(f"Total {self._formats.money(said['total_minor'])}")
        if said.get("z"):
            lines.append(f"Z report {said['z']}")
        lines.append("Compare this with the paper, then press Verify.")
        self._end(f"Entry {entry.seq:,} has the code {code}", "\n".join(lines), "")

    def _exported(self, found: Checked, file: Path) -> None:
        if not found.finished:
            self._end("Stopped", "No file was written.", "warning")
        else:
            recipe = journal_check.recipe_file(file).name
            detail = f"{file}\nHow to verify it: {recipe}"
            if found.broken is not None:
                detail += (
                    f"\nThe chain breaks at entry {found.broken.seq:,}: {found.broken.reason}."
                )
            tone: Literal["success", "warning"] = "warning" if found.broken else "success"
            self._end(f"Exported: {_entries(found.entries)}", detail, tone)

    def _span(self, found: Checked) -> str:
        stamp = self._formats.stamp
        return f"From {stamp(found.first_at_us)} to {stamp(found.last_at_us)}\n"

    def _end(
        self, headline: str, detail: str, tone: Literal["", "success", "danger", "warning"]
    ) -> None:
        self._set(working="", is_cancelling=False, headline=headline, detail=detail, tone=tone)

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


def _kind(kind: str) -> str:
    return kind.replace("_", " ").capitalize()


def _entries(count: int) -> str:
    return f"{count:,} {'entry' if count == 1 else 'entries'}"
