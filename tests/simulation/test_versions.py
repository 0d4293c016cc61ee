"""Two releases in one history: it is shown that there are two, and that the oracle can fail."""

import logging
from collections.abc import Iterator

import pytest

from localdb.domain.records import RECORDS, Product
from localdb.store import migrate
from sync.client.proof import prove
from sync.server.schema import ORG_STREAM
from tests.simulation import template
from tests.simulation.healing import heal
from tests.simulation.oracles import findings
from tests.simulation.plan import Plan, Step
from tests.simulation.releases import Supplier
from tests.simulation.steps import STEPS
from tests.simulation.versions import unknown_is_kept, upgrade_all
from tests.simulation.views import unknown_records
from tests.simulation.world import World, memory_world

ONE_IS_LATER = Plan(
    seed=5,
    tills=2,
    steps=(
        Step("upgrade_till", 0, 1),
        Step("upgrade_server", 0, 2),
        Step("brand_product", 0, 3),
        Step("supplier", 0, 4),
        Step("survey_sale", 0, 5),
    ),
    mixed=True,
)

ONE_TILL_IS_LATER = Plan(
    seed=5,
    tills=2,
    steps=(
        Step("upgrade_till", 0, 1),
        Step("sell", 0, 2),
        Step("edit_product", 0, 3),
        Step("brand_product", 0, 4),
        Step("sell", 1, 5),
    ),
    mixed=True,
)


@pytest.fixture
def mixed() -> Iterator[World]:
    """A till and the server of the later release, and a till of this one, at rest."""
    logging.disable(logging.CRITICAL)
    with memory_world(ONE_IS_LATER, template.build()) as world:
        world.run(STEPS)
        heal(world)
        yield world
    logging.disable(logging.NOTSET)


def test_each_till_speaks_its_own_release(mixed: World) -> None:
    """The later one has the column and the table, the other neither; and it ends with the world."""
    later, other = mixed.tills
    columns = "SELECT name FROM pragma_table_info('product')"
    assert "brand" in later.ask(lambda conn: conn.exec_driver_sql(columns).scalars().all())
    assert "brand" not in other.ask(lambda conn: conn.exec_driver_sql(columns).scalars().all())
    assert later.write(lambda uow: uow.find(Supplier))
    assert unknown_records(other, Supplier.TYPE)
    assert Supplier.TYPE not in RECORDS


def test_what_is_lost_in_an_older_program_is_seen(mixed: World) -> None:
    """A field, then a record, that the older till no longer keeps."""
    assert list(unknown_is_kept(mixed)) == []
    other = mixed.tills[1]
    kept = other.ask(lambda conn: conn.exec_driver_sql("SELECT id, extra FROM product").all())
    branded = [row.id for row in kept if row.extra and '"brand":"' in row.extra]
    assert branded
    sql = "UPDATE product SET extra = NULL"
    other.write(lambda uow: uow.connection.exec_driver_sql(sql))
    lost = list(unknown_is_kept(mixed))
    assert lost
    assert all("brand" in one for one in lost)
    other.write(lambda uow: uow.connection.exec_driver_sql("DELETE FROM unknown_record"))
    assert any("supplier" in one for one in unknown_is_kept(mixed))


def test_brought_up_to_date_both_agree(mixed: World) -> None:
    """What the older till kept as it came is a column and a row now."""
    upgrade_all(mixed)
    heal(mixed)
    with mixed.all_known():
        assert findings(mixed.sight(prove_all=True)) == ()
    later, other = mixed.tills
    brands = "SELECT id, brand FROM product WHERE brand <> ''"
    shown = later.ask(lambda conn: conn.exec_driver_sql(brands).all())
    assert shown
    assert other.ask(lambda conn: conn.exec_driver_sql(brands).all()) == shown
    found = later.write(lambda uow: uow.find(Supplier))
    assert other.write(lambda uow: uow.find(Supplier)) == found


def test_a_later_till_finds_nothing_wrong_with_an_older_server() -> None:
    """A field that is new holds its default here and is missing there: that is no difference."""
    with memory_world(ONE_TILL_IS_LATER, template.build()) as world:
        world.run(STEPS)
        heal(world)
        later, org_id = world.tills[0], world.template.org_id
        for stream in (ORG_STREAM, *world.template.store_ids):
            world.drive(world.server.checkpoints.take(org_id, stream, anyway=True))
        later.engine.compare_now()
        for _ in range(100):
            world.clock.pass_to(later.due_at)
            later.step()
        with later.tongue():
            assert later.write(lambda uow: uow.find(Product, brand=""))
            assert prove(later.database, later.gateway).agrees
        found = later.engine.status.compared
        assert found is not None
        assert found.rows
        assert (found.differing, found.repaired, found.left) == (0, 0, 0)


def test_nothing_of_the_later_release_is_left(mixed: World) -> None:
    """Between two worlds there is one release."""
    schema = migrate.SCHEMA_VERSION
    with mixed.all_known():
        assert schema + 1 == migrate.SCHEMA_VERSION
        assert Supplier.TYPE in RECORDS
        assert "brand" in {field.name for field in Product.fields()}
    assert schema == migrate.SCHEMA_VERSION
    assert "brand" not in {field.name for field in Product.fields()}
