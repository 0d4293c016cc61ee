"""The command line: each command prints JSON lines and tells its errors apart."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from localdb.domain import pin
from localdb.domain.records import Product
from sync.server.__main__ import main
from sync.server.database import _advice, _reason
from sync.server.standing import DAY_US, at
from tests.support.postgres import PostgresDatabase
from tests.support.server import RunningServer, server_config
from tests.sync.server.tills import NEW_ID, edit, enrolled

Lines = list[dict[str, Any]]


class Cli:
    """Runs commands in this process against the test's database."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *args: str) -> Lines:
        assert main(args) == 0
        return [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]

    def fails(self, *args: str) -> str:
        assert main(args) == 1
        captured = self._capsys.readouterr()
        assert captured.out == ""
        return captured.err


@pytest.fixture
def cli(
    database: PostgresDatabase,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Cli:
    monkeypatch.setenv("EVERTILL_DATABASE_URL", database.app_url)
    monkeypatch.setenv("EVERTILL_OWNER_URL", database.owner_url)
    return Cli(capsys)


def test_an_operator_sets_a_shop_up(cli: Cli) -> None:
    """Migrate, organisation, store, code: what it takes before a till can enrol."""
    assert cli("migrate") == [{"migrated": True, "app_role": "evertill_app"}]
    (org,) = cli("org", "Corner Shop", "--api-token")
    assert org["api_token"]
    (store,) = cli("store", "--org", org["org_id"], "S01", "Main street", "--currency", "JPY")
    (code,) = cli("enrol", "--org", org["org_id"], "--store", store["store_id"], "--till", "T03")
    assert len(code["code"]) <= 64
    (status,) = cli("status", "--org", org["org_id"])
    assert (status["name"], status["tills"], status["heads"]["org"]) == ("Corner Shop", 0, 2)
    (api,) = cli("devices", "--org", org["org_id"])
    assert api["store_id"] is None
    assert not any("hash" in key for key in api)
    (revoked,) = cli("revoke", "--org", org["org_id"], api["device_id"])
    assert revoked["revoked"] is True


def test_an_operator_finds_ids_again(cli: Cli) -> None:
    """Organisations and their stores are listed; a deleted store is not."""
    (org,) = cli("org", "Rival", "--manager", "")
    assert "one_time_pin" not in org
    (store,) = cli("store", "--org", org["org_id"], "S09", "Square", "--timezone", "Asia/Tokyo")
    listed = {line["org_id"]: line for line in cli("orgs")}
    assert listed[org["org_id"]] == {
        "org_id": org["org_id"], "name": "Rival", "stores": 1, "tills": 0
    }  # fmt: skip
    assert cli("stores", "--org", org["org_id"]) == [
        {
            "store_id": store["store_id"],
            "code": "S09",
            "name": "Square",
            "currency": "EUR",
            "timezone": "Asia/Tokyo",
            "tills": 0,
        }
    ]


def test_a_manager_can_be_added_at_any_time(cli: Cli, database: PostgresDatabase) -> None:
    """With a PIN of six digits that is printed once; the database holds its hash alone."""
    (org,) = cli("org", "Corner Shop", "--manager", "")
    (line,) = cli("manager", "--org", org["org_id"], "Mara Lind")
    assert re.fullmatch(r"\d{6}", line["one_time_pin"])
    with psycopg.connect(database.owner_url) as connection:
        found = connection.execute(
            'SELECT name, role, pin_hash FROM "user" WHERE id = %s', (line["manager_id"],)
        ).fetchone()
    assert found is not None
    assert found[:2] == ("Mara Lind", "manager")
    assert pin.is_one_time(found[2])
    assert pin.verify_pin(line["one_time_pin"], found[2])


def test_a_store_code_belongs_to_one_store_of_an_organisation(cli: Cli) -> None:
    """Receipt numbers are made of it; another organisation may have the same."""
    ids = [cli("org", name)[0]["org_id"] for name in ("One", "Two")]
    for org_id in ids:
        cli("store", "--org", org_id, "S02", "Main street")
    assert "another store has S02" in cli.fails("store", "--org", ids[0], "S02", "Side street")


def test_a_time_zone_that_is_none_is_refused(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    """Every sale of such a store would fail."""
    (org,) = cli("org", "Corner Shop")
    words = ["store", "--org", org["org_id"], "S01", "Dome", "--timezone", "Mars/Base"]
    with pytest.raises(SystemExit):
        main(words)
    assert "Mars/Base is no time zone" in capsys.readouterr().err


def test_a_tax_class_has_rates_in_percent(cli: Cli, database: PostgresDatabase) -> None:
    """Each with its printed name; parts of a percent are exact."""
    (org,) = cli("org", "Corner Shop")
    rates = ("--rate", "GST 5 %=5", "--rate", "QST 9.975 %=9.975")
    words = ("tax", "--org", org["org_id"], "standard", "Standard rate", *rates, "--on-top")
    (made,) = cli(*words)
    with psycopg.connect(database.owner_url) as connection:
        found = connection.execute(
            "SELECT c.code, c.included, r.name, r.rate_ppm, r.position FROM tax_class c"
            " JOIN tax_rate r ON r.tax_class_id = c.id WHERE c.id = %s ORDER BY r.position",
            (made["tax_class_id"],),
        ).fetchall()
    assert found == [
        ("standard", False, "GST 5 %", 50_000, 0),
        ("standard", False, "QST 9.975 %", 99_750, 1),
    ]
    for wrong in ("VAT", "VAT=x", "=5", "VAT=1.00001", "VAT=NaN"):
        with pytest.raises(SystemExit):
            main(["tax", "--org", org["org_id"], "x", "X", "--rate", wrong])


def test_an_operator_cleans_up(cli: Cli) -> None:
    """``retain`` says what it dropped; a day is the least that is kept."""
    cli("org", "Corner Shop")
    (line,) = cli("retain", "--days", "30")
    assert line == {
        "days": 30,
        "entries": 0,
        "checkpoints": 0,
        "codes": 0,
        "claims": 0,
        "failed": 0,
    }
    with pytest.raises(SystemExit):
        main(["retain", "--days", "0"])


def test_an_operator_sees_how_things_stand(cli: Cli, database: PostgresDatabase) -> None:
    """Per till: last seen, its number, what is held and open, what it speaks, its token's age."""
    (org,) = cli("org", "Corner Shop")
    (store,) = cli("store", "--org", org["org_id"], "S01", "Main street")
    (code,) = cli("enrol", "--org", org["org_id"], "--store", store["store_id"])
    server = RunningServer(server_config(database))
    try:
        till = enrolled(server, code["code"])
        till.http.headers["Evertill-Protocol"] = "1"
        till.push(till.sell(NEW_ID()))
        till.send(edit(Product, NEW_ID(), {"price_minor": 1}, {"price_minor": 2}))
        till.close()
    finally:
        server.stop()
    (_, line) = cli("devices", "--org", org["org_id"])
    assert line["last_seen"].endswith("+00:00")
    shown = ("till_code", "dseq", "held", "open_conflicts", "protocol", "token_days")
    assert [line[name] for name in shown] == ["T01", 2, 1, 0, 1, 0]
    assert not line["token_expired"]
    (status,) = cli("status", "--org", org["org_id"])
    assert status["held_by_reason"] == {"parent_missing": 1}
    assert (status["tills"], status["silent_tills"]) == (1, 0)
    assert (status["protocols"], status["server_protocols"]) == ({"1": 1}, "1-1")
    assert set(status["kept_from"].values()) == {1}
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("UPDATE device SET last_seen = 1, token_at = 1, enrolled_at = 1")
    (_, line) = cli("devices", "--org", org["org_id"])
    assert line["token_expired"]
    assert line["token_days"] > 20_000
    (status,) = cli("status", "--org", org["org_id"])
    assert (status["silent_tills"], status["oldest_token_days"]) == (1, line["token_days"])


def test_a_code_may_let_a_till_in_again(cli: Cli) -> None:
    """``--device`` says whom the code is for; who is unknown gets none."""
    (org,) = cli("org", "Corner Shop")
    unknown = "01890000-0000-7000-8000-000000000000"
    assert "no such till" in cli.fails("enrol", "--org", org["org_id"], "--device", unknown)


def test_a_restore_begins_a_new_epoch(cli: Cli) -> None:
    """Cursors from before the restore are worth nothing after it."""
    (org,) = cli("org", "Corner Shop")
    (before,) = cli("status", "--org", org["org_id"])
    (restored,) = cli("restored")
    (after,) = cli("status", "--org", org["org_id"])
    assert before["epoch"] != after["epoch"] == restored["epoch"]


def test_a_restore_is_open_for_some_days(cli: Cli, database: PostgresDatabase) -> None:
    """So long tills hand over what it lost of others; as many days as the operator says."""
    (restored,) = cli("restored", "--days", "3")
    with psycopg.connect(database.owner_url) as connection:
        row = connection.execute(
            "SELECT restored_at, backup_at, restore_open_until FROM server_state"
        ).fetchone()
    assert row is not None
    declared, backup, until = row
    assert until - declared == 3 * DAY_US
    assert backup < declared
    assert restored["open_until"] == at(until)
    for days in ("0", "366"):
        with pytest.raises(SystemExit):
            main(["restored", "--days", days])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("enrol", "--store", "{id}"), "no such store"),
        (("revoke", "{id}"), "no such till"),
        (("manager", "Mara"), "no such organisation"),
        (("store", "S01", "Name"), "no such organisation"),
        (("store", "", ""), "code"),
    ],
)
def test_a_refused_command_says_why(cli: Cli, args: tuple[str, ...], said: str) -> None:
    """Status 1, one sentence on standard error, nothing on standard output."""
    unknown = "01890000-0000-7000-8000-000000000000"
    given = [arg.format(id=unknown) for arg in args]
    assert said in cli.fails(*given, "--org", unknown)


def test_a_wrong_setting_is_named_without_its_value(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, and no address with a password on the screen."""
    monkeypatch.setenv("EVERTILL_POOL_SIZE", "secret-number")
    assert main(["org", "x"]) == 2
    said = capsys.readouterr().err
    assert "pool_size" in said
    assert "secret-number" not in said


def test_serve_refuses_a_role_that_security_would_not_hold(
    cli: Cli, database: PostgresDatabase
) -> None:
    """Not even for a demo."""
    assert "superuser" in cli.fails("--database-url", database.owner_url, "serve", "--port", "0")


@pytest.mark.parametrize("command", [("migrate",), ("restored",), ("orgs",), ("serve",)])
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"host": "no-such-host.invalid"}, "Check the host"),
        ({"host": "127.0.0.1", "port": "1"}, "Check the host and the port"),
        ({"dbname": "nowhere"}, "Check the name of the database"),
        ({"user": "nobody_here"}, "Check the name"),
        (None, "It looks like postgresql://"),
    ],
)
def test_an_address_that_leads_nowhere_is_one_sentence(
    cli: Cli,
    database: PostgresDatabase,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    changed: dict[str, str] | None,
    said: str,
) -> None:
    """What was said, what to do and which setting it is; no traceback, and no password."""
    url = "postgresql//x:hidden@h" if changed is None else ""
    for name in ("EVERTILL_DATABASE_URL", "EVERTILL_OWNER_URL"):
        made = url or make_conninfo(database.owner_url, password="hidden", **changed or {})
        monkeypatch.setenv(name, made)
    error = cli.fails(*command)
    assert said in error
    assert "EVERTILL_" in error
    assert "hidden" not in error
    assert len(error.splitlines()) == 1


def test_a_wrong_password_is_one_sentence() -> None:
    """As libpq words it, which no test server of ours asks for one to say."""
    said = 'connection to server at "db" (10.0.0.1), port 5432 failed: FATAL:  password'
    error = psycopg.OperationalError(f'{said} authentication failed for user "role"\nmore')
    assert _reason(error) == 'password authentication failed for user "role"'
    assert _advice(str(error)) == "Check the name and the password"


def test_a_port_that_is_taken_is_one_sentence(cli: Cli) -> None:
    """With what to do; the program that has it goes on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        error = cli.fails("serve", "--port", str(port))
    assert f"port {port}" in error
    assert "--port" in error
    assert len(error.splitlines()) == 1


@pytest.fixture
def serving(cli: Cli) -> Iterator["subprocess.Popen[str]"]:
    """``evertill-server serve`` as a child process."""
    command = [sys.executable, "-m", "sync.server", "serve", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        yield child
        if child.poll() is None:
            child.kill()


def test_serve_tells_its_address_and_ends_in_order(serving: "subprocess.Popen[str]") -> None:
    """One JSON line on standard output once it answers; SIGTERM ends it with status 0."""
    assert serving.stdout is not None
    url = json.loads(serving.stdout.readline())["url"]
    headers = {"Authorization": "Bearer secret.token", "X-Request-ID": "r-1"}
    answer = httpx.get(f"{url}/v1/me?token=hidden", headers=headers, trust_env=False)
    assert answer.status_code == 401
    serving.send_signal(signal.SIGTERM)
    _, errors = serving.communicate(timeout=30)
    assert serving.returncode == 0
    logged = [json.loads(line) for line in errors.splitlines()]
    (access,) = [line for line in logged if line["message"] == "GET /v1/me"]
    assert (access["request"], access["status"]) == ("r-1", 401)
    assert "secret" not in errors
    assert "hidden" not in errors
