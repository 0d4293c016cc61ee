"""Every history that ever found a bug, cut to what matters."""

import logging
from collections.abc import Iterator

import pytest

from tests.simulation import template
from tests.simulation.plan import Plan, Step
from tests.simulation.run import run_plan
from tests.simulation.template import Template

PRUNED_UNDER_A_LOAD = Plan(
    63,
    2,
    (
        Step("retain", 0, 686308),
        Step("sell", 1, 138735),
        Step("edit_product", 0, 120892),
        Step("wait", 1, 695810),
        Step("retain", 0, 160317),
    ),
)
"""The log is pruned past the heads of a load under way: the till asked for that stock for ever."""

FOUND = {"pruned under a load": PRUNED_UNDER_A_LOAD}


@pytest.fixture(scope="module")
def shop() -> Iterator[Template]:
    """The shop that every history begins with."""
    logging.disable(logging.CRITICAL)
    yield template.build()
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", FOUND)
def test_what_once_broke_holds(shop: Template, name: str) -> None:
    """A history that found a bug finds it no more."""
    outcome = run_plan(FOUND[name], shop)
    assert not outcome.broken, outcome.broken
