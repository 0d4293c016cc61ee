"""What people add to the program: signing in, locking, switching, and badges."""

from app.kit.qt.page import Page
from app.kit.qt.shell import Shell
from app.kit.registry import Action, PageEntry
from app.kit.translation import translate
from app.people.qt.signin import SignInScreen
from app.people.qt.switch_user import SwitchSheet
from localdb.domain.permissions import Permission
from localdb.domain.records import User

_PEOPLE = frozenset({"user", "role"})


class AuditLog:
    """The page of who did what."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        shell.pages.add(
            PageEntry(
                name="audit_log",
                title=translate("Pages", "Audit log"),
                section="reports",
                make=self._page,
                permission=Permission.AUDIT_LOG,
            )
        )

    def _page(self) -> Page:
        from app.people.qt.audit_log import AuditLogScreen

        return AuditLogScreen(self._shell.place)


class People:
    """Says through the events who is at the till."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._place = shell.place
        self.screen = SignInScreen(shell.place)
        self.screen.signed_in.connect(self._signed_in)
        shell.navigator.add_screen(self.screen)
        shell.place.bridge.committed.connect(lambda changes: self._committed(changes.types))
        shell.actions.add(
            Action(
                name="switch_user",
                title=translate("People", "Switch user"),
                section="till",
                shortcut="F11",
                run=self.switch,
            ),
            Action(
                name="lock",
                title=translate("People", "Lock"),
                section="till",
                shortcut="Ctrl+L",
                works_everywhere=True,
                run=self.lock,
            ),
        )

    def lock(self) -> None:
        """Back to the sign-in screen; the cart stays, also in the database."""
        self._shell.events.locking.emit()
        user = self._place.till.user
        self._place.till.sign_out()
        self._shell.navigator.close_sheets()
        self._shell.navigator.show_screen(self.screen)
        self._shell.events.locked.emit()
        self.screen.presenter.open(chosen=user.id if user else None)
        self.screen.setFocus()

    def switch(self, badge: str = "") -> None:
        """Let another person take the till with the cart that is open."""
        self._shell.events.switching.emit()
        sheet = SwitchSheet(self._shell.host, self._place.theme, self._place.till, self._signed_in)
        if badge:
            sheet.presenter.badge(badge)

    def _signed_in(self, user: User) -> None:
        self._shell.events.signed_in.emit(user)
        self._shell.events.ready.emit()

    def _committed(self, types: frozenset[str]) -> None:
        if types & _PEOPLE and self._shell.navigator.current_screen() is self.screen:
            self.screen.presenter.people_changed()


class StaffPages:
    """The pages of who works here, and of what each role may do."""

    def __init__(self, shell: Shell) -> None:
        self._place = shell.place
        shell.pages.add(
            PageEntry(
                name="staff",
                title=translate("Pages", "Staff"),
                section="settings",
                make=self._staff,
                permission=Permission.PEOPLE,
                keywords=("people", "users", "employees", "PIN", "badge"),
            ),
            PageEntry(
                name="roles",
                title=translate("Pages", "Roles"),
                section="settings",
                make=self._roles,
                permission=Permission.PEOPLE,
                keywords=("permissions", "rights"),
            ),
        )

    def _staff(self) -> Page:
        from app.kit.qt.records_page import RecordsPage
        from app.people.qt.staff import StaffSheet
        from app.people.staff import staff_form, staff_listing

        till = self._place.till
        return RecordsPage(
            self._place,
            staff_listing(till),
            lambda _record: staff_form(till),
            new=translate("Staff", "New person"),
            permission=Permission.PEOPLE,
            sheet=StaffSheet,
        )

    def _roles(self) -> Page:
        from app.kit.qt.records_page import RecordsPage
        from app.people.roles import role_form, role_listing

        till = self._place.till
        return RecordsPage(
            self._place,
            role_listing(till, self._place.formats),
            lambda _record: role_form(till),
            new=translate("Roles", "New role"),
            permission=Permission.PEOPLE,
        )
