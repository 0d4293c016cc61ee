"""Pushes that share a transaction come out as if each had come alone."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localdb.domain.ops import Op
from localdb.domain.records import Product
from sync.protocol.messages import SentGroup
from sync.server.backend import Backend
from sync.server.core.ports import Unavailable
from sync.server.core.push import DseqGap
from sync.server.core.taking import Pushed
from sync.server.postgres.store import PostgresStore
from tests.support.postgres import PostgresDatabase
from tests.support.server import Operator
from tests.sync.server.crowd import Crowd, Outcome, Sender, crowd
from tests.sync.server.tills import NEW_ID, TAX_CLASS, edit, insert, poison, product

Pushes = list[tuple[Sender, Sequence[SentGroup]]]


def kinds(outcome: Outcome) -> list[str]:
    """The verdicts of a push."""
    assert isinstance(outcome, Pushed), outcome
    return [verdict.kind for verdict in outcome.verdicts]


async def rows(here: Crowd, query: str) -> list[tuple[Any, ...]]:
    """What the database shows of an organisation."""
    async with here.backend.store.transaction(here.org_id) as tx:
        await tx.cursor.execute(query.encode())
        return [tuple(row.values()) async for row in tx.cursor]


def play(operator: Operator, scene: Callable[[Backend], Awaitable[None]]) -> None:
    """Play a scene over the database."""
    operator.run(scene)


def test_pushes_that_meet_share_one_transaction(operator: Operator) -> None:
    """Twenty tills of two stores: one commit, gapless numbers, each till its own verdicts."""

    async def scene(backend: Backend) -> None:
        here = await crowd(backend, stores=2)
        pushes: Pushes = []
        for number in range(20):
            till = await here.sender(number % 2)
            pushes.append((till, [till.sale(), till.sale()]))
        outcomes = await here.together(pushes)
        assert [kinds(one) for one in outcomes] == [["applied"] * 2] * 20
        for (till, _), one in zip(pushes, outcomes, strict=True):
            assert isinstance(one, Pushed)
            assert [verdict.dseq for verdict in one.verdicts] == [1, 2]
            assert one.heads == one.verdicts[-1].numbers
            assert list(one.heads) == [till.device.store_id]
        transactions = await rows(
            here, "SELECT count(DISTINCT l.xmin::text) FROM ledger l JOIN sale s"
            " ON s.origin_device = l.device_id AND s.origin_dseq = l.dseq",
        )  # fmt: skip
        assert transactions == [(1,)]
        heads = await rows(here, "SELECT head FROM stream WHERE stream <> 'org'")
        assert heads == [(20,), (20,)]

    play(operator, scene)


def test_one_tills_trouble_is_its_own(operator: Operator) -> None:
    """Failure 4, between tills: poison, a fork, a gap and a contradiction harm no other push."""
    unknown = poison(operator.config.owner_url.get_secret_value())

    async def scene(backend: Backend) -> None:
        here = await crowd(backend)
        good, poisoned, forked, gapped, contrary, revoked = [await here.sender() for _ in range(6)]
        sold = NEW_ID()
        await here.one_by_one([(forked, [forked.sale()]), (contrary, [contrary.sale(sold)])])
        await backend.devices.revoke(here.org_id, revoked.device.device_id)
        strange = product().values() | unknown
        bad = Op("insert", "product", strange["id"], values=strange)
        gapped.dseq = 3
        outcomes = await here.together(
            [
                (good, [good.sale()]),
                (poisoned, [poisoned.sale(), poisoned.group(bad), poisoned.sale()]),
                (forked, [forked.group(insert(product()), dseq=1), forked.sale()]),
                (gapped, [gapped.sale()]),
                (contrary, [contrary.sale(sold, total_minor=1), contrary.sale()]),
                (revoked, [revoked.sale()]),
            ]
        )
        gap = outcomes.pop(3)
        assert isinstance(gap, DseqGap)
        assert gap.expected == 1
        assert [kinds(one) for one in outcomes] == [
            ["applied"],
            ["applied", "held", "applied"],
            ["fork"],
            ["rejected", "applied"],
            ["applied"],
        ]
        counted = await rows(here, "SELECT count(*) FROM sale")
        assert counted == [(7,)]
        assert await rows(here, "SELECT head FROM stream WHERE stream <> 'org'") == [(7,)]

    play(operator, scene)


def test_what_waits_for_a_record_in_the_same_transaction_is_released(operator: Operator) -> None:
    """The edit comes before the record it is about, from another till, in one transaction."""

    async def scene(backend: Backend) -> None:
        here = await crowd(backend)
        early, late = await here.sender(), await here.sender()
        beans = product()
        reprice = edit(Product, beans.id, {"price_minor": 400}, {"price_minor": 450})
        outcomes = await here.together(
            [(early, [early.group(reprice)]), (late, [late.group(insert(beans))])]
        )
        assert [kinds(one) for one in outcomes] == [["held"], ["applied"]]
        assert await rows(here, "SELECT price_minor FROM product") == [(450,)]

    play(operator, scene)


def test_a_lost_connection_loses_and_doubles_nothing(
    operator: Operator, database: PostgresDatabase
) -> None:
    """Failure 10, for many at once: all are told to come back, and then each sale is there once."""

    async def scene(backend: Backend) -> None:
        here = await crowd(backend)
        tills = [await here.sender() for _ in range(10)]
        pushes: Pushes = [(till, [till.sale()]) for till in tills]
        with psycopg.connect(database.owner_url, autocommit=True) as owner:
            with owner.transaction():
                owner.execute("LOCK TABLE ledger IN EXCLUSIVE MODE")
                meeting = asyncio.create_task(here.together(pushes))
                while not owner.execute(TERMINATE, (PostgresStore.APPLICATION,)).fetchall():
                    await asyncio.sleep(0.01)
            outcomes = await meeting
        assert {type(one) for one in outcomes} == {Unavailable}
        assert await rows(here, "SELECT count(*) FROM sale") == [(0,)]
        again = await here.together(pushes)
        assert [kinds(one) for one in again] == [["applied"]] * 10
        assert [kinds(one) for one in await here.together(pushes)] == [["applied"]] * 10
        stored = "SELECT count(*), max(head) FROM sale, stream WHERE stream <> 'org'"
        assert await rows(here, stored) == [(10, 10)]

    play(operator, scene)


TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
    " AND wait_event_type = 'Lock' AND datname = current_database()"
)


# ---------------------------------------------------------------- as if one after the other

GOODS = [
    Product(id=NEW_ID(), sku=f"SKU{n}", name="Beans", price_minor=400, tax_class_id=TAX_CLASS)
    for n in range(3)
]
GOODS[2] = Product(**GOODS[2].values() | {"sku": "SKU1"})
PRICES = st.sampled_from([400, 450, 500])
MOVES = st.one_of(
    st.just(("sell",)),
    st.just(("again",)),
    st.tuples(st.just("insert"), st.sampled_from(GOODS)),
    st.tuples(st.just("price"), st.sampled_from(GOODS[:1]), PRICES, PRICES),
    st.tuples(st.just("note"), st.sampled_from(GOODS[:1]), st.sampled_from(["a", "b"])),
)
PLANS = st.lists(st.lists(MOVES, min_size=1, max_size=4), min_size=2, max_size=4)


def groups_of(till: Sender, moves: Sequence[tuple[Any, ...]]) -> list[SentGroup]:
    """What a till sends for its part of a plan."""
    sent = [till.sale()]
    for move in moves:
        match move:
            case ("sell",):
                sent.append(till.sale())
            case ("again",):
                sent.insert(0, sent[0])
            case ("insert", made):
                sent.append(till.group(insert(made)))
            case ("price", made, before, after):
                prices = {"price_minor": before}, {"price_minor": after}
                sent.append(till.group(edit(Product, made.id, *prices)))
            case (_, made, note):
                sent.append(till.group(edit(Product, made.id, {"note": ""}, {"note": note})))
    return sent


async def history(here: Crowd, plan: Sequence[Sequence[tuple[Any, ...]]], one_by_one: bool) -> Any:
    """What tills were answered and what is stored, without the ids that differ between runs."""
    first = await here.sender()
    await here.one_by_one([(first, [first.group(insert(GOODS[0]))])])
    tills = [await here.sender() for _ in plan]
    pushes: Pushes = [(t, groups_of(t, moves)) for t, moves in zip(tills, plan, strict=True)]
    send = here.one_by_one if one_by_one else here.together
    outcomes = await send(pushes)
    order = {till.device.device_id: n for n, till in enumerate([first, *tills])}
    names = {here.stores[0]: "store", "org": "org"}
    verdicts = [
        (v.dseq, v.kind, v.code, sorted((names[s], n) for s, n in v.numbers.items()))
        for one in outcomes
        if isinstance(one, Pushed)
        for v in one.verdicts
    ]
    return {
        "verdicts": verdicts,
        "products": await rows(
            here, "SELECT id, sku, price_minor, note, version FROM product ORDER BY id"
        ),
        "conflicts": await rows(
            here, "SELECT record_id, kind, state, fields_json, version FROM conflict ORDER BY id"
        ),
        "log": [
            (names[stream], number, order.get(device), dseq, count)
            for stream, number, device, dseq, count in await rows(
                here, "SELECT stream, number, device_id, dseq, row_count FROM change_log"
                " ORDER BY stream = 'org', number",
            )
        ],
        "acknowledged": await rows(
            here, "SELECT dseq_acknowledged FROM device ORDER BY device_id"
        ),
    }  # fmt: skip


@pytest.mark.timeout(120)
def test_together_or_one_by_one_makes_the_same_history(operator: Operator) -> None:
    """Whatever tills send, a shared transaction decides, numbers and stores it as it came."""

    async def same(backend: Backend, plan: Sequence[Sequence[tuple[Any, ...]]]) -> None:
        alone = await history(await crowd(backend), plan, one_by_one=True)
        shared = await history(await crowd(backend), plan, one_by_one=False)
        assert shared == alone

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(PLANS)
    def check(plan: list[list[tuple[Any, ...]]]) -> None:
        play(operator, lambda backend: same(backend, plan))

    check()
