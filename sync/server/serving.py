"""Runs one server process: its socket, its log, its end."""

import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import uvicorn
from pydantic import SecretStr

from sync.server.api.application import create_app
from sync.server.api.middleware import JsonLines
from sync.server.bounded_protocol import BoundedProtocol
from sync.server.config import CannotListen, ServerConfig
from sync.server.embedded import EmbeddedPostgres
from sync.server.migrate import APP_ROLE, check_app_role, migrate

EMBEDDED_DATABASE = "evertill"
STDIN_BYTES = 4096
HINT_BYTES_MAX = 4096
"""Of what a till says over the line of the hints, which nobody reads."""
SHUTDOWN_S = 10
"""How long requests in flight may take to end after SIGTERM."""

REFUSED_HANDSHAKE = "ASGI callable returned without completing handshake."
"""uvicorn logs this as an error whenever a WebSocket is refused with a response."""


class AnnouncingServer(uvicorn.Server):
    """A uvicorn server that says when it takes requests."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started:
            self._on_started()


def bound_socket(config: ServerConfig) -> socket.socket:
    """A listening address, so that a free port is known before anything is served."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((config.host, config.port))
    except (OSError, OverflowError) as error:
        bound.close()
        raise CannotListen(config.host, config.port, error) from error
    return bound


def url_of(bound: socket.socket) -> str:
    """Where clients find a bound socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def make_server(config: ServerConfig, on_started: Callable[[], None]) -> AnnouncingServer:
    """A server over a database whose role was found harmless; raises UnsafeRole."""
    check_app_role(config.database_url.get_secret_value())
    settings = uvicorn.Config(
        create_app(config),
        log_config=None,
        access_log=False,
        http=BoundedProtocol,
        ws="websockets-sansio",
        ws_max_size=HINT_BYTES_MAX,
        ws_ping_interval=config.hint_ping_s,
        ws_ping_timeout=config.hint_ping_s,
        lifespan="on",
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    return AnnouncingServer(settings, on_started)


def serve_embedded(config: ServerConfig, folder: Path) -> int:
    """Serve over a PostgreSQL of one's own, kept in ``folder``: the demonstration's back office.

    Lines with a ``step`` say what is done next; the line that says where the API answers also says
    where the database does. It ends when
    standard input does, so that it never outlives who started it. Raises EmbeddedUnavailable.
    """
    # Until the server takes the signals over, they must still stop PostgreSQL.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    _tell(
        "Starting PostgreSQL" if (folder / "PG_VERSION").exists() else "Creating PostgreSQL's files"
    )
    postgres = EmbeddedPostgres(folder, keep=True)
    try:
        owner_url = postgres.ensure_database(EMBEDDED_DATABASE)
        _tell("Bringing the database's tables up to date")
        migrate(owner_url)
        _tell("Starting the server")
        urls = {
            "owner_url": owner_url,
            "database_url": postgres.database(EMBEDDED_DATABASE, user=APP_ROLE),
        }
        secret = SecretStr(urls["database_url"])
        threading.Thread(target=_end_with_stdin, name="stdin", daemon=True).start()
        return serve(config.model_copy(update={"database_url": secret}), urls)
    finally:
        postgres.stop()


def _tell(step: str) -> None:
    print(json.dumps({"step": step}), flush=True)  # noqa: T201 - its contract


def _end_with_stdin() -> None:
    # Not through the buffer: its lock, held here for ever, would abort the interpreter's end.
    while os.read(sys.stdin.fileno(), STDIN_BYTES):
        pass
    signal.raise_signal(signal.SIGTERM)


def serve(config: ServerConfig, also: Mapping[str, str] = MappingProxyType({})) -> int:
    """Serve until SIGTERM or SIGINT.

    Prints one JSON line with the address once it answers, and whatever ``also`` holds.
    """
    log_to_stderr(config.log_level)
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again after its orderly end, and that end is a success.
        signal.signal(number, lambda *_: sys.exit(0))
    with bound_socket(config) as bound:
        line = json.dumps({"url": url_of(bound), **also})
        server = make_server(config, lambda: print(line, flush=True))  # noqa: T201 - its contract
        server.run(sockets=[bound])
    return 0 if server.started else 1


def log_to_stderr(level: str) -> None:
    """Structured lines on standard error; standard output is for the one who started us."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    handler.addFilter(lambda record: record.getMessage() != REFUSED_HANDSHAKE)
    logging.basicConfig(level=level, handlers=[handler])
