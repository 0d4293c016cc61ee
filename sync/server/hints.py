"""Telling tills that a stream moved, after the commit and at no cost to it."""

from typing import Protocol


class HintSink(Protocol):
    """Where the news of a commit goes; never fails, never waits."""

    def publish(self, org_id: str, heads: dict[str, int]) -> None: ...
