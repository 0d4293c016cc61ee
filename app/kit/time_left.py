"""How long something that counts up will still take, from how fast it has gone so far."""

from app.kit.translation import translate

SECOND_US = 1_000_000
KNOWN_AFTER_US = 3 * SECOND_US
"""Before that a guess would jump about."""


class TimeLeft:
    """Told how far it is, says how long is left; a count that falls begins anew."""

    def __init__(self) -> None:
        self._first: tuple[int, int] | None = None
        self._last = 0

    def words(self, done: int, total: int, now_us: int) -> str:
        """``about 4 min left``; empty while it cannot be said."""
        if self._first is None or done < self._last:
            self._first = (done, now_us)
        self._last = done
        before, since_us = self._first
        passed_us, gone, left = now_us - since_us, done - before, total - done
        if passed_us < KNOWN_AFTER_US or gone <= 0 or left <= 0:
            return ""
        seconds = passed_us * left // gone // SECOND_US
        if seconds < 60:
            return translate("Till", "less than a minute left")
        return translate("Till", "about {value} min left", value=seconds // 60 + 1)
