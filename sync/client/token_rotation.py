"""Replaces the token every thirty days; it is made here, and the server keeps its hash only.

The new token is kept before the server hears of it and used after it has; until then the old one
works. So a lost answer does no harm, and a crash at any point leaves a token that works.
"""

import base64
import hashlib
from collections.abc import Callable

from localdb.store import local
from sync.client.background import Background
from sync.client.channel import Channel
from sync.client.token_store import TokenStore
from sync.protocol.gateway import GatewayFault
from sync.protocol.limits import TOKEN_ROTATE_DAYS
from sync.protocol.messages import TokenRequest

SECRET_BYTES = 32
ROTATE_US = TOKEN_ROTATE_DAYS * 86_400_000_000
AGAIN_S = 3600.0
"""After a failure: nothing is in a hurry, the old token works."""
_SINCE = "token_since_us"


class TokenRotation:
    """Replaces the token when it is due; ``step`` costs nothing otherwise, and never raises."""

    def __init__(
        self,
        background: Background,
        channel: Channel,
        tokens: TokenStore,
        now_us: Callable[[], int],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._background = background
        self._channel = channel
        self._tokens = tokens
        self._now_us = now_us
        self._random_bytes = random_bytes
        self._since_us: int | None = None
        self._not_before = float("-inf")

    def step(self, now: float) -> None:
        """Replace the token if it is due; ``now`` is monotonic seconds."""
        if now < self._not_before or not self._due():
            return
        try:
            self._rotate()
        except (GatewayFault, OSError):
            # An older server knows no such request; a full disk keeps no token.
            self._not_before = now + AGAIN_S

    def _due(self) -> bool:
        if self._tokens.fallen_back:
            return True
        if self._since_us is None:
            with self._background.read() as conn:
                text = local.setting(conn, _SINCE)
            if text is None:
                # Enrolled just now, or by a program that did not count.
                self._began_now()
                return False
            self._since_us = int(text)
        # A clock that was set back must not keep a token for ever.
        return not self._since_us <= self._now_us() < self._since_us + ROTATE_US

    def _rotate(self) -> None:
        token = self._tokens.propose(lambda present: self._made(present))
        request = TokenRequest(token_hash=hashlib.sha256(token.encode()).hexdigest())
        self._channel.ask(lambda gateway: gateway.rotate_token(request))
        if self._tokens.adopt(token):
            self._began_now()

    def _made(self, present: str) -> str:
        """A token of the same organisation, which is the part before the dot."""
        secret = base64.b32encode(self._random_bytes(SECRET_BYTES)).decode().rstrip("=").lower()
        return f"{present.partition('.')[0]}.{secret}"

    def _began_now(self) -> None:
        since_us = self._now_us()
        self._background.write(lambda uow: local.put_setting(uow.connection, _SINCE, str(since_us)))
        self._since_us = since_us
