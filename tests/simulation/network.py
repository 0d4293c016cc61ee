"""The line between one till and the server: it loses, delays, repeats, cuts and closes in time.

The real ``HttpGateway`` speaks over it, so every message is packed, unpacked and checked as it is
over a socket; only the socket is missing.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import httpx

from tests.simulation.faults import Fuse, draw

Serve = Callable[[httpx.Request], httpx.Response]
LATE_MAX = 20
"""Requests that a bad line still has somewhere."""


@dataclass(frozen=True, slots=True)
class Weather:
    """The chance of each mishap for one request, from 0 to 1."""

    unreachable: float = 0.0
    """Nothing arrives."""
    late: float = 0.0
    """Gives up on it; the request arrives later, when nobody waits any more."""
    twice: float = 0.0
    """The request arrives twice; the second answer comes back."""
    lost_answer: float = 0.0
    """The server has done it and its answer never arrives."""
    cut_answer: float = 0.0
    """The answer arrives, but for its end."""
    stale_answer: float = 0.0
    """Something on the way answers with what it kept of an earlier request of the same kind."""
    busy: float = 0.0
    """Something before the server answers 503."""

    def scaled(self, factor: float) -> "Weather":
        """Worse or better of everything."""
        chances = {name: getattr(self, name) * factor for name in self.__slots__}
        return replace(self, **chances)


FAIR = Weather()
ROUGH = Weather(0.15, 0.08, 0.10, 0.12, 0.05, 0.04, 0.05)
CUT = Weather(unreachable=1.0)
WEATHERS = (FAIR, ROUGH.scaled(0.3), ROUGH, CUT)


class Line(httpx.BaseTransport):
    """What a till's gateway sends through; ``tell`` keeps the trace."""

    def __init__(self, serve: Serve, fuse: Fuse, tell: Callable[[str], None]) -> None:
        self._serve = serve
        self._fuse = fuse
        self._tell = tell
        self.weather = FAIR
        self.rng = random.Random(0)
        self._late: list[httpx.Request] = []
        self._former: dict[str, httpx.Response] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request through the weather of the moment."""
        request.read()
        self._fuse.burn("before a request")
        response = self._carried(request)
        self._fuse.burn("after a request")
        return response

    def deliver_late(self) -> int:
        """Let the requests that got stuck arrive now, the last one first; how many there were."""
        late, self._late = self._late[::-1], []
        for request in late:
            try:
                became = str(self._serve(request).status_code)
            except httpx.TransportError as fault:
                became = str(fault)
            self._tell(f"late {_name(request)} {became}")
        return len(late)

    def _carried(self, request: httpx.Request) -> httpx.Response:
        name, weather, rng = _name(request), self.weather, self.rng
        if draw(rng, weather.unreachable):
            self._tell(f"unreachable {name}")
            raise httpx.ConnectError("the simulated line is down", request=request)
        if draw(rng, weather.busy):
            self._tell(f"busy {name}")
            busy = httpx.Response(503, headers={"Retry-After": "1"})
            return _copy(busy, request, b"")
        if draw(rng, weather.late) and len(self._late) < LATE_MAX:
            self._tell(f"stuck {name}")
            self._late.append(request)
            raise httpx.ReadTimeout("the simulated request got stuck", request=request)
        former = self._former.get(name)
        if draw(rng, weather.stale_answer) and former is not None:
            self._tell(f"stale answer {name}")
            return _copy(former, request, former.content)
        response = self._served(request, name)
        if draw(rng, weather.twice):
            response = self._served(request, name)
        return self._returned(request, response)

    def _served(self, request: httpx.Request, name: str) -> httpx.Response:
        response = self._serve(request)
        self._tell(f"{name} {response.status_code}")
        return response

    def _returned(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        name, weather, rng = _name(request), self.weather, self.rng
        self._former[name] = response
        if draw(rng, weather.lost_answer):
            self._tell(f"lost answer {name}")
            raise httpx.ReadError("the simulated answer got lost", request=request)
        if draw(rng, weather.cut_answer):
            self._tell(f"cut answer {name}")
            return _copy(
                response, request, response.content[: rng.randrange(len(response.content))]
            )
        return _copy(response, request, response.content)


def _copy(response: httpx.Response, request: httpx.Request, content: bytes) -> httpx.Response:
    # A response can be read once; the one that is kept must stay whole.
    headers = {k: v for k, v in response.headers.items() if k.lower() != "content-length"}
    stream = httpx.ByteStream(content)
    return httpx.Response(response.status_code, headers=headers, stream=stream, request=request)


def _name(request: httpx.Request) -> str:
    return f"{request.method} {request.url.path}"
