"""Every history of some small worlds, and whether a broken rule would be found there."""

import logging
from collections.abc import Iterator, Mapping
from unittest.mock import patch

import pytest

from localdb.domain.fields import Policy
from localdb.domain.merge import Merged, Values, merge_edit
from localdb.store import images
from sync.server.core import decisions
from tests.exhaustive.explore import explored
from tests.exhaustive.scripts import SMALL, Case, cases
from tests.simulation import template
from tests.simulation.mutations import MUTATIONS
from tests.simulation.template import Template

ONE_PRICE_EACH = Case((("price_minor",), ("price_minor",)), 0)


@pytest.fixture(scope="module")
def shop() -> Iterator[Template]:
    """The shop that every history begins with."""
    logging.disable(logging.CRITICAL)
    yield template.build()
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("case", SMALL, ids=str)
def test_every_history_keeps_every_promise(shop: Template, case: Case) -> None:
    """Whatever order things happen in, both sides agree and no edit is lost, doubled or hidden."""
    found = explored(case, shop)
    assert found.complete
    assert not found.findings, found.findings
    assert found.histories > found.states > found.at_rest > 0


def test_the_same_is_explored_each_time(shop: Template) -> None:
    """What was counted was all, and nothing of one exploration is left for the next."""
    one, other = (explored(ONE_PRICE_EACH, shop) for _ in range(2))
    assert (one.histories, one.states, one.steps) == (other.histories, other.states, other.steps)


def test_all_pairs_of_two_edits_are_cases() -> None:
    """Twenty scripts make 210 pairs, the equal ones among them."""
    assert len(set(cases(0))) == 20 * 21 // 2


def _later_wins(
    row: Values, before: Values, after: Values, policies: Mapping[str, Policy]
) -> Merged:
    """The rule broken: a contradiction is decided, and nobody is asked."""
    found = merge_edit(row, before, after, policies)
    return Merged(found.taken | dict(after), {}, found.overruled, found.merged)


def _first_stays(
    row: Values, before: Values, after: Values, policies: Mapping[str, Policy]
) -> Merged:
    """The rule broken: what contradicts is dropped."""
    found = merge_edit(row, before, after, policies)
    return Merged(found.taken, {}, found.overruled, found.merged)


@pytest.mark.parametrize(
    ("rule", "oracle"),
    [(_later_wins, "contradictions_are_asked_once"), (_first_stays, "no_edit_is_lost")],
)
def test_a_broken_merge_rule_is_found(shop: Template, rule: object, oracle: str) -> None:
    """A contradiction that is decided or dropped without a question breaks a promise."""
    with patch.object(decisions, "merge_edit", rule):
        found = explored(ONE_PRICE_EACH, shop)
    assert any(finding.startswith(oracle) for finding in found.findings)


def test_a_broken_rebase_is_found(shop: Template) -> None:
    """An unsent edit that a pulled row replaces, or one that stays hidden, breaks a promise."""
    with patch.object(images, "rebase", lambda image, pending: dict(image)):
        found = explored(Case((("price_minor", "name"), ("name",)), 0), shop)
    assert all("hidden" in finding for finding in found.findings)
    assert found.findings


def test_a_group_taken_twice_is_found(shop: Template) -> None:
    """A request that arrives twice, at a server that does not look into its ledger."""
    mutation = next(one for one in MUTATIONS if one.name == "no-ledger-check")
    with mutation.in_force():
        found = explored(SMALL[0], shop)
    assert found.findings
