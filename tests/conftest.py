"""What all tests share: one PostgreSQL a worker, a server a module, and windows without a display.

Where Qt cannot load, the run ends with the names of the packages it needs.
"""

import os

import pytest

from app.bootstrap.qt_libraries import advice, missing_packages, wants_x11
from tests.support.postgres import database, databases, fresh_database
from tests.support.server import operator, server

__all__ = ["database", "databases", "fresh_database", "needs_qt", "operator", "server"]

if not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Say which packages are missing before pytest-qt loads Qt, whose own words name none."""
    missing = missing_packages(x11=wants_x11())
    if missing:
        raise pytest.UsageError(f"{advice(missing)}. Then run the tests again.")


@pytest.fixture(scope="session")
def needs_qt() -> None:
    """Skip with the names of the packages, where Qt's system libraries are missing."""
    missing = missing_packages(x11=wants_x11())
    if missing:
        pytest.skip(advice(missing))
