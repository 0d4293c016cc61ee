"""Two server processes on one PostgreSQL: what one takes the other tells, and one may die."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.servers import ServerProcess
from tests.support.postgres import PostgresDatabase
from tests.support.server import Operator, server_config
from tests.sync.server.test_hints import hint, listening
from tests.sync.server.tills import NEW_ID, Shop, Till, edit, insert, product

LOST_HINTS_MAX = 40


@pytest.fixture
def processes(
    database: PostgresDatabase, tmp_path: Path
) -> Iterator[tuple[ServerProcess, ServerProcess]]:
    """Two running processes over the module's database."""
    both = [ServerProcess(database.app_url, tmp_path / f"{name}.log") for name in ("one", "two")]
    for process in both:
        process.start()
    yield both[0], both[1]
    for process in both:
        process.stop()


@pytest.fixture
def shop(
    processes: tuple[ServerProcess, ServerProcess], database: PostgresDatabase
) -> Iterator[Shop]:
    """A shop whose tills enrol at the first process."""
    operator = Operator(server_config(database))
    org_id = operator.org()
    made = Shop(processes[0], operator, org_id, operator.store(org_id))
    yield made
    made.close()


def at(till: Till, process: ServerProcess) -> Till:
    """The till, talking to that process from now on."""
    till.http.base_url = httpx.URL(process.url)
    return till


def test_a_push_at_one_is_heard_at_the_other(
    shop: Shop, processes: tuple[ServerProcess, ServerProcess]
) -> None:
    """A live hint crosses from process to process, both ways."""
    _, two = processes
    here, there = shop.till(), at(shop.till(), two)
    assert heard_across(here, there) == "org"
    assert heard_across(there, here) == "org"


def heard_across(sender: Till, hearer: Till) -> str:
    """The stream of the first hint that crosses; a lost one costs one poll."""
    made = product()
    sender.send(insert(made))
    with listening(str(hearer.http.base_url).rstrip("/"), hearer) as ear:
        for turn in range(LOST_HINTS_MAX):
            before, after = {"price_minor": 400 + turn}, {"price_minor": 401 + turn}
            sender.send(edit(type(made), made.id, before, after))
            try:
                return hint(ear, wait_s=0.5)[0]
            except TimeoutError:
                continue
    raise AssertionError("no hint came across")


def test_tills_go_on_at_the_other_when_one_is_killed(
    shop: Shop, processes: tuple[ServerProcess, ServerProcess]
) -> None:
    """What the dead one had taken is known to the other: sent again, it is counted once."""
    one, two = processes
    till, other = shop.till(), at(shop.till(), two)
    sale = till.sell(NEW_ID())
    verdict = till.push(sale)[0]
    with listening(two.url, other) as ear:
        one.kill()
        last = till.sell(NEW_ID())
        with pytest.raises(httpx.TransportError):
            till.push(last)
        at(till, two)
        # The till does not know whether its last sale arrived, and sends both.
        assert till.push(sale, last)[0] == verdict
        made = product()
        number = till.send(insert(made)).numbers["org"]
        heard = [hint(ear)]
        while heard[-1] != ("org", number):
            heard.append(hint(ear))
    assert [entry.dseq for entry in other.pull_all(shop.store_id).entries] == [1, 2]
