"""Enrolment, and what it refuses."""

from pathlib import Path

import pytest

from localdb.errors import Refusal
from localdb.store import sync_state
from localdb.store.database import Database
from sync.client.enrol import enrol, server_address
from sync.client.token_store import TokenStore
from sync.protocol.gateway import RequestRefused
from sync.protocol.messages import Problem
from tests.sync.client.conftest import Clock
from tests.sync.client.fake_server import ORG, STORE, TILL, FakeServer


@pytest.fixture
def server(clock: Clock) -> FakeServer:
    return FakeServer(clock.now_us)


def test_a_code_becomes_token_and_identity(
    database: Database, server: FakeServer, tmp_path: Path
) -> None:
    """After enrolling, the till knows who it is and can prove it."""
    tokens = TokenStore(tmp_path)
    identity = enrol(database, server, tokens, code=" ABCD-1234 ", till_name="Till 1")
    assert database.identity == identity
    assert (identity.org_id, identity.store_id, identity.device_id) == (ORG, STORE, TILL)
    assert (identity.store_code, identity.till_code) == ("S01", "T01")
    assert tokens.load() == "token"
    with database.read() as conn:
        assert sync_state.server_epoch(conn) == "epoch-1"


def test_a_refused_code_leaves_the_till_as_it_was(
    database: Database, server: FakeServer, tmp_path: Path
) -> None:
    """A wrong code says why and can be tried again."""
    problem = Problem(status=422, code="code_unknown", title="No", detail="This code is unknown.")
    server.faults["enrol"] = [RequestRefused(problem)]
    tokens = TokenStore(tmp_path)
    with pytest.raises(RequestRefused, match="This code is unknown"):
        enrol(database, server, tokens, code="ABCD-1234", till_name="Till 1")
    assert database.identity is None
    assert tokens.load() == ""
    enrol(database, server, tokens, code="ABCD-1234", till_name="Till 1")


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("pos.example.com", "https://pos.example.com"),
        (" https://pos.example.com/ ", "https://pos.example.com"),
        ("https://pos.example.com:8443/till", "https://pos.example.com:8443/till"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_address_is_understood(typed: str, address: str) -> None:
    """What a person types becomes a base URL."""
    assert server_address(typed) == address


@pytest.mark.parametrize(
    "typed", ["", "https://", "ftp://pos.example.com", "http://pos.example.com", "http://10.0.0.5"]
)
def test_an_address_that_would_give_the_token_away_is_refused(typed: str) -> None:
    """Plain HTTP is for this machine only."""
    with pytest.raises(Refusal):
        server_address(typed)
