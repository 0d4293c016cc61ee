"""A real PgBouncer in transaction mode on loopback, in front of the tests' PostgreSQL."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sync.server.migrate import APP_ROLE
from tests.support.postgres import PostgresDatabase

SERVER_CONNECTIONS = 2
"""Fewer than those who ask at once, so that they must share."""
STOP_S = 10


@contextmanager
def pgbouncer(database: PostgresDatabase) -> Iterator[str]:
    """The address of the database for the application's role, through the pooler."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("pgbouncer is not installed (apt-get install pgbouncer)")
    behind = conninfo_to_dict(database.app_url)
    folder = Path(tempfile.mkdtemp(prefix="evertill-pgbouncer-"))
    # It refuses to be root, and must reach a socket that only PostgreSQL's user may enter.
    owner = Path(str(behind["host"])).stat()
    port = _free_port()
    _write_settings(folder, str(behind["host"]), port)
    as_owner = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    identity = as_owner if os.geteuid() == 0 else {}
    if identity:
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner.st_uid, owner.st_gid)
    child = subprocess.Popen(
        [program, str(folder / "pgbouncer.ini")],
        stderr=subprocess.PIPE,
        text=True,
        **identity,  # type: ignore[call-overload]
    )
    try:
        _wait_until_up(child)
        yield make_conninfo(
            host="127.0.0.1", port=port, dbname=str(behind["dbname"]), user=APP_ROLE
        )
    finally:
        child.terminate()
        child.communicate(timeout=STOP_S)
        shutil.rmtree(folder)


def _write_settings(folder: Path, socket_folder: str, port: int) -> None:
    (folder / "users.txt").write_text(f'"{APP_ROLE}" ""\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={socket_folder}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = trust\nauth_file = {folder / 'users.txt'}\n"
        f"pool_mode = transaction\ndefault_pool_size = {SERVER_CONNECTIONS}\n"
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(child: "subprocess.Popen[str]") -> None:
    assert child.stderr is not None
    said = []
    for line in child.stderr:
        said.append(line)
        if "process up" in line:
            return
    pytest.fail(f"pgbouncer did not start: {''.join(said)}")
