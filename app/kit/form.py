"""A form for one record: fields with what is typed into them, and only what was changed is saved.

A form is a list of fields, no more. What a record says of itself (label, kind, limits) is read from
its declaration; an odd screen is written by hand.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Literal, TypeVar

from app.kit.flow import AskYesNo
from app.kit.formats import Formats
from app.kit.translation import translate
from app.kit.words import Shape, Wording
from localdb.domain.fields import PRICE
from localdb.domain.records import Record
from localdb.errors import EvertillError, Refusal, ValidationRefusal
from localdb.services.till import Till

R = TypeVar("R", bound=Record)
Control = Literal["text", "lines", "pick", "tick", "ticks"]
"""How a value is given: typed, typed in lines, one of several, yes or no, some of several."""
Choices = tuple[tuple[str, str], ...]
"""Id and name of each thing that can be picked."""
NUMBERS: tuple[Shape, ...] = ("money", "percent", "number", "quantity")
YES = "1"
SEPARATOR = ","
"""Between what is ticked; none of the ids has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field, in reading order."""

    name: str
    """A field of the record, or a name of the form's own with `caption` and `shape`."""
    caption: str = ""
    """What it is called, where the record does not say so."""
    shape: Shape | None = None
    """How it is typed, where the record does not say so; a percentage is in parts per million."""
    control: Control = "text"
    choices: Callable[[], Choices] | None = None
    """What can be picked or ticked; asked when the form opens."""
    span: int = 1
    """How many of the form's two columns it takes."""
    help: str = ""
    """Said below it while nothing is wrong."""
    help_for_new: str = ""
    """The same, only for a new record."""
    may_be_empty: bool = False
    """Whether it may be left empty; an amount or a number is 0 then."""
    is_secret: bool = False
    """Whether it is not shown while it is typed."""
    read: Callable[[str], Any] | None = None
    """Makes the value of what was typed, for a field with a grammar of its own."""
    write: Callable[[Any], str] | None = None
    """The way back: a value as it would be typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Generic[R]):
    """What one kind of form has, declared once."""

    record: type[R]
    fields: tuple[FormField, ...]
    load: Callable[[str], R | None]
    """The record as it is now."""
    save: Callable[[R | None, Mapping[str, Any]], object]
    """Writes what was changed of the record that was loaded, or a new one with all values."""
    values: Callable[[R], Mapping[str, Any]] = lambda record: record.values()
    """What stands in the fields for a record."""
    title: Callable[[R], str] = lambda record: str(getattr(record, "name", ""))
    new_title: str = ""
    new_values: Callable[[], Mapping[str, Any]] = dict
    """What a new one begins with, beside what the record has unless told otherwise."""
    question: Callable[[R | None, Mapping[str, Any]], AskYesNo | None] = lambda seen, changes: None
    """What to confirm before this is saved, if anything."""
    remove: Callable[[R], object] | None = None
    remove_question: Callable[[R], AskYesNo] | None = None
    remove_words: str = ""


@dataclass(frozen=True, slots=True)
class FormState:
    """What the form shows."""

    title: str = ""
    is_new: bool = True
    entries: Mapping[str, str] = field(default_factory=dict)
    """Field -> what stands in it: the typed words, the id picked, ``1`` for yes, ids ticked."""
    choices: Mapping[str, Choices] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    """Field -> what another till made of a field that is being changed here."""
    moved: str = ""
    """Said when the record is not as it was loaded any more."""
    error: str = ""
    can_reload: bool = False
    can_save: bool = False


class FormPresenter(Generic[R]):
    """Holds what was typed beside what was loaded; calls `done` once it is saved or removed."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        form: Form[R],
        show: Callable[[FormState], None],
        done: Callable[[], object],
    ) -> None:
        self.form = form
        self._till = till
        self._formats = formats
        self._wording = Wording(form.record.TYPE, formats, {})
        self._show = show
        self._done = done
        self._fields = {one.name: one for one in form.fields}
        self._before: dict[str, str] = {}
        """What stood in the fields at first."""
        self.loaded: R | None = None
        self.state = FormState()

    def start_new(self, values: Mapping[str, Any] | None = None) -> None:
        """An empty form; `values` are what is known already."""
        self.loaded = None
        self._before = {}
        known = {**self.form.new_values(), **(values or {})}
        entries = {
            name: self._entry(one, known[name]) if name in known else self._blank(one)
            for name, one in self._fields.items()
        }
        title = self.form.new_title
        self.state = FormState(title=title, entries=entries, choices=self._choices())
        self._set()

    def open(self, record_id: str) -> None:
        """Show a record as it is now; raises Refusal when it is not here."""
        self.loaded = self._found(record_id)
        self._before = self._entries(self.loaded)
        self.state = FormState(is_new=False, entries=self._before)
        self._set(title=self.form.title(self.loaded), choices=self._choices())

    def type(self, name: str, entry: str) -> None:
        """A field was typed into or picked."""
        if entry == self.state.entries[name]:
            return
        errors = {field: words for field, words in self.state.errors.items() if field != name}
        self._set(entries={**self.state.entries, name: entry}, errors=errors, error="")

    def question(self) -> AskYesNo | None:
        """What to confirm before it is saved; None where nothing is to be asked."""
        changes, errors = self._changes()
        return None if errors or not changes else self.form.question(self.loaded, changes)

    def draft(self) -> Mapping[str, Any] | None:
        """All values as they stand in the form; None, said at the fields, while some are wrong."""
        changes, errors = self._changes()
        if errors:
            self._set(errors=errors)
            return None
        return {**(self.form.values(self.loaded) if self.loaded is not None else {}), **changes}

    def save(self) -> None:
        """Write what was changed; what is wrong is said at its field."""
        changes, errors = self._changes()
        if errors:
            self._set(errors=errors)
        elif not changes or self._try(lambda: self.form.save(self.loaded, changes)):
            self._done()

    def remove(self) -> None:
        """Take the record away, in the way of its kind."""
        if self.loaded is not None and self.form.remove is not None:
            seen, remove = self.loaded, self.form.remove
            if self._try(lambda: remove(seen)):
                self._done()

    def look(self) -> None:
        """Something was written: notice when it was this record."""
        if self.loaded is None:
            return
        now = self.form.load(self.loaded.id)
        moved, can_reload = "", False
        if now is None or getattr(now, "deleted", False):
            moved = translate("Form", "This was deleted elsewhere.")
        elif now != self.loaded or self._entries(now) != self._before:
            can_reload = True
            moved = translate("Form", "This was changed elsewhere. Reload: what you typed is kept.")
        self._set(moved=moved, can_reload=can_reload)

    def reload(self) -> None:
        """Take in what others changed; what was typed here stays, with theirs beside it."""
        assert self.loaded is not None, "a new record has nothing to reload"
        before, now = self._before, self._found(self.loaded.id)
        after = self._entries(now)
        kept = {n: e for n, e in self.state.entries.items() if e not in (before[n], after[n])}
        theirs = [n for n in kept if after[n] != before[n]]
        self.loaded, self._before = now, after
        choices, values = self._choices(), self.form.values(now)
        self._set(
            title=self.form.title(now),
            entries=after | kept,
            choices=choices,
            hints={n: self._hint(n, values[n], dict(choices.get(n, ()))) for n in theirs},
            moved="",
            error="",
            can_reload=False,
        )

    def caption(self, name: str) -> str:
        """What a field is called."""
        return self._fields[name].caption or self._wording.label(name)

    def unit(self, name: str) -> str:
        """What stands beside the typed value."""
        shape = self._shape(self._fields[name])
        return {"money": self._formats.symbol, "percent": "%"}.get(shape, "")

    def is_number(self, name: str) -> bool:
        """Whether a field holds a number, which stands at the right."""
        one = self._fields[name]
        return one.control == "text" and self._shape(one) in NUMBERS

    # ------------------------------------------------------------ inside

    def _try(self, action: Callable[[], object]) -> bool:
        try:
            action()
        except ValidationRefusal as refusal:
            own = {n: m for n, m in refusal.errors.items() if n in self._fields}
            rest = [f"{self._wording.label(n)} {m}." for n, m in refusal.errors.items()]
            self._set(
                errors={n: f"{self.caption(n)} {m}." for n, m in own.items()},
                error="" if own else " ".join(rest),
            )
        except EvertillError as error:
            self.look()
            # A record that moved is said with the way out; anything else in its own words.
            self._set(error="" if self.state.moved else str(error))
        else:
            return True
        return False

    def _changes(self) -> tuple[dict[str, Any], dict[str, str]]:
        """The values that differ from what was loaded, and what is wrong with what was typed."""
        changes, errors = {}, {}
        for name, entry in self.state.entries.items():
            if entry == self._before.get(name):
                continue
            try:
                changes[name] = self._value(self._fields[name], entry)
            except Refusal as refusal:
                errors[name] = str(refusal)
        return changes, errors

    def _value(self, one: FormField, entry: str) -> Any:
        if one.read is not None:
            return one.read(entry)
        match one.control:
            case "tick":
                return bool(entry)
            case "ticks":
                return tuple(filter(None, entry.split(SEPARATOR)))
            case "pick":
                return entry or None
        shape = self._shape(one)
        if one.may_be_empty and not entry.strip():
            return "" if shape == "text" else 0
        if shape == "text" and not entry.strip() and self._is_needed(one):
            raise Refusal(translate("Form", "Fill in this field."))
        if shape == "money":
            self._require_amount(one.name, entry)
        if one.shape is not None:
            return self._wording.parsed(shape, entry.strip())
        return self._wording.typed(one.name, entry)

    def _require_amount(self, name: str, entry: str) -> None:
        """The domain bounds amounts in minor units, which nobody types."""
        minor = self._formats.parse_money(entry)
        caption = self.caption(name)
        if minor is not None and minor < PRICE.low:
            raise Refusal(translate("Form", "{field} cannot be negative.", field=caption))
        if minor is not None and minor > PRICE.high:
            most = self._formats.money(PRICE.high)
            raise Refusal(translate("Form", "{field} is at most {most}.", field=caption, most=most))

    def _entries(self, record: R) -> dict[str, str]:
        values = self.form.values(record)
        return {name: self._entry(one, values[name]) for name, one in self._fields.items()}

    def _entry(self, one: FormField, value: Any) -> str:
        if one.write is not None:
            return one.write(value)
        match one.control:
            case "tick":
                return YES if value else ""
            case "ticks":
                return SEPARATOR.join(value)
            case "pick":
                return value or ""
        if one.may_be_empty and not value:
            return ""
        return self._wording.written(self._shape(one), value)

    def _blank(self, one: FormField) -> str:
        """What stands in a field of a new record: what the record has unless told otherwise."""
        declared = {info.name: info for info in self.form.record.fields()}
        info = declared.get(one.name)
        if info is None or info.required or info.default is None:
            return ""
        return self._entry(one, info.default)

    def _is_needed(self, one: FormField) -> bool:
        """Whether the record takes no empty text here."""
        return any(i.name == one.name and i.spec.low > 0 for i in self.form.record.fields())

    def _shape(self, one: FormField) -> Shape:
        return one.shape or self._wording.shape(one.name)

    def _choices(self) -> dict[str, Choices]:
        """What can be picked; what the record has is, even where it is not offered any more."""
        values = self.form.values(self.loaded) if self.loaded is not None else {}
        offered = {one.name: one.choices() for one in self.form.fields if one.choices is not None}
        for name, choices in offered.items():
            held = values.get(name)
            if self._fields[name].control == "pick" and held and held not in dict(choices):
                offered[name] = (*choices, (held, self._shown(name, held)))
        return offered

    def _hint(self, name: str, value: Any, named: Mapping[str, str]) -> str:
        match self._fields[name].control:
            case "tick":
                said = translate("Form", "yes") if value else translate("Form", "no")
            case "ticks":
                said = ", ".join(named.get(one, one) for one in value)
            case "pick":
                said = named.get(value or "", "")
            case _:
                said = self._shown(name, value)
        return translate("Form", "Changed elsewhere to {value}", value=said)

    def _shown(self, name: str, value: Any) -> str:
        """A value as it is shown, not typed; of a field of the form's own as it is typed."""
        one = self._fields[name]
        if one.shape is not None or one.write is not None:
            return self._entry(one, value)
        known = [(name, value)]
        wording = Wording.of(self._till, self._formats, self.form.record.TYPE, known)
        return wording.value(name, value)

    def _found(self, record_id: str) -> R:
        record = self.form.load(record_id)
        if record is None:
            raise Refusal(translate("Form", "This no longer exists here. Reload the list."))
        return record

    def _set(self, **changes: Any) -> None:
        state = replace(self.state, **changes)
        is_changed = state.is_new or state.entries != self._before
        self.state = replace(state, can_save=is_changed and not state.moved)
        self._show(self.state)


def delete_question(title: str, text: str) -> AskYesNo:
    """What to confirm before a record goes; `text` says what that comes to."""
    return AskYesNo(
        title, text, translate("Form", "Delete"), translate("Form", "Keep"), icon="trash"
    )
