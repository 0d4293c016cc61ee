"""A road from a till to PostgreSQL whose every part can be broken."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.road import Road, built
from tests.faults.servers import ServerProcess
from tests.support.postgres import Databases, PostgresDatabase
from tests.support.server import Operator, server_config


@pytest.fixture(scope="package")
def shared_database(databases: Databases) -> Iterator[PostgresDatabase]:
    """One migrated database; each test has an organisation of its own in it."""
    made = databases.create()
    yield made
    databases.drop(made)


@pytest.fixture(scope="package")
def server(
    shared_database: PostgresDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """The real server as a process of its own."""
    log = tmp_path_factory.mktemp("server") / "server.log"
    process = ServerProcess(shared_database.app_url, log)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def road(
    server: ServerProcess, shared_database: PostgresDatabase, tmp_path: Path
) -> Iterator[Road]:
    """An enrolled till with goods to sell, level with its server."""
    code = enrolment_code(Operator(server_config(shared_database)))
    with built(tmp_path / "till", server, shared_database.owner_url, code) as road:
        yield road


def enrolment_code(operator: Operator) -> str:
    """A code for the first till of a new organisation."""
    org = operator.org()
    return operator.code(org, operator.store(org))
