"""Sounds that tell without a look what happened, played by what the system has for it."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QProcess

PLAYERS = (("pw-play",), ("paplay",), ("aplay", "-q"), ("afplay",))
"""Programs of Linux and macOS that play a WAV file; the first that is there plays."""


class Sound:
    """One shipped sound; where nothing plays files, `beep` stands in."""

    def __init__(self, file: Path, beep: Callable[[], object]) -> None:
        self._file = str(file)
        self._beep = beep

    def play(self) -> None:
        """Begin to play it, and wait for nothing."""
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(self._file, winsound.SND_FILENAME | winsound.SND_ASYNC)
            return
        player = next((words for words in PLAYERS if shutil.which(words[0])), None)
        if player is None or not QProcess.startDetached(player[0], [*player[1:], self._file]):
            self._beep()
