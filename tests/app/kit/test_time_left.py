"""The guess at what is left."""

from app.kit.time_left import SECOND_US, TimeLeft


def test_the_rest_takes_as_long_as_what_went_before() -> None:
    """A quarter in a minute leaves three; the last stretch is less than one."""
    left = TimeLeft()
    assert left.words(0, 1_000, 0) == ""
    assert left.words(250, 1_000, 60 * SECOND_US) == "about 4 min left"
    assert left.words(900, 1_000, 216 * SECOND_US) == "less than a minute left"
    assert left.words(1_000, 1_000, 240 * SECOND_US) == ""


def test_nothing_is_said_too_early_or_of_what_stands_still() -> None:
    """The first seconds tell nothing, and neither does a load that waits."""
    left = TimeLeft()
    left.words(10, 1_000, 0)
    assert left.words(20, 1_000, SECOND_US) == ""
    still = TimeLeft()
    still.words(10, 1_000, 0)
    assert still.words(10, 1_000, 60 * SECOND_US) == ""


def test_a_load_that_begins_anew_is_measured_anew() -> None:
    """What an earlier load did says nothing about this one."""
    left = TimeLeft()
    left.words(0, 1_000, 0)
    left.words(900, 1_000, 60 * SECOND_US)
    assert left.words(0, 1_000, 61 * SECOND_US) == ""
    assert left.words(500, 1_000, 121 * SECOND_US) == "about 2 min left"
