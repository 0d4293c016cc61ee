"""Where the device token is kept: the keyring of the operating system, or a file only we read."""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Protocol

from keyring.errors import KeyringError

SERVICE = "evertill-device-token"


class Keyring(Protocol):
    """The part of a ``keyring`` backend that is used here."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...


class TokenStore:
    """The token of one data folder.

    It goes into ``keyring`` when one is given and works (it is read back to be sure), otherwise
    into a file with mode 0600 in ``folder``. ``load`` is what an ``HttpGateway`` asks; the
    answer is kept in memory, as a keyring may take milliseconds.
    """

    def __init__(self, folder: Path, keyring: Keyring | None = None) -> None:
        self._file = folder / "device.token"
        self._account = str(folder.resolve())
        self._keyring = keyring
        self._token: str | None = None

    def __repr__(self) -> str:
        return f"TokenStore({str(self._file)!r})"

    def load(self) -> str:
        """The token; empty when there is none (the server will then answer 401)."""
        if self._token is None:
            self._token = self._from_file() or self._from_keyring()
        return self._token

    def save(self, token: str) -> None:
        """Keep ``token`` from now on in place of any other; raises OSError when nothing can."""
        if self._to_keyring(token):
            self._file.unlink(missing_ok=True)
        else:
            _write_private(self._file, token)
        self._token = token

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
