"""The audit log as a page: what was overridden and what somebody will ask about, with search."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.kit.authority import may
from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.domain.permissions import Permission
from localdb.queries import audit
from localdb.queries.audit import AuditFilter, AuditView
from localdb.services.till import Till

SHOWN_MAX = 200
_DAY_US = 86_400_000_000
PERIODS = (("Today", 1), ("7 days", 7), ("90 days", 90))
"""Words, and how many days back from the end of today."""
KINDS = ("Everything", "Approvals only")
_WORDS: Mapping[str, str] = {
    Permission.NO_SALE: "No sale",
    Permission.TRAINING: "Training allowed",
    Permission.RETURN_WITHOUT_RECEIPT: "Return without a receipt",
    Permission.RECOVERY_KEY: "Recovery sheet shown",
    "product_removed": "Product archived",
    "user_added": "Person added",
    "user_changed": "Person changed",
    "conflict_settled": "Conflict resolved",
    "conflict_open": "Conflict reopened",
}


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry, written out."""

    when: str
    who: str
    allowed_by: str
    """Empty where nobody had to."""
    action: str
    detail: str
    amount: str


@dataclass(frozen=True, slots=True)
class AuditState:
    """What the page shows."""

    rows: tuple[AuditRow, ...] = ()
    count: str = ""
    empty: str = ""


class AuditLogPresenter:
    """Filters by period, by kind and by words; shows the newest first."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        now_us: Callable[[], int],
        show: Callable[[AuditState], None],
    ) -> None:
        self._till = till
        self._formats = formats
        self._now_us = now_us
        self._show = show
        self._filter = AuditFilter()
        self._days = PERIODS[0][1]
        self.state = AuditState()

    def refresh(self) -> None:
        """Show the log as it is now, to those who may see it."""
        if not may(self._till, Permission.AUDIT_LOG):
            self._take(
                (),
                translate(
                    "People", "Only a manager may see the audit log. Ask a manager to sign in."
                ),
            )
            return
        # Whole days in the shop's own time zone, today included.
        end = self._formats.midnight_after(self._now_us())
        wanted = replace(self._filter, from_us=max(end - self._days * _DAY_US, 0))
        found = self._till.ask(audit.entries, wanted, SHOWN_MAX)
        self._take(tuple(map(self._row, found)), translate("People", "No activity found."))

    def period(self, number: int) -> None:
        """Choose one of ``PERIODS``."""
        self._days = PERIODS[number][1]
        self.refresh()

    def kind(self, number: int) -> None:
        """Choose one of ``KINDS``."""
        self._change(only_approved=number == 1)

    def search(self, text: str) -> None:
        """Show only entries with these words in what was done, or in a name."""
        self._change(text=text)

    def _change(self, **changes: Any) -> None:
        self._filter = replace(self._filter, **changes)
        self.refresh()

    def _take(self, rows: tuple[AuditRow, ...], empty: str) -> None:
        shown = f"{len(rows)} entries" if len(rows) != 1 else "1 entry"
        if len(rows) == SHOWN_MAX:
            shown = translate(
                "People",
                "The newest {shown_max} entries. Search to find older ones.",
                shown_max=SHOWN_MAX,
            )
        self.state = AuditState(rows, shown if rows else "", "" if rows else empty)
        self._show(self.state)

    def _row(self, view: AuditView) -> AuditRow:
        entry = view.entry
        detail = " · ".join(filter(None, (entry.detail, view.receipt_number)))
        return AuditRow(
            when=self._formats.stamp(entry.at_us),
            who=view.user_name,
            allowed_by=view.approver_name,
            action=_WORDS.get(entry.action, entry.action.replace("_", " ").capitalize()),
            detail=detail,
            amount=self._formats.money(entry.amount_minor) if entry.amount_minor else "",
        )
