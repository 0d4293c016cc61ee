"""The sound of goods not found: played by a program that is there, else the system's beep."""

import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.devices.sound import Sound

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows plays files by itself")


def test_a_player_gets_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    """The first player on the path is started with it, and no beep is heard."""
    player, heard = tmp_path / "aplay", tmp_path / "heard.txt"
    player.write_text(f'#!/bin/sh\necho "$@" > "{heard}"\n')
    player.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    beeps: list[str] = []
    file = tmp_path / "error.wav"
    Sound(file, lambda: beeps.append("beep")).play()
    qtbot.waitUntil(lambda: heard.exists() and heard.read_text() == f"-q {file}\n")
    assert beeps == []


def test_without_a_player_it_beeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No program that plays files: the system's beep is better than nothing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    beeps: list[str] = []
    Sound(tmp_path / "error.wav", lambda: beeps.append("beep")).play()
    assert beeps == ["beep"]
