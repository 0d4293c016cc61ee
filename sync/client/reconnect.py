"""Says when to connect for hints again: soon after an outage, but not all tills at once."""

import ssl
from collections.abc import Callable

from websockets.exceptions import InvalidStatus

from sync.client.backoff import Backoff
from sync.client.http_replies import retry_after_s
from sync.protocol.limits import BACKOFF_MAX_S, CONNECT_TIMEOUT_S, RECONNECT_SPREAD_S

PROBE_TIMEOUT_S = 1.0
"""To open TCP: with the wait after it, a network that is back is found in under two seconds."""
PATIENT_EVERY = 4
"""Every fourth try gives TCP its full time: the line may be slow and not dead."""
PROBE_WAIT_MIN_S = 0.25
PROBE_WAIT_MAX_S = 0.75
SERVER_WAIT_MAX_S = 10.0
"""Between tries while something answers that is not the server at its best."""
SETTLED_S = 10.0
"""A connection that lasted so long was a good one."""
TEMPORARY = frozenset({429, *range(500, 600)})


class Reconnect:
    """Seconds to wait before the next try; ``random`` gives a float in [0, 1).

    A dead network is tried about once a second: opening TCP costs next to nothing. What answers
    and refuses is given time, and the time it asks for.
    """

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._backoff = Backoff(random, max_s=SERVER_WAIT_MAX_S)
        self._failures = 0

    @property
    def tcp_timeout_s(self) -> float:
        """How long the next try may take to open TCP."""
        patient = self._failures % PATIENT_EVERY == PATIENT_EVERY - 1
        return CONNECT_TIMEOUT_S if patient else PROBE_TIMEOUT_S

    def after_break(self, lasted_s: float) -> float:
        """Note that a connection broke after so long."""
        self._failures = 0
        if lasted_s < SETTLED_S:
            return self._backoff.failed()
        self._backoff.succeeded()
        # A server that restarts loses all its tills at once.
        return self._random() * RECONNECT_SPREAD_S

    def after_failure(self, fault: Exception) -> float:
        """Note that no connection was made."""
        self._failures += 1
        if isinstance(fault, InvalidStatus):
            if fault.response.status_code in TEMPORARY:
                asked = fault.response.headers.get("Retry-After", "")
                return self._backoff.failed(retry_after_s(asked))
            # The token, or one of the programs, must change first.
            return BACKOFF_MAX_S
        if not isinstance(fault, OSError) or isinstance(fault, ssl.SSLError):
            return self._backoff.failed()
        self._backoff.succeeded()
        return PROBE_WAIT_MIN_S + self._random() * (PROBE_WAIT_MAX_S - PROBE_WAIT_MIN_S)
