"""What is said of measured durations is what they were."""

import pytest

from tests.bench.samples import Samples, interleaved, percentile


def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed() -> None:
    """Nearest rank: no value is made up between two that were measured."""
    values = [float(value) for value in range(1, 201)]
    assert percentile(values, 50) == 100
    assert percentile(values, 99) == 198
    assert percentile(values, 100) == 200
    assert percentile([7.0], 99) == 7


def test_the_order_of_the_values_does_not_matter() -> None:
    """A percentile sorts for itself and leaves the values as they came."""
    values = [3.0, 1.0, 2.0]
    assert percentile(values, 50) == 2
    assert values == [3.0, 1.0, 2.0]


def test_nothing_is_said_of_no_samples() -> None:
    """An empty measurement is an error, never a fast one."""
    with pytest.raises(ValueError, match="no samples"):
        Samples().p99  # noqa: B018 - the property raises


def test_a_block_is_timed_in_milliseconds() -> None:
    """Each timed block is one sample, and its summary names its points."""
    samples = Samples()
    with samples.timed():
        pass
    assert len(samples) == 1
    assert 0 <= samples.median < 1000
    assert list(samples.summary("x")) == ["x_p50_ms", "x_p95_ms", "x_p99_ms", "x_max_ms"]


def test_both_sides_run_as_often_and_take_turns_at_going_first() -> None:
    """A noisy moment meets the measured side and its floor alike; warm-up turns are negative."""
    calls: list[tuple[str, int]] = []
    interleaved(lambda n: calls.append(("a", n)), lambda n: calls.append(("b", n)), 2, 2)
    assert [turn for _, turn in calls] == [-2, -2, -1, -1, 0, 0, 1, 1]
    assert [side for side, _ in calls] == ["b", "a", "a", "b", "b", "a", "a", "b"]
