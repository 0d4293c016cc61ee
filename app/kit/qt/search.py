"""The field that one searches in, with its icon."""

from PySide6.QtWidgets import QLineEdit

from app.kit.qt.theme import Theme

_TEXT_MAX = 120


def search_field(theme: Theme, hint: str) -> QLineEdit:
    """A search field; `hint` is shown while it is empty."""
    field = QLineEdit()
    field.setProperty("role", "search")
    field.setPlaceholderText(hint)
    field.setAccessibleName(hint)
    field.setFixedHeight(theme.tokens.size_px.search)
    field.setClearButtonEnabled(False)
    field.setMaxLength(_TEXT_MAX)
    icon = field.addAction(
        theme.icon("search", "text_muted"), QLineEdit.ActionPosition.LeadingPosition
    )
    theme.changed.connect(lambda: icon.setIcon(theme.icon("search", "text_muted")))
    return field
