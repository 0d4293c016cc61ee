"""``evertill enrol``, as a person would type it, against the real server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.bootstrap.session import Session, open_session
from localdb.domain.cart import Cart
from localdb.domain.tender import Tender
from localdb.queries import lists
from localdb.services import people, setup, shifts
from localdb.services.checkout import checkout
from tests.support.server import Operator, RunningServer
from tests.support.shops import add, line_of
from tests.support.taxes import default_taxes

PIN = "1234"


def evertill(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the program on a data folder; its key lies in a file beside it."""
    environment = {
        **os.environ,
        "PYTHONWARNINGS": "ignore",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    return subprocess.run(
        [sys.executable, "-m", "app", "--data-dir", str(folder), "enrol", *words],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def traded(tmp_path: Path) -> Path:
    """The folder of a till that has traded on its own."""
    folder = tmp_path / "till"
    with open_session(folder, use_keyring=False) as session:
        _trade(session)
    return folder


def _trade(session: Session) -> None:
    till = session.till
    shop = setup.NewShop(store_name="Shop", manager_name="Ada", manager_pin=PIN)
    till.sign_in(till.write(setup.stand_alone, shop))
    till.write(default_taxes)
    milk = till.write(add, "MILK", "Milk 1 l", 129, "4006381333931", 10_000)
    till.write(shifts.open_shift, 10_000)
    for _ in range(3):
        cart = Cart().add(line_of(till, milk))
        till.write(checkout, cart, Tender(129, till.currency).pay_cash(None))


def test_a_traded_till_joins_and_both_sides_are_printed(
    traded: Path, server: RunningServer, operator: Operator
) -> None:
    """Exit status 0 when they agree, with a line a table."""
    org = operator.org()
    code = operator.code(org, operator.store(org, "S07"))
    done = evertill(traded, "--server", server.url, "--code", code, "--till-name", "Door")
    assert done.returncode == 0, done.stderr
    assert "This till is T01 of store S07 now." in done.stdout
    assert "all of it is on the server" in done.stdout
    lines = {line.split(":", 1)[0]: line for line in done.stdout.splitlines()}
    assert "3 on both sides; €3.87 on both sides" in lines["Sales"]
    assert "4 on both sides; 7 on both sides" in lines["Stock movements"]
    with open_session(traded, use_keyring=False) as session:
        assert session.is_enrolled
        assert [user.name for user in session.till.ask(lists.people)] == ["Ada"]
        session.till.write(people.create, "Grace", "cashier", PIN)


def test_a_wrong_code_leaves_the_till_on_its_own(traded: Path, server: RunningServer) -> None:
    """It says why, and everything is as it was."""
    done = evertill(traded, "--server", server.url, "--code", "no-such-code")
    assert done.returncode == 1
    assert "enrolment code" in done.stderr
    with open_session(traded, use_keyring=False) as session:
        assert not session.is_enrolled
