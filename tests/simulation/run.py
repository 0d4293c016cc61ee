"""Running one history from its plan to its verdict."""

from tests.simulation.healing import DoesNotHeal, heal
from tests.simulation.oracles import findings
from tests.simulation.plan import Plan, drawn
from tests.simulation.steps import STEPS
from tests.simulation.template import Template
from tests.simulation.versions import unknown_is_kept, upgrade_all
from tests.simulation.world import Outcome, World, memory_world

PROVEN = (0, 2, 5)
"""Of eight histories: the proof reads both sides once more, as the oracles have done already.

2 is among them for the tills that join, 5 for the two releases.
"""


def run_plan(plan: Plan, template: Template, *, keep: bool = False, prove: bool = False) -> Outcome:
    """One history in memory; its tills are proven where ``PROVEN`` says so, or ``prove``."""
    return run_world(memory_world(plan, template, keep=keep), prove=prove)


def run_seed(seed: int, template: Template, *, keep: bool = False) -> Outcome:
    """The history of a seed."""
    return run_plan(drawn(seed), template, keep=keep)


def run_world(world: World, *, prove: bool = False) -> Outcome:
    """Act, heal, and look whether every promise was kept."""
    prove = prove or world.plan.seed % 8 in PROVEN
    with world:
        try:
            world.run(STEPS)
            heal(world)
            lost = tuple(f"{unknown_is_kept.__name__}: {one}" for one in unknown_is_kept(world))
            if world.releases is not None:
                upgrade_all(world)
                heal(world)
            with world.all_known():
                broken = lost + findings(world.sight(prove_all=prove))
        except DoesNotHeal as stuck:
            broken = (f"does not heal: {stuck}", *world.bugs)
        except Exception as error:  # whatever it is, it is a finding
            broken = (f"crashed: {type(error).__name__}: {error}", *world.bugs)
            world.trace(broken[0])
        for till in world.tills:
            world.trace(f"{till.name} {len(till.made)} groups, {till.deaths} deaths")
        return Outcome(
            world.plan.seed,
            broken,
            world.trace.digest,
            len(world.plan.steps),
            tuple(world.trace.lines),
            world.till_days,
        )
