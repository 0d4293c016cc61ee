"""What setup adds to the program: settings, journal, recovery sheet, and settings for Ctrl+K."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from app.kit.authority import may
from app.kit.qt.page import Page
from app.kit.qt.shell import Shell
from app.kit.registry import Action, Found, PageEntry
from app.kit.translation import translate
from app.setup.definitions import definitions, section_titles
from app.setup.recovery import Recovery, never_kept
from localdb.domain.permissions import Permission
from localdb.services import recovery as recovery_service

FOUND_MAX = 8


class Setup:
    """`recovery` makes the till's recovery sheet; `stopping` takes what ends with the window."""

    def __init__(
        self,
        shell: Shell,
        exports: Path,
        recovery: Callable[[], Recovery],
        stopping: Callable[[Callable[[], object]], object],
    ) -> None:
        self._shell = shell
        self._exports = exports
        self._recovery = recovery
        self._stopping = stopping
        shell.pages.add(
            PageEntry(
                name="journal",
                title=translate("Pages", "Journal"),
                section="reports",
                make=self._journal,
                permission=Permission.JOURNAL,
                keywords=("verify", "chain", "fiscal"),
            ),
            PageEntry(
                name="settings",
                title=translate("Pages", "Settings"),
                section="settings",
                make=self._settings,
                permission=Permission.SETTINGS,
                keywords=("options", "preferences", "configuration"),
            ),
        )
        self._add_records()
        shell.actions.add(
            Action(
                name="recovery",
                title=translate("Pages", "Recovery sheet…"),
                section="settings",
                run=self.show_recovery,
                permission=Permission.RECOVERY_KEY,
                keywords=("key", "encryption", "backup"),
            )
        )
        shell.finders.append(self._find)
        shell.events.ready.connect(self._remind_of_recovery)

    def _add_records(self) -> None:
        """The pages of payment methods, stores and tills."""
        self._shell.pages.add(
            PageEntry(
                name="payment_methods",
                title=translate("Pages", "Payment methods"),
                section="settings",
                make=self._payment_methods,
                permission=Permission.SETTINGS,
                keywords=("tender", "card", "wallet"),
            ),
            PageEntry(
                name="stores",
                title=translate("Pages", "Stores"),
                section="settings",
                make=self._stores,
                permission=Permission.SETTINGS,
                keywords=("branches", "locations", "address"),
            ),
            PageEntry(
                name="tills",
                title=translate("Pages", "Tills"),
                section="settings",
                make=self._tills,
                permission=Permission.SETTINGS,
                keywords=("registers", "devices"),
            ),
        )

    def _payment_methods(self) -> Page:
        from app.kit.qt.records_page import RecordsPage
        from app.setup.payment_methods import method_form, method_listing

        till = self._shell.place.till
        return RecordsPage(
            self._shell.place,
            method_listing(till),
            lambda record: method_form(till, record),
            new=translate("Methods", "New method"),
            permission=Permission.SETTINGS,
        )

    def _stores(self) -> Page:
        from app.kit.qt.records_page import RecordsPage
        from app.setup.stores import store_form, store_listing

        till = self._shell.place.till
        return RecordsPage(
            self._shell.place,
            store_listing(till),
            lambda _record: store_form(till),
            new=translate("Stores", "New store"),
            permission=Permission.SETTINGS,
        )

    def _tills(self) -> Page:
        from app.kit.qt.records_page import RecordsPage
        from app.setup.stores import till_form, till_listing

        till = self._shell.place.till
        return RecordsPage(
            self._shell.place,
            till_listing(till),
            lambda _record: till_form(till),
            new="",
            permission=Permission.SETTINGS,
        )

    def show_recovery(self) -> None:
        """Ask for a manager's PIN, then show the sheet."""
        from app.setup.qt.recovery_sheet import RecoveryDialog

        shell, recovery = self._shell, self._recovery()

        def show() -> None:
            RecoveryDialog(shell.host, shell.place.theme, recovery)

        shell.dialogue.run(recovery.show_again(show))

    def _journal(self) -> Page:
        from app.setup.qt.journal import JournalScreen

        screen = JournalScreen(self._shell.place, self._exports)
        self._stopping(screen.stop)
        return screen

    def _settings(self) -> Page:
        from app.setup.qt.settings import SettingsScreen

        return SettingsScreen(self._shell.place)

    def _find(self, text: str) -> Sequence[Found]:
        if not may(self._shell.place.till, Permission.SETTINGS):
            return []
        titles = section_titles()
        fitting = [one for one in definitions() if one.is_meant_by(text)]
        # What is called so comes before what only speaks of it.
        fitting.sort(key=lambda one: not one.title.casefold().startswith(text.casefold()))
        return [
            Found(
                one.title,
                translate("Palette", "Setting  ·  {section}", section=titles[one.section]),
                partial(self._show_setting, one.name),
            )
            for one in fitting[:FOUND_MAX]
        ]

    def _show_setting(self, name: str) -> None:
        from app.setup.qt.settings import SettingsScreen

        page = self._shell.navigator.show_page("settings")
        assert isinstance(page, SettingsScreen), "the settings page is another one"
        page.presenter.show_setting(name)

    def _remind_of_recovery(self) -> None:
        """Once a manager is there; not in the demonstration, whose data is for trying only."""
        place = self._shell.place
        if place.pin_hint or not may(place.till, Permission.RECOVERY_KEY):
            return
        if not place.till.ask(recovery_service.is_kept):
            show = (translate("Recovery", "Show recovery sheet"), self.show_recovery)
            self._shell.dialogue.say("info", never_kept(), [show])
