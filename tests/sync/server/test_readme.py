"""The operator's README, followed word by word: from an empty database to a sale that arrives."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from app.bootstrap.session import Session, open_session
from app.demo.shop import wait_until
from app.people.signin import SignInPresenter
from localdb.domain.cart import Cart
from localdb.domain.records import Product, User
from localdb.domain.tender import Tender
from localdb.queries import lists
from localdb.services import catalogue, shifts
from localdb.services.checkout import checkout
from tests.support.postgres import Databases, PostgresDatabase
from tests.support.shops import line_of

README = Path("sync/server/README.md")
PROGRAMS = {"evertill-server": "sync.server", "evertill": "app"}


def commands() -> list[list[str]]:
    """The words of every command of ours in the README's blocks, in order."""
    blocks = re.findall(r"^```\n(.*?)^```", README.read_text(encoding="utf-8"), re.M | re.S)
    lines = "\n".join(blocks).splitlines()
    words = (shlex.split(line, comments=True) for line in lines)
    return [found for found in words if found and found[0] in (*PROGRAMS, "export")]


class Operator:
    """Types what the README says, with what earlier commands printed in place of its names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, str] = {}
        self.printed: dict[str, object] = {}
        self._environment = {
            **os.environ,
            "PYTHONWARNINGS": "ignore",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }

    def export(self, words: list[str], database: PostgresDatabase) -> None:
        """Set a variable of the README, with this machine's addresses."""
        name, _, value = words[1].partition("=")
        here = {
            "EVERTILL_OWNER_URL": database.owner_url,
            "EVERTILL_DATABASE_URL": database.app_url,
        }
        self._environment[name] = here.get(name, value)

    def type(self, words: list[str]) -> None:
        """Run one command to its end, and remember what it printed."""
        done = subprocess.run(
            self._command(words), env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (words, done.stderr)
        if words[0] == "evertill-server":
            self.printed |= json.loads(done.stdout)
            self._names = {
                "ORG": str(self.printed.get("org_id")),
                "STORE": str(self.printed.get("store_id")),
                "CODE": str(self.printed.get("code")),
            }

    @contextmanager
    def serving(self, words: list[str]) -> Iterator[None]:
        """Run ``serve`` on loopback, and stop it."""
        changed = {"0.0.0.0": "127.0.0.1", "8410": "0"}
        command = self._command([changed.get(word, word) for word in words])
        with subprocess.Popen(
            command, env=self._environment, stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            try:
                url = json.loads(child.stdout.readline())["url"]
                self._names["https://pos.example.com"] = url
                yield
            finally:
                child.terminate()

    def _command(self, words: list[str]) -> list[str]:
        program, *rest = (self._names.get(word, word) for word in words)
        folder = ["--data-dir", str(self._folder)] if program == "evertill" else []
        return [sys.executable, "-m", PROGRAMS[program], *folder, *rest]


@pytest.fixture
def empty(databases: Databases) -> Iterator[PostgresDatabase]:
    """A database with nothing in it, and the two addresses of the README."""
    name = "readme"
    owner_url = databases.server.ensure_database(name)
    made = PostgresDatabase(owner_url, databases.server.database(name, user="evertill_app"))
    yield made
    databases.drop(made)


def test_the_readme_leads_to_a_sale_that_arrives(empty: PostgresDatabase, tmp_path: Path) -> None:
    """Its commands and nothing else; the manager signs in, opens a shift and sells."""
    operator = Operator(tmp_path / "till")
    typed = commands()
    (serve,) = (words for words in typed if words[:2] == ["evertill-server", "serve"])
    for words in typed[: typed.index(serve)]:
        if words[0] == "export":
            operator.export(words, empty)
        else:
            operator.type(words)
    with operator.serving(serve):
        for words in typed[typed.index(serve) + 1 :]:
            operator.type(words)
        with open_session(tmp_path / "till", use_keyring=False) as session:
            sign_in(session, str(operator.printed["one_time_pin"]))
            number = sell(session)
            session.connect()
            wait_until(lambda: arrived(empty) == [number], "the sale to arrive", 60)


def sign_in(session: Session, one_time_pin: str) -> None:
    """The manager comes in by the sign-in screen's presenter, and chooses a PIN."""
    came: list[User] = []
    presenter = SignInPresenter(session.till, lambda state: None, came.append)
    presenter.open()
    for pin in (one_time_pin, "8642", "8642"):
        for digit in pin:
            presenter.digit(digit)
        presenter.enter()
        assert presenter.state.error == ""
    assert [(user.name, user.role) for user in came] == [("Mara Lind", "manager")]


def sell(session: Session) -> str:
    """A product of the README's tax class, a shift and a sale; its receipt number."""
    till = session.till
    (tax_class,) = till.ask(lists.tax_classes)
    milk = Product(
        id=session.new_id(), sku="MILK", name="Milk", price_minor=120, tax_class_id=tax_class.id
    )
    till.write(catalogue.add_product, milk, ("4006381333931",), 10_000)
    till.write(shifts.open_shift, 10_000)
    paid = Tender(120, till.currency).pay_cash(None)
    return till.write(checkout, Cart().add(line_of(till, milk)), paid).receipt_number


def arrived(database: PostgresDatabase) -> list[str]:
    """The receipt numbers on the server."""
    with psycopg.connect(database.owner_url) as connection:
        return [row[0] for row in connection.execute("SELECT receipt_number FROM sale")]
