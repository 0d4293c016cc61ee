"""What goes wrong with whole machines: backups restored, disks copied or lost, tills shut out."""

import random
import shutil
from collections.abc import Callable

from sync.server.commands import RESTORE_DAYS_MAX
from sync.server.core.ports import Restore
from sync.server.schema import ORG_STREAM
from sync.server.standing import DAY_US
from tests.simulation.memory_store import MemoryStore
from tests.simulation.memory_tables import Backup
from tests.simulation.operator import Place
from tests.simulation.server import BACKUP_DAYS
from tests.simulation.till import SimTill
from tests.simulation.world import TILLS_MAX, World

DAY_S = 86_400.0
TOO_NEW = 99


# ---------------------------------------------------------------- the server


def back_up_server(world: World, till: SimTill, rng: random.Random) -> None:
    """Take a backup of the server's database."""
    if isinstance(world.store, MemoryStore):
        world.backups.append((world.store.backup(), len(world.history), world.clock.s))


def restore_server(world: World, till: SimTill, rng: random.Random) -> None:
    """The database goes back to a backup, and the operator gives it a new epoch."""
    oldest = world.clock.s - BACKUP_DAYS * DAY_S
    world.backups = [one for one in world.backups if one[2] > oldest]
    if isinstance(world.store, MemoryStore) and world.backups:
        go_back_to(world, rng.choice(world.backups))


def go_back_to(world: World, taken: tuple[Backup, int, float]) -> None:
    """The database is what this backup holds; the tills find out."""
    backup, remembered, taken_s = taken
    if isinstance(world.store, MemoryStore):
        now_us, age_us = world.server.now_us, int((world.clock.s - taken_s) * 1e6)
        declared = Restore(now_us, now_us - age_us, now_us + RESTORE_DAYS_MAX * DAY_US)
        world.store.restore(backup, world.server.new_id(), declared)
        world.migrate_server()
        del world.history[remembered:]
        world.backups = [one for one in world.backups if one[1] <= remembered]
        world.server.start()
        world.server_went_back()


def retain(world: World, till: SimTill, rng: random.Random) -> None:
    """The log is pruned up to somewhere: cursors behind it are worth nothing any more."""
    forget_the_log(world, rng.random)


def forget_the_log(world: World, part: Callable[[], float]) -> None:
    """Prune a part of each stream's log."""
    if isinstance(world.store, MemoryStore):
        # What is old enough to be pruned was looked at long ago.
        world.operate(world.server.flagger_at_once.catch_up(world.template.org_id))
        world.operate(world.server.balancer.catch_up(world.template.org_id))
        for stream in (ORG_STREAM, *world.template.store_ids):
            world.history += world.store.prune(world.template.org_id, stream, part())


def digest(world: World, till: SimTill, rng: random.Random) -> None:
    """The daily job takes the digests of a stream."""
    stream = rng.choice((ORG_STREAM, *world.template.store_ids))
    taking = world.server.checkpoints.take(world.template.org_id, stream, anyway=True)
    world.operate(taking)


def look_for_flags(world: World, till: SimTill, rng: random.Random) -> None:
    """The server looks at what came in for anything odd."""
    world.operate(world.server.flagger.catch_up(world.template.org_id))


def sum_balances(world: World, till: SimTill, rng: random.Random) -> None:
    """The server sums up what moved on cards and customers' accounts."""
    world.operate(world.server.balancer.catch_up(world.template.org_id))


def update_needed(world: World, till: SimTill, rng: random.Random) -> None:
    """The server asks for a newer program, or takes that back."""
    server = world.server
    server.protocol_min = TOO_NEW if server.protocol_min < TOO_NEW else world.protocol_min


def long_night(world: World, till: SimTill, rng: random.Random) -> None:
    """Days or months go by with everything switched off."""
    days = rng.choice((1, 8, 40, 200))
    world.slept_for_months |= days > BACKUP_DAYS
    world.clock.pass_to(world.clock.s + DAY_S * days)


# ---------------------------------------------------------------- a till


def back_up_till(world: World, till: SimTill, rng: random.Random) -> None:
    """Copy the till's database, as its owner would."""

    def copy() -> None:
        file = world.folder / f"{till.name}.backup"
        file.unlink(missing_ok=True)
        till.copy_to(file)
        till.backup = file

    world.alive(till, copy)


def restore_till(world: World, till: SimTill, rng: random.Random) -> None:
    """Put the copy back in place; what was rung since is on no disk any more."""
    if till.backup is None:
        return
    world.copied = True
    till.fuse.put_out()
    till.stop()
    till.empty_cart()
    till.replace_by(till.backup)
    world.begin(till)
    world.lost_a_disk(till)


def clone_till(world: World, till: SimTill, rng: random.Random) -> None:
    """Copy the till's disk into a second machine, and let both sell."""
    if len(world.tills) >= TILLS_MAX or till.revoked:
        return
    till.fuse.put_out()
    till.stop()
    till.empty_cart()
    twin = world.twin_of(till)
    world.copied = True
    world.begin(till)
    world.begin(twin)


def destroy_till(world: World, till: SimTill, rng: random.Random) -> None:
    """Fire: the disk is gone with whatever it had not delivered; a new machine takes its place."""
    if till.revoked or not till.device_id:
        return
    till.fuse.put_out()
    till.stop()
    till.empty_cart()
    shutil.rmtree(till.folder)
    world.tills.remove(till)
    world.gone.append(till)
    world.lost_a_disk(till)
    place = Place(world.places[till.name].store_id, replaces=till.device_id)
    heir = world.new_till(f"{till.name}n{len(world.gone)}", place)
    heir.line.rng, heir.line.weather = rng, till.line.weather
    world.alive(heir, lambda: world.enrol(heir))


def newcomer(world: World, till: SimTill, rng: random.Random) -> None:
    """One more till is enrolled at one of the stores."""
    if len(world.tills) >= TILLS_MAX:
        return
    place = Place(rng.choice(world.template.store_ids))
    fresh = world.new_till(f"N{len(world.tills) + len(world.gone)}", place)
    fresh.line.rng, fresh.line.weather = rng, till.line.weather
    world.alive(fresh, lambda: world.enrol(fresh))


def revoke_till(world: World, till: SimTill, rng: random.Random) -> None:
    """The operator shuts a till out: it may hand over what it sold, and nothing more."""
    working = [one for one in world.tills if not one.revoked]
    if len(working) > 2 and not till.revoked and till.device_id:
        for one in world.tills:
            one.revoked |= one.device_id == till.device_id
        world.operate(world.server.devices.revoke(world.template.org_id, till.device_id))
