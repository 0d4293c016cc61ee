"""Where the token lives."""

import stat
import sys
from pathlib import Path

import pytest
from keyring.errors import NoKeyringError

from sync.client.token_store import TokenStore


class MemoryKeyring:
    """A keyring that works."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


class NoKeyring:
    """A machine without one."""

    def get_password(self, service: str, username: str) -> str | None:
        raise NoKeyringError

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NoKeyringError


class ForgetfulKeyring(MemoryKeyring):
    """A keyring that takes a password and loses it."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keeps nothing."""


def test_without_a_token_there_is_an_empty_one(tmp_path: Path) -> None:
    """The server will say 401, which the status can show."""
    assert TokenStore(tmp_path).load() == ""


def test_a_token_survives_in_a_private_file(tmp_path: Path) -> None:
    """Without a keyring the token is in a file that only its owner can read."""
    TokenStore(tmp_path).save("secret")
    assert TokenStore(tmp_path).load() == "secret"
    (file,) = tmp_path.iterdir()
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_keyring_is_preferred(tmp_path: Path) -> None:
    """With a keyring no file is left, also not an older one."""
    TokenStore(tmp_path).save("older")
    keyring = MemoryKeyring()
    TokenStore(tmp_path, keyring).save("secret")
    assert list(tmp_path.iterdir()) == []
    assert TokenStore(tmp_path, keyring).load() == "secret"


def test_a_file_from_before_is_moved_into_the_keyring(tmp_path: Path) -> None:
    """A token in use and the one to come move at the first look; a keyring that fails leaves it."""
    older = TokenStore(tmp_path)
    older.save("secret")
    older.propose(lambda token: token + ".next")
    for failing in (NoKeyring(), ForgetfulKeyring()):
        assert TokenStore(tmp_path, failing).load() == "secret"
        assert [file.name for file in tmp_path.iterdir()] == ["device.token"]
    keyring = MemoryKeyring()
    assert TokenStore(tmp_path, keyring).load() == "secret"
    assert list(tmp_path.iterdir()) == []
    again = TokenStore(tmp_path, keyring)
    assert again.load() == "secret"
    assert again.propose(lambda token: "another") == "secret.next"


@pytest.mark.parametrize("keyring", [NoKeyring(), ForgetfulKeyring()])
def test_a_keyring_that_fails_costs_no_token(
    tmp_path: Path, keyring: NoKeyring | ForgetfulKeyring
) -> None:
    """A keyring that refuses or forgets is replaced by the file."""
    TokenStore(tmp_path, keyring).save("secret")
    assert TokenStore(tmp_path, keyring).load() == "secret"


def test_a_new_token_is_given_at_once(tmp_path: Path) -> None:
    """Who holds the store sees the renewed token without opening it again."""
    store = TokenStore(tmp_path)
    store.save("old")
    assert store.load() == "old"
    store.save("new")
    assert store.load() == "new"


def test_the_token_is_not_in_the_repr(tmp_path: Path) -> None:
    """A log line about the store tells nothing."""
    store = TokenStore(tmp_path)
    store.save("secret")
    assert "secret" not in repr(store)


@pytest.mark.parametrize("keyring", [None, MemoryKeyring()])
def test_a_successor_is_kept_before_it_is_used(
    tmp_path: Path, keyring: MemoryKeyring | None
) -> None:
    """At each step a restart finds a token that works."""
    store = TokenStore(tmp_path, keyring)
    store.save("org.old")
    assert store.propose(lambda old: old + ".new") == "org.old.new"
    assert TokenStore(tmp_path, keyring).load() == "org.old"
    again = TokenStore(tmp_path, keyring)
    assert again.propose(lambda _: "another") == "org.old.new"
    assert again.adopt("org.old.new")
    assert TokenStore(tmp_path, keyring).load() == "org.old.new"


def test_a_successor_of_another_token_is_not_adopted(tmp_path: Path) -> None:
    """What was saved meanwhile stands."""
    store = TokenStore(tmp_path)
    store.save("old")
    proposed = store.propose(lambda _: "new")
    store.save("of another identity")
    assert not store.adopt(proposed)
    assert TokenStore(tmp_path).load() == "of another identity"


def test_the_token_before_is_tried_when_the_newer_is_not_known(tmp_path: Path) -> None:
    """Failure 18, for tokens: a restored server knows the old one, and refusals do not pile up."""
    store = TokenStore(tmp_path)
    store.save("old")
    store.refused("old")
    assert store.load() == "old"
    store.adopt(store.propose(lambda _: "new"))
    store.refused("something else")
    assert store.load() == "new"
    store.refused("new")
    assert (store.load(), store.fallen_back) == ("old", True)
    store.refused("old")
    assert (store.load(), store.fallen_back) == ("new", False)
    store.refused("new")
    store.adopt(store.propose(lambda present: present + "er"))
    assert (TokenStore(tmp_path).load(), store.fallen_back) == ("older", False)
