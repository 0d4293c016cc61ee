"""What hints say, and which of it is worth a request."""

from localdb.store.sync_state import Cursor
from sync.client.pending_hints import Heard, PendingHints
from sync.protocol.messages import Hint, Verdict, VerdictKind

EPOCH = "epoch-1"


def news() -> PendingHints:
    return PendingHints(["org", "store"])


def hint(stream: str, number: int) -> Hint:
    return Hint(stream=stream, number=number)


def verdict(dseq: int, kind: VerdictKind = "applied", **numbers: int) -> Verdict:
    return Verdict(dseq=dseq, kind=kind, numbers=numbers)


def at(number: int, epoch: str = EPOCH) -> Cursor:
    return Cursor(epoch, number)


def test_hints_about_a_stream_come_to_one() -> None:
    """The newest number of each stream is kept, whatever order they come in; taken once."""
    heard = news()
    assert [heard.hear(hint("org", number)) for number in (3, 5, 4)] == [True] * 3
    heard.hear(hint("store", 1))
    assert heard.waits
    assert heard.take() == Heard({"org": 5, "store": 1}, anything=False)
    assert not heard.waits
    assert heard.take() == Heard({}, anything=False)


def test_a_stream_that_is_not_followed_wakes_nobody() -> None:
    """Whatever a server says of it: nothing is kept."""
    heard = news()
    assert not heard.hear(hint("somebody else's", 9))
    assert not heard.waits


def test_what_could_not_be_read_is_about_anything() -> None:
    """It stands beside the hints that could."""
    heard = news()
    heard.hear(hint("org", 3))
    assert heard.hear(None)
    assert heard.take() == Heard({"org": 3}, anything=True)


def test_a_number_that_was_pulled_is_not_new() -> None:
    """Neither the cursor's own nor one below it."""
    heard = news()
    assert [heard.is_new("org", number, at(7)) for number in (6, 7, 8)] == [False, False, True]


def test_own_groups_are_not_new() -> None:
    """A run of own groups right behind the cursor brings nothing; one more than that does."""
    heard = news()
    heard.delivered(EPOCH, [verdict(1, org=8), verdict(2, store=3), verdict(3, org=9)])
    assert [heard.is_new("org", number, at(7)) for number in (8, 9, 10)] == [False, False, True]
    assert not heard.is_new("org", 9, at(8))
    assert not heard.is_new("store", 3, at(2))


def test_a_group_of_another_till_in_between_is_new() -> None:
    """Number 9 is somebody else's, before and after an own one."""
    heard = news()
    heard.delivered(EPOCH, [verdict(1, org=8)])
    heard.delivered(EPOCH, [verdict(2, org=10)])
    assert heard.is_new("org", 10, at(7))
    assert heard.is_new("org", 10, at(8))
    assert not heard.is_new("org", 10, at(9))


def test_what_was_not_taken_as_it_is_is_new() -> None:
    """A merged or disputed row looks different on the server, also when the next group is plain."""
    for kind in ("merged", "conflict", "held", "superseded"):
        heard = news()
        heard.delivered(EPOCH, [verdict(1, kind, org=8), verdict(2, org=9)])
        assert heard.is_new("org", 8, at(7)), kind
        assert heard.is_new("org", 9, at(7)), kind


def test_own_numbers_of_another_epoch_say_nothing() -> None:
    """A restored server gives its numbers again, to others too."""
    heard = news()
    heard.delivered("epoch-0", [verdict(1, org=7)])
    heard.delivered(EPOCH, [verdict(2, org=8)])
    assert heard.is_new("org", 8, at(6))
    assert heard.is_new("org", 8, at(7, "epoch-0"))
    assert not heard.is_new("org", 8, at(7))
