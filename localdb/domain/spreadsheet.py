"""Cells of CSV files that people open: no text of somebody else's may become a formula there."""

import re

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,\s]*")
MARK = "'"
"""Before a text it tells a spreadsheet that this is text (OWASP, "CSV Injection")."""


def cell(text: str) -> str:
    """A text as it is written into a cell: what would be a formula is marked, a number is not."""
    needs_mark = _FORMULA.match(text.lstrip(" ")) and not _NUMBER.fullmatch(text)
    # One that is marked already gets another mark, so that reading takes exactly one away.
    return MARK + text if needs_mark or is_marked(text) else text


def text_of(cell: str) -> str:
    """What a cell was before it was marked."""
    return cell[len(MARK) :] if is_marked(cell) else cell


def is_marked(text: str) -> bool:
    """Whether a mark stands before what would be a formula, or before another mark."""
    rest = text.removeprefix(MARK)
    return rest != text and bool(_FORMULA.match(rest.lstrip(" ")) or is_marked(rest))
