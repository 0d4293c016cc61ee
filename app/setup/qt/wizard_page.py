"""One step of the first-run wizard: a title, a middle that scrolls, buttons always in sight."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QSizePolicy, QWidget

from app.kit.qt.basic import Button, Icon, columns, frame, label, rows
from app.kit.qt.field import FieldBox
from app.kit.qt.page import Scroll, reachable
from app.kit.qt.strip import MessageStrip
from app.kit.qt.theme import Theme
from app.kit.translation import translate

Field = tuple[str, str, QLineEdit | QComboBox]
"""Name, caption and input of a field."""


class WizardPage(QWidget):
    """Fill `body` and `foot`; what is long scrolls between the title and the buttons."""

    def __init__(self, theme: Theme, title: str, *, icon: str = "", tone: str = "primary") -> None:
        super().__init__()
        self.strip = MessageStrip(theme)
        self.title = label(title, "title", wrap=True)
        self.body = rows(gap=12)
        self.foot = columns(gap=8)
        self.area = Scroll(self.body)
        # No higher than what it holds, and less where the window is low.
        self.area.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        inside = rows(gap=14)
        inside.setContentsMargins(32, 24, 32, 24)
        if icon:
            inside.addWidget(Icon(theme, icon, tone, 48))
        inside.addWidget(self.title)
        inside.addWidget(self.strip)
        inside.addWidget(self.area)
        inside.addLayout(self.foot)
        card = frame("card")
        card.setLayout(inside)
        layout = rows()
        layout.addStretch(2)
        layout.addWidget(card)
        layout.addStretch(3)
        self.setLayout(layout)

    def say(self, error: str) -> None:
        """Show why a step failed; nothing for no error."""
        if error:
            self.strip.say("error", error)
        else:
            self.strip.clear()


class FormPage(WizardPage):
    """A step that asks: fields two by two, and what is wrong with each below it."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__(theme, title)
        self._boxes: dict[str, FieldBox] = {}
        self.back = reachable(Button(translate("First run", "Back")))
        self.keyboard = reachable(
            Button(translate("First run", "On-screen keyboard")).with_icon(theme, "keyboard")
        )
        self.keyboard.setCheckable(True)

    def add_fields(
        self, fields: Sequence[Sequence[tuple[str, str, QLineEdit | QComboBox]]]
    ) -> None:
        """Add rows of fields; one alone in its row has all of it."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        for column in range(2):
            grid.setColumnStretch(column, 1)
        for row, pair in enumerate(fields):
            for column, (name, caption, edit) in enumerate(pair):
                if isinstance(edit, QComboBox):
                    # Its longest entry does not make the form wider than the page.
                    edit.setSizeAdjustPolicy(
                        QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
                    )
                    edit.setMinimumContentsLength(12)
                box = self._boxes[name] = FieldBox(caption, "", edit)
                grid.addWidget(box, row, column, 1, 3 - len(pair))
        self.body.addLayout(grid)

    def add_buttons(self, main: Button) -> None:
        """Back and keyboard at the left, what goes on at the right."""
        main.setMinimumWidth(200)
        self.foot.addWidget(self.back)
        self.foot.addWidget(self.keyboard)
        self.foot.addStretch(1)
        self.foot.addWidget(main)

    def box(self, name: str) -> FieldBox:
        """The box of a field."""
        return self._boxes[name]

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say what is wrong at each field."""
        for name, box in self._boxes.items():
            box.say(problems.get(name, ""), "")

    def go_to(self, name: str) -> None:
        """Give a field the keyboard, in sight."""
        box = self._boxes[name]
        box.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.area.ensureWidgetVisible(box, 0, 16)


def text_field(example: str, length: int) -> QLineEdit:
    """A field for a text of at most that many characters."""
    field = QLineEdit()
    field.setPlaceholderText(example)
    field.setMaxLength(length)
    return field


def pin_field() -> QLineEdit:
    """A field for a PIN, which is not shown."""
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
    field.setMaxLength(12)
    return field
