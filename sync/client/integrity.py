"""Compares this till with the server's digests, and loads the buckets that differ again.

One ``Check`` compares one stream's rows with those of a checkpoint: in slices, while the till sells
and pulls on. What moved since the checkpoint is left to the next one, so nothing waits
for it. ``Integrity`` says when one is due, and keeps the results.
"""

import json
import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from localdb.domain.records import RECORDS, Kind
from localdb.store import integrity, local, outbox
from localdb.store.integrity import Repaired
from localdb.store.replica import ORG_STREAM
from localdb.store.rows import to_json
from localdb.store.unit_of_work import UnitOfWork
from sync.client.background import Background
from sync.client.channel import Channel
from sync.client.page_size import PageSize
from sync.client.pull import Pulled
from sync.client.status import Comparison
from sync.protocol.digest import DAY_MS, Tally, as_known, bucket_of, id_at, ids_of_day
from sync.protocol.gateway import NetworkFault, RequestRefused
from sync.protocol.limits import APPLY_ROWS_MAX, REPAIR_BUCKETS_MAX
from sync.protocol.messages import CheckpointDigests

log = logging.getLogger(__name__)

T = TypeVar("T")
Bucket = tuple[str, str]
"""(record type, bucket)."""
EVERY_US = DAY_MS * 1000
PAGE_ROWS = 500
"""Rows of a page that is read again: parsing it must fit between two frames."""
ROUNDS_MAX = 2
"""Comparisons in all: rows that were put right are compared once more."""
BEYOND_ALL_IDS = "g"
_KEY = "comparison:"


class Check:
    """One comparison with a checkpoint; ``step`` again after a fault goes on where it stopped."""

    def __init__(self, background: Background, channel: Channel, stream: str, number: int) -> None:
        self.stream = stream
        self.number = number
        self.compared = 0
        """Rows looked at."""
        self.differing: list[Bucket] = []
        self.repaired = Repaired()
        self.too_much = False
        """Whether so much differs that all should be loaded afresh."""
        self._background = background
        self._channel = channel
        self._size = PageSize(PAGE_ROWS)
        self._tallies: dict[str, Tally] = {}
        self._todo: deque[Callable[[], None]] = deque([self._begin])

    def step(self) -> bool:
        """Do one slice; returns whether there is more. Raises any GatewayFault."""
        self._todo[0]()
        self._todo.popleft()
        return bool(self._todo)

    def _next(self, task: Callable[[], None]) -> None:
        self._todo.insert(1, task)

    # ------------------------------------------------------------ comparing

    def _begin(self) -> None:
        there = self._ask_digests()
        for name in there.buckets:
            if name in RECORDS:
                self._tallies[name] = Tally()
                is_fact = RECORDS[name].KIND is Kind.FACT
                after = id_at(there.first_day * DAY_MS) if is_fact else ""
                fields = there.fields.get(name, ())
                self._todo.append(partial(self._count, name, fields, after))
        self._todo.append(partial(self._compare, there))

    def _ask_digests(self) -> CheckpointDigests:
        return self._channel.ask(lambda g: g.checkpoint_digests(self.stream, self.number))

    def _count(self, name: str, fields: Sequence[str], after: str) -> None:
        """Tally the next rows of a type, as a server that declares these fields has them."""
        with self._background.read() as conn:
            found = integrity.read_slice(conn, name, after, APPLY_ROWS_MAX)
        record = RECORDS[name]
        for id_, values, version in found.rows:
            known = as_known(record, values, fields)
            self._tallies[name].add(bucket_of(record.KIND, id_), known, version)
        self.compared += len(found.rows)
        if found.next_after:
            self._next(partial(self._count, name, fields, found.next_after))

    def _compare(self, there: CheckpointDigests) -> None:
        differing = self._differing(there)
        if differing - set(there.touched):
            # What moved while the rows were read moved here, too.
            differing -= set(self._ask_digests().touched)
        else:
            differing = set()
        order = list(RECORDS)
        # Parents first; of facts the newest days first.
        self.differing = sorted(differing, key=lambda one: one[1], reverse=True)
        self.differing.sort(key=lambda one: order.index(one[0]))
        references = [name for name, _ in differing if RECORDS[name].KIND is Kind.REFERENCE]
        self.too_much = len(references) > REPAIR_BUCKETS_MAX
        if not self.too_much:
            for name, bucket in self.differing[:REPAIR_BUCKETS_MAX]:
                self._todo.append(partial(self._open_bucket, name, bucket))

    def _differing(self, there: CheckpointDigests) -> set[Bucket]:
        found: set[Bucket] = set()
        for name, tally in self._tallies.items():
            here = tally.digests()
            names = here.keys() | there.buckets[name].keys()
            found |= {(name, one) for one in names if here.get(one) != there.buckets[name].get(one)}
        return found

    # ------------------------------------------------------------ repairing

    def _open_bucket(self, name: str, bucket: str) -> None:
        # Before the server is asked: it need not list facts that it got after that.
        is_fact = RECORDS[name].KIND is Kind.FACT
        after, below = ids_of_day(bucket) if is_fact else ("", BEYOND_ALL_IDS)
        with self._background.read() as conn:
            here = integrity.bucket_ids(conn, name, "" if is_fact else bucket, after, below)
        self._next(partial(self._load_page, name, bucket, "", here))

    def _load_page(self, name: str, bucket: str, after: str, here: set[str]) -> None:
        rows_max = self._size.rows
        page = self._size.watch(
            lambda: self._channel.ask(lambda g: g.snapshot_page(name, after, rows_max, bucket))
        )
        with self._background.read() as conn:
            rows = integrity.differing_references(conn, name, page.rows)
            facts, contradicted = integrity.differing_facts(conn, name, page.facts)
        self._apply(integrity.put_references, name, rows)
        self._apply(integrity.put_facts, name, facts)
        self.repaired.add(Repaired(left=contradicted))
        listed = {row.id for row in page.rows} | {fact.values["id"] for fact in page.facts}
        if page.next_after > after:
            self._next(partial(self._load_page, name, bucket, page.next_after, here - listed))
        else:
            self._next(partial(self._close_bucket, name, here - listed))

    def _close_bucket(self, name: str, strangers: set[str]) -> None:
        if RECORDS[name].KIND is Kind.FACT:
            # A sale is never removed: this may be the only place where it is left.
            self.repaired.add(Repaired(left=len(strangers)))
            return
        self._apply(integrity.remove_references, name, sorted(strangers))

    def _apply(
        self, put: Callable[[UnitOfWork, str, Sequence[T]], Repaired], name: str, all_: Sequence[T]
    ) -> None:
        for start in range(0, len(all_), APPLY_ROWS_MAX):
            part = all_[start : start + APPLY_ROWS_MAX]
            self.repaired.add(self._background.write(partial(_run, put, name, part)))


class Integrity:
    """Compares each stream once a day, when it has a checkpoint that was not compared yet.

    ``seen`` after every page; ``begin_if_due`` when there is nothing to pull, and ``step`` then as
    long as it says that there is more. All on the thread that pulls, but ``request``.
    """

    def __init__(self, background: Background, channel: Channel, store_id: str) -> None:
        self._background = background
        self._channel = channel
        self._streams = (ORG_STREAM, store_id)
        self._newest: dict[str, int] = {}
        self._now_us = 0
        self._requested = False
        self._wanted: set[str] = set()
        self._useless: set[tuple[str, int]] = set()
        self._check: Check | None = None
        self._round = 1
        self.wants_load = False
        """Whether all should be loaded afresh; the loader resets it."""
        with background.read() as conn:
            self._found = {stream: _kept(conn, stream) for stream in self._streams}

    @property
    def under_way(self) -> bool:
        """Whether a comparison has begun and not ended."""
        return self._check is not None

    @property
    def last(self) -> Comparison | None:
        """The last results of all streams, as one; for any thread."""
        return together([found for found in self._found.values() if found is not None])

    def request(self) -> None:
        """Compare all that can be compared now, even if it was compared today; from any thread."""
        self._requested = True

    def seen(self, stream: str, pulled: Pulled) -> None:
        """A page came in: the server names its newest checkpoint and the time."""
        self._now_us = pulled.server_time_us
        if pulled.checkpoint is None or pulled.number < pulled.checkpoint:
            self._newest.pop(stream, None)
        else:
            self._newest[stream] = pulled.checkpoint

    def begin_if_due(self) -> bool:
        """Begin a comparison if one is due; returns whether one is under way."""
        if self._requested:
            self._requested = False
            self._wanted = set(self._streams)
            self._useless.clear()
        if self._check is None:
            stream = next(filter(self._is_due, self._streams), None)
            if stream is not None and not self._anything_waits():
                self._wanted.discard(stream)
                self._round = 1
                self._check = Check(self._background, self._channel, stream, self._newest[stream])
        return self.under_way

    def step(self) -> None:
        """Do one slice; after a NetworkFault the next call continues where it stopped."""
        check = self._check
        assert check is not None, "begin one first"
        try:
            more = check.step()
        except NetworkFault:
            raise
        except RequestRefused:
            # No digests: an older server, or these have gone meanwhile.
            self._give_up(check)
        except Exception:
            self._give_up(check)
            raise
        else:
            if not more:
                self._end(check)

    def drop(self) -> None:
        """Forget the comparison under way: its figures are not of this till's data any more."""
        self._check, self.wants_load = None, False
        self._newest.clear()

    def _give_up(self, check: Check) -> None:
        self._useless.add((check.stream, check.number))
        self._check = None

    def _is_due(self, stream: str) -> bool:
        number = self._newest.get(stream)
        if number is None or (stream, number) in self._useless:
            return False
        last = self._found[stream]
        if stream in self._wanted or last is None:
            return True
        is_new = last.number != number
        return is_new and not last.at_us <= self._now_us < last.at_us + EVERY_US

    def _anything_waits(self) -> bool:
        with self._background.read() as conn:
            return outbox.waiting(conn).groups > 0

    def _end(self, check: Check) -> None:
        done, before = check.repaired, self._found[check.stream]
        found = Comparison(
            at_us=self._now_us,
            number=check.number,
            rows=check.compared,
            differing=len(check.differing),
            repaired=done.put + done.removed,
            left=done.left,
            reloaded=check.too_much,
        )
        if self._round > 1 and before is not None:
            found = replace(
                found,
                differing=before.differing,
                repaired=before.repaired + found.repaired,
                settled=not found.repaired,
            )
        _log(check, found)
        self._check, self._found[check.stream] = None, found
        text = to_json(asdict(found))
        self._background.write(
            lambda uow: local.put_setting(uow.connection, _KEY + check.stream, text)
        )
        self.wants_load = check.too_much
        if done.put + done.removed and self._round < ROUNDS_MAX:
            self._round += 1
            self._check = Check(self._background, self._channel, check.stream, check.number)


def together(found: Sequence[Comparison]) -> Comparison | None:
    """Several streams' comparisons as one, as old as the oldest."""
    if not found:
        return None
    return Comparison(
        at_us=min(one.at_us for one in found),
        number=0,
        rows=sum(one.rows for one in found),
        differing=sum(one.differing for one in found),
        repaired=sum(one.repaired for one in found),
        left=sum(one.left for one in found),
        reloaded=any(one.reloaded for one in found),
        settled=all(one.settled for one in found),
    )


def _run(
    put: Callable[[UnitOfWork, str, Sequence[T]], Repaired],
    name: str,
    part: Sequence[T],
    uow: UnitOfWork,
) -> Repaired:
    return put(uow, name, part)


def _kept(conn: Connection, stream: str) -> Comparison | None:
    text = local.setting(conn, _KEY + stream)
    return Comparison(**json.loads(text)) if text else None


def _log(check: Check, found: Comparison) -> None:
    level = logging.WARNING if found.differing or found.left else logging.INFO
    buckets: Counter[str] = Counter(name for name, _ in check.differing)
    log.log(
        level,
        "stream %s at %d: %d rows compared, %d buckets differ (%s), %d rows put right, %d left%s",
        check.stream,
        check.number,
        found.rows,
        len(check.differing),
        ", ".join(f"{name} {count}" for name, count in buckets.items()),
        check.repaired.put + check.repaired.removed,
        found.left,
        "; all is loaded afresh" if found.reloaded else "",
    )
