"""The real data where it is, and one real server for all replays of a test run."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.server import DemoServer, running
from tests.replay.run import Replay

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of the real data; skips where it is absent."""
    if not DATA.is_dir():
        pytest.skip(f"the real data is not here: {DATA}")
    return DATA


@pytest.fixture(scope="session")
def server() -> Iterator[DemoServer]:
    """A server over an embedded PostgreSQL; each replay has an organisation of its own."""
    # Below /tmp and not in the private tmp_path: as root PostgreSQL runs as another user.
    with (
        tempfile.TemporaryDirectory(prefix="evertill-replay-") as folder,
        running(Path(folder)) as started,
    ):
        yield started


@pytest.fixture
def replay(data: Path, server: DemoServer, tmp_path: Path) -> Replay:
    """A replay of the real data."""
    return Replay(data, server, tmp_path)
