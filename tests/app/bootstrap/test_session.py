"""A till opened from its parts: alone, enrolled, and closed again."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import keyring
import pytest
from keyring.backend import KeyringBackend

from app.bootstrap.link import token_store
from app.bootstrap.session import Session, now_us, open_session
from localdb.domain.claims import NO_WORD, Wish, Word
from localdb.errors import AlreadyRunning, Refusal
from localdb.queries import lists
from localdb.services import people, setup
from sync.protocol.gateway import RequestRefused
from tests.support.server import Operator, RunningServer


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """An empty till."""
    with open_session(tmp_path / "till", use_keyring=False) as opened:
        yield opened


def test_a_stand_alone_till_has_no_link(session: Session) -> None:
    """Nothing is asked of a network that is not there."""
    session.till.write(
        setup.stand_alone,
        setup.NewShop(store_name="Shop", manager_name="Ada", manager_pin="1234"),
    )
    assert session.connect() is None


def test_a_folder_is_opened_once(session: Session) -> None:
    """A second program on the same data is refused with words that say where it runs."""
    with pytest.raises(AlreadyRunning, match="already running"), open_session(session.folder):
        pass


def test_enrolling_brings_what_the_shop_has(
    session: Session, tmp_path: Path, server: RunningServer, operator: Operator
) -> None:
    """A second till signs the same people in; a code works once; both sides prove equal."""
    org = operator.org()
    store = operator.store(org)
    session.enrol(server.url, operator.code(org, store), "One")
    session.till.write(people.create, "Ada", "manager", "1234")
    link = session.connect()
    assert link is not None
    until_level(session)
    with open_session(tmp_path / "second", use_keyring=False) as second:
        with pytest.raises(RequestRefused):
            second.enrol(server.url, "no-such-code", "Two")
        second.enrol(server.url, operator.code(org, store), "Two")
        assert [user.name for user in second.till.ask(lists.people)] == ["Ada"]
    assert link.prove().agrees


def test_a_till_at_work_asks_its_server(
    session: Session, server: RunningServer, operator: Operator
) -> None:
    """Once it is online; cut off, it does not wait for a word."""
    org = operator.org()
    session.enrol(server.url, operator.code(org, operator.store(org)), "One")
    link = session.connect()
    assert link is not None
    until_level(session)
    card = session.new_id()
    assert link.claims.ask(Wish("gift_card", card, 100)) == Word(0)
    assert link.claims.ask(Wish("held_cart", card)) == Word(1)
    link.stop()
    assert link.claims.ask(Wish("held_cart", card)) == NO_WORD
    session.link = None


def test_an_address_that_would_show_the_token_is_refused(session: Session) -> None:
    """Plain HTTP is for this machine only."""
    with pytest.raises(Refusal, match="https"):
        session.enrol("http://pos.example.com", "code", "One")


def test_the_clock_is_in_microseconds() -> None:
    """Later than 2026 and not in another unit."""
    assert 1_760_000_000_000_000 < now_us() < 10_000_000_000_000_000


def until_level(session: Session) -> None:
    """Wait until the till and its server hold the same."""
    from app.demo.shop import wait_until
    from localdb.queries import sync_view

    link = session.link
    assert link is not None
    wait_until(
        lambda: session.till.ask(sync_view.queue).waiting.groups == 0 and link.is_level(),
        "the till to be level",
        60,
    )


class _Ring(KeyringBackend):
    """A keyring that works."""

    priority = 1.0

    kept: ClassVar[dict[tuple[str, str], str]] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


def test_the_token_lies_where_the_key_lies(
    tmp_path: Path, server: RunningServer, operator: Operator
) -> None:
    """With a keyring that works neither is in a file of the folder, also not one of before."""
    org = operator.org()
    code = operator.code(org, operator.store(org))
    folder, before = tmp_path / "till", keyring.get_keyring()
    keyring.set_keyring(_Ring())  # type: ignore[no-untyped-call]  # the library declares no types
    try:
        with open_session(folder) as session:
            session.enrol(server.url, code, "Front")
            token = token_store(folder, use_keyring=True).load()
            assert token
            assert not {"device.token", "till.key"} & {file.name for file in folder.iterdir()}
        (folder / "device.token").write_text(token)
        with open_session(folder) as session:
            assert session.connect() is not None
            # The sync thread moves it with its first request; this may come before that.
            assert token_store(folder, use_keyring=True).load() == token
            assert not (folder / "device.token").exists()
    finally:
        keyring.set_keyring(before)
