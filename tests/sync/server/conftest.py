"""The real PostgreSQL, the real server and the tills that the tests here run on."""

from collections.abc import Iterator

import pytest

from tests.support.server import Operator, RunningServer
from tests.sync.server.tills import Shop


@pytest.fixture
def shop(server: RunningServer, operator: Operator) -> Iterator[Shop]:
    """An organisation with one store and no till yet."""
    org_id = operator.org()
    made = Shop(server, operator, org_id, operator.store(org_id))
    yield made
    made.close()
