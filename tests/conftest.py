"""Windows are tested without a display; where Qt cannot load, their tests say why and skip."""

import os

import pytest

from app.qt_libraries import advice, missing_packages, wants_x11

if not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="session")
def needs_qt() -> None:
    """Skip with the names of the packages, where Qt's system libraries are missing."""
    missing = missing_packages(x11=wants_x11())
    if missing:
        pytest.skip(advice(missing))
