"""Histories drawn from seeds, and what makes their verdict worth something."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.simulation import template
from tests.simulation.plan import drawn
from tests.simulation.run import run_plan, run_seed
from tests.simulation.shrink import shrunk
from tests.simulation.template import Template

SEEDS = range(60)
SAME = range(4)
DIGESTS = f"""
from tests.simulation import template
from tests.simulation.run import run_seed
shop = template.build()
print([run_seed(seed, shop).digest for seed in range({SAME.stop})])
"""


@pytest.fixture(scope="module")
def shop() -> Iterator[Template]:
    """The shop that every history begins with."""
    logging.disable(logging.CRITICAL)
    yield template.build()
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("first", range(SEEDS.start, SEEDS.stop, 10))
def test_whatever_happens_heals(shop: Template, first: int) -> None:
    """After any history both sides agree, and nothing was lost, doubled or changed."""
    for seed in range(first, first + 10):
        outcome = run_seed(seed, shop)
        assert not outcome.broken, f"seed {seed}: {outcome.broken}"


def test_a_seed_is_a_history(shop: Template) -> None:
    """The same seed does the same, also where strings hash otherwise."""
    here = [run_seed(seed, shop).digest for seed in SAME]
    assert here == [run_seed(seed, shop).digest for seed in SAME]
    for hash_seed in ("1", "2"):
        ran = subprocess.run(
            [sys.executable, "-c", DIGESTS],
            env={
                **os.environ,
                "PYTHONHASHSEED": hash_seed,
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout.strip() == str(here)


def test_different_seeds_are_different_histories(shop: Template) -> None:
    """Otherwise many would prove as much as one."""
    assert len({run_seed(seed, shop).digest for seed in SAME}) == len(SAME)


def test_a_failing_history_is_cut_to_what_matters(shop: Template) -> None:
    """Of a plan that fails because of two steps, those two are left."""
    plan = drawn(1)
    guilty = {plan.steps[3], plan.steps[-2]}
    short = shrunk(plan, lambda one: guilty <= set(one.steps))
    assert set(short.steps) == guilty
    assert not run_plan(short, shop).broken
