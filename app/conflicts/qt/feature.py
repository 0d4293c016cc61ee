"""What conflicts add to the program: the inbox."""

from pathlib import Path

from app.kit.qt.page import Page
from app.kit.qt.shell import Shell
from app.kit.registry import PageEntry
from app.kit.translation import translate
from localdb.domain.permissions import Permission


class Conflicts:
    """For who may resolve them; the chip opens it, too."""

    def __init__(self, shell: Shell, exports: Path) -> None:
        self._shell = shell
        self._exports = exports
        shell.pages.add(
            PageEntry(
                name="conflicts",
                title=translate("Pages", "Conflicts"),
                section="inbox",
                make=self._inbox,
                permission=Permission.CONFLICTS,
            )
        )

    def show(self) -> None:
        """Bring the inbox up."""
        self._shell.navigator.show_page("conflicts")

    def _inbox(self) -> Page:
        from app.conflicts.qt.inbox import ConflictInbox

        return ConflictInbox(self._shell.place, self._exports)
