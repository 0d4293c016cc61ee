"""The till replaces its token, and nothing on the way can lock it out."""

import hashlib
from pathlib import Path

import pytest

from sync.client.engine import SyncEngine
from sync.client.token_rotation import AGAIN_S, ROTATE_US
from sync.client.token_store import TokenStore
from sync.protocol.gateway import AuthFault, NetworkFault, RequestRefused
from sync.protocol.messages import Problem
from tests.sync.client.conftest import Road

OLD = "aaaabbbb.the-first-one"
ROTATE_S = ROTATE_US / 1_000_000
DAY_S = 86_400.0


@pytest.fixture
def tokens(tmp_path: Path) -> TokenStore:
    """A store with the token of the enrolment."""
    store = TokenStore(tmp_path)
    store.save(OLD)
    return store


def restarted(road: Road, tokens: TokenStore) -> None:
    """The program starts again over the same data."""
    road.engine = SyncEngine(
        road.database,
        road.server,
        now_us=road.clock.now_us,
        random=lambda: 0.5,
        cart_is_empty=lambda: True,
        tokens=tokens,
    )


def after_days(road: Road, days: float) -> None:
    """The till was off for so long, and then looks once."""
    road.clock.s += days * DAY_S
    road.engine.sync_now()
    road.run(for_s=1)


def test_a_token_is_replaced_after_thirty_days(road: Road, tokens: TokenStore) -> None:
    """Not before, and once; the server learns the hash of what the till goes on with."""
    restarted(road, tokens)
    after_days(road, 0)
    after_days(road, 29)
    assert tokens.load() == OLD
    after_days(road, 2)
    new = tokens.load()
    assert new.startswith("aaaabbbb.")
    assert len(new) == len("aaaabbbb.") + 52
    assert road.server.token_hashes == [hashlib.sha256(new.encode()).hexdigest()]
    after_days(road, 1)
    restarted(road, tokens)
    after_days(road, 1)
    assert road.count("token") == 1


def test_a_lost_answer_is_asked_for_again_with_the_same_token(
    road: Road, tokens: TokenStore, tmp_path: Path
) -> None:
    """Failure 10, for tokens: the old one is used until the server has answered."""
    restarted(road, tokens)
    after_days(road, 0)
    road.server.faults["token"] = [NetworkFault("lost")] * 2
    after_days(road, 31)
    assert tokens.load() == OLD
    # Killed here: the token that was proposed is on the disk.
    tokens = TokenStore(tmp_path)
    restarted(road, tokens)
    after_days(road, 1)
    proposed = road.server.token_hashes
    road.clock.s += AGAIN_S
    road.engine.sync_now()
    road.run(for_s=1)
    assert tokens.load() != OLD
    assert set(road.server.token_hashes) == {hashlib.sha256(tokens.load().encode()).hexdigest()}
    assert len(proposed) == 1


@pytest.mark.parametrize(
    "fault",
    [
        RequestRefused(Problem(status=404, code="http", title="Not Found")),
        AuthFault("revoked", "device_revoked"),
        NetworkFault("busy"),
    ],
)
def test_a_server_that_cannot_costs_nothing(
    road: Road, tokens: TokenStore, fault: Exception
) -> None:
    """An older server knows no such request: pulls go on, and it is asked once an hour."""
    restarted(road, tokens)
    after_days(road, 0)
    road.server.faults["token"] = [fault] * 100
    after_days(road, 31)
    road.run(for_s=2 * AGAIN_S - 60)
    assert road.count("token") == 2
    assert road.engine.status.last_error == ""
    assert tokens.load() == OLD


def test_a_clock_set_back_replaces_the_token_too(road: Road, tokens: TokenStore) -> None:
    """Failure 21: what began in the future has lasted long enough."""
    restarted(road, tokens)
    road.clock.s += 400 * DAY_S
    after_days(road, 0)
    road.clock.s -= 400 * DAY_S
    restarted(road, tokens)
    after_days(road, 0)
    assert tokens.load() != OLD


def test_a_full_disk_keeps_the_old_token(
    road: Road, tokens: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failure 19: what cannot be kept is never promised."""
    restarted(road, tokens)
    after_days(road, 0)

    def full(file: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sync.client.token_store._write_private", full)
    after_days(road, 31)
    assert (road.count("token"), tokens.load()) == (0, OLD)
    assert road.engine.status.last_error == ""


def test_a_token_from_elsewhere_is_not_overwritten(road: Road, tokens: TokenStore) -> None:
    """The till was enrolled anew while its old identity's token was being replaced."""
    restarted(road, tokens)
    after_days(road, 0)
    answer = road.server.rotate_token

    def meanwhile(request: object) -> object:
        tokens.save("ccccdddd.of-the-new-identity")
        return answer(request)  # type: ignore[arg-type]

    road.server.rotate_token = meanwhile  # type: ignore[method-assign,assignment]
    after_days(road, 31)
    assert tokens.load() == "ccccdddd.of-the-new-identity"
