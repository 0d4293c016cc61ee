"""The gateway over HTTP: one httpx client, and a named fault for each of its failures."""

import logging
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter

from sync.client.address import is_this_machine
from sync.client.http_replies import fault_of, parsed, unpacker
from sync.client.unreachable import cause_of, why
from sync.protocol import limits, packing
from sync.protocol.gateway import (
    AuthFault,
    BrokenOff,
    NetworkFault,
    ProtocolFault,
    RequestRefused,
    TimedOut,
)
from sync.protocol.messages import (
    PROTOCOL_VERSION,
    CheckpointDigests,
    ClaimReply,
    ClaimRequest,
    Digest,
    EnrolReply,
    EnrolRequest,
    FoundReply,
    FoundRequest,
    Me,
    Message,
    OriginsPage,
    PullReply,
    PushReply,
    PushRequest,
    ReenrolRequest,
    Runs,
    RunsRequest,
    SnapshotHeads,
    SnapshotPage,
    StockPage,
    TableHeld,
    TokenReply,
    TokenRequest,
)

LOG = logging.getLogger(__name__)
M = TypeVar("M", bound=Message)
UNKNOWN_TOKEN = "token_unknown"  # noqa: S105 - a problem's code

DIGESTS = TypeAdapter(list[Digest])
TABLES = TypeAdapter(list[TableHeld])


class HttpGateway:
    """A ``sync.protocol.gateway.Gateway`` at ``base_url``.

    ``token`` is asked before each request, so that a new one is used at once; it appears in no
    log line and no repr. ``refused`` is told of one that the server does not know; if ``token``
    then gives another, the request is sent once more with that. ``transport`` replaces the network
    in tests. ``close()`` when done.
    """

    def __init__(
        self,
        base_url: str,
        token: Callable[[], str],
        *,
        refused: Callable[[str], None] = lambda token: None,
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        request_timeout_s: float = limits.REQUEST_TIMEOUT_S,
    ) -> None:
        self._token = token
        self._refused = refused
        self._monotonic = monotonic
        self._packing = packing.GZIP
        """How requests are packed: as every server understands, until the server offers better."""
        self._noted = ""
        """The cause that was logged last, of a failure that goes on."""
        self._client = httpx.Client(
            base_url=base_url,
            transport=transport,
            follow_redirects=False,
            trust_env=not is_this_machine(base_url),
            timeout=httpx.Timeout(request_timeout_s, connect=limits.CONNECT_TIMEOUT_S),
            headers={
                "Accept": "application/json",
                "Accept-Encoding": ", ".join(packing.known()),
                "Evertill-Protocol": str(PROTOCOL_VERSION),
            },
        )

    def __repr__(self) -> str:
        return f"HttpGateway({self.base_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def base_url(self) -> str:
        """Where the server is."""
        return str(self._client.base_url)

    def close(self) -> None:
        """Close the connections; no call is possible after it."""
        self._client.close()

    # ------------------------------------------------------------ the calls

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Trade an enrolment code for a device token; sends no token."""
        return self._post("/v1/enrol", request, EnrolReply, signed=False)

    def reenrol(self, request: ReenrolRequest) -> EnrolReply:
        """Ask for an identity of its own, with the token of the one it has."""
        return self._post("/v1/reenrol", request, EnrolReply)

    def rotate_token(self, request: TokenRequest) -> TokenReply:
        """Name this till's next token by its hash."""
        return self._post("/v1/token", request, TokenReply)

    def push(self, request: PushRequest) -> PushReply:
        """Hand over a batch; only a reply that echoes its id is believed."""
        reply = self._post("/v1/push", request, PushReply)
        if reply.batch_id != request.batch_id:
            raise ProtocolFault("The server answered another upload than the one sent.")
        return reply

    def pull(
        self, stream: str, epoch: str, after: int, rows_max: int = limits.PAGE_ROWS_MAX
    ) -> PullReply:
        """A page of a stream; only a reply about this stream is believed."""
        path = f"/v1/streams/{quote(stream, safe='')}"
        reply = self._get(path, PullReply, {"epoch": epoch, "after": after, "rows": rows_max})
        if reply.stream != stream:
            raise ProtocolFault("The server's answer is about other data than this till asked for.")
        return reply

    def snapshot_heads(self) -> SnapshotHeads:
        """The last number of each stream now."""
        return self._get("/v1/snapshot", SnapshotHeads)

    def snapshot_page(
        self, record_type: str, after: str, limit: int, bucket: str = ""
    ) -> SnapshotPage:
        """A page of one record type; only a reply about this type is believed.

        A whole type comes folded into cells, a bucket as rows.
        """
        path = f"/v1/snapshot/{quote(record_type, safe='')}"
        how = {"bucket": bucket} if bucket else {"cells": "true"}
        page = self._get(path, SnapshotPage, {"after": after, "limit": limit, **how})
        if page.type != record_type:
            raise ProtocolFault("The server sent another type of record than the one asked for.")
        return page

    def origins_page(self, record_type: str, after: str, limit: int) -> OriginsPage:
        """A page of who brought what; only a reply about this type is believed."""
        path = f"/v1/snapshot-origins/{quote(record_type, safe='')}"
        page = self._get(path, OriginsPage, {"after": after, "limit": limit})
        if page.type != record_type:
            raise ProtocolFault("The server sent another type of record than the one asked for.")
        return page

    def stock_page(self, after: str, limit: int = limits.SNAPSHOT_ROWS_MAX) -> StockPage:
        """A page of the stock on hand."""
        return self._get("/v1/snapshot-stock", StockPage, {"after": after, "limit": limit})

    def digests(self) -> list[Digest]:
        """What the server's reference records amount to."""
        return parsed(DIGESTS.validate_json, self._send("GET", "/v1/digests"))

    def checkpoint_digests(self, stream: str, number: int) -> CheckpointDigests:
        """The digests of one checkpoint; only a reply about this one is believed."""
        path = f"/v1/digests/{quote(stream, safe='')}/{number}"
        reply = self._get(path, CheckpointDigests)
        if (reply.stream, reply.number) != (stream, number):
            raise ProtocolFault(
                "The server's answer is about another time than this till asked for."
            )
        return reply

    def runs(self, request: RunsRequest) -> Runs:
        """How far other devices have delivered."""
        return self._post("/v1/runs", request, Runs)

    def give_back(self, request: FoundRequest) -> FoundReply:
        """Hand over what the server lost of other devices."""
        return self._post("/v1/found", request, FoundReply)

    def claim(self, request: ClaimRequest) -> ClaimReply:
        """Claim a thing; only a reply about this thing is believed."""
        reply = self._post("/v1/claims", request, ClaimReply)
        if reply.subject_id != request.subject_id or reply.granted > request.amount:
            raise ProtocolFault("The server answered about another claim than the one asked for.")
        return reply

    def me(self, sent: int = 0) -> Me:
        """What the server holds of this device; the hash of what may be group ``sent``."""
        return self._get("/v1/me", Me, {"sent": sent} if sent else None)

    def tables(self) -> list[TableHeld]:
        """What the server holds of the facts that this device brought."""
        return parsed(TABLES.validate_json, self._send("GET", "/v1/me/tables"))

    # ------------------------------------------------------------ one request

    def _get(self, path: str, answer: type[M], params: Mapping[str, str | int] | None = None) -> M:
        return parsed(answer.model_validate_json, self._send("GET", path, params=_given(params)))

    def _post(self, path: str, message: Message, answer: type[M], *, signed: bool = True) -> M:
        body, packed_as = message.model_dump_json().encode(), self._packing
        try:
            content = self._send("POST", path, body=body, signed=signed)
        except RequestRefused as refusal:
            unknown = refusal.problem.status == httpx.codes.UNSUPPORTED_MEDIA_TYPE
            if packed_as == packing.GZIP or not unknown:
                raise
            # Another process than the one that offered the packing, perhaps an older one.
            self._packing = packing.GZIP
            content = self._send("POST", path, body=body, signed=signed)
        return parsed(answer.model_validate_json, content)

    def _send(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        params: Mapping[str, str | int] | None = None,
        signed: bool = True,
    ) -> bytes:
        if not signed:
            return self._exchange(method, path, body, params, "")
        token = self._token()
        try:
            return self._exchange(method, path, body, params, token)
        except AuthFault as fault:
            if fault.code == UNKNOWN_TOKEN:
                self._refused(token)
            # Another thread may have replaced it while this request was under way.
            if (other := self._token()) == token:
                raise
        return self._exchange(method, path, body, params, other)

    def _exchange(
        self,
        method: str,
        path: str,
        body: bytes | None,
        params: Mapping[str, str | int] | None,
        token: str,
    ) -> bytes:
        headers = self._headers(body, token)
        request = self._client.build_request(
            method,
            path,
            content=None if body is None else packing.pack(headers["Content-Encoding"], body),
            params=params,
            headers=headers,
        )
        try:
            response = self._client.send(request, stream=True)
            try:
                content = self._content(response)
            finally:
                response.close()
        except httpx.TimeoutException as fault:
            self._note(fault)
            raise TimedOut("The server took too long to answer.") from fault
        except httpx.ConnectError as fault:
            self._note(fault)
            raise NetworkFault(why(fault, self._client.base_url)) from fault
        except httpx.HTTPError as fault:
            self._note(fault)
            raise BrokenOff("The connection to the server broke off.") from fault
        self._noted = ""
        if offered := response.headers.get("Accept-Encoding"):
            self._packing = packing.best(offered) or packing.GZIP
        if response.status_code != httpx.codes.OK:
            raise fault_of(response, content)
        return content

    def _note(self, fault: httpx.HTTPError) -> None:
        """Log the cause once: a till without a network must not fill its log."""
        cause = cause_of(fault)
        if cause != self._noted and not self._client.is_closed:
            self._noted = cause
            LOG.warning("no answer from %s: %s", self.base_url, cause)

    def _headers(self, body: bytes | None, token: str) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None:
            headers |= {"Content-Type": "application/json", "Content-Encoding": self._packing}
        return headers

    def _content(self, response: httpx.Response) -> bytes:
        unpack = unpacker(response.headers.get("Content-Encoding", ""))
        deadline = self._monotonic() + limits.REPLY_TIMEOUT_S
        content = bytearray()
        for piece in response.iter_raw():
            content += unpack(piece)
            if len(content) > limits.REPLY_BYTES_MAX:
                raise ProtocolFault("The server sent more than a till can take at once.")
            if self._monotonic() > deadline:
                raise TimedOut("The server took too long to answer.")
        return bytes(content)


def _given(params: Mapping[str, str | int] | None) -> dict[str, str | int]:
    return {name: value for name, value in (params or {}).items() if value != ""}
