"""The same histories against a real PostgreSQL."""

import logging
from collections.abc import Iterator

import pytest

from tests.simulation.plan import drawn
from tests.simulation.postgres_world import PostgresShop
from tests.simulation.run import run_world
from tests.support.postgres import Databases

SEEDS = range(4)


@pytest.fixture(scope="module")
def shop(databases: Databases) -> Iterator[PostgresShop]:
    """The shop in a database, to be copied."""
    logging.disable(logging.CRITICAL)
    made = PostgresShop(databases)
    yield made
    made.close()
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_heals_on_postgresql_too(shop: PostgresShop, seed: int) -> None:
    """The oracles see no difference between the two stores."""
    with shop.world(drawn(seed)) as world:
        outcome = run_world(world)
    assert not outcome.broken, outcome.broken
