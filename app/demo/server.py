"""The demo's server side: ``evertill-server`` with a PostgreSQL of its own, as a child process."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localdb.errors import Refusal

STOP_TIMEOUT_S = 30.0
_SERVER = (sys.executable, "-m", "sync.server")


@dataclass(frozen=True, slots=True)
class DemoServer:
    """A running server: where tills reach it, and how its operator speaks to it."""

    url: str
    owner_url: str
    """PostgreSQL as the owner of the tables, for the demo's own counting."""
    database_url: str

    def operate(self, *words: str) -> dict[str, Any]:
        """Run an ``evertill-server`` command and give the last line it prints."""
        done = subprocess.run(
            [*_SERVER, "--database-url", self.database_url, *words],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Refusal(f"evertill-server {words[0]} failed: {done.stderr.strip()[-400:]}")
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer


@contextmanager
def running(data_dir: Path, say: Callable[[str], None] = lambda step: None) -> Iterator[DemoServer]:
    """PostgreSQL and the API on a free loopback port; both stopped at the end.

    ``say`` is told each step before it is done.
    Raises Refusal, with what the server said, when it does not start.
    """
    say("Starting the server's program")
    log = data_dir / "server.log"
    words = ("serve", "--port", "0", "--embedded", str((data_dir / "postgres").resolve()))
    with log.open("ab") as log_file:
        process = subprocess.Popen(
            [*_SERVER, *words],
            # It ends when this end of the pipe closes, however the demo ends.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log_file,
            # Ctrl+C is for the demo, which stops the server last.
            start_new_session=True,
        )
    try:
        yield DemoServer(**_announced(process, log, say))
    finally:
        _stop(process)


def _announced(
    process: "subprocess.Popen[bytes]", log: Path, say: Callable[[str], None]
) -> dict[str, str]:
    assert process.stdout is not None
    while line := process.stdout.readline():
        told: dict[str, str] = json.loads(line)
        if "step" not in told:
            return told
        say(told["step"])
    said = log.read_text(encoding="utf-8", errors="replace").splitlines() or ["nothing"]
    raise Refusal(f"The demo's server did not start. It said: {said[-1]}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()
