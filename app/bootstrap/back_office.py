"""The pages of the back office that need no session: put together in one place and in one order."""

from collections.abc import Callable
from pathlib import Path

from app.catalogue.qt.feature import Catalogue
from app.kit.qt.shell import Shell
from app.people.qt.feature import AuditLog, StaffPages


class BackOffice:
    """`sell` puts a product into the cart; `stopping` takes what ends with the window."""

    def __init__(
        self,
        shell: Shell,
        exports: Path,
        sell: Callable[[str], object],
        stopping: Callable[[Callable[[], object]], object],
    ) -> None:
        self.catalogue = Catalogue(shell, exports, sell, stopping)
        self.staff = StaffPages(shell)
        self.audit_log = AuditLog(shell)
