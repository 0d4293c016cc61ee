"""The key: made once, kept private, printed and typed in again."""

import stat
from pathlib import Path

import keyring
import keyring.errors
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.errors import DatabaseKeyWrong, Refusal
from localdb.store import keys


def load(folder: Path, *, use_keyring: bool = False) -> bytes:
    return keys.load_or_create_key(folder, use_keyring=use_keyring)


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    """The first call makes 32 bytes in a file only this user reads; later calls give the same."""
    folder = tmp_path / "till"
    key = load(folder)
    assert len(key) == keys.KEY_BYTES
    assert load(folder) == key
    assert stat.S_IMODE((folder / "till.key").stat().st_mode) == 0o600


def test_a_lost_key_is_never_replaced(tmp_path: Path) -> None:
    """With a database and no key a new key would lose the sales: it is refused."""
    (tmp_path / "till.db").write_bytes(b"something")
    with pytest.raises(DatabaseKeyWrong, match="recovery sheet"):
        load(tmp_path)
    assert not (tmp_path / "till.key").exists()


def test_a_key_that_a_till_was_made_with_is_never_replaced(tmp_path: Path) -> None:
    """Its database is gone, too: the backups beside it need the key."""
    (tmp_path / "till.keycheck").write_text("x")
    with pytest.raises(DatabaseKeyWrong, match="is gone"):
        load(tmp_path)
    assert not (tmp_path / "till.key").exists()


@pytest.mark.parametrize("text", [b"", b"zz" * 32, b"ab" * 31, b"\xff\xfe", b"ab" * 32 + b"cd"])
def test_a_file_that_holds_no_key_is_said_in_words(tmp_path: Path, text: bytes) -> None:
    """It stays as it is: neither a raw error nor a new key."""
    (tmp_path / "till.key").write_bytes(text)
    with pytest.raises(DatabaseKeyWrong, match="holds no key"):
        load(tmp_path)
    assert (tmp_path / "till.key").read_bytes() == text


@given(key=st.binary(min_size=32, max_size=32))
def test_paper_gives_the_key_back(key: bytes) -> None:
    """The printed groups, in any case and spacing, are the key."""
    text = keys.recovery_text(key)
    assert {len(group) for group in text.split("-")} == {4}
    assert keys.from_recovery_text(text) == key
    assert keys.from_recovery_text(f" {text.lower().replace('-', ' ')} ") == key


@given(key=st.binary(min_size=32, max_size=32), at=st.integers(0, 55), letter=st.integers(0, 31))
def test_a_typing_error_is_found(key: bytes, at: int, letter: int) -> None:
    """Any single wrong character is refused."""
    plain = keys.recovery_text(key).replace("-", "")
    wrong = plain[:at] + "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[letter] + plain[at + 1 :]
    if wrong == plain:
        return
    with pytest.raises(Refusal, match="typing error"):
        keys.from_recovery_text(wrong)


@pytest.mark.parametrize("text", ["", "ABCD", "ä" * 56, "-" * 99, "A" * 200])
def test_nonsense_is_a_typing_error(text: str) -> None:
    """Whatever is typed, the answer is a refusal."""
    with pytest.raises(Refusal):
        keys.from_recovery_text(text)


def test_a_recovered_key_is_put_back(tmp_path: Path) -> None:
    """A key typed in from paper is used from then on."""
    keys.store_key_file(tmp_path, bytes(32))
    assert load(tmp_path) == bytes(32)


def fake_keyring(monkeypatch: pytest.MonkeyPatch, *, forgetful: bool = False) -> dict[str, str]:
    kept: dict[str, str] = {}

    def put(_service: str, name: str, value: str) -> None:
        if not forgetful:
            kept[name] = value

    monkeypatch.setattr(keyring, "get_password", lambda _service, name: kept.get(name))
    monkeypatch.setattr(keyring, "set_password", put)
    return kept


def test_the_keyring_keeps_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a working keyring no key lies in the folder."""
    kept = fake_keyring(monkeypatch)
    key = load(tmp_path, use_keyring=True)
    assert list(kept.values()) == [key.hex()]
    assert load(tmp_path, use_keyring=True) == key
    assert list(tmp_path.iterdir()) == []


def test_a_keyring_that_forgets_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keyring that does not give the key back is passed over for the file."""
    fake_keyring(monkeypatch, forgetful=True)
    assert load(tmp_path, use_keyring=True) == bytes.fromhex((tmp_path / "till.key").read_text())


def test_without_a_keyring_the_file_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a keyring service falls back to the file."""

    def missing(*_: object) -> None:
        raise keyring.errors.NoKeyringError

    monkeypatch.setattr(keyring, "get_password", missing)
    monkeypatch.setattr(keyring, "set_password", missing)
    key = load(tmp_path, use_keyring=True)
    assert load(tmp_path) == key
