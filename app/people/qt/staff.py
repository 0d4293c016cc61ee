"""The form of one person on a sheet: a badge is scanned into it."""

from app.kit.qt.form import FormSheet
from app.people.staff import BADGE
from localdb.domain.records import User


class StaffSheet(FormSheet[User]):
    """A scan is the person's badge."""

    def scanned(self, code: str) -> bool:
        """Take the code for the badge, whatever is being typed."""
        self.presenter.type(BADGE, code)
        return True
