"""A list whose rows open as forms, with a button for a new one."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from app.kit.authority import may
from app.kit.form import Form
from app.kit.listing import Listing
from app.kit.qt.form import FormSheet
from app.kit.qt.list_page import ListPage
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from localdb.domain.permissions import Permission
from localdb.domain.records import Record

R = TypeVar("R", bound=Record)


class RecordsPage(ListPage[R]):
    """Everybody who may see the page may look; `permission` is needed to change anything.

    `form` makes the form of a record, or of a new one, and `sheet` what it stands on. `new` are the
    words of the button that adds one; without any there is none.
    """

    def __init__(
        self,
        place: Workplace,
        listing: Listing[R],
        form: Callable[[R | None], Form[R]],
        *,
        new: str,
        permission: Permission,
        sheet: Callable[..., FormSheet[R]] = FormSheet,
    ) -> None:
        super().__init__(place, listing, self.edit)
        self._form = form
        self._permission = permission
        self._sheet = sheet
        self.sheet: FormSheet[R] | None = None
        self._can_add = bool(new)
        self.new = self.add_tool(new, "plus", self.add)

    def open(self) -> None:
        """Show the list as it is now, ready to search."""
        super().open()
        self.new.setVisible(self._can_add and may(self.place.till, self._permission))

    def add(self) -> None:
        """The form of a new one, with what was searched for as its name."""
        typed = self.search.text().strip()
        self._show_form(None, {"name": typed} if typed else {})

    def edit(self, record: R) -> None:
        """The form of one of those shown."""
        if may(self.place.till, self._permission):
            self._show_form(record, {})
        else:
            refused = translate("List", "Only a manager may change this. Ask a manager to sign in.")
            self.strip.say("warning", refused)

    def _show_form(self, record: R | None, values: Mapping[str, str]) -> None:
        form, record_id = self._form(record), record.id if record is not None else None
        self.sheet = self._sheet(self.window(), self.place, form, record_id, self._closed, values)

    def _closed(self) -> None:
        self.sheet = None
        self.changed()
