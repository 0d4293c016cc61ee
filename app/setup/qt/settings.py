"""The settings page: sections and a search at the left and above, each setting with its control."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout

from app.kit.flow import AskYesNo
from app.kit.qt.basic import Button, columns, label, rows
from app.kit.qt.choice import Choice
from app.kit.qt.confirm import ConfirmSheet
from app.kit.qt.page import Page, Scroll, reachable
from app.kit.qt.picker import Picker
from app.kit.qt.search import search_field
from app.kit.qt.strip import MessageStrip
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from app.setup.definitions import section_titles
from app.setup.qt.setting_row import SettingCard
from app.setup.settings import SettingsPresenter, SettingsState

ORGANISATION, STORE = 0, 1
SECTIONS_PX = 200
WIDTH_MAX_PX = 1040
"""Of the settings: help and control stay near each other on a wide screen."""
_SHOWN = frozenset({"setting", "store", "tax_class"})


class SettingsScreen(Page):
    """Thin: shows what the presenter holds; a setting's card is made when it is first shown."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(place.theme, translate("Settings", "Settings"))
        self.presenter = SettingsPresenter(
            place.till, place.formats, self._show, self._confirm, self.reveal
        )
        self._titles = section_titles()
        self.cards: dict[str, SettingCard] = {}
        self._slots: dict[str, QVBoxLayout] = {}
        self._headings = {name: label(title, "heading") for name, title in self._titles.items()}
        self._add_tools()
        self.search = search_field(place.theme, translate("Settings", "Search settings (F2)"))
        self.where = Choice(
            (translate("Settings", "All stores"), translate("Settings", "This store only")),
            ORGANISATION,
        )
        self.strip = MessageStrip(place.theme)
        self.sections = Picker(translate("Settings", "Sections"))
        self.sections.setProperty("role", "nav")
        self.sections.setFixedWidth(SECTIONS_PX)
        self.sections.show_rows([(title, "") for title in self._titles.values()])
        self.nothing = label(
            translate("Settings", "No setting found. Try another word."), "muted", wrap=True
        )
        self._lay_out()
        self._connect(place)

    def open(self) -> None:
        """Show the settings as they are now, ready to search."""
        self._clear_search()
        self.presenter.open()
        self.search.setFocus()

    def leave(self) -> None:
        """Go back; what was not saved is asked about."""
        if not self.presenter.state.changes:
            super().leave()
            return
        question = AskYesNo(
            translate("Settings", "Leave without saving?"),
            translate("Settings", "Your changes to the settings are discarded."),
            translate("Settings", "Discard changes"),
            translate("Settings", "Keep editing"),
            icon="alert",
            main=False,
        )
        self._confirm(question, self._discard_and_leave)

    def reveal(self, name: str) -> None:
        """Bring a setting into view and give it the keyboard."""
        card = self.cards[name]
        card.control.setFocus(Qt.FocusReason.OtherFocusReason)
        # Where it stands is known once the cards are laid out.
        QTimer.singleShot(0, card, partial(self._scroll.ensureWidgetVisible, card, 0, 20))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Down:
                self._go_down()
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return False

    # ------------------------------------------------------------ showing

    def _show(self, state: SettingsState) -> None:
        self._show_section(state)
        self._show_cards(state)
        self.save.setText(_save_words(state.changes))
        self.save.setEnabled(state.can_save)
        self.discard.setVisible(state.can_save)
        self._say(state)

    def _show_section(self, state: SettingsState) -> None:
        if not state.searched and self.search.text().strip():
            self._clear_search()
        at = list(self._titles).index(state.section) if state.section else -1
        if self.sections.currentRow() != at:
            self.sections.blockSignals(True)
            self.sections.setCurrentRow(at)
            self.sections.blockSignals(False)

    def _show_cards(self, state: SettingsState) -> None:
        shown = set(state.shown)
        for name in state.shown:
            if name not in self.cards:
                self._add_card(state, name)
        for name, card in self.cards.items():
            card.show_row(state.rows[name])
            card.setVisible(name in shown)
        with_some = {state.rows[name].definition.section for name in shown}
        for section, heading in self._headings.items():
            heading.setVisible(section in with_some)
        self.nothing.setVisible(not shown)

    def _add_card(self, state: SettingsState, name: str) -> None:
        """Put it where its order among the settings of its section is."""
        row = state.rows[name]
        card = SettingCard(row)
        card.typed.connect(partial(self.presenter.type, name))
        card.chosen.connect(partial(self.presenter.choose, name))
        card.left.connect(partial(self.presenter.leave, name))
        card.entered.connect(partial(self._entered, name))
        card.follows.connect(partial(self.presenter.follow, name))
        names = list(state.rows)
        before = [
            other
            for other, made in self.cards.items()
            if state.rows[other].definition.section == row.definition.section
            and names.index(other) < names.index(name)
        ]
        self._slots[row.definition.section].insertWidget(len(before), card)
        self.cards[name] = card

    def _say(self, state: SettingsState) -> None:
        if state.problem:
            self.strip.say("error", state.problem)
        elif state.note and state.can_undo:
            undo = translate("Settings", "Undo")
            self.strip.say("success", state.note, [(undo, self.presenter.undo)])
            reachable(self.strip.button(undo))
        elif state.note:
            self.strip.say("info" if state.changes else "success", state.note)
        else:
            self.strip.clear()

    # ------------------------------------------------------------ doing

    def _entered(self, name: str) -> None:
        """Enter ends the typing; pressed again it saves."""
        self.presenter.leave(name)
        if self.save.isEnabled():
            self.save.setFocus(Qt.FocusReason.TabFocusReason)

    def _go_down(self) -> None:
        """From the search to the first setting found, or to the sections."""
        state = self.presenter.state
        if not state.searched:
            self.sections.setFocus(Qt.FocusReason.TabFocusReason)
        elif state.shown:
            self.reveal(state.shown[0])

    def _section_taken(self, at: int) -> None:
        if at >= 0:
            self.presenter.choose_section(list(self._titles)[at])
            self._scroll.verticalScrollBar().setValue(0)

    def _choose_where(self) -> None:
        self.presenter.choose_where(self.where.chosen == STORE)

    def _discard_and_leave(self) -> None:
        self.presenter.discard()
        super().leave()

    def _clear_search(self) -> None:
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)

    def _focus_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _committed(self, changes: object) -> None:
        if self.isVisible() and set(getattr(changes, "types", ())) & _SHOWN:
            self.presenter.refresh()

    def _confirm(self, question: AskYesNo, go_on: Callable[[], object]) -> None:
        ConfirmSheet(
            self.window(), self.theme, question, lambda is_yes: go_on() if is_yes else None
        )

    # ------------------------------------------------------------ putting it together

    def _add_tools(self) -> None:
        self.discard = reachable(Button(translate("Settings", "Discard")))
        self.discard.doing(self.presenter.discard)
        self.save = reachable(Button(translate("Settings", "Save"), "primary"))
        self.save.doing(self.presenter.save)
        self.tools.addWidget(self.discard)
        self.tools.addWidget(self.save)

    def _lay_out(self) -> None:
        top = columns(gap=12)
        top.addWidget(self.search, 1)
        top.addWidget(self.where)
        inside = rows(gap=8)
        inside.addWidget(self.nothing)
        for name, heading in self._headings.items():
            slot = self._slots[name] = rows(gap=8)
            inside.addWidget(heading)
            inside.addLayout(slot)
        inside.addStretch(1)
        self._scroll = Scroll(inside)
        self._scroll.setMaximumWidth(WIDTH_MAX_PX)
        below = columns(gap=16)
        below.addWidget(self.sections)
        below.addWidget(self._scroll, 1)
        below.addStretch(0)
        self.body.addLayout(top)
        self.body.addLayout(below, 1)
        # At the bottom: a message moves nothing that is being looked at.
        self.body.addWidget(self.strip)

    def _connect(self, place: Workplace) -> None:
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self.presenter.search)
        self.search.returnPressed.connect(self._go_down)
        self.where.changed.connect(self._choose_where)
        self.sections.currentRowChanged.connect(self._section_taken)
        place.bridge.committed.connect(self._committed)
        find = QShortcut(QKeySequence("F2"), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self._focus_search)


def _save_words(changes: int) -> str:
    if changes == 0:
        return translate("Settings", "Save")
    if changes == 1:
        return translate("Settings", "Save 1 change")
    return translate("Settings", "Save {count} changes", count=changes)
