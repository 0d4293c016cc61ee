"""The pages of the back office that need no server: in one place and in one order."""

from collections.abc import Callable
from pathlib import Path

from app.catalogue.qt.feature import Catalogue
from app.kit.qt.shell import Shell
from app.people.qt.feature import AuditLog, StaffPages
from app.setup.qt.feature import Setup
from app.setup.recovery import Recovery


class BackOffice:
    """`sell` puts a product into the cart; `recovery` makes the till's recovery sheet.

    `stopping` takes what ends with the window.
    """

    def __init__(
        self,
        shell: Shell,
        exports: Path,
        sell: Callable[[str], object],
        recovery: Callable[[], Recovery],
        stopping: Callable[[Callable[[], object]], object],
    ) -> None:
        self.catalogue = Catalogue(shell, exports, sell, stopping)
        self.setup = Setup(shell, exports, recovery, stopping)
        self.staff = StaffPages(shell)
        self.audit_log = AuditLog(shell)
