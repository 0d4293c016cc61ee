"""A real database in a temporary folder, with a clock that only moves when told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localdb.domain.ids import IdSource
from localdb.store.database import Database
from localdb.store.identity import TillIdentity, save_identity
from tests.localdb.store.samples import KEY, Clock


@pytest.fixture
def clock() -> Clock:
    """UTC microseconds, moved by hand."""
    return Clock()


@pytest.fixture
def new_id(clock: Clock) -> IdSource:
    """Ids for what tests make up."""
    return IdSource(clock)


@pytest.fixture
def identity(new_id: IdSource) -> TillIdentity:
    """Who the till under test is."""
    return TillIdentity(new_id(), new_id(), new_id(), "T01", "S01")


@pytest.fixture
def db(tmp_path: Path, clock: Clock, identity: TillIdentity) -> Iterator[Database]:
    """An open, encrypted database of a till that is set up."""
    database = Database.open(tmp_path / "till", key=KEY, now_us=clock)
    database.write(lambda uow: save_identity(uow.connection, identity))
    yield database
    database.close()
