"""Every history that ever found a bug, cut to what matters."""

import logging
from collections.abc import Iterator

import pytest

from tests.simulation import losses, template
from tests.simulation.losses import Lost
from tests.simulation.mutations import MUTATIONS
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

ANSWERED_IN_A_NEW_EPOCH = Plan(
    76,
    2,
    (
        Step("sell", 0, 619353),
        Step("back_up_server", 1, 943973),
        Step("sync", 0, 810291),
        Step("restore_server", 0, 107603),
        Step("sync", 0, 444999),
    ),
)
"""A sale is delivered again while the till loads afresh: by the cursor of the epoch before it
looked as if it had come back already, and the stock forgot it."""

REVOKED_AND_RESTORED = Plan(
    10,
    2,
    (
        Step("clone_till", 0, 986526),
        Step("destroy_till", 0, 53130),
        Step("back_up_server", 0, 879393),
        Step("sell", 1, 546839),
        Step("sync", 1, 811609),
        Step("restore_server", 0, 684560),
    ),
)
"""A till was replaced while a copy of it worked; a restore lost what that had sold, and nobody told
it: a revoked till pulls nothing."""
DELIVERED_BY_A_COPY = Plan(
    144,
    2,
    (
        Step("sell", 1, 787886),
        Step("clone_till", 1, 218056),
        Step("long_night", 1, 150856),
    ),
)
"""Two copies hold one undelivered sale: the one that comes second, under a name of its own, counted
it as its own in the proof, and the server as the other's."""
LOST_BY_BOTH = Plan(
    100247,
    4,
    (
        Step("back_up_server", 3, 323384),
        Step("sell", 0, 281969),
        Step("wait", 3, 903634),
        Step("destroy_till", 0, 811665),
        Step("restore_server", 1, 563461),
    ),
)
"""A till burnt, then the server was restored to before its sales: only other tills held them, and
nobody gave them back."""
NOTHING_EVER_MOVED = Plan(
    261,
    4,
    (
        Step("edit_product", 3, 59335),
        Step("wait", 1, 565677),
        Step("upgrade_while_loading", 0, 20574),
    ),
    mixed=True,
)
"""The log of a store without any stock is pruned: its tills asked for the stock for ever."""
SETTLED_AND_RESTORED = Plan(
    912,
    4,
    (
        Step("two_managers", 3, 711419),
        Step("back_up_server", 1, 252981),
        Step("sync", 2, 146308),
        Step("two_managers", 3, 828983),
        Step("restore_server", 1, 902505),
    ),
)
"""A restore takes a conflict that was settled: the settlement, journal entry and all, waited for it
for ever."""
GIVEN_BACK_IN_PARTS = Plan(
    1664,
    3,
    (
        Step("back_up_server", 2, 362822),
        Step("restore_server", 0, 622376),
        Step("sell", 2, 670106),
        Step("kill_till", 0, 84064),
        Step("wait", 2, 501720),
        Step("sync", 1, 261121),
        Step("restore_server", 2, 221893),
        Step("two_managers", 1, 438305),
        Step("restore_server", 1, 985203),
    ),
)
"""After a second restore another till gave a sale back without its movements, which a load had
dropped; they came with the group, and the stock counted them once for each of its two entries."""
PRUNED_UNSEEN = Plan(
    2154,
    2,
    (
        Step("double_life", 0, 201339),
        Step("kill_server", 1, 811248),
        Step("retain", 0, 663483),
    ),
)
"""The log was pruned while nobody had looked at its newest groups for anything odd."""
GIVEN_BACK_AND_PRUNED = Plan(
    3154,
    4,
    (
        Step("new_product", 0, 689995),
        Step("back_up_server", 2, 546750),
        Step("wait", 2, 579499),
        Step("restore_server", 1, 340023),
        Step("load_before_the_answer", 1, 825953),
    ),
)
"""Movements were given back and the log pruned before their till came with them: it could not tell
that its load had counted them."""
FASTER_COPY = Plan(
    1167,
    4,
    (
        Step("clone_till", 2, 41713),
        Step("destroy_till", 3, 158878),
        Step("delete_product", 2, 722222),
        Step("back_up_server", 1, 142299),
        Step("new_product", 3, 867819),
        Step("sync", 3, 101156),
        Step("restore_server", 2, 256775),
    ),
)
"""Of two copies one had delivered; after a restore the other's group took that number first, and
the run that the server held looked to both as if it were their own."""
UNKNOWN_FIELD_SETTLED = Plan(
    810000969,
    3,
    (
        Step("upgrade_till", 0, 0),
        Step("brand_product", 0, 277433),
        Step("delete_product", 1, 981819),
        Step("sync", 1, 749692),
        Step("wait", 2, 860087),
        Step("settle", 2, 557290),
    ),
    mixed=True,
)
"""A conflict about a field that only the later release knows was settled by a till of this one."""
ENROLLED_AND_NOT_LOADED = Plan(
    700000573,
    2,
    (
        Step("weather", 0, 560307),
        Step("destroy_till", 0, 99172),
        Step("upgrade_till", 1, 427283),
        Step("setting", 1, 346790),
    ),
    mixed=True,
)
"""The simulator let people work at a till whose first load was broken off: nobody can sign in."""
COMPARING_OVERNIGHT = Plan(
    810000912,
    4,
    (
        Step("digest", 0, 159235),
        Step("sync", 3, 658090),
        Step("long_night", 2, 916423),
    ),
)
"""The simulator took a till between two slices of a comparison for one at rest: it never asked the
server again, and nobody saw that its token had ended."""
REVOKED_LONG_BEFORE_IT_HEARD = Plan(
    810000201,
    3,
    (
        Step("revoke_till", 0, 561044),
        Step("update_needed", 0, 948693),
        Step("update_needed", 0, 387198),
        Step("sell", 0, 672248),
        Step("back_up_server", 2, 616225),
        Step("sync", 0, 510026),
        Step("restore_server", 1, 311659),
        Step("long_night", 2, 581952),
    ),
    mixed=True,
)
"""A revoked till had delivered its sales, the server was restored to before them, and the till was
off until its 30 days were over: it was let hand over nothing more."""
LOADED_BY_THE_NEXT_TILL = Plan(
    700000395,
    2,
    (
        Step("spend", 1, 764606),
        Step("back_up_server", 1, 718725),
        Step("sync", 1, 508462),
        Step("destroy_till", 1, 687499),
        Step("restore_server", 0, 129089),
    ),
)
"""A till burnt, the one in its place loaded its sale, and the server was restored to before it:
what is loaded did not say which group had brought it, nor what the journal said of it."""
LOADED_PAST_THE_OTHER_COPY = Plan(
    5000,
    4,
    (
        Step("clone_till", 2, 297856),
        Step("retain", 2, 618938),
        Step("back_up_server", 3, 563141),
        Step("wait", 3, 294758),
        Step("restore_server", 3, 596572),
        Step("give_back", 2, 492047),
        Step("kill_server", 0, 754635),
        Step("wait", 1, 493763),
    ),
)
"""A copy of a till loaded afresh past the groups of the other copy: none of them came down, and it
took itself for the only one."""
ACKNOWLEDGED_AND_RESTORED = Plan(
    810000178,
    4,
    (
        Step("back_up_server", 2, 716940),
        Step("double_life", 2, 334719),
        Step("retain", 1, 32232),
        Step("wait", 2, 445059),
        Step("settle", 2, 658253),
        Step("restore_server", 1, 602046),
    ),
)
"""A manager acknowledged a flag, and a restore took both: the server raised it anew, open, for the
answer had come back before its question."""
NUMBER_USED_AGAIN = Plan(
    940000854,
    2,
    (
        Step("back_up_till", 1, 355538),
        Step("sell", 1, 699462),
        Step("sync", 1, 328795),
        Step("restore_till", 1, 450386),
        Step("sync", 1, 349805),
        Step("restore_till", 1, 241284),
        Step("setting", 1, 813580),
        Step("restore_till", 1, 362829),
    ),
)
"""A till is put back three times; the second time it uses a number that had arrived before."""
FOUND = {
    "acknowledged, then the server was restored": ACKNOWLEDGED_AND_RESTORED,
    "loaded past the other copy": LOADED_PAST_THE_OTHER_COPY,
    "only the next till had loaded it": LOADED_BY_THE_NEXT_TILL,
    "revoked, restored, and off for long": REVOKED_LONG_BEFORE_IT_HEARD,
    "a field of a later release is settled": UNKNOWN_FIELD_SETTLED,
    "enrolled, and its data never arrived": ENROLLED_AND_NOT_LOADED,
    "away for months while it compared": COMPARING_OVERNIGHT,
    "the other copy was faster after a restore": FASTER_COPY,
    "given back, then pruned": GIVEN_BACK_AND_PRUNED,
    "pruned before the look": PRUNED_UNSEEN,
    "given back in parts": GIVEN_BACK_IN_PARTS,
    "settled, then the server was restored": SETTLED_AND_RESTORED,
    "a store without stock is pruned": NOTHING_EVER_MOVED,
    "pruned under a load": PRUNED_UNDER_A_LOAD,
    "answered in a new epoch": ANSWERED_IN_A_NEW_EPOCH,
    "revoked, then the server was restored": REVOKED_AND_RESTORED,
    "delivered by a copy": DELIVERED_BY_A_COPY,
    "lost by the till and by the server": LOST_BY_BOTH,
}

ONCE = {
    "answered in a new epoch": "verdicts-of-any-epoch",
    "revoked, then the server was restored": "shut-out-and-silent",
}
"""The mutation that makes an engine of then, where there is one."""


@pytest.fixture(scope="module")
def shop() -> Iterator[Template]:
    """The shop that every history begins with."""
    logging.disable(logging.CRITICAL)
    yield template.build()
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", FOUND)
def test_what_once_broke_holds(shop: Template, name: str) -> None:
    """A history that found a bug finds it no more."""
    outcome = run_plan(FOUND[name], shop, prove=True)
    assert not outcome.broken, outcome.broken


def test_a_copy_that_used_a_number_again_is_no_loss_to_name(
    shop: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is one to name where nobody notes that the number had arrived before."""
    assert run_plan(NUMBER_USED_AGAIN, shop).broken == ()
    monkeypatch.setattr(losses, "Lost", lambda *lost: Lost(*lost[:3]))
    (broken,) = run_plan(NUMBER_USED_AGAIN, shop).broken
    assert broken.startswith("losses_are_named: T2: does not name the lost group 1")


@pytest.mark.parametrize("name", ONCE)
def test_it_breaks_again_where_the_mend_is_taken_out(shop: Template, name: str) -> None:
    """A history that could not find its bug any more would hold nothing."""
    mutation = next(one for one in MUTATIONS if one.name == ONCE[name])
    with mutation.in_force():
        assert run_plan(FOUND[name], shop, prove=True).broken
