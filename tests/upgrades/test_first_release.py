"""Both sides are upgraded from the first release with work in flight, and none of it is lost."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import cast

import httpx
import psycopg
import pytest
from psycopg import sql

from app.bootstrap.session import Session
from localdb.domain import journal
from localdb.domain.cart import Cart
from localdb.domain.ids import IdSource
from localdb.domain.records import Conflict, HeldCart, Sale, User
from localdb.queries import journals, sync_view
from localdb.services import carts, conflicts
from localdb.services.till import Till
from localdb.store import carts as cart_store
from localdb.store import engine, images, migrate, outbox, rows
from localdb.store.database import Database
from localdb.store.search import search
from sync.client.bootstrap import load_now
from sync.client.enrol import enrol
from sync.client.proof import prove
from sync.client.token_store import TokenStore
from sync.server.__main__ import main as server_command
from sync.server.backend import wall_clock_us
from sync.server.migrate import APP_ROLE
from sync.server.migrate import migrate as migrate_server
from tests.faults.ringing import ring
from tests.support.postgres import Databases, PostgresDatabase
from tests.support.server import RunningServer, server_config
from tests.sync.client.test_road import Line, TillOnRoad
from tests.upgrades.first_release import KEY, FirstShop, restore_server, restore_till, shop

APP = sql.Identifier(APP_ROLE)


@dataclass(slots=True)
class Upgraded:
    """The shop with the present program on both sides."""

    shop: FirstShop
    database: PostgresDatabase
    tills: list[TillOnRoad]

    def level(self) -> None:
        """Sync until everybody has everything."""
        for till in (*self.tills, *reversed(self.tills), *self.tills):
            till.sync()

    def manager(self, till: TillOnRoad) -> Till:
        """The till with its manager signed in."""
        at = Till(till.database)
        (user,) = (one for one in till.find(User) if isinstance(one, User))
        at.sign_in(user)
        return at


@pytest.fixture
def first_server(databases: Databases) -> Iterator[PostgresDatabase]:
    """The first release's database, not yet migrated."""
    made = restore_server(databases, wall_clock_us())
    yield made
    databases.drop(made)


@contextmanager
def serving(database: PostgresDatabase) -> Iterator[RunningServer]:
    """The present server over the database, which it has migrated."""
    migrate_server(database.owner_url)
    server = RunningServer(server_config(database))
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def upgraded(first_server: PostgresDatabase, tmp_path: Path) -> Iterator[Upgraded]:
    """Both sides upgraded; nobody has spoken yet."""
    first = shop()
    with ExitStack() as stack:
        server = stack.enter_context(serving(first_server))
        tills = []
        for number, token in enumerate(first.tokens, 1):
            folder = tmp_path / f"till-{number}"
            restore_till(folder, number)
            database = Database.open(folder, key=KEY, now_us=wall_clock_us)
            stack.callback(database.close)
            tokens = TokenStore(folder)
            tokens.save(token)
            line = stack.enter_context(Line(server.url, tokens.load))
            till = TillOnRoad(database, line, tokens)
            stack.callback(till.engine.close)
            tills.append(till)
        yield Upgraded(first, first_server, tills)


def test_everything_unsent_goes_up_once(upgraded: Upgraded) -> None:
    """Each printed receipt is on the server and on both tills exactly once; all is equal."""
    here, there = upgraded.tills
    assert _waiting(here) == 5
    upgraded.level()
    for till in (here, there):
        sales = [one for one in till.find(Sale) if isinstance(one, Sale)]
        assert {s.receipt_number: s.total_minor for s in sales} == upgraded.shop.printed
        assert len(sales) == len(upgraded.shop.printed)
        assert _waiting(till) == 0
        proof = prove(till.database, till.line)
        assert proof.agrees, [one for one in proof.types if not one.matches]
    with psycopg.connect(upgraded.database.owner_url) as pg:
        found: dict[str, int] = dict(
            pg.execute("SELECT receipt_number, total_minor FROM sale").fetchall()
        )
        assert found == upgraded.shop.printed


def _waiting(till: TillOnRoad) -> int:
    with till.database.read() as conn:
        return sync_view.queue(conn).waiting.groups


def test_what_was_held_for_a_record_is_applied_when_it_comes(upgraded: Upgraded) -> None:
    """A group that the first release stored waits on across the migration, and is then released."""
    upgraded.level()
    for till in upgraded.tills:
        assert till.product(upgraded.shop.cake).note == "from the other till"
        assert till.product(upgraded.shop.cake).name == "Cheese cake"
    with psycopg.connect(upgraded.database.owner_url) as pg:
        assert pg.execute("SELECT count(*) FROM held_group").fetchone() == (0,)


def test_an_open_conflict_goes_on_and_can_be_settled(upgraded: Upgraded) -> None:
    """It is as it was left, beside what came up since; it is settled, and that is taken back."""
    upgraded.level()
    here, there = upgraded.tills
    (conflict,) = _open_conflicts(here)
    assert '"local":149,"remote":139' in conflict.fields_json
    assert here.product(upgraded.shop.milk).price_minor == 145
    chosen = {"price_minor": 149}
    upgraded.manager(there).write(conflicts.settle, conflict.id, chosen)
    upgraded.level()
    assert [till.product(upgraded.shop.milk).price_minor for till in (here, there)] == [149, 149]
    upgraded.manager(here).write(conflicts.undo, conflict.id)
    upgraded.level()
    assert there.product(upgraded.shop.milk).price_minor == 145
    assert prove(there.database, there.line).agrees


def _open_conflicts(till: TillOnRoad) -> list[Conflict]:
    found = [one for one in till.find(Conflict) if isinstance(one, Conflict)]
    return [one for one in found if one.state == "open"]


def test_a_parked_group_is_still_parked(upgraded: Upgraded) -> None:
    """With its reason; its row shows the server's value; it can be given up."""
    here = upgraded.tills[0]
    upgraded.level()
    with here.database.read() as conn:
        (parked,) = outbox.parked(conn)
    assert (parked.code, "name" in parked.detail) == ("invalid", True)
    assert here.product(upgraded.shop.bread).note == ""
    manager = upgraded.manager(here)
    manager.write(outbox.discard, parked.dseq)
    upgraded.level()
    assert prove(here.database, here.line).agrees


def test_carts_and_the_journal_live_on(upgraded: Upgraded) -> None:
    """The cart being rung, the one on hold and the chain of the journal are as they were left."""
    here, there = upgraded.tills
    with here.database.read() as conn:
        saved = cart_store.load(conn)
        entries = journals.own_entries(conn)
    assert saved is not None
    (line,) = Cart.from_json(saved).lines
    assert (line.name, line.quantity_milli) == ("Apple", 3000)
    assert journal.verify(entries) is None
    upgraded.level()
    (held,) = (one for one in there.find(HeldCart) if isinstance(one, HeldCart))
    cart = upgraded.manager(there).write(carts.recall, held.id)
    assert [line.quantity_milli for line in cart.lines] == [2000]
    upgraded.level()
    (held,) = (one for one in here.find(HeldCart) if isinstance(one, HeldCart))
    assert held.state == "recalled"


def test_numbers_go_on_where_they_were(upgraded: Upgraded) -> None:
    """The next sale has the next number, and goes up in the next group."""
    here = upgraded.tills[0]
    told: list[object] = []
    session = SimpleNamespace(
        till=Till(here.database), new_id=IdSource(wall_clock_us), now_us=wall_clock_us
    )
    ring(cast("Session", session), Random(9), lambda *what: told.append(what[:2]), sales=1)
    assert ("printed", "S01-T01-000007") in told
    upgraded.level()
    assert prove(here.database, here.line).agrees


def test_unknown_fields_are_still_there(upgraded: Upgraded) -> None:
    """What a newer program once said of a product outlives both migrations and an edit."""
    here, there = upgraded.tills
    here.edit(upgraded.shop.apple, name="Red apple")
    upgraded.level()
    for till in (here, there):
        with till.database.read() as conn:
            row = rows.load(conn, "product", [upgraded.shop.apple])[upgraded.shop.apple]
        values = images.row_values("product", row)
        assert (values["brand"], values["name"]) == ("Acme", "Red apple")
        with till.database.read() as conn:
            assert search(conn, "red app") == [upgraded.shop.apple]


def test_an_owner_who_is_no_superuser_upgrades_and_nothing_is_missing(
    databases: Databases, first_server: PostgresDatabase
) -> None:
    """All in one transaction, grants included; ``/readyz`` answers for both schema and grants."""
    with psycopg.connect(first_server.owner_url) as connection:
        connection.execute("CREATE ROLE modest_owner LOGIN NOSUPERUSER NOBYPASSRLS")
        (name,) = connection.execute("SELECT current_database()").fetchone() or ("",)
        give = sql.SQL("ALTER {} {} OWNER TO modest_owner")
        connection.execute(give.format(sql.SQL("DATABASE"), sql.Identifier(name)))
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in tables.fetchall():
            connection.execute(give.format(sql.SQL("TABLE"), sql.Identifier(table)))
    try:
        assert readiness(first_server) == (503, "not_ready")
        migrate_server(databases.server.database(name, user="modest_owner"))
        assert readiness(first_server) == (200, None)
        with psycopg.connect(first_server.owner_url) as connection:
            connection.execute(sql.SQL("REVOKE UPDATE ON gift_card FROM {}").format(APP))
        assert readiness(first_server) == (503, "not_ready")
        with psycopg.connect(first_server.owner_url) as connection:
            connection.execute(sql.SQL("GRANT UPDATE ON gift_card TO {}").format(APP))
            connection.execute("UPDATE alembic_version SET version_num = '0002'")
        assert readiness(first_server) == (503, "not_ready")
        with psycopg.connect(first_server.owner_url) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        assert readiness(first_server) == (200, None), "a newer schema serves older programs"
    finally:
        with psycopg.connect(first_server.owner_url) as connection:
            connection.execute("REASSIGN OWNED BY modest_owner TO CURRENT_USER")
            connection.execute("DROP OWNED BY modest_owner")
            connection.execute("DROP ROLE modest_owner")


def readiness(database: PostgresDatabase) -> tuple[int, str | None]:
    """What ``/readyz`` of a server over the database answers."""
    server = RunningServer(server_config(database))
    try:
        answer = httpx.get(f"{server.url}/readyz", trust_env=False)
    finally:
        server.stop()
    return answer.status_code, answer.json().get("code")


def test_tills_that_are_upgraded_before_the_server_lose_nothing(
    first_server: PostgresDatabase, tmp_path: Path
) -> None:
    """A migrated till sells on with nobody to talk to; days later the server is upgraded."""
    restore_till(tmp_path / "till-1", 1)
    database = Database.open(tmp_path / "till-1", key=KEY, now_us=wall_clock_us)
    tokens = TokenStore(tmp_path / "till-1")
    tokens.save(shop().tokens[0])
    try:
        with Line("http://127.0.0.1:9", tokens.load) as dead:
            alone = TillOnRoad(database, dead, tokens)
            alone.sell(shop().milk)
            alone.sync()
            assert _waiting(alone) == 6
            alone.engine.close()
        with serving(first_server) as server, Line(server.url, tokens.load) as line:
            till = TillOnRoad(database, line, tokens)
            till.sync()
            till.sync()
            assert _waiting(till) == 0
            assert prove(database, line).agrees
            till.engine.close()
    finally:
        database.close()


def test_the_migrated_file_is_backed_up_where_anything_is_due(tmp_path: Path) -> None:
    """A file of the first schema opens with the present one, its backup beside it if it changed."""
    restore_till(tmp_path / "till", 1)
    Database.open(tmp_path / "till", key=KEY, now_us=wall_clock_us).close()
    backups = list((tmp_path / "till").glob("backups/till-v1-*.db"))
    assert len(backups) == (migrate.SCHEMA_VERSION > 1)
    connection = engine.connect(tmp_path / "till" / "till.db", KEY)
    assert connection.execute("PRAGMA user_version").fetchone()[0] == migrate.SCHEMA_VERSION
    connection.close()


def test_a_code_from_before_the_upgrade_still_enrols(upgraded: Upgraded, tmp_path: Path) -> None:
    """The operator wrote it down yesterday; the new till loads all that the first release had."""
    upgraded.level()
    folder = tmp_path / "till-3"
    database = Database.open(folder, key=KEY, now_us=wall_clock_us)
    tokens = TokenStore(folder)
    url = upgraded.tills[0].line.base_url
    try:
        with Line(url, tokens.load) as line:
            enrol(database, line, tokens, code=upgraded.shop.code, till_name="Third")
            load_now(database, line, lambda _: None)
            with database.read() as conn:
                assert len(rows.find(conn, Sale)) == len(upgraded.shop.printed)
            assert prove(database, line).agrees
    finally:
        database.close()


def test_the_servers_own_jobs_find_the_organisations_that_were_there(upgraded: Upgraded) -> None:
    """Pruning the log and trying held groups again reach a shop older than those jobs."""
    url = upgraded.database.app_url
    assert server_command(["--database-url", url, "retain"]) == 0
    assert server_command(["--database-url", url, "sweep"]) == 0
    with psycopg.connect(upgraded.database.owner_url) as pg:
        assert pg.execute("SELECT org_id::text FROM tenant").fetchall() == [(upgraded.shop.org,)]
