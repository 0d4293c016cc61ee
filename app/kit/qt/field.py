"""One field of a form: its caption, its input, and what is wrong with it."""

from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QWidget

from app.kit.qt.basic import columns, label, rows
from app.kit.qt.theme import restyle


class FieldBox(QWidget):
    """A caption, an input, and what is to be said about it below."""

    def __init__(
        self, caption: str, beside: str, edit: QLineEdit | QComboBox | QPlainTextEdit
    ) -> None:
        super().__init__()
        self.edit = edit
        edit.setAccessibleName(caption)
        self.said = label("", "muted", wrap=True)
        self.said.hide()
        captions = columns()
        captions.addWidget(label(caption, "caption"), 1)
        captions.addWidget(label(beside, "caption"))
        layout = rows(gap=4)
        layout.addLayout(captions)
        layout.addWidget(edit)
        layout.addWidget(self.said)
        layout.addStretch(1)
        self.setLayout(layout)

    def say(self, error: str, hint: str) -> None:
        """What is wrong with the input, or else what to know about it."""
        self.said.setText(error or hint)
        restyle(self.said, "role", "error" if error else "muted")
        self.said.setVisible(bool(error or hint))
        restyle(self.edit, "state", "error" if error else "")


def show_choices(box: QComboBox, choices: tuple[tuple[str, str], ...], chosen: str) -> None:
    """Fill a box anew only when what it offers has changed: an open list stays open."""
    if [box.itemData(row) for row in range(box.count())] != [key for key, _name in choices]:
        box.clear()
        for key, name in choices:
            box.addItem(name, key)
    box.setCurrentIndex(box.findData(chosen))
