"""The operator's commands; each prints JSON lines and nothing else on standard output."""

from argparse import Namespace
from collections.abc import AsyncIterator
from typing import Any

from localdb.domain import pin
from localdb.domain.permissions import MANAGER
from localdb.domain.records import Store, TaxClass, TaxRate, User
from sync.protocol import limits
from sync.server.backend import Backend, wall_clock_us
from sync.server.bulk_change import BulkChange, BulkChanger
from sync.server.config import ServerConfig
from sync.server.core.enrolment import BadCode
from sync.server.database import connect
from sync.server.migrate import migrate
from sync.server.standing import (
    DAY_US,
    about_org,
    at,
    came_of,
    devices_of,
    status_of,
    stores_of,
)
from sync.server.upkeep import retain_now, sweep_now

OutputLine = dict[str, Any]
CODE_HOURS = limits.ENROLMENT_CODE_HOURS
RESTORE_DAYS = 60
"""How long tills may give back what a restore lost of others; a till may be away for weeks."""
RESTORE_DAYS_MAX = 365
BACKUP_AGE_DAYS = 30
"""The assumed age of a backup that does not tell its own."""


def run_migrate(config: ServerConfig, args: Namespace) -> OutputLine:
    """Bring the schema up and grant it to the application's role."""
    password = config.app_password.get_secret_value() or None
    migrate(config.owner_url.get_secret_value(), args.app_role, password)
    return {"migrated": True, "app_role": args.app_role}


def run_restored(config: ServerConfig, args: Namespace) -> OutputLine:
    """Begin a new epoch after a restore from a backup: tills send again what was lost.

    For some days they also hand over what it lost of others.
    """
    now_us = wall_clock_us()
    until_us = now_us + args.days * DAY_US
    with connect(config.owner_url.get_secret_value(), "EVERTILL_OWNER_URL") as connection:
        row = connection.execute(
            # The jobs run daily: their last run tells how old the backup is.
            "UPDATE server_state SET epoch = gen_random_uuid(), restored_at = %(now)s,"
            " backup_at = coalesce((SELECT max(ran_at) FROM job), %(old)s),"
            " restore_open_until = %(until)s RETURNING epoch",
            {"now": now_us, "until": until_us, "old": now_us - BACKUP_AGE_DAYS * DAY_US},
        ).fetchone()
    assert row is not None, "the first migration writes it"
    return {"epoch": str(row[0]), "open_until": at(until_us)}


async def run_retain(backend: Backend, args: Namespace) -> AsyncIterator[OutputLine]:
    """Drop what is older than it need be; ``serve`` does it daily by itself."""
    days = args.days or args.config.retention_days
    yield {"days": days, **await retain_now(backend, args.config, days)}


async def run_sweep(backend: Backend, args: Namespace) -> AsyncIterator[OutputLine]:
    """Try held groups again; ``serve`` does it daily and at its start by itself."""
    yield dict(await sweep_now(backend, args.config))


async def run_org(backend: Backend, args: Namespace) -> AsyncIterator[OutputLine]:
    """Create an organisation with its first manager, and a token for other programs on request."""
    org_id = await backend.devices.create_org(args.name)
    line: OutputLine = {"org_id": org_id, "name": args.name}
    if args.manager:
        line |= await _new_manager(backend, org_id, args.manager)
    if args.api_token:
        line["api_token"] = await backend.devices.create_api_token(org_id)
    yield line


async def run_orgs(backend: Backend, args: Namespace) -> AsyncIterator[OutputLine]:
    """List the organisations."""
    async with backend.store.transaction() as tx:
        org_ids = await tx.organisations()
    for org_id in org_ids:
        async with backend.store.transaction(org_id) as tx:
            yield {"org_id": org_id, **await about_org(tx)}


async def run_manager(backend: Backend, args: Namespace) -> AsyncIterator[OutputLine]:
    """Add a manager: the first of an organisation, or where no manager can sign in any more."""
    yield {"org_id": args.org, **await _new_manager(backend, args.org, args.name)}


async def _new_manager(backend: Backend, org_id: str, name: str) -> OutputLine:
    """A manager with a one-time PIN, which is shown once and lets them choose their own."""
    services = backend.services
    number = int.from_bytes(services.random_bytes(8), "big") % 10**pin.ONE_TIME_DIGITS
    digits = f"{number:0{pin.ONE_TIME_DIGITS}d}"
    user = User(
        id=services.new_id(),
        name=name,
        role=MANAGER,
        pin_hash=pin.hash_pin(digits, services.random_bytes(pin.SALT_BYTES), one_time=True),
    )
    await backend.records.create(org_id, user)
    return {"manager": name, "manager_id": user.id, "one_time_pin": digits}


async def run_tax(backend: Backend, args: Namespace) -> AsyncIterator[OutputLine]:
    """Create a tax class, whose rates apply in the order given."""
    new_id = backend.services.new_id
    tax_class = TaxClass(id=new_id(), code=args.code, name=args.name, included=not args.on_top)
    await backend.records.create(args.org, tax_class)
    for position, (name, rate_ppm) in enumerate(args.rate):
        rate = TaxRate(
            id=new_id(),
            tax_class_id=tax_class.id,
            name=name,
            rate_ppm=rate_ppm,
            position=position,
        )
        await backend.records.create(args.org, rate)
    yield {"org_id": args.org, "tax_class_id": tax_class.id, "code": tax_class.code}


async def run_stores(backend: Backend, args: Namespace) -> AsyncIterator[OutputLine]:
    """List an organisation's stores."""
    async with backend.store.transaction(args.org) as tx:
        async for line in stores_of(tx):
            yield line


async def run_store(backend: Backend, args: Namespace) -> AsyncIterator[OutputLine]:
    """Create a store; its record reaches the tills like any other."""
    store = Store(
        id=backend.services.new_id(),
        code=args.code,
        name=args.name,
        address=args.address,
        currency=args.currency,
        timezone=args.timezone,
        country=args.country,
        vat_number=args.vat_number,
    )
    await backend.records.create(args.org, store, alone=True)
    yield {"org_id": args.org, "store_id": store.id, "code": store.code}


async def run_enrol(backend: Backend, args: Namespace) -> AsyncIterator[OutputLine]:
    """Make a code that enrols one till once, replaces a dead one, or lets one in again."""
    code = await backend.devices.create_code(
        *(args.org, args.store, args.till, args.hours, args.replaces, args.device),
        manages=args.manages,
    )
    about = {"store_id": args.store, "replaces": args.replaces, "device_id": args.device}
    yield {"code": code, "hours": args.hours} | {k: v for k, v in about.items() if v}


async def run_devices(backend: Backend, args: Namespace) -> AsyncIterator[OutputLine]:
    """List an organisation's devices, without their secrets."""
    async with backend.store.transaction(args.org, repeatable=True) as tx:
        async for line in devices_of(tx, backend.services.now_us()):
            yield line


async def run_revoke(backend: Backend, args: Namespace) -> AsyncIterator[OutputLine]:
    """Revoke a device: it may hand over what it sold for 30 days, and pull nothing."""
    if not await backend.devices.revoke(args.org, args.device):
        raise BadCode("device_unknown", "there is no such till; `devices` lists them")
    async with backend.store.transaction(args.org) as tx:
        heirs = await came_of(tx, args.device)
    yield {"device_id": args.device, "revoked": True, "came_of_it": heirs}


async def run_change(backend: Backend, args: Namespace) -> AsyncIterator[OutputLine]:
    """Change many records by SQL; a line a slice, ``after`` is where a broken run goes on."""
    change = BulkChange(args.type, dict(args.set), args.where)
    changer = BulkChanger(backend.store, backend.editor, backend.pusher)
    async for done in changer.run(args.org, change, args.after):
        yield {"found": done.found, "changed": done.changed, "after": done.last_id}


async def run_digest(backend: Backend, args: Namespace) -> AsyncIterator[OutputLine]:
    """Take the digests of every stream now, for the tills to compare themselves with."""
    async with backend.store.transaction(args.org) as tx:
        streams = await tx.stream_names()
    for stream in streams:
        number = await backend.checkpoints.take(args.org, stream, anyway=True)
        yield {"stream": stream, "number": number}


async def run_status(backend: Backend, args: Namespace) -> AsyncIterator[OutputLine]:
    """The state of an organisation: streams, devices, what is held, what is open."""
    async with backend.store.transaction(args.org, repeatable=True) as tx:
        yield await status_of(tx, backend.services.now_us())
