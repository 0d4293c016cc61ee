"""The line of one direction: every request has a deadline, whatever it hangs in."""

import threading
from collections.abc import Iterator

import pytest

from localdb.store.database import Database
from sync.client.background import Background, Stopping
from sync.client.channel import InlineChannel, ThreadChannel
from sync.protocol.gateway import Gateway, NetworkFault, TimedOut
from sync.protocol.messages import Me
from tests.sync.client.conftest import Clock
from tests.sync.client.fake_server import FakeServer

PATIENCE_S = 20.0


class Deaf(FakeServer):
    """Answers the first question only when it is let go, the others at once."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock.now_us)
        self.let_go = threading.Event()
        self.asked = 0
        self.threads: list[int] = []

    def me(self, sent: int = 0) -> Me:
        self.asked += 1
        self.threads.append(threading.get_ident())
        if self.asked == 1:
            self.let_go.wait(2 * PATIENCE_S)
        return super().me()


@pytest.fixture
def background(database: Database) -> Background:
    return Background(database)


@pytest.fixture
def deaf(clock: Clock) -> Iterator[Deaf]:
    server = Deaf(clock)
    yield server
    server.let_go.set()


def epoch(gateway: Gateway) -> str:
    return gateway.me().epoch


def test_an_overdue_request_is_given_up_and_the_next_one_gets_a_new_thread(
    background: Background, deaf: Deaf
) -> None:
    """Failure 15: what hangs is left behind, said to be stuck meanwhile, and begun again."""
    said: list[bool] = []
    line = ThreadChannel(
        deaf, background, "test", deadline_s=0.02, slow_s=0.01, on_slow=said.append
    )
    with pytest.raises(TimedOut):
        line.ask(epoch)
    assert said == [True, False]
    patient = ThreadChannel(deaf, background, "test", deadline_s=PATIENCE_S)
    assert patient.ask(epoch) == "epoch-1"
    assert len(set(deaf.threads)) == 2


def test_the_same_line_goes_on_after_an_overdue_request(background: Background, deaf: Deaf) -> None:
    """The request after it does not stand behind it, and its late answer is not looked at."""
    at = [0.0]
    line = ThreadChannel(deaf, background, "test", deadline_s=0.0, monotonic=lambda: at[0])
    with pytest.raises(TimedOut):
        line.ask(epoch)
    answer = line.begin(epoch)
    at[0] = -5.0
    assert answer.result() == "epoch-1"
    line.close()


def test_a_stop_ends_the_wait(background: Background, deaf: Deaf) -> None:
    """Closing the program does not wait for a dead line."""
    line = ThreadChannel(deaf, background, "test", deadline_s=PATIENCE_S)
    answer = line.begin(epoch)
    background.stop()
    with pytest.raises(Stopping):
        answer.result()


@pytest.mark.parametrize("threaded", [True, False])
def test_a_fault_comes_out_where_it_is_waited_for(
    background: Background, clock: Clock, threaded: bool
) -> None:
    """A request sent ahead raises when its answer is wanted, not before."""
    server = FakeServer(clock.now_us)
    server.faults["me"] = [NetworkFault("x")]
    line = (
        ThreadChannel(server, background, "test", deadline_s=PATIENCE_S)
        if threaded
        else InlineChannel(server)
    )
    answer = line.begin(epoch)
    with pytest.raises(NetworkFault):
        answer.result()
    assert line.ask(epoch) == "epoch-1"
