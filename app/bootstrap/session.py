"""One till, opened: its database, its services and, when it is enrolled, its link."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.bootstrap.server_address import remember_server, server_url
from app.bootstrap.upkeep import Upkeep
from localdb.domain.ids import IdSource
from localdb.errors import Refusal
from localdb.services.till import Till
from localdb.store import faults, keys
from localdb.store.database import Database
from sync.client.status import Progress

if TYPE_CHECKING:
    from app.bootstrap.link import SyncLink
    from sync.protocol.gateway import Gateway


def now_us() -> int:
    """The wall clock, in UTC microseconds."""
    return time.time_ns() // 1000


@dataclass(slots=True)
class Session:
    """The parts of a running till that a screen, or a program without one, works with."""

    folder: Path
    database: Database
    till: Till
    new_id: IdSource
    now_us: Callable[[], int]
    link: "SyncLink | None" = None
    use_keyring: bool = True
    on_connected: list[Callable[[], None]] = field(default_factory=list)
    """Called once the link is there."""

    @property
    def server(self) -> str | None:
        """Where this till's server is; None for a till on its own."""
        return server_url(self.database)

    def recovery_key(self) -> str:
        """The key of the data as the recovery sheet shows it; read anew, and kept nowhere."""
        key = keys.load_key(self.folder, use_keyring=self.use_keyring)
        if key is None:
            raise Refusal("The key of this till's data cannot be read now. Start the till again.")
        return keys.recovery_text(key)

    @property
    def is_enrolled(self) -> bool:
        """Whether this till has a server."""
        return self.server is not None

    def connect(
        self, through: "Callable[[Gateway], Gateway]" = lambda gateway: gateway
    ) -> "SyncLink | None":
        """Start syncing if the till is enrolled; None for a stand-alone till."""
        url = server_url(self.database)
        if url is None or self.link is not None:
            return self.link
        from app.bootstrap.link import SyncLink, token_store

        self.link = SyncLink(
            self.database,
            url,
            token_store(self.folder, use_keyring=self.use_keyring),
            now_us=self.now_us,
            through=through,
        )
        for hook in self.on_connected:
            hook()
        self.link.start()
        return self.link

    def move_server(self, url: str) -> None:
        """The enrolled till's server answers at another address from now on."""
        remember_server(self.database, url)

    def enrol(
        self,
        address: str,
        code: str,
        till_name: str,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        """Enrol this till; then ``connect``.

        An empty till loads what the shop already has; one that has sold brings its history.
        """
        from app.bootstrap.link import enrol_till, token_store

        link, self.link = self.link, None
        if link is not None:
            # The engine at work is the old identity's.
            link.stop()
        try:
            tokens = token_store(self.folder, use_keyring=self.use_keyring)
            enrol_till(self.database, tokens, address, code, till_name, on_progress)
        finally:
            if link is not None:
                self.connect(link.through)


@contextmanager
def open_session(
    folder: Path, *, use_keyring: bool = True, clock: Callable[[], int] = now_us
) -> Iterator[Session]:
    """Open the till in a data folder; closed in reverse order whatever happens.

    Raises AlreadyRunning and the other environment faults of ``Database.open``.
    """
    with ExitStack() as stack:
        with faults.usable(folder):
            key = keys.load_or_create_key(folder, use_keyring=use_keyring)
        database = Database.open(folder, key=key, now_us=clock)
        stack.callback(database.close)
        session = Session(
            folder, database, Till(database), IdSource(clock), clock, use_keyring=use_keyring
        )
        upkeep = Upkeep(database, clock)
        upkeep.start()
        stack.callback(upkeep.stop)
        stack.callback(lambda: session.link.stop() if session.link else None)
        yield session
