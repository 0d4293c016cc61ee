"""``evertill enrol``: joins a server without a screen, and says what became of the history."""

import sys
import time
from argparse import Namespace
from collections.abc import Callable

from app.bootstrap.link import SyncLink
from app.bootstrap.paths import default_data_dir
from app.bootstrap.session import Session, open_session
from app.kit.formats import Formats
from app.syncing.history_words import history_words
from localdb.errors import Refusal
from localdb.queries import here
from sync.client.status import Connection, Progress, SyncStatus
from sync.protocol.gateway import GatewayFault

LOOK_EVERY_S = 0.2
SAY_EVERY_S = 5.0
NOT_ADMITTED = "The server does not admit this till any more. What is left stays queued."


def run(arguments: Namespace) -> int:
    """Enrol, wait until both sides hold the same, and print the report; 1 when they differ.

    Broken off, it goes on whenever the till runs.
    """
    with open_session(arguments.data_dir or default_data_dir()) as session:
        session.enrol(arguments.server, arguments.code, arguments.till_name, _loading)
        identity = session.till.identity
        print(f"This till is {identity.till_code} of store {identity.store_code} now.")
        link = session.connect()
        assert link is not None, "it was just enrolled"
        _wait_until_level(session, link, _say)
        report = link.history()
        store = session.till.ask(here.store)
        for name, said in history_words(report, Formats("en", store.currency, store.timezone)):
            print(f"{name + ':':24} {said}")
        return 0 if report.agrees else 1


def _wait_until_level(session: Session, link: SyncLink, say: Callable[[str], None]) -> None:
    said_at = time.monotonic()
    while not _is_level(session, link):
        status = link.engine.status
        if status.connection in (Connection.AUTH, Connection.REVOKED):
            raise Refusal(NOT_ADMITTED)
        if time.monotonic() - said_at >= SAY_EVERY_S:
            say(_progress(status))
            said_at = time.monotonic()
        time.sleep(LOOK_EVERY_S)


def _is_level(session: Session, link: SyncLink) -> bool:
    status = link.engine.status
    busy = status.waiting or status.readdressing or status.bootstrap or status.swap_waiting
    if busy or status.connection is not Connection.ONLINE:
        return False
    try:
        return link.is_level()
    except GatewayFault:
        return False


def _progress(status: SyncStatus) -> str:
    if (change := status.readdressing) is not None:
        return f"preparing: {change.rows:,} of {change.total:,} groups"
    if (load := status.bootstrap) is not None:
        return f"loading: {load.rows:,} of {load.total:,} rows; {status.waiting:,} changes to send"
    return f"{status.waiting:,} changes to send"


def _loading(progress: Progress) -> None:
    if progress.rows == progress.total:
        _say(f"loaded {progress.rows:,} rows")


def _say(text: str) -> None:
    print(text, file=sys.stderr)
