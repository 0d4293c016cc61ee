"""Opens a command's own connection; says in one sentence why there is none."""

from typing import Any

import psycopg

EXAMPLE = "postgresql://name:password@host/database"


class CannotConnect(Exception):
    """PostgreSQL cannot be reached, or lets nobody in, at the address of a setting."""

    def __init__(self, reason: str, setting: str, advice: str) -> None:
        super().__init__(f"Cannot connect to PostgreSQL: {reason}. {advice} ({setting}).")


def connect(
    address: str, setting: str, *, timeout_s: int = 10
) -> "psycopg.Connection[tuple[Any, ...]]":
    """A connection to the address that ``setting`` holds.

    Raises CannotConnect, whose text shows no password.
    """
    try:
        return psycopg.connect(address, connect_timeout=timeout_s)
    except psycopg.OperationalError as error:
        if not address:
            raise CannotConnect(
                "no address is set", setting, f"Set it, such as {EXAMPLE}"
            ) from None
        raise CannotConnect(_reason(error), setting, _advice(str(error))) from None
    except psycopg.ProgrammingError:
        # Its text quotes the address, which holds a password.
        form = f"It looks like {EXAMPLE}"
        raise CannotConnect("this is not an address", setting, form) from None


def _reason(error: psycopg.OperationalError) -> str:
    """The last thing that libpq or the server said, without its frame."""
    said = [line.strip() for line in str(error).splitlines() if line.strip()] or ["no answer"]
    line = next((line for line in said if "FATAL:" in line), said[0])
    return line.rpartition("FATAL:")[2].strip().removeprefix("connection failed: ").rstrip(".")


def _advice(said: str) -> str:
    kinds = {
        "password": "Check the name and the password",
        "no pg_hba.conf entry": "Let this machine in in PostgreSQL's pg_hba.conf",
        "database": "Check the name of the database, or create it",
        "role": "Check the name, or run migrate, which makes the application's role",
        "resolve": "Check the host",
        "refused": "Check the host and the port, and that PostgreSQL runs there",
    }
    lower = _fatal(said).lower()
    found = (advice for word, advice in kinds.items() if word in lower)
    return next(found, "Check the address, and that PostgreSQL runs there")


def _fatal(said: str) -> str:
    # Host and user come before it, and their names may hold any of the words.
    return said.partition("FATAL:")[2] or said
