"""Keeps the device token: in the system's keyring, or in a file that only this user can read."""

import contextlib
import json
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

from keyring.errors import KeyringError

SERVICE = "evertill-device-token"


class Keyring(Protocol):
    """The part of a ``keyring`` backend that is used here."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored; ``next`` is known to the server, or about to be, and not yet used."""

    token: str = ""
    next: str = ""
    last: str = ""


class TokenStore:
    """The token of one data folder, with the one before and the one that is to come.

    It goes into ``keyring`` when one is given and works (it is read back to be sure), otherwise
    into a file with mode 0600 in ``folder``; a file from before there was a keyring is moved.
    ``load`` is what an ``HttpGateway`` asks; the answer is kept in memory, as a keyring may take
    milliseconds. Any thread may call.
    """

    def __init__(self, folder: Path, keyring: Keyring | None = None) -> None:
        self._file = folder / "device.token"
        self._account = str(folder.resolve())
        self._keyring = keyring
        self._kept: Kept | None = None
        self._fallen_back = False
        self._changing = threading.RLock()

    def __repr__(self) -> str:
        return f"TokenStore({str(self._file)!r})"

    def load(self) -> str:
        """The token; empty when there is none (the server will then answer 401)."""
        with self._changing:
            kept = self._read()
            return kept.last if self._fallen_back else kept.token

    def save(self, token: str) -> None:
        """Keep ``token`` in place of any other; raises OSError when it can be kept nowhere."""
        with self._changing:
            self._keep(Kept(token))

    def propose(self, make: Callable[[str], str]) -> str:
        """The token that is to come, made of the present one and kept; raises OSError."""
        with self._changing:
            kept = self._read()
            if not kept.next:
                kept = replace(kept, next=make(self.load()))
                self._keep(kept, fallen_back=self._fallen_back)
            return kept.next

    def adopt(self, proposed: str) -> bool:
        """Use the proposed token from now on; False if another one was saved meanwhile.

        Raises OSError.
        """
        with self._changing:
            if self._read().next != proposed:
                return False
            self._keep(Kept(proposed, last=self.load()))
            return True

    def refused(self, token: str) -> None:
        """The server does not know this token: the one before may be known, or again the newer.

        A server that was restored from a backup has forgotten the newer one.
        """
        with self._changing:
            if self._read().last and token == self.load():
                self._fallen_back = not self._fallen_back

    @property
    def fallen_back(self) -> bool:
        """Whether the token before is in use."""
        return self._fallen_back

    def _read(self) -> "Kept":
        if self._kept is None:
            self._kept = self._moved(self._from_file()) or _parsed(self._from_keyring())
        return self._kept

    def _moved(self, text: str) -> "Kept | None":
        """What a file holds; where a keyring works now, it goes there and the file goes away."""
        if text and self._to_keyring(text):
            self._file.unlink(missing_ok=True)
        return _parsed(text) if text else None

    def _keep(self, kept: "Kept", *, fallen_back: bool = False) -> None:
        text = _text(kept)
        if self._to_keyring(text):
            self._file.unlink(missing_ok=True)
        else:
            _write_private(self._file, text)
        self._kept, self._fallen_back = kept, fallen_back

    def _from_file(self) -> str:
        try:
            return self._file.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return ""

    def _from_keyring(self) -> str:
        if self._keyring is not None:
            with contextlib.suppress(KeyringError):
                return self._keyring.get_password(SERVICE, self._account) or ""
        return ""

    def _to_keyring(self, token: str) -> bool:
        if self._keyring is None:
            return False
        try:
            self._keyring.set_password(SERVICE, self._account, token)
        except KeyringError:
            return False
        return self._from_keyring() == token


def _text(kept: Kept) -> str:
    """A token alone is stored as it is, as the first program did."""
    return json.dumps(asdict(kept)) if kept.next or kept.last else kept.token


def _parsed(text: str) -> Kept:
    return Kept(**json.loads(text)) if text.startswith("{") else Kept(text)


def _write_private(file: Path, text: str) -> None:
    """Replace ``file`` as a whole; nobody else can read it at any moment."""
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
