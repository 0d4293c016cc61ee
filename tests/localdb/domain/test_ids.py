"""Time-ordered ids."""

import uuid
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.ids import IdSource, is_id


def source(*clock_us: int) -> IdSource:
    """Ids from a clock that shows these times in turn."""
    times = iter(clock_us)
    now_us: Callable[[], int] = lambda: next(times)  # noqa: E731
    return IdSource(now_us, lambda size: bytes(size))


@given(st.lists(st.integers(0, 2**48 * 1000 - 4096), min_size=2, max_size=50))
def test_ids_rise_whatever_the_clock_does(clock_us: list[int]) -> None:
    """Later ids sort after earlier ones, also when the clock stands still or goes back."""
    new_id = source(*clock_us)
    made = [new_id() for _ in clock_us]
    assert made == sorted(set(made))


@given(st.integers(0, 2**48 * 1000 - 1))
def test_an_id_is_a_version_7_uuid_of_its_time(now_us: int) -> None:
    """The version, the variant and the milliseconds are where RFC 9562 puts them."""
    made = uuid.UUID(source(now_us)())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == now_us // 1000


def test_ids_of_one_moment_differ() -> None:
    """Two tills at the same moment differ by their random part."""
    one = IdSource(lambda: 5)()
    assert is_id(one)
    assert one != IdSource(lambda: 5)()


def test_only_the_canonical_form_is_an_id() -> None:
    """One id has one spelling."""
    one = source(5)()
    assert is_id(one)
    for other in ("", "x", one.upper() + "A", one.replace("-", ""), f"{{{one}}}", one + "0"):
        assert not is_id(other)
