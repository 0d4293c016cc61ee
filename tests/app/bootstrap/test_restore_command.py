"""``evertill restore``, as a person would type it."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from app.bootstrap.session import open_session
from app.setup.recovery import Recovery
from localdb.domain.tender import Tender
from localdb.services.checkout import checkout
from localdb.store import keys, migrate
from localdb.store.keys import recovery_text, store_key_file
from tests.faults import furnish
from tests.faults.ringing import ring
from tests.support.shops import KEY, opened, small_shop


def evertill(folder: Path, *words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the program on a data folder; its key lies in a file there."""
    environment = {
        **os.environ,
        "PYTHONWARNINGS": "ignore",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    return subprocess.run(
        [sys.executable, "-m", "app", "--data-dir", str(folder), "restore", *words],
        env=environment, input=typed, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of the till in ``till``, which has sold once since."""
    target = tmp_path / "monday.db"
    with small_shop(tmp_path / "till") as shop:
        migrate.back_up(shop.database.file, target, KEY)
        shop.till.write(
            checkout, shop.cart(shop.milk), Tender(129, shop.till.currency).pay_cash(None)
        )
    store_key_file(tmp_path / "till", KEY)
    return target


def sales(folder: Path, key: bytes = KEY) -> int:
    with opened(folder, key=key) as database, database.read() as conn:
        return int(conn.exec_driver_sql("SELECT count(*) FROM sale").scalar_one())


def test_a_backup_is_put_in_place(backup: Path, tmp_path: Path) -> None:
    """Failure 17: it says how receipts go on, and where the replaced file is."""
    done = evertill(tmp_path / "till", str(backup))
    assert done.returncode == 0, done.stderr
    assert "Receipts go on as S01-T01R" in done.stdout
    (kept,) = (tmp_path / "till" / "backups").glob("till-replaced-*.db")
    assert str(kept) in done.stdout
    assert sales(tmp_path / "till") == 0


def test_a_file_that_is_no_backup_is_refused(backup: Path, tmp_path: Path) -> None:
    """A sentence, no traceback, and the till is as it was."""
    backup.write_text("Dear Sir,")
    done = evertill(tmp_path / "till", str(backup))
    assert done.returncode == 1
    assert done.stderr == f"{backup} is no backup of an Evertill till.\n"
    assert sales(tmp_path / "till") == 1


def test_a_running_till_is_left_alone(backup: Path, tmp_path: Path) -> None:
    """Whoever has the data folder keeps it."""
    with opened(tmp_path / "till"):
        done = evertill(tmp_path / "till", str(backup))
    assert done.returncode == 1
    assert "already running" in done.stderr
    assert sales(tmp_path / "till") == 1


def test_a_new_machine_asks_for_the_recovery_sheet(backup: Path, tmp_path: Path) -> None:
    """Without a key it says so; with the typed one the till opens from then on."""
    new = tmp_path / "new"
    refused = evertill(new, str(backup))
    assert refused.returncode == 1
    assert "--recovery-key" in refused.stderr
    typed = recovery_text(KEY) + "\n"
    done = evertill(new, "--recovery-key", str(backup), typed=typed)
    assert done.returncode == 0, done.stderr
    assert keys.load_key(new, use_keyring=False) == KEY
    assert sales(new) == 0


def test_the_key_of_the_replaced_file_is_kept(backup: Path, tmp_path: Path) -> None:
    """A till that was set up anew with another key: its file and its key stay, side by side."""
    other, fresh = bytes(reversed(KEY)), tmp_path / "fresh"
    with opened(fresh, key=other):
        store_key_file(fresh, other)
    refused = evertill(fresh, str(backup))
    assert "does not open" in refused.stderr
    mistyped = evertill(fresh, "--recovery-key", str(backup), typed="AAAA-BBBB\n")
    assert "typing error" in mistyped.stderr
    done = evertill(fresh, "--recovery-key", str(backup), typed=recovery_text(KEY) + "\n")
    assert done.returncode == 0, done.stderr
    assert sales(fresh) == 0
    (kept,) = fresh.glob("till.key.replaced-*")
    assert bytes.fromhex(kept.read_text()) == other


def test_a_till_that_lost_its_key_sells_on_by_its_sheet(tmp_path: Path) -> None:
    """Set up, sold, the key file lost: what the sheet shows, row by row, gives all of it back."""
    folder = tmp_path / "till"
    with open_session(folder, use_keyring=False) as session:
        furnish.stand_alone(session)
        sheet = Recovery(session.till, session.recovery_key, folder, session.now_us).lines()
        device = session.till.identity.device_id
        ring(session, Random(1), lambda *_: None, 2)
    (folder / "till.key").unlink()
    lost = evertill(folder, str(folder / "till.db"))
    assert "--recovery-key" in lost.stderr
    first, last = (at for at, line in enumerate(sheet) if set(line) == {"-"})
    typed = "\n".join(line for line in sheet[first + 1 : last] if line.strip()) + "\n"
    done = evertill(folder, "--recovery-key", typed=typed)
    assert done.returncode == 0, done.stderr
    assert "The key is back" in done.stdout
    with open_session(folder, use_keyring=False) as session:
        assert session.till.identity.device_id == device
    key = keys.load_key(folder, use_keyring=False)
    assert key is not None
    assert sales(folder, key) == 2


def test_a_key_that_does_not_open_the_data_changes_nothing(backup: Path, tmp_path: Path) -> None:
    """The sheet of another till is refused, and the key that works stays."""
    other = recovery_text(bytes(reversed(KEY))) + "\n"
    done = evertill(tmp_path / "till", "--recovery-key", typed=other)
    assert done.returncode == 1
    assert "does not open" in done.stderr
    assert keys.load_key(tmp_path / "till", use_keyring=False) == KEY
    assert sales(tmp_path / "till") == 1


def test_nothing_to_restore_is_said(tmp_path: Path) -> None:
    """Neither backup nor key, or no data for the key: a sentence each."""
    assert "which backup" in evertill(tmp_path, typed="").stderr
    typed = recovery_text(KEY) + "\n"
    assert "no data of a till" in evertill(tmp_path, "--recovery-key", typed=typed).stderr


def test_a_damaged_key_file_is_replaced_by_the_sheet(backup: Path, tmp_path: Path) -> None:
    """It is said in words first, with the backups; then the typed key opens the data again."""
    folder = tmp_path / "till"
    (folder / "till.key").write_text("no key")
    refused = evertill(folder, str(backup))
    assert refused.returncode != 0
    assert "holds no key" in refused.stderr
    assert "Traceback" not in refused.stderr
    done = evertill(folder, "--recovery-key", typed=f"{recovery_text(KEY)}\n")
    assert done.returncode == 0, done.stderr
    assert sales(folder) == 1
