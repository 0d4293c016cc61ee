"""The real server on a free loopback port, in a thread of the test, and its operator."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest
from pydantic import SecretStr

from localdb.domain.records import Store
from sync.server.backend import Backend, open_backend, real_services
from sync.server.config import ServerConfig
from sync.server.core.ports import Services
from sync.server.serving import bound_socket, make_server, url_of
from tests.support.postgres import PostgresDatabase

__all__ = ["Operator", "RunningServer", "operator", "server", "server_config"]
START_S = 30.0
T = TypeVar("T")


def server_config(database: PostgresDatabase, **changes: object) -> ServerConfig:
    """Settings for a server of a test: a free port, no memory of tokens, facts told at once."""
    settings: dict[str, object] = {
        "database_url": SecretStr(database.app_url),
        "owner_url": SecretStr(database.owner_url),
        "port": 0,
        "jobs": False,
        "token_cache_s": 0,
        "hint_facts_wait_s": 0,
    }
    return ServerConfig.model_validate(settings | changes)


class RunningServer:
    """A server that answers at ``url`` until ``stop``."""

    def __init__(self, config: ServerConfig) -> None:
        started = threading.Event()
        self._socket = bound_socket(config)
        self._server = make_server(config, started.set)
        self.url = url_of(self._socket)
        self._thread = threading.Thread(target=self._run, name="evertill-server")
        self._thread.start()
        assert started.wait(START_S), "the server did not start"

    def stop(self) -> None:
        """Shut down as on SIGTERM, and wait for it."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


class Operator:
    """Sets organisations up, as the command line would, in a connection of its own."""

    def __init__(self, config: ServerConfig, services: Services | None = None) -> None:
        self.config = config
        self.services = services or real_services()

    def run(self, job: Callable[[Backend], Awaitable[T]]) -> T:
        """Do something with a backend over the database."""

        async def main() -> T:
            async with self.backend() as backend:
                return await job(backend)

        return asyncio.run(main())

    @asynccontextmanager
    async def backend(self) -> AsyncIterator[Backend]:
        """A backend of one event loop."""
        async with open_backend(self.config, self.services) as backend:
            yield backend

    def flag_now(self, org_id: str) -> None:
        """Look for what is suspicious without waiting for what may still be on its way."""
        at_once = Operator(self.config.model_copy(update={"flag_grace_s": 0}), self.services)
        at_once.run(lambda backend: backend.flagger.catch_up(org_id))

    def org(self, name: str = "Corner Shop") -> str:
        """A new organisation; its id."""
        return self.run(lambda backend: backend.devices.create_org(name))

    def store(self, org_id: str, code: str = "S01") -> str:
        """A new store; its id."""
        record = Store(id=self.services.new_id(), code=code, name=f"Store {code}")
        self.run(lambda backend: backend.records.create(org_id, record))
        return record.id

    def code(
        self, org_id: str, store_id: str, till_code: str = "", *, manages: bool | None = True
    ) -> str:
        """A code that enrols one till, at which whoever a test likes may change anything."""
        return self.run(
            lambda b: b.devices.create_code(org_id, store_id, till_code, manages=manages)
        )

    def replacement(self, org_id: str, device_id: str) -> str:
        """A code that enrols a till in the place of this one."""
        return self.run(lambda b: b.devices.create_code(org_id, "", replaces=device_id))


@pytest.fixture(scope="module")
def operator(database: PostgresDatabase) -> Operator:
    """An operator of the module's database."""
    return Operator(server_config(database))


@pytest.fixture(scope="module")
def server(database: PostgresDatabase) -> Iterator[RunningServer]:
    """A server over the module's database."""
    running = RunningServer(server_config(database))
    yield running
    running.stop()
