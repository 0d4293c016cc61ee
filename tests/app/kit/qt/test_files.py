"""Asking for a file or a folder."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from app.kit.qt import files

pytestmark = pytest.mark.usefixtures("needs_qt")


@pytest.fixture
def host(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> QWidget:
    """A window that asks; nothing was asked before."""
    monkeypatch.setattr(files, "_last", {})
    window = QWidget()
    qtbot.addWidget(window)
    return window


def answers(monkeypatch: pytest.MonkeyPatch, path: Path | None) -> list[QFileDialog]:
    """Choose a path, or nothing, in each dialog; gives those that were opened."""
    opened: list[QFileDialog] = []

    def choose(dialog: QFileDialog) -> int:
        opened.append(dialog)
        if path is not None:
            dialog.setDirectory(str(path.parent))
            dialog.selectFile(str(path))
        return int(path is not None)

    monkeypatch.setattr(QFileDialog, "exec", choose)
    return opened


def test_the_folder_of_before_is_offered_again(
    host: QWidget, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With the name of the new document; overwriting is asked about by the dialog itself."""
    answers(monkeypatch, tmp_path / "S01-T01-000001.pdf")
    chosen = files.ask_where_to_save(host, "Save receipt", "S01-T01-000001.pdf")
    assert chosen == tmp_path / "S01-T01-000001.pdf"
    opened = answers(monkeypatch, None)
    assert files.ask_where_to_save(host, "Save receipt", "S01-T01-000002.pdf") is None
    assert Path(opened[0].directory().absolutePath()) == tmp_path
    assert [Path(name).name for name in opened[0].selectedFiles()] == ["S01-T01-000002.pdf"]
    assert not opened[0].testOption(QFileDialog.Option.DontConfirmOverwrite)


def test_a_file_of_products_is_chosen(
    host: QWidget, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One that is there; backing out chooses none."""
    file = tmp_path / "goods.csv"
    file.write_text("name")
    answers(monkeypatch, file)
    assert files.ask_products_file(host, "") == file
    answers(monkeypatch, None)
    assert files.ask_products_file(host, str(file)) is None


def test_an_export_goes_to_a_folder(
    host: QWidget, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The suggested one at first."""
    opened = answers(monkeypatch, None)
    assert files.ask_folder(host, "Export the journal to", tmp_path) is None
    assert Path(opened[0].directory().absolutePath()) == tmp_path
    assert opened[0].fileMode() is QFileDialog.FileMode.Directory
