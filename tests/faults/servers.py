"""The real server as a process that can be killed, and a PostgreSQL that can be."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from sync.server.embedded import EmbeddedPostgres

END_S = 20.0


class ServerProcess:
    """``evertill-server serve`` over a database, on the same port at each start."""

    def __init__(self, database_url: str, log: Path) -> None:
        self._environment = {
            **os.environ,
            "EVERTILL_DATABASE_URL": database_url,
            "EVERTILL_TOKEN_CACHE_S": "0",
        }
        self._log = log
        self._port = 0
        self._child: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> None:
        """Start it, and wait until it answers."""
        assert self._child is None
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "sync.server", "serve", "--port", str(self._port)],
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        assert line, self._log.read_text()[-2000:]
        self.url = json.loads(line)["url"]
        self._port = urlsplit(self.url).port or 0

    def kill(self) -> None:
        """``kill -9``."""
        assert self._child is not None
        self._child.kill()
        self._end(self._child)

    def stop(self) -> None:
        """End it in order, if it runs."""
        if self._child is not None:
            self._child.terminate()
            self._end(self._child)

    def _end(self, child: "subprocess.Popen[bytes]") -> None:
        with ExitStack() as stack:
            assert child.stdout is not None
            stack.callback(child.stdout.close)
            stack.callback(child.kill)
            child.wait(END_S)
        self._child = None


class MortalPostgres(EmbeddedPostgres):
    """An embedded PostgreSQL with its usual, durable settings that can be killed."""

    def kill(self) -> None:
        """``kill -9`` the postmaster, and wait until the backends have noticed."""
        postmaster = psutil.Process(self._server.get_pid())
        family = [postmaster, *postmaster.children(recursive=True)]
        postmaster.kill()
        _, left = psutil.wait_procs(family, END_S)
        assert not left, f"PostgreSQL outlived its postmaster: {left}"

    def kill_backend(self, role: str) -> None:
        """``kill -9`` a backend of that role; the postmaster then starts all of them anew."""
        postmaster = psutil.Process(self._server.get_pid())
        of_role = [child for child in postmaster.children() if role in " ".join(child.cmdline())]
        assert of_role, "nobody is connected"
        busy = [backend for backend in of_role if "idle" not in " ".join(backend.cmdline())]
        (busy or of_role)[0].kill()

    def start_again(self) -> None:
        """Start it over the same data folder, at the same address."""
        self._server.ensure_postgres_running()
