"""What the program asks for before it can open a till."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QInputDialog

from app.bootstrap.program import key_typed
from localdb.store import keys
from tests.support.shops import KEY, opened


@pytest.mark.usefixtures("needs_qt")
def test_a_lost_key_is_asked_for_until_it_opens_the_data(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed till has no terminal: a slip of the finger is said, the right key put back."""
    with opened(tmp_path):
        pass
    other = keys.recovery_text(bytes(reversed(KEY)))
    typed = ["AAAA-BBBB", other, keys.recovery_text(KEY)]
    asked: list[str] = []

    def answer(_parent: object, _title: str, words: str) -> tuple[str, bool]:
        asked.append(words)
        return typed[len(asked) - 1], True

    monkeypatch.setattr(QInputDialog, "getMultiLineText", answer)
    assert key_typed(tmp_path, "The key is gone.")
    assert "The key is gone." in asked[0]
    assert "typing error" in asked[1]
    assert "does not open" in asked[2]
    assert keys.load_key(tmp_path, use_keyring=False) == KEY


@pytest.mark.usefixtures("needs_qt")
def test_giving_up_changes_nothing(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled, the program says why it cannot open, as before."""
    monkeypatch.setattr(QInputDialog, "getMultiLineText", lambda *_: ("", False))
    assert not key_typed(tmp_path, "The key is gone.")
    assert keys.load_key(tmp_path, use_keyring=False) is None
