"""Limits wrong enrolment codes by address; a code is short enough to be typed."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address

from sync.server.core.enrolment import BadCode

WRONG_MAX = 10
WINDOW_US = 600_000_000
ADDRESSES_MAX = 10_000
"""Remembered at once; beyond it the one that was heard of longest ago is forgotten."""
IPV6_PREFIX = 64
"""One customer of a provider has as many addresses as they like below it."""


class TooManyGuesses(Exception):
    """Nothing was looked up; ``retry_after_s`` says when the address may try again."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("too many wrong enrolment codes came from this address")
        self.retry_after_s = retry_after_s


@dataclass(slots=True)
class _Wrong:
    since_us: int
    count: int = 0


class GuessLimit:
    """Counts wrong codes by address, in one process, within bounded memory."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._wrong: OrderedDict[str, _Wrong] = OrderedDict()

    @contextmanager
    def watching(self, address: str) -> Iterator[None]:
        """Count a wrong code that is tried inside; raises TooManyGuesses before."""
        place = _place(address)
        self._check(place)
        # Counted before the answer is known, so that parallel tries count as several.
        wrong = self._count(place)
        try:
            yield
        except BadCode as bad:
            if bad.code != "code_unknown":
                wrong.count -= 1
            raise
        except BaseException:
            wrong.count -= 1
            raise
        else:
            wrong.count -= 1

    def _check(self, place: str) -> None:
        wrong = self._wrong.get(place)
        if wrong is None:
            return
        left_us = wrong.since_us + WINDOW_US - self._now_us()
        if not 0 < left_us <= WINDOW_US:
            del self._wrong[place]
        elif wrong.count >= WRONG_MAX:
            raise TooManyGuesses(left_us / 1_000_000)

    def _count(self, place: str) -> _Wrong:
        wrong = self._wrong.setdefault(place, _Wrong(self._now_us()))
        wrong.count += 1
        self._wrong.move_to_end(place)
        if len(self._wrong) > ADDRESSES_MAX:
            self._wrong.popitem(last=False)
        return wrong


def _place(address: str) -> str:
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(IPv6Network((int(known), IPV6_PREFIX), strict=False))
    return str(known)
