"""The counters of one process in Prometheus' format; no label names an organisation or a till."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sync.protocol.messages import Verdict
from sync.server.hints import HintStats, Hub

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
POOL_GAUGES = ("pool_size", "pool_available", "requests_waiting")
POOL_COUNTERS = ("requests_num", "requests_queued", "requests_errors", "connections_lost")


class Metrics:
    """The counters of one process; each is named in OPERATING.md."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "evertill_requests",
            "Answered requests.",
            ["route", "method", "status"],
            registry=self._registry,
        )
        self._request_seconds = Histogram(
            "evertill_request_seconds",
            "How long requests took.",
            ["route", "method"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._pushes = Counter(
            "evertill_pushes", "Batches that were answered.", registry=self._registry
        )
        self._groups = Counter(
            "evertill_groups", "Groups by their verdict.", ["verdict"], registry=self._registry
        )
        self._held = Gauge(
            "evertill_held_groups",
            "Groups of all organisations that wait, at the last look.",
            registry=self._registry,
        )
        self._jobs = Counter(
            "evertill_job_runs",
            "Runs of the server's own jobs in this process.",
            ["job", "outcome"],
            registry=self._registry,
        )
        self._job_seconds = Histogram(
            "evertill_job_seconds",
            "How long the server's own jobs took.",
            ["job"],
            registry=self._registry,
        )

    def watch(self, hub: Hub, pool_stats: Callable[[], Mapping[str, int]]) -> None:
        """Read the hints and the connection pool at each scrape."""
        self._registry.register(_Live(hub, pool_stats))

    def requested(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answered request; ``route`` is the pattern, never the path."""
        self._requests.labels(route, method, str(status)).inc()
        self._request_seconds.labels(route, method).observe(seconds)

    def pushed(self, verdicts: Iterable[Verdict]) -> None:
        """Count an answered batch."""
        self._pushes.inc()
        for verdict in verdicts:
            self._groups.labels(verdict.kind).inc()

    def held(self, count: int) -> None:
        """Note how many groups wait."""
        self._held.set(count)

    @contextmanager
    def job(self, name: str) -> Iterator[None]:
        """Count a run of a job, and whether it failed."""
        began, outcome = perf_counter(), "failed"
        try:
            yield
            outcome = "done"
        finally:
            self._jobs.labels(name, outcome).inc()
            self._job_seconds.labels(name).observe(perf_counter() - began)

    def text(self) -> bytes:
        """Everything, in the text format of Prometheus."""
        return generate_latest(self._registry)


class _Live(Collector):
    """Figures that other parts keep, read at each scrape."""

    def __init__(self, hub: Hub, pool_stats: Callable[[], Mapping[str, int]]) -> None:
        self._hub = hub
        self._pool_stats = pool_stats

    def collect(self) -> Iterable[Metric]:
        """The families of this moment."""
        hub = self._hub
        yield GaugeMetricFamily("evertill_websockets", "Connected tills.", hub.connected)
        for field in fields(HintStats):
            value = getattr(hub.stats, field.name)
            yield CounterMetricFamily(f"evertill_hints_{field.name}", field.metadata["help"], value)
        pool = self._pool_stats()
        for name in POOL_GAUGES:
            text = "The connection pool at this moment."
            yield GaugeMetricFamily(f"evertill_{_pooled(name)}", text, pool.get(name, 0))
        for name in POOL_COUNTERS:
            text = "The connection pool since the start."
            yield CounterMetricFamily(f"evertill_{_pooled(name)}", text, pool.get(name, 0))


def _pooled(name: str) -> str:
    return f"pool_{name.removeprefix('pool_').removesuffix('_num')}"
