"""The real PostgreSQL that every test of the server runs on."""

from tests.support.postgres import database, databases

__all__ = ["database", "databases"]
