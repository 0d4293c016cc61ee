"""A till asks the server while a customer waits: it gets an answer, or none, but never an error."""

import json
import threading
from collections.abc import Callable

import pytest

from localdb.domain.claims import NO_WORD, Wish, Word
from localdb.domain.records import BalanceMovement
from localdb.store import outbox
from localdb.store.database import Database
from localdb.store.unit_of_work import UnitOfWork
from sync.client.background import Background
from sync.client.channel import InlineChannel, ThreadChannel
from sync.client.claims import Claims, claim_line
from sync.client.http_gateway import HttpGateway
from sync.protocol.gateway import (
    AuthFault,
    GatewayFault,
    NetworkFault,
    ProtocolFault,
    RequestRefused,
    TimedOut,
    UpdateNeeded,
)
from sync.protocol.messages import ClaimReply, ClaimRequest, Problem
from tests.support.verdicts import record_verdict
from tests.sync.client.conftest import Road
from tests.sync.client.fake_server import FakeServer
from tests.sync.client.loopback import Answer, serving

CARD = "01900000-0000-7000-8000-000000000070"
OTHER = "01900000-0000-7000-8000-000000000071"


@pytest.fixture
def server(road: Road) -> FakeServer:
    """The server in memory that the till is enrolled at."""
    return road.server


@pytest.fixture
def claims(database: Database, server: FakeServer) -> Claims:
    """The till's claims."""
    return Claims(database, InlineChannel(server))


def move(database: Database, amount: int, kind: str = "gift_card") -> None:
    """This till loads a card, or spends from it."""

    def job(uow: UnitOfWork) -> None:
        uow.insert(
            BalanceMovement(
                id=uow.new_id(),
                store_id=uow.identity.store_id,
                kind=kind,
                account_id=CARD,
                amount=amount,
                reason="paid",
                user_id=uow.new_id(),
                at_us=uow.now_us,
            )
        )

    database.write(job)


def delivered(database: Database) -> int:
    """The server has all groups; the number of the last one."""

    def job(uow: UnitOfWork) -> int:
        waiting = outbox.next_batch(uow.connection, 100, 10**9)
        for row in waiting:
            record_verdict(uow, row.dseq, "applied", "", "", {})
        return waiting[-1].dseq

    return database.write(job)


def test_a_wish_is_granted_in_whole_or_in_part(claims: Claims, server: FakeServer) -> None:
    """The till hears how much is its own."""
    wish = Wish("gift_card", CARD, 3000)
    assert claims.ask(wish) == Word(3000)
    server.left = 1000
    word = claims.ask(wish)
    assert (word, word.refuses(wish)) == (Word(1000), True)
    server.left = 0
    assert claims.ask(wish) == Word(0)


def test_what_was_not_delivered_is_claimed_along(
    claims: Claims, database: Database, server: FakeServer
) -> None:
    """The server cannot know of it, and must not promise it to another till."""
    move(database, 5000)
    after = delivered(database)
    move(database, -2000)
    assert claims.ask(Wish("gift_card", CARD, 1000)) == Word(1000)
    assert server.claimed == [
        ClaimRequest(kind="gift_card", subject_id=CARD, amount=3000, after=after)
    ]
    server.left = 2500
    assert claims.ask(Wish("gift_card", CARD, 1000)) == Word(500)
    server.left = 1000
    assert claims.ask(Wish("gift_card", CARD, 1000)) == Word(0)


def test_what_this_till_put_there_need_not_be_asked_for(
    claims: Claims, database: Database, server: FakeServer
) -> None:
    """A card sold a moment ago is not known to the server; nobody else can spend it."""
    move(database, 5000)
    assert claims.ask(Wish("gift_card", CARD, 5000)) == Word(5000)
    assert server.claimed == []
    server.left = 700
    assert claims.ask(Wish("gift_card", CARD, 6000)) == Word(5700)


@pytest.mark.parametrize(
    "fault",
    [
        NetworkFault("The server cannot be reached."),
        TimedOut("The server took too long to answer."),
        AuthFault("The server does not know this till."),
        UpdateNeeded("Update needed to sync."),
        ProtocolFault("The answer makes no sense."),
        RequestRefused(Problem(status=404, code="not_found", title="There is no such call.")),
    ],
)
def test_every_trouble_is_no_word(claims: Claims, server: FakeServer, fault: GatewayFault) -> None:
    """Offline, an older server, a revoked till: the till decides by what it knows."""
    server.faults["claim"] = [fault]
    word = claims.ask(Wish("gift_card", CARD, 100))
    assert (word, word.is_known) == (NO_WORD, False)
    assert not word.refuses(Wish("gift_card", CARD, 100))


def test_offline_nobody_waits(database: Database, server: FakeServer) -> None:
    """The till knows that there is nobody to ask."""
    claims = Claims(database, InlineChannel(server), is_online=lambda: False)
    assert claims.ask(Wish("held_cart", CARD)) == NO_WORD
    assert server.calls == []


class Silent(FakeServer):
    """Takes the question and never answers."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        super().__init__(now_us)
        self.asked, self.end = threading.Event(), threading.Event()

    def claim(self, request: ClaimRequest) -> ClaimReply:
        self.asked.set()
        self.end.wait()
        raise NetworkFault("The connection to the server broke off.")


def test_a_server_that_hangs_is_left_behind(road: Road, database: Database) -> None:
    """Failure 15: on a half-open line there is no word after the deadline; the next asks anew."""
    hanging = Silent(road.clock.now_us)
    background = Background(database)
    line = ThreadChannel(hanging, background, "claims", deadline_s=0.05, slow_s=0.05)
    claims = Claims(database, line)
    assert claims.ask(Wish("held_cart", CARD)) == NO_WORD
    assert hanging.asked.is_set()
    hanging.asked.clear()
    assert claims.ask(Wish("held_cart", CARD)) == NO_WORD
    assert hanging.asked.wait(10), "the second question waits behind the first"
    hanging.end.set()
    line.close()


def test_a_program_that_ends_waits_for_no_word(road: Road, database: Database) -> None:
    """The stop ends the wait at once, however long the deadline."""
    hanging = Silent(road.clock.now_us)
    background = Background(database)
    background.stop()
    line = claim_line(hanging, background)
    assert Claims(database, line).ask(Wish("held_cart", CARD)) == NO_WORD
    hanging.end.set()
    line.close()


@pytest.mark.parametrize(
    "reply", [{"subject_id": OTHER, "granted": 1}, {"subject_id": CARD, "granted": 2}]
)
def test_a_reply_to_another_question_is_not_believed(reply: dict[str, object]) -> None:
    """A proxy's cached answer is no claim, nor is more than was asked for."""
    request = ClaimRequest(kind="held_cart", subject_id=CARD, amount=1, after=0)
    with (
        serving(lambda _: Answer(body=json.dumps(reply).encode())) as server,
        HttpGateway(server.url, lambda: "token") as gateway,
        pytest.raises(ProtocolFault, match="another claim"),
    ):
        gateway.claim(request)
