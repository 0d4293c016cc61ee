"""The parts of the conflict dialog: the grid of disputed fields, big choices, notes."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QLineEdit, QWidget

from app.conflicts.state import SIDES, DetailState, FieldLine, Pick, SideWords
from app.kit.qt.basic import Button, Icon, columns, label, rows
from app.kit.qt.page import reachable
from app.kit.qt.theme import Theme, restyle
from app.kit.translation import translate


class FieldGrid(QFrame):
    """Field, before, one side, the other side, result: a row of buttons for each field."""

    def __init__(
        self,
        theme: Theme,
        pick: Callable[[Pick, int], object],
        typed: Callable[[int, str], object],
    ) -> None:
        super().__init__()
        self._theme, self._pick, self._typed = theme, pick, typed
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(10)
        for column in range(2, 6):
            self._grid.setColumnStretch(column, 1)
        self.setLayout(self._grid)
        self._heads = [_Head(column) for column in range(4)]
        for number, head in enumerate(self._heads, start=2):
            self._grid.addWidget(head, 0, number)
        self.lines: list[LineRow] = []

    def show_lines(self, state: DetailState) -> None:
        """Show the disputed fields and who stands behind each column."""
        for head, words in zip(
            self._heads,
            (
                SideWords(translate("Inbox", "Before")),
                state.ours,
                state.theirs,
                SideWords(translate("Inbox", "Result")),
            ),
            strict=True,
        ):
            head.show_words(words)
        if [line.name for line in self.lines] != [line.name for line in state.lines]:
            self._rebuild(state.lines)
        for number, (row, line) in enumerate(zip(self.lines, state.lines, strict=True)):
            marked = number == state.line and len(self.lines) > 1
            fixed = bool(state.moved) or state.stage != "open"
            row.show_line(line, marked, fixed=fixed)

    def edit(self, line: int) -> None:
        """Put the keyboard into the result of a line, where it can be typed."""
        if line < len(self.lines):
            self.lines[line].take_focus()

    def _rebuild(self, lines: Sequence[FieldLine]) -> None:
        for row in self.lines:
            row.remove()
        self.lines = [
            LineRow(self._grid, number, line.name, self._pick, self._typed)
            for number, line in enumerate(lines)
        ]


class LineRow:
    """The widgets of one disputed field."""

    def __init__(
        self,
        grid: QGridLayout,
        number: int,
        name: str,
        pick: Callable[[Pick, int], object],
        typed: Callable[[int, str], object],
    ) -> None:
        self.name = name
        self._mark = label("", "link")
        self._label = label("", "strong", wrap=True)
        self._label.setMinimumWidth(100)
        self.sides = [self._side(side, number, pick) for side in SIDES]
        self.result = QLineEdit()
        self.result.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.result.textEdited.connect(lambda text: typed(number, text))
        self._unit = label("", "muted")
        self.problem = label("", "error")
        self._holder = QWidget()
        result = columns(gap=6)
        result.addWidget(self.result, 1)
        result.addWidget(self._unit)
        self._holder.setLayout(result)
        at = 2 * number + 1
        self._all: list[QWidget] = [
            self._mark,
            self._label,
            *self.sides,
            self._holder,
            self.problem,
        ]
        for column, widget in enumerate(self._all[:-1]):
            grid.addWidget(widget, at, column)
        grid.addWidget(self.problem, at + 1, 2, 1, 4, Qt.AlignmentFlag.AlignRight)

    def show_line(self, line: FieldLine, marked: bool, *, fixed: bool) -> None:
        """Show a field's values and which of them was picked."""
        self._label.setText(line.label)
        self._mark.setText("▸" if marked else "")
        for button, side, words in zip(
            self.sides, SIDES, (line.before, line.ours, line.theirs), strict=True
        ):
            button.setText(words)
            button.setChecked(line.picked == side)
            button.setEnabled(not fixed)
            button.setAccessibleName(f"{line.label}, {_SPOKEN[side]}: {words}")
        typable = line.shape != "fixed"
        text = line.entry if typable else line.result
        if self.result.text() != text:
            self.result.setText(text)
        self.result.setReadOnly(not typable or fixed)
        self.result.setPlaceholderText(
            translate("Inbox", "Pick or type") if typable else translate("Inbox", "Pick one")
        )
        self.result.setAccessibleName(f"{line.label}, result")
        self.result.setFocusPolicy(
            Qt.FocusPolicy.StrongFocus if typable else Qt.FocusPolicy.NoFocus
        )
        self._unit.setText(line.unit)
        self._unit.setVisible(bool(line.unit))
        self.problem.setText(line.error)
        self.problem.setVisible(bool(line.error))
        restyle(self.result, "state", "error" if line.error else "")

    def take_focus(self) -> None:
        """Type the result."""
        if not self.result.isReadOnly():
            self.result.setFocus()
            self.result.selectAll()

    def remove(self) -> None:
        """Take the row away."""
        for widget in self._all:
            widget.deleteLater()

    def _side(self, side: Pick, number: int, pick: Callable[[Pick, int], object]) -> Button:
        button = Button("", "chip")
        button.setCheckable(True)
        button.setStyleSheet("border-radius: 8px;")
        button.doing(lambda: pick(side, number))
        return button


class BigChoice(QWidget):
    """Two answers side by side, each with a key, a name and a sentence."""

    def __init__(
        self,
        theme: Theme,
        keys: Sequence[tuple[str, str]],
        chosen: Callable[[int], object],
    ) -> None:
        super().__init__()
        self.buttons = [_Answer(theme, key) for key, _ in keys]
        layout = columns(gap=12)
        for number, button in enumerate(self.buttons):
            button.doing(partial(chosen, number))
            layout.addWidget(button, 1)
        self.setLayout(layout)

    def show_words(self, words: Sequence[tuple[str, str]]) -> None:
        """Name and explain the answers."""
        for button, (name, said) in zip(self.buttons, words, strict=True):
            button.show_words(name, said)

    def show_choice(self, chosen: Sequence[bool]) -> None:
        """Show which answer was chosen, if any."""
        for button, on in zip(self.buttons, chosen, strict=True):
            button.setChecked(on)
            button.mark(on)


class _Answer(Button):
    def __init__(self, theme: Theme, key: str) -> None:
        super().__init__("", "tile")
        self.setCheckable(True)
        reachable(self)
        self._name = label("", "strong", wrap=True)
        self._said = label("", "muted", wrap=True)
        self._tick = Icon(theme, "check", "primary", 22)
        words = rows(gap=4)
        words.addWidget(self._name)
        words.addWidget(self._said)
        words.addStretch(1)
        inside = columns(gap=12)
        inside.setContentsMargins(16, 14, 16, 12)
        inside.addWidget(label(key, "key-hint"), 0, Qt.AlignmentFlag.AlignTop)
        inside.addLayout(words, 1)
        inside.addWidget(self._tick, 0, Qt.AlignmentFlag.AlignTop)
        self.setLayout(inside)
        for child in self.findChildren(QLabel):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_words(self, name: str, said: str) -> None:
        self._name.setText(name)
        self._said.setText(said)
        self.setAccessibleName(f"{name}. {said}")

    def mark(self, on: bool) -> None:
        self._tick.setVisible(on)
        restyle(self, "accent", "teal" if on else "")


class Section(QFrame):
    """A titled note; gone while it has nothing to say."""

    def __init__(self, theme: Theme, title: str, icon: str) -> None:
        super().__init__()
        self.setProperty("role", "sunken")
        head = columns(gap=8)
        head.addWidget(Icon(theme, icon, "text_muted", 18))
        head.addWidget(label(title, "strong"), 1)
        self._lines = rows(gap=4)
        layout = rows(gap=8)
        layout.setContentsMargins(16, 12, 16, 14)
        layout.addLayout(head)
        layout.addLayout(self._lines)
        self.setLayout(layout)
        self._shown: object = None

    @property
    def words(self) -> list[str]:
        """The lines shown."""
        items = (self._lines.itemAt(number) for number in range(self._lines.count()))
        found = [item.widget() for item in items if item is not None]
        return [widget.text() for widget in found if isinstance(widget, QLabel)]

    def show_lines(self, lines: Sequence[str]) -> None:
        """Show sentences."""
        self._show(lines, [label(line, wrap=True) for line in lines])

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show names and values."""
        made = []
        for name, value in facts:
            line = QWidget()
            pair = columns(gap=8)
            pair.addWidget(label(name, "muted"), 2)
            pair.addWidget(label(value, wrap=True), 3)
            line.setLayout(pair)
            made.append(line)
        self._show(facts, made)

    def _show(self, shown: object, widgets: Sequence[QWidget]) -> None:
        if shown == self._shown:
            return
        self._shown = shown
        while item := self._lines.takeAt(0):
            if old := item.widget():
                old.hide()
                old.deleteLater()
        for widget in widgets:
            self._lines.addWidget(widget)
        self.setVisible(bool(widgets))


_SPOKEN: dict[Pick, str] = {"before": "before", "ours": "this till", "theirs": "the other side"}


class _Head(QWidget):
    def __init__(self, column: int) -> None:
        super().__init__()
        self._title = label("", "strong", wrap=True)
        self._who = label("", "caption", wrap=True)
        top = columns(gap=6)
        if column < len(SIDES):
            top.addWidget(label(str(column + 1), "key-hint"))
        self._holds = label(translate("Inbox", "Current"), "badge")
        self._holds.setProperty("tone", "success")
        top.addWidget(self._title, 1)
        top.addWidget(self._holds)
        layout = rows(gap=2)
        layout.addLayout(top)
        layout.addWidget(self._who)
        layout.addStretch(1)
        self.setLayout(layout)

    def show_words(self, words: SideWords) -> None:
        self._title.setText(words.title)
        self._who.setText(words.who)
        self._holds.setVisible(words.holds)
