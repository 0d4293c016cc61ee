"""The command ``evertill-server``."""

import argparse
import asyncio
import json
import os
import sys
import zoneinfo
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import psycopg
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from localdb.domain.numbers import NoNumber, NumberStyle, read
from sync.server import commands
from sync.server.backend import Backend, open_backend, real_services
from sync.server.bulk_change import CHANGEABLE
from sync.server.config import CannotListen, ServerConfig
from sync.server.core.edits import NotThere
from sync.server.core.enrolment import BadCode
from sync.server.core.ports import StoreError, Unavailable
from sync.server.database import CannotConnect, connect
from sync.server.embedded import EmbeddedUnavailable
from sync.server.jobs.schedule import Running
from sync.server.migrate import APP_ROLE, OldPostgres, RoleRefused, UnsafeRole
from sync.server.records_api import Invalid

REFUSALS = (
    BadCode,
    CannotConnect,
    CannotListen,
    EmbeddedUnavailable,
    UnsafeRole,
    RoleRefused,
    OldPostgres,
    Running,
    Unavailable,
    StoreError,
    psycopg.Error,
)
"""Errors that a person can act on, each with its sentence; everything else is a bug."""
Command = Callable[[Backend, argparse.Namespace], AsyncIterator[commands.OutputLine]]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it succeeded, 1 when it was refused, 2 for a wrong use."""
    args = parser().parse_args(argv)
    try:
        config = _config(args)
        return int(args.run(config, args))
    except ValidationError as error:
        # Its own text would quote the values, addresses with passwords among them.
        places = ", ".join(".".join(map(str, e["loc"])) for e in error.errors())
        print(f"not a valid setting: {places}", file=sys.stderr)
        return 2
    except Invalid as error:
        print("; ".join(f"{e.where}: {e.message}" for e in error.errors), file=sys.stderr)
    except NotThere:
        print("there is no such organisation", file=sys.stderr)
    except DBAPIError as error:
        # A migration's; the driver's own words, without the statement.
        print(str(error.orig).strip(), file=sys.stderr)
    except REFUSALS as error:
        print(error, file=sys.stderr)
    return 1


def parser() -> argparse.ArgumentParser:
    """The command line; every setting may also be set in the environment, as ``EVERTILL_...``."""
    top = argparse.ArgumentParser(prog="evertill-server", description=__doc__)
    top.add_argument("--database-url", help="as the application's role")
    top.add_argument("--direct-url", help="the same past a pooler, for hints")
    sub = top.add_subparsers(required=True, metavar="COMMAND")
    _serve_parser(sub.add_parser("serve", help="serve the API"))
    _migrate_parser(sub.add_parser("migrate", help="bring the schema up"))
    restored = sub.add_parser("restored", help="begin a new epoch after a restore")
    restored.add_argument("--owner-url", help="as the owner of the tables")
    restored.add_argument(
        "--days",
        type=_days_open,
        default=commands.RESTORE_DAYS,
        help="how long tills may hand over what the backup lacks of other tills (%(default)s)",
    )
    restored.set_defaults(run=_owner(commands.run_restored))
    orgs = sub.add_parser("orgs", help="list the organisations")
    orgs.set_defaults(run=_connected(commands.run_orgs))
    org = sub.add_parser("org", help="create an organisation and its first manager")
    org.add_argument("name")
    org.add_argument(
        "--manager",
        default="Manager",
        metavar="NAME",
        help="who gets the one-time PIN; '' for none",
    )
    org.add_argument("--api-token", action="store_true", help="with a token for other programs")
    org.set_defaults(run=_connected(commands.run_org))
    manager = _of_org(sub, "manager", "add a manager, who gets a one-time PIN")
    manager.add_argument("name")
    manager.set_defaults(run=_connected(commands.run_manager))
    _store_parser(_of_org(sub, "store", "create a store"))
    _of_org(sub, "stores", "list stores").set_defaults(run=_connected(commands.run_stores))
    _tax_parser(_of_org(sub, "tax", "create a tax class, such as a standard rate"))
    enrol = _of_org(sub, "enrol", "make a code that enrols one till")
    where = enrol.add_mutually_exclusive_group(required=True)
    where.add_argument("--store", default="", metavar="ID")
    where.add_argument(
        "--replaces", metavar="DEVICE", help="a dead till: its number goes on in a new series"
    )
    where.add_argument("--device", metavar="ID", help="a till whose token is lost or expired")
    enrol.add_argument("--till", default="", metavar="CODE", help="the next free one by default")
    enrol.add_argument(
        "--manages",
        action=argparse.BooleanOptionalAction,
        help="whether people, settings, taxes and stores may be changed at it; by default as the"
        " till before it, and at the first till of an organisation",
    )
    enrol.add_argument("--hours", type=int, default=commands.CODE_HOURS)
    enrol.set_defaults(run=_connected(commands.run_enrol))
    _of_org(sub, "devices", "list devices").set_defaults(run=_connected(commands.run_devices))
    revoke = _of_org(sub, "revoke", "revoke a device")
    revoke.add_argument("device", metavar="ID")
    revoke.set_defaults(run=_connected(commands.run_revoke))
    retain = sub.add_parser("retain", help="drop old entries of the log, as serve does daily")
    retain.add_argument("--days", type=_days, help="what serve keeps by default")
    retain.set_defaults(run=_connected(commands.run_retain))
    sweep = sub.add_parser("sweep", help="try held groups again, as serve does daily")
    sweep.set_defaults(run=_connected(commands.run_sweep))
    _change_parser(_of_org(sub, "change", "change many records by SQL; the tills hear of it"))
    digest = _of_org(sub, "digest", "take the digests that tills compare themselves with")
    digest.set_defaults(run=_connected(commands.run_digest))
    _of_org(sub, "status", "where it stands").set_defaults(run=_connected(commands.run_status))
    return top


def _serve_parser(serving: argparse.ArgumentParser) -> None:
    serving.add_argument("--host")
    serving.add_argument("--port", type=int, help="0 for a free one")
    serving.add_argument("--pool-size", type=int)
    serving.add_argument("--log-level", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    serving.add_argument(
        "--embedded", type=Path, metavar="DIR", help="over a PostgreSQL of its own, kept in DIR"
    )
    serving.set_defaults(run=_serve)


def _migrate_parser(migrating: argparse.ArgumentParser) -> None:
    migrating.add_argument("--owner-url", help="as the owner of the tables")
    migrating.add_argument("--app-role", default=APP_ROLE)
    migrating.set_defaults(run=_owner(commands.run_migrate))


def _store_parser(store: argparse.ArgumentParser) -> None:
    store.add_argument("code", help="printed in receipt numbers: S01")
    store.add_argument("name")
    store.add_argument("--address", default="")
    store.add_argument("--vat-number", default="", help="printed at the head of receipts")
    store.add_argument("--country", default="", type=_country, help="two letters, such as AT")
    store.add_argument("--currency", default="EUR")
    store.add_argument("--timezone", default="UTC", type=_zone, help="such as Europe/Vienna")
    store.set_defaults(run=_connected(commands.run_store))


def _country(text: str) -> str:
    code = text.strip().upper()
    if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
        raise argparse.ArgumentTypeError("a country has two letters, such as AT")
    return code


def _zone(text: str) -> str:
    if text not in zoneinfo.available_timezones():
        raise argparse.ArgumentTypeError(f"{text} is no time zone; it looks like Europe/Vienna")
    return text


def _tax_parser(tax: argparse.ArgumentParser) -> None:
    tax.add_argument("code", help="what an import names it by: standard")
    tax.add_argument("name")
    tax.add_argument(
        "--rate",
        required=True,
        action="append",
        type=_rate,
        metavar="NAME=PERCENT",
        help="printed on receipts, such as 'VAT 20 %%=20'; again for a second tax",
    )
    tax.add_argument("--on-top", action="store_true", help="prices do not include it")
    tax.set_defaults(run=_connected(commands.run_tax))


def _rate(text: str) -> tuple[str, int]:
    name, equals, percent = text.rpartition("=")
    try:
        rate_ppm = read(percent, 4, NumberStyle(signs=("%",)).certain("."))
    except NoNumber as error:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=PERCENT: {error}") from error
    if not (equals and name.strip()):
        raise argparse.ArgumentTypeError(f"{text} is not NAME=PERCENT")
    return name.strip(), rate_ppm


def _change_parser(change: argparse.ArgumentParser) -> None:
    change.add_argument("type", choices=CHANGEABLE)
    change.add_argument(
        "--set",
        required=True,
        action="append",
        type=_assignment,
        metavar="FIELD=SQL",
        help="a new value over the record's columns: price_minor=price_minor*110/100",
    )
    change.add_argument("--where", default="true", metavar="SQL", help="all live records otherwise")
    change.add_argument("--after", default="", metavar="ID", help="go on behind this record")
    change.set_defaults(run=_connected(commands.run_change))


def _assignment(text: str) -> tuple[str, str]:
    name, equals, expression = text.partition("=")
    if not (equals and name.strip() and expression.strip()):
        raise argparse.ArgumentTypeError(f"{text} is not FIELD=SQL")
    return name.strip(), expression


def _of_org(
    sub: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str
) -> argparse.ArgumentParser:
    made = sub.add_parser(name, help=text)
    made.add_argument("--org", required=True, metavar="ID")
    return made


def _days_open(text: str) -> int:
    days = _days(text)
    if days > commands.RESTORE_DAYS_MAX:
        raise argparse.ArgumentTypeError(f"at most {commands.RESTORE_DAYS_MAX} days")
    return days


def _days(text: str) -> int:
    days = int(text)
    if days < 1:
        raise argparse.ArgumentTypeError("tills need the log of the last day at least")
    return days


def _serve(config: ServerConfig, args: argparse.Namespace) -> int:
    # The web framework is half of what there is to import, and no other command needs it.
    from sync.server.serving import serve, serve_embedded

    return serve_embedded(config, args.embedded) if args.embedded else serve(config)


def _config(args: argparse.Namespace) -> ServerConfig:
    given = {name: getattr(args, name, None) for name in ServerConfig.model_fields}
    return ServerConfig.from_environ(os.environ, **given)


def _owner(
    command: Callable[[ServerConfig, argparse.Namespace], commands.OutputLine],
) -> Callable[[ServerConfig, argparse.Namespace], int]:
    def run(config: ServerConfig, args: argparse.Namespace) -> int:
        print(json.dumps(command(config, args)))
        return 0

    return run


def _connected(command: Command) -> Callable[[ServerConfig, argparse.Namespace], int]:
    async def talk(config: ServerConfig, args: argparse.Namespace) -> None:
        async with open_backend(config, real_services()) as backend:
            async for line in command(backend, args):
                print(json.dumps(line))

    def run(config: ServerConfig, args: argparse.Namespace) -> int:
        args.config = config
        # The pool would try again and again, and say only that it gave up.
        connect(config.database_url.get_secret_value(), "EVERTILL_DATABASE_URL").close()
        asyncio.run(talk(config, args))
        return 0

    return run


if __name__ == "__main__":
    sys.exit(main())
