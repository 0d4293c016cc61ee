"""``evertill restore``: a backup takes the place of the till's database, or its key comes back."""

import getpass
import sys
from argparse import Namespace
from pathlib import Path

from app.bootstrap.paths import default_data_dir
from app.bootstrap.session import now_us
from localdb.domain.ids import IdSource
from localdb.errors import DatabaseKeyWrong, Refusal
from localdb.store import keys, restore
from localdb.store.restore import Restored


def run(arguments: Namespace, *, use_keyring: bool = True) -> int:
    """Restore and say what the till is now; raises EvertillError, and then nothing was changed."""
    folder: Path = arguments.data_dir or default_data_dir()
    present = _present(folder, use_keyring, typed=arguments.recovery_key)
    key = typed_key() if arguments.recovery_key else present
    if arguments.backup is None:
        if not arguments.recovery_key or key is None:
            raise Refusal(
                "Say which backup to restore, or --recovery-key to type the key again."
                f" {restore.backups_in(folder)}"
            )
        put_key_back(folder, key)
        print("The key is back. Start the till as usual: all its data is there.")
        return 0
    if key is None:
        raise DatabaseKeyWrong(
            f"There is no key in {folder}. Try again with --recovery-key and the recovery sheet."
        )
    at_us = now_us()
    restored = restore.restore(
        folder, arguments.backup, key=key, now_us=now_us, new_id=IdSource(now_us)
    )
    if key != present:
        keys.change_key_file(folder, key, f"replaced-{at_us}")
    for line in _said(restored):
        print(line)
    return 0


def _present(folder: Path, use_keyring: bool, *, typed: bool) -> bytes | None:
    """The folder's key; one that is damaged does not matter where the sheet's is typed."""
    try:
        return keys.load_key(folder, use_keyring=use_keyring)
    except DatabaseKeyWrong:
        if typed:
            return None
        raise


def put_key_back(folder: Path, key: bytes) -> None:
    """Let a key from paper be the folder's, once it has opened the data there.

    Raises DatabaseKeyWrong when it does not, AlreadyRunning, Refusal where there is no data.
    """
    restore.check_key(folder, key)
    keys.change_key_file(folder, key, f"replaced-{now_us()}")


def typed_key() -> bytes:
    """The key as it stands on the sheet: in one line or in several; raises Refusal."""
    text = _line("Recovery key: ")
    while text and keys.recovery_chars_left(text) > 0:
        more = _line("Next line:    ")
        if not more.strip():
            break
        text += more
    return keys.from_recovery_text(text)


def _line(ask: str) -> str:
    return getpass.getpass(ask) if sys.stdin.isatty() else sys.stdin.readline()


def _said(restored: Restored) -> list[str]:
    code = restored.identity.till_code
    said = [f"The backup is in place. Receipts go on as {restored.identity.store_code}-{code}."]
    if restored.is_enrolled:
        said.append(
            "At the next contact the server gives this till a name and a series of its own."
        )
        if restored.waiting:
            said.append(f"{restored.waiting:,} groups of the backup are sent before that.")
    if restored.replaced is not None:
        said.append(f"What was there before is kept: {restored.replaced}")
    return said
