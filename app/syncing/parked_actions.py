"""What a manager may do about groups that the server refused, wherever they are shown."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from app.kit.flow import Ask, AskYesNo
from app.kit.translation import translate
from localdb.errors import Refusal
from localdb.queries import sync_view
from localdb.services import sync_queue
from localdb.services.till import Till


class ParkedActions:
    """Gives a refused group up, or writes all that is undelivered to a file."""

    def __init__(self, till: Till, now_us: Callable[[], int], exports: Path) -> None:
        self._till = till
        self._now_us = now_us
        self._exports = exports

    def discard(self, dseq: int, what: str) -> Generator[Ask, Any, bool]:
        """Give a group up, after asking; part of a flow, whose value says whether it is gone."""
        sure = yield AskYesNo(
            translate("Sync", "Discard this change?"),
            translate(
                "Sync",
                "{what}: the server's values are kept and this till's change is lost.",
                what=what,
            ),
            translate("Sync", "Discard"),
            translate("Sync", "Keep"),
            "trash",
        )
        if sure:
            self._till.write(sync_queue.discard, dseq)
        return bool(sure)

    def export(self) -> str:
        """Write every group that is not delivered to a new file; what to say of it.

        Raises Refusal when the file cannot be written.
        """
        file = self._exports / f"evertill-undelivered-{self._now_us() // 1_000_000}.json"
        text = self._till.ask(sync_view.undelivered)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise Refusal(
                translate(
                    "Sync",
                    "The support file could not be saved: {error}. Check the disk.",
                    error=error,
                )
            ) from error
        return translate("Sync", "Saved to {file}.", file=file)
