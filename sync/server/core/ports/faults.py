"""The faults of a database, as the server knows them."""


class Unavailable(Exception):
    """The database cannot serve this now; nothing was decided. ``retry_after_s`` is jittered."""

    def __init__(self, reason: str, retry_after_s: float) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class TooSlow(Unavailable):
    """A statement was given up: it took too long, or waited too long for a lock."""


class Race(Exception):
    """Another transaction was in the way: the same again succeeds."""


class StoreError(Exception):
    """The database refused a statement: what was to be written cannot be."""
