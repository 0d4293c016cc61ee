"""The whole road with a proxy in it: an enrolled till, real HTTP, the real server, PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from app.bootstrap.link import SyncLink, token_store
from app.bootstrap.session import Session, now_us, open_session
from app.demo.shop import wait_until
from localdb.queries import sync_view
from sync.client.http_gateway import HttpGateway
from sync.protocol.gateway import GatewayFault
from tests.faults import furnish
from tests.faults.books import complaints, differences
from tests.faults.proxy import Moment, Proxy, is_push
from tests.faults.ringing import ring
from tests.faults.servers import ServerProcess
from tests.faults.victim import Told

PATIENCE_S = 60.0
SHORT_TIMEOUT_S = 1.0
"""Instead of 20 seconds, so that a dead line is noticed within a test."""


@dataclass(slots=True)
class Road:
    """One till of one shop, its server behind a proxy, and what was printed so far."""

    folder: Path
    server: ServerProcess
    proxy: Proxy
    owner_url: str
    told: Told = field(default_factory=Told)

    @contextmanager
    def till(self, clock: Callable[[], int] = now_us) -> Iterator[Session]:
        """The till, opened and syncing through the proxy; closed at the end."""
        with ExitStack() as stack:
            session = stack.enter_context(open_session(self.folder, use_keyring=False, clock=clock))
            impatient = HttpGateway(
                self.proxy.url,
                token_store(self.folder).load,
                request_timeout_s=SHORT_TIMEOUT_S,
            )
            stack.callback(impatient.close)
            session.connect(lambda patient: impatient)
            yield session

    def sell(self, session: Session, sales: int, seed: int = 0) -> None:
        """Ring that many sales, and keep their receipts."""
        ring(session, Random(seed), self.told.take, sales)

    def wrong(self, session: Session) -> list[str]:
        """What is wrong with either side's books, and where they differ."""
        return [
            *complaints(session, self.told.printed, self.told.deaths),
            *differences(session, self.owner_url, self.told.printed),
        ]


@contextmanager
def built(folder: Path, server: ServerProcess, owner_url: str, code: str) -> Iterator[Road]:
    """A road to a running server, its till enrolled with a code, furnished and drained."""
    proxy = Proxy(server.url)
    try:
        with open_session(folder, use_keyring=False) as session:
            session.enrol(proxy.url, code, "Front")
            session.connect()
            furnish.enrolled(session)
            drain(session)
        yield Road(folder, server, proxy, owner_url)
    finally:
        proxy.close()


def waiting(session: Session) -> int:
    """How many groups the server does not have yet."""
    return session.till.ask(sync_view.queue).waiting.groups


def drain(session: Session) -> None:
    """Wait until all has gone up and come down; a person presses Sync now all the time."""

    def is_level() -> bool:
        link_of(session).engine.sync_now()
        return _is_level(session)

    wait_until(is_level, "the queue to drain", PATIENCE_S)


def drain_unaided(session: Session) -> None:
    """Wait until all has gone up by the engine's own clock: nobody does anything."""
    wait_until(lambda: waiting(session) == 0, "the queue to drain by itself", PATIENCE_S)


def link_of(session: Session) -> SyncLink:
    """The link of a session that is connected."""
    assert session.link is not None
    return session.link


def _is_level(session: Session) -> bool:
    try:
        return waiting(session) == 0 and link_of(session).is_level()
    except GatewayFault:
        return False


def at_push(road: Road, number: int, moment: Moment, act: Callable[[], None]) -> None:
    """Do something once, when that upload from now is at that moment."""
    left = [number]

    def watch(request: str, at: Moment) -> None:
        if is_push(request) and at is moment:
            left[0] -= 1
            if left[0] == 0:
                act()

    road.proxy.watch = watch
