"""``evertill restore``: a backup takes the place of the till's database, without a screen."""

import getpass
import sys
from argparse import Namespace
from pathlib import Path

from app.bootstrap.session import now_us
from app.paths import default_data_dir
from localdb.domain.ids import IdSource
from localdb.errors import DatabaseKeyWrong
from localdb.store import keys
from localdb.store.restore import Restored, restore


def run(arguments: Namespace, *, use_keyring: bool = True) -> int:
    """Restore and say what the till is now; raises EvertillError, and then nothing was changed."""
    folder: Path = arguments.data_dir or default_data_dir()
    present = keys.load_key(folder, use_keyring=use_keyring)
    key = _typed_key() if arguments.recovery_key else present
    if key is None:
        raise DatabaseKeyWrong(
            f"There is no key in {folder}. Try again with --recovery-key and the recovery sheet."
        )
    at_us = now_us()
    restored = restore(folder, arguments.backup, key=key, now_us=now_us, new_id=IdSource(now_us))
    if key != present:
        keys.change_key_file(folder, key, f"replaced-{at_us}")
    for line in _said(restored):
        print(line)
    return 0


def _typed_key() -> bytes:
    ask = "Recovery key: "
    text = getpass.getpass(ask) if sys.stdin.isatty() else sys.stdin.readline()
    return keys.from_recovery_text(text)


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
