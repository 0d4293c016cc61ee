"""The shortest history that still breaks the same promise: delta debugging over the steps."""

from collections.abc import Callable
from dataclasses import replace

from tests.simulation.plan import Plan, Step

RUNS_MAX = 400

Breaks = Callable[[Plan], bool]


def shrunk(plan: Plan, breaks: Breaks, runs_max: int = RUNS_MAX) -> Plan:
    """``plan`` without every step that can go while it still ``breaks``; bounded by ``runs_max``.

    Cuts large pieces first and single steps last.
    """
    steps = list(plan.steps)
    runs = 0
    size = max(1, len(steps) // 2)
    while size and runs < runs_max:
        cut_something = False
        start = 0
        while start < len(steps) and runs < runs_max:
            shorter = steps[:start] + steps[start + size :]
            runs += 1
            if breaks(replace(plan, steps=tuple(shorter))):
                steps, cut_something = shorter, True
            else:
                start += size
        size = size if cut_something and size == 1 else size // 2
    return replace(plan, steps=tuple(steps))


def written(steps: tuple[Step, ...]) -> str:
    """Steps as Python that a regression test can hold."""
    return "\n".join(f"    {step!r}," for step in steps)


def kinds_of(broken: tuple[str, ...]) -> set[str]:
    """Which promises are broken, without the particulars."""
    return {finding.split(":")[0] for finding in broken}
