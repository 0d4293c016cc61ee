"""What a load costs each side in processor time, which neighbours on the machine do not change."""

from dataclasses import dataclass

import psutil
import psycopg

from app.demo.server import DemoServer


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of processor time so far."""

    client_s: float
    api_s: float
    postgres_s: float

    def each_ms(self, later: "Spent", count: int) -> dict[str, float]:
        """Milliseconds for each of ``count`` since then, by side."""
        return {
            "client_cpu_ms": (later.client_s - self.client_s) / count * 1000,
            "api_cpu_ms": (later.api_s - self.api_s) / count * 1000,
            "postgres_cpu_ms": (later.postgres_s - self.postgres_s) / count * 1000,
        }


class Meter:
    """Reads the processor time of this process, the API and PostgreSQL with its children."""

    def __init__(self, server: DemoServer) -> None:
        self._me = psutil.Process()
        self._api = next(one for one in self._me.children() if "sync.server" in one.cmdline())
        with psycopg.connect(server.owner_url) as connection:
            postmaster = psutil.Process(connection.info.backend_pid).parent()
        assert postmaster is not None
        self._postmaster = postmaster

    def spent(self) -> Spent:
        """Until now."""
        times = self._postmaster.cpu_times()
        # Children that are gone count for their parent.
        postgres_s = times.children_user + times.children_system
        postgres_s += sum(map(_seconds, (self._postmaster, *self._postmaster.children())))
        return Spent(_seconds(self._me), _seconds(self._api), postgres_s)


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)
