"""The kinds of steps a plan is made of, by name."""

import random
from collections.abc import Callable, Mapping

from localdb.domain.records import Product
from sync.client.status import LiveStatus
from sync.server.core.ports import Race, StoreError
from tests.simulation import (
    actions,
    codes,
    disasters,
    encounters,
    joining,
    managing,
    restoring,
    spending,
    versions,
)
from tests.simulation.fused_store import Stumbled
from tests.simulation.network import WEATHERS
from tests.simulation.till import SimTill
from tests.simulation.views import NIL
from tests.simulation.world import World

Kind = Callable[[World, SimTill, random.Random], None]
SECOND_US = 1_000_000
SKEWS_S = (0, -3_600, 3_600, 86_400, -86_400, 315_576_000, -315_576_000)


def _person(action: actions.Action) -> Kind:
    def step(world: World, till: SimTill, rng: random.Random) -> None:
        if till.in_use:
            world.alive(till, lambda: action(till, rng))

    return step


def wait(world: World, till: SimTill, rng: random.Random) -> None:
    """Let minutes pass in which every till that is on does what is due."""
    until = world.clock.s + rng.choice((1.0, 10.0, 60.0))
    for _ in range(40):
        on = [one for one in world.tills if one.enrolled]
        if not on or min(one.due_at for one in on) > until:
            break
        due = min(on, key=lambda one: (one.due_at, one.name))
        world.clock.pass_to(due.due_at)
        due.line.rng = rng
        world.alive(due, due.step)
    world.clock.pass_to(until)


def weather(world: World, till: SimTill, rng: random.Random) -> None:
    """The line gets better or worse."""
    till.line.weather = rng.choice(WEATHERS)


def late_requests(world: World, till: SimTill, rng: random.Random) -> None:
    """What got stuck on the way arrives after all."""
    till.line.deliver_late()


def kill_till(world: World, till: SimTill, rng: random.Random) -> None:
    """The till's process will die at one of its next points."""
    till.power_fails = False
    till.fuse.light(rng.choice((1, 2, 3, 5, 8, 13, 30, 60)))


def cut_power(world: World, till: SimTill, rng: random.Random) -> None:
    """The same, and what was not flushed is gone too."""
    till.power_fails = True
    till.fuse.light(rng.randrange(1, 40))


def kill_server(world: World, till: SimTill, rng: random.Random) -> None:
    """The server's process will die at one of its next points."""
    world.server.fuse.light(rng.choice((1, 2, 3, 4, 6, 8, 12, 16, 24)))


def stumble(world: World, till: SimTill, rng: random.Random) -> None:
    """The database will raise something at one of its next statements, and go on."""
    error = rng.choice((Race, StoreError, Stumbled))
    world.server.fuse.light(rng.choice((1, 2, 4, 8, 12, 16)), error)


def switch(world: World, till: SimTill, rng: random.Random) -> None:
    """Switch a till that is off on, or one that is on off."""
    if till.on:
        world.alive(till, till.stop)
        till.empty_cart()
    else:
        world.begin(till)


def disk(world: World, till: SimTill, rng: random.Random) -> None:
    """The disk is full, or has room again."""
    full = rng.random() < 0.6
    world.alive(till, lambda: till.limit_disk(full=full))


def clock(world: World, till: SimTill, rng: random.Random) -> None:
    """The till's clock jumps."""
    world.clocks_were_wrong = True
    till.skew_us = rng.choice(SKEWS_S) * SECOND_US


def server_edit(world: World, till: SimTill, rng: random.Random) -> None:
    """Another program changes a product through the API."""
    server, org_id = world.server, world.template.org_id

    async def edit() -> None:
        async with server.store.transaction(org_id) as transaction:
            rows = await transaction.references(Product.TYPE, None, NIL, 100)
        row = rng.choice(rows)
        field, value = rng.choice((("price_minor", 100 * rng.randrange(1, 5)), ("note", "api")))
        await server.editor.change(
            org_id, Product.TYPE, row.values["id"], row.version, {field: value}
        )

    world.operate(edit())


def compare(world: World, till: SimTill, rng: random.Random) -> None:
    """Somebody asks whether this till holds what the server holds."""
    if till.enrolled:
        world.alive(till, till.engine.compare_now)


def line_opens(world: World, till: SimTill, rng: random.Random) -> None:
    """The line for hints stands: a fault of the network is taken for a short one."""
    if till.enrolled:
        world.alive(till, lambda: till.engine.live(LiveStatus(connected=True)))


def line_breaks(world: World, till: SimTill, rng: random.Random) -> None:
    """The line for hints is gone, as an engine begins."""
    if till.enrolled:
        world.alive(till, lambda: till.engine.live(LiveStatus()))


STEPS: Mapping[str, Kind] = {
    "sell": _person(actions.sell),
    "ring_up": _person(actions.ring_up),
    "hold_cart": _person(actions.hold_cart),
    "recall_cart": _person(actions.recall_cart),
    "give_back": _person(actions.give_back),
    "drawer": _person(actions.drawer),
    "edit_product": _person(actions.edit_product),
    "delete_product": _person(actions.delete_product),
    "new_product": _person(actions.new_product),
    "new_barcode": _person(actions.new_barcode),
    "move_stock": _person(actions.move_stock),
    "customer": _person(actions.customer),
    "setting": _person(actions.setting),
    "big_group": _person(actions.big_group),
    "settle": _person(managing.settle),
    "reopen": _person(managing.reopen),
    "undo": _person(managing.undo),
    "parked": _person(managing.parked),
    "load_card": _person(spending.load_card),
    "open_account": _person(spending.open_account),
    "pay_off": _person(spending.pay_off),
    "credit_back": _person(spending.credit_back),
    "spend": _person(spending.spend),
    "ask_for_cart": _person(spending.ask_for_cart),
    "ask_for_line": _person(spending.ask_for_line),
    "sync": lambda world, till, rng: world.sync(till, rng),
    "wait": wait,
    "weather": weather,
    "late_requests": late_requests,
    "kill_till": kill_till,
    "cut_power": cut_power,
    "kill_server": kill_server,
    "stumble": stumble,
    "switch": switch,
    "disk": disk,
    "clock": clock,
    "server_edit": server_edit,
    "compare": compare,
    "line_opens": line_opens,
    "line_breaks": line_breaks,
    "back_up_server": disasters.back_up_server,
    "restore_server": disasters.restore_server,
    "retain": disasters.retain,
    "digest": disasters.digest,
    "look_for_flags": disasters.look_for_flags,
    "sum_balances": disasters.sum_balances,
    "update_needed": disasters.update_needed,
    "long_night": disasters.long_night,
    "back_up_till": disasters.back_up_till,
    "restore_till": disasters.restore_till,
    "clone_till": disasters.clone_till,
    "destroy_till": disasters.destroy_till,
    "newcomer": disasters.newcomer,
    "revoke_till": disasters.revoke_till,
    "double_life": encounters.double_life,
    "two_managers": encounters.two_managers,
    "pulled_over": encounters.pulled_over,
    "old_answer": encounters.old_answer,
    "spoilt_group": encounters.spoilt_group,
    "given_back": restoring.given_back,
    "edit_before_its_record": restoring.edit_before_its_record,
    "shut_out": restoring.shut_out,
    "wrong_code": codes.wrong_code,
    "new_tills_code": codes.new_tills_code,
    "one_card_twice": encounters.one_card_twice,
    "load_before_the_answer": encounters.load_before_the_answer,
    "upgrade_till": versions.upgrade_till,
    "upgrade_while_loading": versions.upgrade_while_loading,
    "upgrade_server": versions.upgrade_server,
    "brand_product": _person(versions.brand_product),
    "supplier": _person(versions.supplier),
    "survey_sale": _person(versions.survey_sale),
    "stand_alone": joining.stand_alone,
    "join": joining.join,
}
