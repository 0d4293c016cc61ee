"""Naming the packages that Qt needs."""

import subprocess
import sys

import pytest

from app.bootstrap import qt_libraries


def test_missing_libraries_are_named_by_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not load is named as its Debian package, in one line."""
    monkeypatch.setattr(qt_libraries, "_loads", lambda library: library != "libEGL.so.1")
    monkeypatch.setattr(sys, "platform", "linux")
    missing = qt_libraries.missing_packages(x11=True)
    assert qt_libraries.advice(missing) == "Qt needs system libraries: apt-get install -y libegl1"


WITHOUT_QT = """
import sys, pytest
from app.bootstrap import qt_libraries
sys.modules["PySide6.QtGui"] = None
qt_libraries._loads = lambda library: library != "libEGL.so.1"
sys.exit(pytest.main(["--collect-only", "-q", "-n0", "tests/test_layers.py"]))
"""


def test_a_test_run_without_qts_libraries_names_them() -> None:
    """Before pytest-qt loads Qt, which would only say that an import failed."""
    run = [sys.executable, "-c", WITHOUT_QT]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == pytest.ExitCode.USAGE_ERROR, said
    assert "apt-get install -y libegl1" in said
    assert "ImportError" not in said


def test_other_systems_need_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Qt brings all it needs on Windows and macOS."""
    monkeypatch.setattr(sys, "platform", "win32")
    assert qt_libraries.missing_packages(x11=True) == []


def test_without_a_display_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server room gets a sentence, not an abort of Qt."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(qt_libraries, "missing_packages", lambda *, x11: [])
    monkeypatch.setattr(sys, "platform", "linux")
    assert qt_libraries.why_no_window() == "There is no display."
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert qt_libraries.why_no_window() == ""
