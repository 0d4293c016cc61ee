"""Keeps the key of the database: in the system's keyring or a private file, and on paper."""

import base64
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from localdb.errors import DatabaseKeyWrong, Refusal

KEY_BYTES = 32
TYPE_IT = 'Run "evertill restore --recovery-key" and type the key of the recovery sheet.'
_SERVICE = "evertill"
_CHECK_BYTES = 3
"""56 characters of base 32 in all: fourteen groups of four."""
_GROUP = 4
_TEXT_CHARS = (KEY_BYTES + _CHECK_BYTES) * 8 // 5
_SLIPS = str.maketrans("018", "OIB")


def load_or_create_key(
    folder: Path,
    *,
    use_keyring: bool,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> bytes:
    """The folder's key, made at first use.

    A key file wins over the keyring, so that a recovered key needs only the file. Without a
    working keyring the file is used. Raises DatabaseKeyWrong for what is no key, and when there is
    a database, or was one, and no key.
    """
    key = load_key(folder, use_keyring=use_keyring)
    if key is not None:
        return key
    if (folder / "till.db").exists() or (folder / "till.keycheck").exists():
        raise DatabaseKeyWrong(f"The key of {folder / 'till.db'} is gone. {TYPE_IT}")
    key = random_bytes(KEY_BYTES)
    if not (use_keyring and _into_keyring(folder, key)):
        store_key_file(folder, key)
    return key


def load_key(folder: Path, *, use_keyring: bool) -> bytes | None:
    """The folder's key; None when it has none."""
    return _from_file(folder) or (_from_keyring(folder) if use_keyring else None)


def change_key_file(folder: Path, key: bytes, label: str) -> None:
    """Give the folder another key; the file of the one before is kept under the label."""
    before = folder / "till.key"
    if before.exists():
        before.replace(folder / f"till.key.{label}")
    store_key_file(folder, key)


def store_key_file(folder: Path, key: bytes) -> None:
    """Write the key file, readable by this user only; also how a recovered key is put back."""
    folder.mkdir(parents=True, exist_ok=True)
    target, draft = folder / "till.key", folder / "till.key.new"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(key.hex())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)


def recovery_text(key: bytes) -> str:
    """The key for paper: groups of four letters and digits, with a check that finds typos."""
    text = base64.b32encode(key + _check(key)).decode().rstrip("=")
    return "-".join(text[i : i + _GROUP] for i in range(0, len(text), _GROUP))


def recovery_chars_left(text: str) -> int:
    """How many letters and digits of a key are still to be typed; below 0 for too many."""
    return _TEXT_CHARS - len(_plain(text))


def from_recovery_text(text: str) -> bytes:
    """The key typed in from paper; raises Refusal when it was mistyped."""
    plain = _plain(text)
    try:
        raw = base64.b32decode(plain + "=" * (-len(plain) % 8))
    except ValueError:
        raw = b""
    key, check = raw[:KEY_BYTES], raw[KEY_BYTES:]
    if len(key) != KEY_BYTES or check != _check(key):
        raise Refusal("This recovery key has a typing error. Compare it with the sheet.")
    return key


def _plain(text: str) -> str:
    # 0, 1 and 8 are no letters of base 32, so that a slip of the eye can be read as meant.
    return "".join(c for c in text.upper().translate(_SLIPS) if c.isalnum())


def _check(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:_CHECK_BYTES]


def _from_file(folder: Path) -> bytes | None:
    file = folder / "till.key"
    return _read(file.read_bytes(), str(file)) if file.exists() else None


def _read(text: bytes, where: str) -> bytes:
    """The key in a file or the keyring; raises DatabaseKeyWrong for what is none."""
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise DatabaseKeyWrong(
            f"{where} holds no key: a key is {KEY_BYTES * 2} hexadecimal digits. It was left as it"
            f" is. Put the right file back, or type the key: {TYPE_IT}"
        )
    return key


def _from_keyring(folder: Path) -> bytes | None:
    import keyring
    from keyring.errors import KeyringError

    try:
        text = keyring.get_password(_SERVICE, str(folder.resolve()))
    except KeyringError:
        return None
    return None if text is None else _read(text.encode(), f"The keyring's entry for {folder}")


def _into_keyring(folder: Path, key: bytes) -> bool:
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(_SERVICE, str(folder.resolve()), key.hex())
    except KeyringError:
        return False
    # A keyring that forgets would lose every sale: trust only what it gives back.
    return _from_keyring(folder) == key
