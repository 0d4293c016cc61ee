"""The engine and the server broken on purpose: each way must be found by some history.

Only here does a simulation patch what it runs; see the README for what catches which.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from localdb.domain.ops import Op
from localdb.store import (
    adoption,
    after_migration,
    images,
    local,
    outbox,
    quarantine,
    replica,
    sync_state,
)
from localdb.store.bulk import BulkLoad
from localdb.store.sync_state import Cursor
from localdb.store.unit_of_work import UnitOfWork
from sync.client import push as client_push
from sync.client import restored
from sync.client.http_gateway import HttpGateway
from sync.client.pull import Puller
from sync.client.upload import Uploader
from sync.protocol.gateway import NetworkFault
from sync.protocol.messages import PullReply, PushReply, PushRequest, SentGroup, Verdict
from sync.server.core import decisions, ledger, streams
from sync.server.core.admission import Device
from sync.server.core.held import HeldGroups
from sync.server.core.ledger import Standing
from sync.server.core.ports import (
    DeviceRun,
    NewFact,
    Origin,
    Recorded,
    Services,
    Store,
    StreamState,
)
from sync.server.jobs import held_sweep
from tests.simulation import server
from tests.simulation.memory_groups import MemoryGroups
from tests.simulation.memory_tables import Table, Work

Patch = tuple[object, str, object]


@dataclass(frozen=True, slots=True)
class Mutation:
    """One way to break a promise; ``patches`` replace attributes while it is in force."""

    name: str
    what: str
    patches: tuple[Patch, ...]
    focus: tuple[str, ...] = ()
    """The kinds of steps that bring it out."""

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Break it, for as long as this lasts."""
        with ExitStack() as stack:
            for where, attribute, new in self.patches:
                stack.enter_context(patch.object(where, attribute, new))
            yield


# ---------------------------------------------------------------- the server


def _nothing_is_known(
    device_id: str,
    run: DeviceRun,
    sent: Sequence[SentGroup],
    known: Mapping[Origin, Recorded],
) -> Standing:
    return Standing(replace(run, expected=sent[0].dseq), new=list(sent))


def _whatever_was_stored(known: Recorded, group: SentGroup) -> Verdict:
    return Verdict(dseq=group.dseq, **known.verdict)


_take = decisions._Work.take


def _never_hold(self: Any, op: Op) -> decisions.Decision | None:
    row_is_missing = op.kind == "edit" and self._row((op.type, op.id)) is None
    return None if row_is_missing else _take(self, op)


async def _release_nothing(self: HeldGroups, org_id: str, pushed: object) -> None:
    pass


async def _commit_numbers_at_once(self: Any, counts: Mapping[str, int]) -> dict[str, int]:
    heads = {}
    for name, count in sorted(counts.items()):
        key = (self._org, name)
        state: StreamState = self._work["stream"].get(key)
        self._work["stream"].committed[key] = replace(state, head=state.head + count)
        heads[name] = state.head + count
    return heads


def _count_only(self: Work, tables: dict[str, Table]) -> None:
    """The effects are committed, the ledger is not."""
    for name in ("ledger", "device"):
        self.views.pop(name, None)
    _commit(self, tables)


_commit = Work.commit
_record = MemoryGroups.record


async def _forget_verdicts(self: MemoryGroups, rows: Sequence[Any], now_us: int) -> None:
    await _record(self, rows[:-1], now_us)


async def _any_epoch(
    store: Store, services: Services, device: Device, stream: str, epoch: str, after: int
) -> PullReply:
    async with store.transaction(device.org_id) as tx:
        current = await tx.epoch()
    reply = await streams.pull(store, services, device, stream, current, after)
    return reply.model_copy(update={"epoch": epoch or current})


def _last_fact_wins(self: Any, type_name: str, facts: Sequence[NewFact]) -> set[str]:
    for fact in facts:
        values = fact.values
        if type_name == "sale":
            values = {**values, "total_minor": values["total_minor"] + 1}
        self._put(type_name, replace(fact, values=values), fact.values["id"])
    return set()


# ---------------------------------------------------------------- the till


def _cursor_first(self: Any, stream: str, epoch: str, entries: list[Any]) -> None:
    reached = Cursor(epoch, entries[-1].number)
    self._background.write(lambda uow: sync_state.put_cursor(uow.connection, stream, reached))
    self._background.write(lambda uow: replica.apply_entries(uow, stream, epoch, entries))


def _no_gap(*_: object) -> None:
    pass


_send = client_push.Pusher._send


def _believe_it_is_sent(self: Any, batch: Any) -> Any:
    sql = "UPDATE outbox_group SET state = 'acknowledged', verdict = 'applied' WHERE dseq = ?"

    def job(uow: UnitOfWork) -> None:
        for dseq in batch.dseqs:
            uow.connection.exec_driver_sql(sql, (dseq,))

    self._background.write(job)
    return _send(self, batch)


def _take_any_reply(self: HttpGateway, request: PushRequest) -> PushReply:
    reply = self._post("/v1/push", request, PushReply)
    # Whatever it is about, it is taken for an answer to this.
    groups = zip(request.groups, reply.verdicts, strict=False)
    verdicts = [verdict.model_copy(update={"dseq": sent.dseq}) for sent, verdict in groups]
    return reply.model_copy(update={"verdicts": verdicts, "batch_id": request.batch_id})


_push = client_push.Pusher.push


def _give_up(self: Any) -> Any:
    try:
        return _push(self)
    except NetworkFault:
        self._background.write(
            lambda uow: uow.connection.exec_driver_sql(
                "UPDATE outbox_group SET state = 'parked', verdict = 'rejected', code = 'gave_up'"
                " WHERE state = 'pending'"
            )
        )
        raise


def _image_only(values: Mapping[str, Any], pending: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return dict(values)


_adopt = adoption.adopt_state


def _leave_the_queue(uow: UnitOfWork) -> None:
    _adopt(uow)
    uow.connection.exec_driver_sql("DELETE FROM outbox_edit")
    uow.connection.exec_driver_sql("DELETE FROM outbox_group WHERE state = 'pending'")


def _never(*_: object) -> bool:
    return False


def _always_first(*_: object) -> int:
    return 0


def _drop_rejected(uow: UnitOfWork, verdicts: Sequence[Any], epoch: str | None = None) -> None:
    """Every verdict is taken for success."""
    taken = [one.model_copy(update={"kind": "applied"}) for one in verdicts]
    _verdicts(uow, taken, epoch)


_verdicts = outbox.record_verdicts


_split = images.split_extra


def _declared_only(record_type: str, values: Mapping[str, Any]) -> tuple[tuple[Any, ...], None]:
    return _split(record_type, values)[0], None


def _do_nothing(*_: object) -> None:
    pass


async def _try_nothing(*_: object) -> None:
    pass


def _reached_in_any_epoch(conn: Any, epoch: str | None) -> dict[str, int]:
    return {stream: at.number for stream, at in sync_state.cursors(conn).items()}


def _owes_nothing(self: Any) -> bool:
    return False


def _any_draft(self: BulkLoad) -> str | None:
    if not self.file.exists():
        return None
    with self._engine.begin() as conn:
        return local.setting(conn, "bulk_for")


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        "no-ledger-check",
        "the server does not look whether it has taken a group before",
        ((ledger, "_standing", _nothing_is_known),),
        ("weather",),
    ),
    Mutation(
        "ledger-apart",
        "the ledger and the run of a device are not committed with the effects",
        ((Work, "commit", _count_only),),
    ),
    Mutation(
        "verdict-forgotten",
        "the last verdict of a batch is not recorded",
        ((MemoryGroups, "record", _forget_verdicts),),
    ),
    Mutation(
        "fork-swallowed",
        "a number that is used again gets the verdict of the first group",
        ((ledger, "_again", _whatever_was_stored),),
        ("clone_till", "sell"),
    ),
    Mutation(
        "parent-not-awaited",
        "an edit of a record that is not there yet is dropped instead of held",
        ((decisions._Work, "take", _never_hold),),
        ("restore_server", "back_up_server", "customer"),
    ),
    Mutation(
        "held-for-ever",
        "what waited for a record is not applied when it arrives",
        ((HeldGroups, "release", _release_nothing),),
        ("edit_before_its_record",),
    ),
    Mutation(
        "numbers-outside",
        "stream numbers are taken outside the transaction",
        ((MemoryGroups, "advance", _commit_numbers_at_once),),
        ("kill_server", "sell"),
    ),
    Mutation(
        "epoch-ignored",
        "a cursor of the time before a restore is served as if nothing had happened",
        ((server, "pull", _any_epoch),),
        ("restore_server", "back_up_server", "edit_product"),
    ),
    Mutation(
        "facts-recomputed",
        "the server stores another total than the till printed",
        ((MemoryGroups, "_insert_facts", _last_fact_wins),),
        ("sell",),
    ),
    Mutation(
        "cursor-before-commit",
        "the till moves its cursor before it has applied what is up to there",
        ((Puller, "_apply", _cursor_first), (replica, "_refuse_gap", _no_gap)),
        ("kill_till", "edit_product"),
    ),
    Mutation(
        "acknowledged-before-sent",
        "the till takes a group for delivered when it sends it",
        ((client_push.Pusher, "_send", _believe_it_is_sent),),
        ("weather", "sell"),
    ),
    Mutation(
        "no-echo-check",
        "any answer to a push is taken for the answer to this one",
        ((HttpGateway, "push", _take_any_reply),),
        ("old_answer",),
    ),
    Mutation(
        "gives-up",
        "a batch that does not get through is parked",
        ((client_push.Pusher, "push", _give_up),),
        ("weather", "sell"),
    ),
    Mutation(
        "no-rebase",
        "pulled rows replace unsent edits",
        ((images, "rebase", _image_only),),
        ("pulled_over",),
    ),
    Mutation(
        "queue-left-behind",
        "the swap of a load does not take over what waits",
        ((adoption, "adopt_state", _leave_the_queue),),
        ("retain", "sell"),
    ),
    Mutation(
        "movements-twice",
        "movements that a stock sum holds already are added again",
        ((sync_state, "covers", _never), (sync_state, "stock_number", _always_first)),
        ("load_before_the_answer",),
    ),
    Mutation(
        "unknown-fields-dropped",
        "a till keeps only the fields that it knows",
        ((images, "split_extra", _declared_only),),
        ("brand_product",),
    ),
    Mutation(
        "unknown-types-dropped",
        "a till does not keep records of a type that it does not know",
        ((quarantine, "keep", _do_nothing),),
        ("supplier",),
    ),
    Mutation(
        "left-as-it-came",
        "after an upgrade, what an older program kept as it came stays there",
        ((after_migration, "take_over", _do_nothing),),
        ("brand_product", "upgrade_till"),
    ),
    Mutation(
        "held-by-the-older",
        "a server that was brought up to date does not look at what it held",
        ((held_sweep, "sweep", _try_nothing),),
        ("supplier", "survey_sale", "upgrade_till"),
    ),
    Mutation(
        "draft-of-the-older",
        "a load goes on with the draft of an older program",
        ((BulkLoad, "_label", _any_draft),),
        ("upgrade_while_loading",),
    ),
    Mutation(
        "nothing-resent",
        "after a restore of the server nothing is sent again",
        ((restored, "_queue_after", _always_first),),
        ("restore_server", "back_up_server", "sell"),
    ),
    Mutation(
        "verdicts-of-any-epoch",
        "the numbers of a verdict are compared with what was pulled before a restore",
        ((outbox, "_reached", _reached_in_any_epoch),),
        ("restore_server", "back_up_server", "sell"),
    ),
    Mutation(
        "shut-out-and-silent",
        "a revoked till does not ask whether a restored server has lost its groups",
        ((Uploader, "_owes", _owes_nothing),),
        ("shut_out",),
    ),
    Mutation(
        "refusal-taken-for-success",
        "a group that was refused is taken for applied",
        ((outbox, "record_verdicts", _drop_rejected),),
        ("double_life", "two_managers"),
    ),
)
