"""The audit trail of a conflict."""

import json

from localdb.domain.resolution import STEPS_MAX, ResolutionStep, last, steps, with_step


def test_steps_come_back_as_they_were_written() -> None:
    """Who chose what instead of what, when and why."""
    first = ResolutionStep(
        "settled", 5, "ada", {"price_minor": 450}, {"price_minor": 400}, "agreed"
    )
    text = with_step(with_step("{}", first), ResolutionStep("reopened", 6, "grace"))
    assert steps(text) == (first, ResolutionStep("reopened", 6, "grace"))
    assert last(text) == ResolutionStep("reopened", 6, "grace")


def test_nothing_was_decided_yet() -> None:
    """A new conflict has no steps."""
    assert steps("{}") == ()
    assert last("{}") is None


def test_the_trail_is_bounded_and_keeps_the_newest() -> None:
    """A conflict that goes back and forth for ever stays a small record."""
    text = "{}"
    for number in range(STEPS_MAX + 10):
        text = with_step(text, ResolutionStep("reopened", number))
    assert [step.at_us for step in steps(text)] == list(range(10, STEPS_MAX + 10))


def test_what_a_newer_program_adds_is_ignored() -> None:
    """A field this program does not know does not hide the step."""
    assert steps(json.dumps([{"did": "settled", "at_us": 1, "mood": "calm"}])) == (
        ResolutionStep("settled", 1),
    )
