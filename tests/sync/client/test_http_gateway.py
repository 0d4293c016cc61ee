"""The HTTP gateway against servers that behave, and servers that do not."""

import gzip
import json
import logging
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sync.client.http_gateway import HttpGateway
from sync.protocol import limits
from sync.protocol.gateway import (
    AuthFault,
    BodyTooLarge,
    BrokenOff,
    CursorExpired,
    GatewayFault,
    NetworkFault,
    ProtocolFault,
    RequestRefused,
    TimedOut,
    UpdateNeeded,
)
from sync.protocol.messages import EnrolRequest, PushRequest, SentGroup
from tests.sync.client.loopback import Answer, Loopback, Script, Seen, serving

BATCH = "01890000-0000-7000-8000-000000000001"
OTHER = "01890000-0000-7000-8000-000000000002"
TOKEN = "a-very-secret-token"
REQUEST = PushRequest(batch_id=BATCH, groups=[SentGroup(dseq=1, hash="0" * 64, body="{}")])


def reply(batch_id: str = BATCH) -> bytes:
    verdicts = [{"dseq": 1, "kind": "applied", "numbers": {"org": 4}}]
    body = {"batch_id": batch_id, "epoch": "e1", "verdicts": verdicts, "server_time_us": 5}
    return json.dumps(body).encode()


@contextmanager
def gateway_to(script: Script, **settings: float) -> Iterator[tuple[HttpGateway, Loopback]]:
    with (
        serving(script) as server,
        HttpGateway(server.url, lambda: TOKEN, **settings) as gateway,  # type: ignore[arg-type]
    ):
        yield gateway, server


def fault_of(answer: Answer, **settings: float) -> GatewayFault:
    with (
        gateway_to(lambda _: answer, **settings) as (gateway, _),
        pytest.raises(GatewayFault) as caught,
    ):
        gateway.push(REQUEST)
    return caught.value


def test_a_push_travels_compressed_and_signed() -> None:
    """The request carries gzip, the token and the protocol version; the verdicts come back."""
    with gateway_to(lambda _: Answer(body=reply())) as (gateway, server):
        answer = gateway.push(REQUEST)
    (seen,) = server.seen
    assert answer.verdicts[0].numbers == {"org": 4}
    assert PushRequest.model_validate_json(seen.body) == REQUEST
    assert (seen.method, seen.path) == ("POST", "/v1/push")
    assert seen.headers["Content-Encoding"] == "gzip"
    assert seen.headers["Authorization"] == f"Bearer {TOKEN}"
    assert seen.headers["Evertill-Protocol"] == "1"


def test_a_compressed_reply_is_unpacked() -> None:
    """A server may answer with gzip."""
    packed = Answer(body=gzip.compress(reply()), headers={"Content-Encoding": "gzip"})
    with gateway_to(lambda _: packed) as (gateway, _):
        assert gateway.push(REQUEST).batch_id == BATCH


def test_a_server_that_takes_zstd_is_sent_zstd_from_then_on() -> None:
    """The first request travels as every server takes it; an answer offers better."""
    offer = Answer(body=reply(), headers={"Accept-Encoding": "zstd, gzip"})
    with gateway_to(lambda _: offer) as (gateway, server):
        gateway.push(REQUEST)
        gateway.push(REQUEST)
    assert [seen.headers["Content-Encoding"] for seen in server.seen] == ["gzip", "zstd"]
    assert server.seen[0].body == server.seen[1].body
    assert server.seen[0].headers["Accept-Encoding"] == "zstd, gzip"


def test_a_server_process_without_zstd_gets_the_same_again_with_gzip() -> None:
    """Several processes need not be installed alike: 415 costs one request, not the push."""

    def script(seen: Seen) -> Answer:
        if seen.headers["Content-Encoding"] == "gzip":
            return Answer(body=reply(), headers={"Accept-Encoding": "zstd, gzip"})
        problem = {"status": 415, "code": "encoding_unknown", "title": "Only gzip."}
        return Answer(415, json.dumps(problem).encode())

    with gateway_to(script) as (gateway, server):
        gateway.push(REQUEST)
        assert gateway.push(REQUEST).batch_id == BATCH
    assert [seen.headers["Content-Encoding"] for seen in server.seen] == ["gzip", "zstd", "gzip"]


def test_a_till_without_zstd_neither_asks_for_it_nor_sends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The library is optional; what a server offers changes nothing then."""
    monkeypatch.setitem(sys.modules, "backports.zstd", None)
    offer = Answer(body=reply(), headers={"Accept-Encoding": "zstd, gzip"})
    with gateway_to(lambda _: offer) as (gateway, server):
        gateway.push(REQUEST)
        gateway.push(REQUEST)
    assert [seen.headers["Content-Encoding"] for seen in server.seen] == ["gzip", "gzip"]
    assert server.seen[0].headers["Accept-Encoding"] == "gzip"


def test_a_pull_names_its_stream_and_cursor() -> None:
    """The cursor travels in the address."""
    page = {"epoch": "e1", "stream": "org", "head": 9, "entries": [], "server_time_us": 1}
    with gateway_to(lambda _: Answer(body=json.dumps(page).encode())) as (gateway, server):
        assert gateway.pull("org", "e1", 7).head == 9
    assert server.seen[0].path == "/v1/streams/org?epoch=e1&after=7&rows=2000"


def test_an_enrolment_sends_no_token() -> None:
    """Before enrolment there is no token, and an old one must not leak to a new server."""
    body = {
        "device_id": BATCH, "token": "t", "org_id": BATCH, "store_id": BATCH,
        "store_code": "S01", "till_code": "T01", "epoch": "e1",
    }  # fmt: skip
    with gateway_to(lambda _: Answer(body=json.dumps(body).encode())) as (gateway, server):
        assert gateway.enrol(EnrolRequest(code="ABCD-1234")).till_code == "T01"
    assert "Authorization" not in server.seen[0].headers


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, ProtocolFault),
        (400, RequestRefused),
        (401, AuthFault),
        (403, AuthFault),
        (408, TimedOut),
        (410, CursorExpired),
        (413, BodyTooLarge),
        (422, RequestRefused),
        (426, UpdateNeeded),
        (429, NetworkFault),
        (500, NetworkFault),
        (502, NetworkFault),
        (503, NetworkFault),
    ],
)
def test_each_status_has_its_own_fault(status: int, kind: type[GatewayFault]) -> None:
    """Failure 8: no status but 200 can be taken for a verdict, and 401/403 stand apart."""
    fault = fault_of(Answer(status=status, body=reply()))
    assert type(fault) is kind
    assert str(fault).endswith((".", ")"))


def test_a_busy_server_names_the_least_wait() -> None:
    """Retry-After in seconds is handed on, and bounded."""
    for text, seconds in (("7", 7.0), ("999999", 600.0), ("Wed, 21 Oct 2026", 0.0), ("-5", 0.0)):
        fault = fault_of(Answer(status=429, headers={"Retry-After": text}))
        assert isinstance(fault, NetworkFault)
        assert fault.retry_after_s == seconds


def test_a_refusal_says_why() -> None:
    """The server's own sentence reaches the person at the till."""
    problem = {"status": 422, "code": "code_used", "title": "No", "detail": "This code was used."}
    fault = fault_of(Answer(status=422, body=json.dumps(problem).encode()))
    assert isinstance(fault, RequestRefused)
    assert (str(fault), fault.problem.code) == ("This code was used.", "code_used")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Welcome to the hotel</html>",
        b'{"batch_id": "',
        b"[]",
        b'{"batch_id": "x", "epoch": "e", "verdicts": [], "server_time_us": 0}',
        b"\xff\xfe\x00",
    ],
)
def test_garbage_is_never_a_verdict(body: bytes) -> None:
    """A 200 that does not parse is a protocol fault."""
    assert isinstance(fault_of(Answer(body=body)), ProtocolFault)


def test_garbage_is_not_quoted() -> None:
    """What a broken reply held may be secret and stays out of messages."""
    fault = fault_of(Answer(body=b'{"batch_id": "the customer\'s card"}'))
    assert "card" not in str(fault)
    assert fault.__cause__ is None


def test_an_answer_to_another_batch_is_not_believed() -> None:
    """Failure 7: only a reply that echoes the batch id holds verdicts."""
    assert isinstance(fault_of(Answer(body=reply(OTHER))), ProtocolFault)


def test_another_streams_page_is_not_believed() -> None:
    """A reply about another stream must not be applied to this one."""
    page = {"epoch": "e1", "stream": "org", "head": 9, "entries": [], "server_time_us": 1}
    with (
        gateway_to(lambda _: Answer(body=json.dumps(page).encode())) as (gateway, _),
        pytest.raises(ProtocolFault),
    ):
        gateway.pull(BATCH, "e1", 7)


def test_half_a_body_is_a_broken_connection() -> None:
    """Failure 10: a reply cut short says nothing of what the server did."""
    half = Answer(body=reply()[:20], claimed_length=len(reply()))
    assert type(fault_of(half)) is BrokenOff


def test_half_a_compressed_body_is_not_believed() -> None:
    """A packed reply that ends early or is damaged does not parse."""
    packed = gzip.compress(reply())
    for body in (packed[:30], b"not gzip at all"):
        answer = Answer(body=body, headers={"Content-Encoding": "gzip"})
        assert isinstance(fault_of(answer), ProtocolFault)


def test_no_answer_at_all_is_a_broken_connection() -> None:
    """Failure 10: a server that hangs up after taking the groups leaves them to be sent again."""
    assert type(fault_of(Answer(hang_up=True))) is BrokenOff


def test_a_silent_server_times_out() -> None:
    """Failure 15: a half-open connection ends by time-out, not never."""
    release = threading.Event()
    with gateway_to(lambda _: Answer(wait=release), request_timeout_s=0.05) as (gateway, _):
        with pytest.raises(TimedOut):
            gateway.push(REQUEST)
        release.set()


def test_a_reply_that_trickles_for_ever_is_given_up() -> None:
    """A byte now and then must not hold the sync thread for ever."""
    hours = iter(range(0, 1_000_000, 3600))
    with (
        serving(lambda _: Answer(body=reply())) as server,
        HttpGateway(server.url, lambda: TOKEN, monotonic=lambda: next(hours)) as gateway,
        pytest.raises(TimedOut),
    ):
        gateway.push(REQUEST)


def unused_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


@contextmanager
def untrusted_server(folder: Path) -> Iterator[int]:
    """A TLS server whose certificate nobody vouches for; its port."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    began = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "pem").write_bytes(certificate.public_bytes(pem) + secret)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "pem")

    def greet(listening: socket.socket) -> None:
        with suppress(OSError), listening.accept()[0] as one:
            context.wrap_socket(one, server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=greet, args=(listening,))
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join()


def trouble(url: str) -> str:
    """What the cashier reads of a server that cannot be reached."""
    with HttpGateway(url, lambda: TOKEN) as gateway, pytest.raises(NetworkFault) as caught:
        gateway.me()
    return str(caught.value)


def test_each_reason_why_a_server_is_not_reached_has_its_own_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A name, a port, a certificate, no TLS: each says what to look at; the log has the cause."""
    port = unused_port()
    assert trouble(f"http://127.0.0.1:{port}").startswith(
        f"Nothing answers at 127.0.0.1, port {port}"
    )
    assert "The name no-such-host.invalid is not known" in trouble("https://no-such-host.invalid")
    with untrusted_server(tmp_path) as served:
        said = trouble(f"https://127.0.0.1:{served}")
    assert "certificate is not trusted" in said
    assert "self" in said
    with serving(lambda _: Answer(body=reply())) as plain:
        said = trouble(plain.url.replace("http://", "https://"))
    assert "does not answer over a secure connection" in said
    causes = ("ConnectionRefusedError", "gaierror", "SSLCertVerificationError", "SSLError")
    for cause, record in zip(causes, caplog.records, strict=True):
        assert cause in record.message
        assert TOKEN not in record.message


def test_a_lasting_failure_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """A till that is offline all night must not fill its log."""
    with HttpGateway(f"http://127.0.0.1:{unused_port()}", lambda: TOKEN) as gateway:
        for _ in range(3):
            with pytest.raises(NetworkFault):
                gateway.me()
    assert len(caplog.records) == 1


def test_a_small_bomb_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply is unpacked only up to the limit."""
    monkeypatch.setattr(limits, "REPLY_BYTES_MAX", 10_000)
    bomb = Answer(body=gzip.compress(bytes(50_000_000)), headers={"Content-Encoding": "gzip"})
    assert isinstance(fault_of(bomb), ProtocolFault)
    assert isinstance(fault_of(Answer(body=bytes(20_000))), ProtocolFault)


def test_redirects_are_not_followed() -> None:
    """A token goes only to the server it belongs to."""

    def script(seen: Seen) -> Answer:
        return Answer(status=307, headers={"Location": "/elsewhere"})

    with gateway_to(script) as (gateway, server), pytest.raises(ProtocolFault):
        gateway.push(REQUEST)
    assert [seen.path for seen in server.seen] == ["/v1/push"]


def test_the_token_is_nowhere_to_be_read(caplog: pytest.LogCaptureFixture) -> None:
    """Neither a log line nor a repr holds the token."""
    caplog.set_level(logging.DEBUG)
    with gateway_to(lambda _: Answer(status=500)) as (gateway, _):
        with pytest.raises(NetworkFault):
            gateway.push(REQUEST)
        assert TOKEN not in repr(gateway)
    assert TOKEN not in caplog.text


def test_a_new_token_is_used_at_once() -> None:
    """Failure 9: the token is asked for at each request, so a renewed one ends the 401s."""
    token = ["old"]
    with gateway_of(token) as (gateway, server):
        with pytest.raises(AuthFault):
            gateway.push(REQUEST)
        assert len(server.seen) == 1
        token[0] = "new"
        assert gateway.push(REQUEST).batch_id == BATCH


@contextmanager
def gateway_of(
    token: list[str], refused: Callable[[str], None] = lambda token: None
) -> Iterator[tuple[HttpGateway, Loopback]]:
    """A gateway to a server that knows only a token with "new" in it."""

    def script(seen: Seen) -> Answer:
        if "new" in seen.headers["Authorization"]:
            return Answer(body=reply())
        problem = {"status": 401, "code": "token_unknown", "title": "The token is not known."}
        return Answer(401, json.dumps(problem).encode())

    with (
        serving(script) as server,
        HttpGateway(server.url, lambda: token[0], refused=refused) as gateway,
    ):
        yield gateway, server


def test_a_token_replaced_meanwhile_costs_no_failure() -> None:
    """The other direction began to use a new one while this request was under way."""
    token = ["old"]

    def other_direction(_: str) -> None:
        token[0] = "new"

    with gateway_of(token, other_direction) as (gateway, server):
        assert gateway.push(REQUEST).batch_id == BATCH
    assert len(server.seen) == 2


def test_an_unknown_token_is_reported_and_tried_once_more_only() -> None:
    """When neither is known, that is what the caller hears."""
    token, reported = ["old"], []

    def refused(refused: str) -> None:
        reported.append(refused)
        token[0] = "older" if refused == "old" else "old"

    with gateway_of(token, refused) as (gateway, server), pytest.raises(AuthFault) as caught:
        gateway.push(REQUEST)
    assert (reported, len(server.seen)) == (["old"], 2)
    assert caught.value.code == "token_unknown"


def test_a_line_that_went_dead_heals_without_a_restart() -> None:
    """Failure 15: after a time-out the same gateway goes on over a fresh connection."""
    release = threading.Event()
    answers = chain([Answer(wait=release)], repeat(Answer(body=reply())))
    with gateway_to(lambda _: next(answers), request_timeout_s=0.05) as (gateway, _):
        with pytest.raises(TimedOut):
            gateway.push(REQUEST)
        release.set()
        assert push_patiently(gateway) == BATCH


def push_patiently(gateway: HttpGateway) -> str:
    """Push until it gets through: a busy machine may need more than one short time-out."""
    for _ in range(100):
        try:
            return gateway.push(REQUEST).batch_id
        except TimedOut:
            continue
    raise AssertionError("it never healed")
