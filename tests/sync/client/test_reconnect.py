"""When the line for hints is tried again."""

import ssl

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import InvalidMessage, InvalidStatus
from websockets.http11 import Response

from sync.client.reconnect import PATIENT_EVERY, PROBE_TIMEOUT_S, Reconnect
from sync.protocol.limits import BACKOFF_MAX_S, CONNECT_TIMEOUT_S

ALMOST_ONE = 0.999_999


def refusal(status: int, **headers: str) -> InvalidStatus:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return InvalidStatus(Response(status, "", Headers(named)))


@pytest.mark.parametrize("fault", [OSError(), TimeoutError(), ConnectionRefusedError()])
def test_a_network_that_is_back_is_found_in_under_two_seconds(fault: Exception) -> None:
    """After any number of failures the wait and the next try together take less than 2 s."""
    reconnect = Reconnect(lambda: ALMOST_ONE)
    for _ in range(1_000):
        wait_s = reconnect.after_failure(fault)
        if reconnect.tcp_timeout_s == PROBE_TIMEOUT_S:
            assert wait_s + PROBE_TIMEOUT_S < 2.0
    assert Reconnect(lambda: 0.0).after_failure(fault) > 0.0


def test_a_slow_line_gets_its_time_now_and_then() -> None:
    """TCP over a satellite takes longer than a probe: every fourth try waits for it."""
    reconnect = Reconnect(lambda: 0.5)
    timeouts = []
    for _ in range(PATIENT_EVERY):
        timeouts.append(reconnect.tcp_timeout_s)
        reconnect.after_failure(TimeoutError())
    assert timeouts == [PROBE_TIMEOUT_S] * (PATIENT_EVERY - 1) + [CONNECT_TIMEOUT_S]


@pytest.mark.parametrize("status", [429, 503])
def test_the_server_says_when_to_come_back(status: int) -> None:
    """Retry-After on the handshake is the least wait."""
    assert Reconnect(lambda: 0.0).after_failure(refusal(status, Retry_After="45")) == 45.0


@pytest.mark.parametrize("fault", [refusal(502), refusal(503), ssl.SSLError(), InvalidMessage()])
def test_what_answers_badly_is_tried_less_and_less_but_never_forgotten(fault: Exception) -> None:
    """A proxy without its server, or a hotel's welcome page, gets no storm, and ten seconds."""
    reconnect = Reconnect(lambda: ALMOST_ONE)
    waits = [reconnect.after_failure(fault) for _ in range(20)]
    assert waits[0] < waits[1] < waits[2]
    assert waits[-1] == pytest.approx(10.0, abs=0.1)


@pytest.mark.parametrize("status", [401, 403, 404, 426])
def test_what_a_person_must_mend_is_asked_once_a_minute(status: int) -> None:
    """Failure 9: an expired token makes no loop, and a server without hints neither."""
    reconnect = Reconnect(lambda: 0.0)
    assert {reconnect.after_failure(refusal(status)) for _ in range(50)} == {BACKOFF_MAX_S}


def test_the_tills_of_a_restarted_server_do_not_come_back_together() -> None:
    """The first reconnect is spread over a second."""
    waits = [Reconnect(lambda at=at: at).after_break(3_600.0) for at in (0.0, 0.5, ALMOST_ONE)]  # type: ignore[misc]
    assert waits == pytest.approx([0.0, 0.5, 1.0], abs=0.01)


def test_a_line_that_breaks_at_once_is_not_opened_in_a_loop() -> None:
    """A server that lets in and hangs up is waited for, longer each time."""
    reconnect = Reconnect(lambda: ALMOST_ONE)
    waits = [reconnect.after_break(0.1) for _ in range(10)]
    assert waits[0] < waits[1] < waits[2]
    assert reconnect.after_break(60.0) < 1.0
    assert reconnect.after_break(0.1) == waits[0]
