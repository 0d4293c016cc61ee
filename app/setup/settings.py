"""What the shop decides about selling, in words: the settings page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from app.kit.flow import AskYesNo
from app.kit.formats import Formats
from app.kit.translation import translate
from app.setup.definitions import (
    STORE,
    Choices,
    Definition,
    Typed,
    definitions,
    section_titles,
)
from app.setup.setting_text import SettingText
from localdb.errors import EvertillError, Refusal
from localdb.queries import here, lists
from localdb.queries import settings as setting_queries
from localdb.services import settings
from localdb.services.till import Till

Values = dict[str, str | None]
"""Settings by name; None where a setting is to be forgotten."""


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting as the page shows it."""

    definition: Definition
    how: Choices | Typed
    value: str
    """What the control holds: the key of a choice, or what is typed."""
    where: str
    """For whom the value holds."""
    is_of_store: bool = False
    """Whether it holds in this store only."""
    note: str = ""
    """What it is until it is saved, or that the store differs."""
    problem: str = ""
    is_changed: bool = False
    can_follow: bool = False
    """Whether the store has a value of its own that it can give up."""


@dataclass(frozen=True, slots=True)
class SettingsState:
    """What the page shows."""

    rows: Mapping[str, SettingRow]
    """Every setting by name, in order."""
    section: str
    """The section that is chosen; empty while something is searched."""
    searched: str = ""
    shown: tuple[str, ...] = ()
    """The names of the settings to show."""
    for_store: bool = False
    changes: int = 0
    """How many wait to be saved."""
    can_save: bool = False
    """Whether something was changed or typed that is not saved."""
    can_undo: bool = False
    problem: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Undo:
    """What the last save did: the values before it and after it, and where."""

    before: Values
    after: dict[str, str]
    for_store: bool


class SettingsPresenter:
    """A change is a draft; `save` writes all drafts at once, `undo` takes that back.

    `confirm` wants a yes; `reveal` brings a setting into view and gives it the keyboard.
    """

    def __init__(
        self,
        till: Till,
        formats: Formats,
        show: Callable[[SettingsState], None],
        confirm: Callable[[AskYesNo, Callable[[], object]], object],
        reveal: Callable[[str], object] = lambda _name: None,
    ) -> None:
        self._till = till
        self._show = show
        self._confirm = confirm
        self._reveal = reveal
        self._text = SettingText(formats)
        self._all = {one.name: one for one in definitions()}
        self._how = {one.name: one.how for one in self._all.values()}
        self._words: dict[str, str] = {}
        self._drafts: Values = {}
        self._problems: dict[str, str] = {}
        self._left: set[str] = set()
        self._undo: _Undo | None = None
        self._whose = ""
        self._section = next(iter(section_titles()))
        self._searched = ""
        self.for_store = False
        self.state = SettingsState({}, self._section)

    def open(self) -> None:
        """Show what is in force in this store; drafts of the same person are still there."""
        self._searched = ""
        whose = self._till.user.id if self._till.user else ""
        if self._drafts and whose == self._whose:
            self._refresh(note=translate("Settings", "Your changes are not saved yet."))
        else:
            self._whose = whose
            self._begin()

    def refresh(self) -> None:
        """Something was written, perhaps by another till; what is said stays."""
        self._refresh(problem=self.state.problem, note=self.state.note)

    def choose_where(self, for_store: bool) -> None:
        """Change what holds for this store only, or for all; what was not saved is forgotten."""
        self.for_store = for_store
        self._begin()

    def choose_section(self, name: str) -> None:
        """Show the settings of one section."""
        self._section, self._searched = name, ""
        self._refresh()

    def search(self, text: str) -> None:
        """Show the settings whose title, help or keywords have each of these words."""
        self._searched = text.strip()
        self._refresh()

    def show_setting(self, name: str) -> None:
        """Bring one setting into view."""
        self.choose_section(self._all[name].section)
        self._reveal(name)

    def type(self, name: str, words: str) -> None:
        """Draft what was typed."""
        self._words[name] = words
        self._problems.pop(name, None)
        try:
            self._draft(name, self._text.read(self._all[name], words))
        except Refusal as refusal:
            self._drafts.pop(name, None)
            self._problems[name] = str(refusal)
        self._refresh()

    def leave(self, name: str) -> None:
        """Typing is over: from now on it is said what is wrong with it."""
        if name in self._words and name not in self._left:
            self._left.add(name)
            self._refresh()

    def choose(self, name: str, value: str) -> None:
        """Draft one of the values of a setting."""
        self._draft(name, value)
        self._refresh()

    def follow(self, name: str) -> None:
        """Draft that this store follows all stores again."""
        self._words.pop(name, None)
        self._problems.pop(name, None)
        self._drafts[name] = None
        self._refresh()

    def save(self) -> None:
        """Write the drafts; what changes how much customers pay is asked first."""
        if self._problems:
            self._show_problems()
            return
        asked = [name for name in self._drafts if self._all[name].is_asked]
        if asked:
            self._confirm(self._question(asked), self._save)
        else:
            self._save()

    def discard(self) -> None:
        """Forget what was not saved."""
        self._forget_drafts()
        self._refresh()

    def undo(self) -> None:
        """Put back what the last save changed."""
        undo = self._undo
        if undo is None:
            return
        held = self._held(for_store=undo.for_store)
        if any(held[name] != value for name, value in undo.after.items()):
            self._undo = None
            self._refresh(
                problem=translate(
                    "Settings", "Not undone: these settings were changed again since."
                )
            )
        elif self._write(undo.before, for_store=undo.for_store):
            self._undo = None
            self._refresh(note=translate("Settings", "Put back as it was."))

    def _show_problems(self) -> None:
        first = next(iter(self._problems))
        self._left.update(self._problems)
        self._section, self._searched = self._all[first].section, ""
        self._refresh(problem=translate("Settings", "Correct what is marked, then save."))
        self._reveal(first)

    def _begin(self) -> None:
        self._forget_drafts()
        self._undo = None
        classes = {one.code: one.name for one in self._till.ask(lists.tax_classes)}
        none = self._all["open_item_tax"].how
        assert isinstance(none, Choices)
        self._how["open_item_tax"] = Choices({**none.words, **classes})
        self._refresh()

    def _forget_drafts(self) -> None:
        self._words, self._drafts, self._problems = {}, {}, {}
        self._left = set()

    def _held(self, *, for_store: bool) -> dict[str, str]:
        """The values that hold, for this store or for all."""
        query = setting_queries.in_force if for_store else setting_queries.of_all_stores
        found, store = self._till.ask(query), self._till.ask(here.store)
        return {
            name: str(
                getattr(store, name.removeprefix(STORE))
                if one.is_of_store
                else getattr(found, name)
            )
            for name, one in self._all.items()
        }

    def _draft(self, name: str, value: str) -> None:
        self._drafts[name] = value
        if value == self._held(for_store=self.for_store)[name]:
            del self._drafts[name]

    def _question(self, asked: list[str]) -> AskYesNo:
        held, all_stores = self._held(for_store=self.for_store), self._held(for_store=False)
        lines = []
        for name in asked:
            new = self._drafts[name]
            after = self._said(name, all_stores[name] if new is None else new)
            title = self._all[name].title
            arrow = "\N{RIGHTWARDS ARROW}"
            lines.append(f"{title}: {self._said(name, held[name])} {arrow} {after}")
        if self.for_store:
            title = translate("Settings", "Change for this store?")
            text = translate(
                "Settings", "This changes what customers of this store pay from now on."
            )
            yes = translate("Settings", "Change for this store")
        else:
            title = translate("Settings", "Change for all stores?")
            text = translate(
                "Settings", "This changes what customers of all stores pay from now on."
            )
            yes = translate("Settings", "Change for all stores")
        return AskYesNo(title, "\n".join((*lines, "", text)), yes)

    def _save(self) -> None:
        if not self._drafts:
            return
        count = len(self._drafts)
        if self._write(self._drafts, for_store=self.for_store):
            one = translate("Settings", "1 setting saved.")
            many = translate("Settings", "{count} settings saved.", count=count)
            self._refresh(note=one if count == 1 else many)

    def _write(self, values: Values, *, for_store: bool) -> bool:
        """Write all of it or nothing; what puts it back is kept for `undo`."""
        own = {n: v for n, v in values.items() if not self._all[n].is_of_store}
        store = {n.removeprefix(STORE): v or "" for n, v in values.items() if n not in own}
        try:
            done, done_store = self._till.write(settings.put_all, own, store, for_store=for_store)
        except EvertillError as error:
            self._refresh(problem=str(error))
            return False
        before: Values = {**done, **{STORE + name: value for name, value in done_store.items()}}
        held = self._held(for_store=for_store)
        self._undo = _Undo(before, {name: held[name] for name in values}, for_store)
        self._forget_drafts()
        return True

    def _refresh(self, *, problem: str = "", note: str = "") -> None:
        held = self._held(for_store=self.for_store)
        in_store, all_stores = self._held(for_store=True), self._held(for_store=False)
        own = self._till.ask(setting_queries.own_to_store)
        rows = {}
        for name in self._all:
            row = self._row(name, held[name], all_stores[name])
            if name in own:
                row = self._of_own(row, in_store[name])
            rows[name] = row
        self.state = SettingsState(
            rows,
            "" if self._searched else self._section,
            self._searched,
            tuple(name for name, one in self._all.items() if self._is_shown(one)),
            self.for_store,
            len(self._drafts),
            bool(self._drafts or self._problems),
            self._undo is not None,
            problem,
            note,
        )
        self._show(self.state)

    def _is_shown(self, one: Definition) -> bool:
        if not self._searched:
            return one.section == self._section
        words = f"{one.searched()} {section_titles()[one.section].casefold()}"
        return all(word in words for word in self._searched.casefold().split())

    def _row(self, name: str, held: str, all_stores: str) -> SettingRow:
        one, how = self._all[name], self._how[name]
        is_changed = name in self._drafts
        value = self._drafts.get(name, held)
        if value is None:
            value = all_stores
        if isinstance(how, Choices) and value not in how.words:
            how = Choices({**how.words, value: value})
        shown = self._text.typed(how, value) if isinstance(how, Typed) else value
        before = translate(
            "Settings", "Now: {value}  ·  not saved yet", value=self._said(name, held)
        )
        return SettingRow(
            one,
            how,
            self._words.get(name, shown),
            _scope(one.is_of_store),
            one.is_of_store,
            before if is_changed else "",
            self._problems.get(name, "") if name in self._left else "",
            is_changed,
        )

    def _of_own(self, row: SettingRow, in_store: str) -> SettingRow:
        """The row of a setting that this store has for itself."""
        name = row.definition.name
        if not self.for_store:
            differs = translate(
                "Settings", "This store has its own: {value}", value=self._said(name, in_store)
            )
            return replace(row, note=row.note or differs)
        if name in self._drafts and self._drafts[name] is None:
            return row
        return replace(row, where=_scope(True), is_of_store=True, can_follow=True)

    def _said(self, name: str, value: str) -> str:
        return self._text.said(self._how[name], value)


def _scope(is_of_store: bool) -> str:
    if is_of_store:
        return translate("Settings", "This store")
    return translate("Settings", "All stores")
