"""The page of who works here; a badge is scanned into the form."""

from app.kit.form import Form
from app.kit.qt.form import FormSheet
from app.kit.qt.records_page import RecordsPage
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from app.people.staff import BADGE, staff_form, staff_listing
from localdb.domain.permissions import Permission
from localdb.domain.records import User


class StaffSheet(FormSheet[User]):
    """A scan is the person's badge."""

    def scanned(self, code: str) -> bool:
        """Take the code for the badge, whatever is being typed."""
        self.presenter.type(BADGE, code)
        return True


class StaffPage(RecordsPage[User]):
    """Everybody who works here; one who left can be taken back."""

    sheet_kind = StaffSheet

    def __init__(self, place: Workplace) -> None:
        super().__init__(
            place,
            staff_listing(place.till),
            self._staff_form,
            new=translate("Staff", "New person"),
            permission=Permission.PEOPLE,
        )

    def _staff_form(self, _record: User | None) -> Form[User]:
        return staff_form(self.place.till)
