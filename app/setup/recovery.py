"""The recovery sheet: the key of this till's data on paper, for the day its own copy is lost."""

import textwrap
from collections.abc import Callable
from pathlib import Path

from app.devices.ports import ReceiptPrinter
from app.kit.flow import AskApproval, Flow
from app.kit.formats import Formats
from app.kit.paper import centred, pair
from app.kit.translation import translate
from localdb.domain.permissions import Approval, Permission, Request
from localdb.errors import Refusal
from localdb.queries import here
from localdb.services import recovery
from localdb.services.till import IN_TRAINING, Till

COLUMNS = 48
GROUPS_IN_A_ROW = 4


def never_kept() -> str:
    """The reminder to whoever may print the sheet."""
    return translate("Recovery", "The recovery sheet of this till has not been printed yet.")


def _advice() -> tuple[str, ...]:
    """What stands below the key."""
    return (
        translate(
            "Recovery",
            "Whoever has this key can read the data of this till. Keep this sheet in a safe place,"
            " away from the till.",
        ),
        translate(
            "Recovery",
            "If the till says that its key is gone or wrong, type the key there, or run"
            ' "evertill restore --recovery-key" and type it when asked. Spaces, dashes and new'
            " lines do not matter.",
        ),
        translate(
            "Recovery",
            'On a new machine, run "evertill restore --recovery-key FILE" with the newest backup'
            " of this till.",
        ),
    )


class Recovery:
    """What the sheet says and where it may go; asks for the key only when the sheet is made."""

    def __init__(
        self,
        till: Till,
        key_text: Callable[[], str],
        folder: Path,
        now_us: Callable[[], int],
        printer: ReceiptPrinter | None = None,
    ) -> None:
        self._till = till
        self._key_text = key_text
        self._folder = folder
        self._now_us = now_us
        self._printer = printer

    @property
    def can_print(self) -> bool:
        """Whether this till prints on paper."""
        return self._printer is not None

    @property
    def name(self) -> str:
        """What a file of the sheet is called."""
        identity = self._till.identity
        till = f"{identity.store_code}-{identity.till_code}"
        return translate("Recovery", "Recovery sheet {till}", till=till)

    def lines(self, columns: int = COLUMNS) -> list[str]:
        """The sheet, laid out; no line is longer than ``columns``."""
        store, identity = self._till.ask(here.store), self._till.identity
        till = f"{identity.store_code}-{identity.till_code}"
        made = Formats("en", store.currency, store.timezone).stamp(self._now_us())
        groups = self._key_text().split("-")
        rows = [
            "-".join(groups[at : at + GROUPS_IN_A_ROW])
            for at in range(0, len(groups), GROUPS_IN_A_ROW)
        ]
        words = (textwrap.wrap(text, columns) for text in _advice())
        return [
            *centred(translate("Recovery", "RECOVERY SHEET"), columns),
            *centred(store.name, columns),
            *pair(translate("Recovery", "Till {till}", till=till), made, columns),
            "-" * columns,
            "",
            # All rows begin at one place, so that the last, shorter one reads on.
            *(" " * ((columns - len(rows[0])) // 2) + row for row in rows),
            "",
            "-" * columns,
            *(line for text in words for line in (*text, "")),
        ][:-1]

    def print(self) -> None:
        """Print it, and remember that; raises PrinterFault."""
        assert self._printer is not None, "the button is hidden"
        self._printer.print_receipt(self.name, self.lines(self._printer.columns))
        self.note_kept()

    def check_place(self, path: Path) -> None:
        """Raises Refusal for a file beside the data that the key opens."""
        if path.resolve().is_relative_to(self._folder.resolve()):
            raise Refusal(
                translate(
                    "Recovery", "This folder is the till's own. Save the sheet somewhere else."
                )
            )

    def note_kept(self) -> None:
        """The sheet is on paper: the till need not ask for it any more."""
        self._till.write(recovery.note_kept)

    def show_again(self, show: Callable[[], object]) -> Flow:
        """Show the sheet to whoever types a manager's PIN, also to a manager who is signed in.

        The leave is in the audit log before the sheet is shown.
        """
        if self._till.is_training:
            raise Refusal(IN_TRAINING)
        words = translate("Recovery", "Show the recovery sheet")
        answer = yield AskApproval(Request(permission=Permission.RECOVERY_KEY, words=words))
        if isinstance(answer, Approval) and answer.permission is Permission.RECOVERY_KEY:
            show()
