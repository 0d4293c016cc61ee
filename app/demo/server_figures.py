"""What PostgreSQL holds after a demonstration, asked of it directly."""

from dataclasses import dataclass

from localdb.errors import Refusal


@dataclass(frozen=True, slots=True)
class ServerFigures:
    """Counts and sums over all organisations; money in minor units."""

    products: int
    sales: int
    total_minor: int
    conflicts: int
    conflicts_settled: int

    def since(self, before: "ServerFigures") -> "ServerFigures":
        """What came on top of ``before``; the products as they are now."""
        return ServerFigures(
            self.products,
            self.sales - before.sales,
            self.total_minor - before.total_minor,
            self.conflicts - before.conflicts,
            self.conflicts_settled - before.conflicts_settled,
        )


def read(owner_url: str) -> ServerFigures:
    """Count as the owner of the database, past the API and past row-level security."""
    try:
        import psycopg
    except ImportError as error:
        raise Refusal("The demo needs the 'server' extra: run it with 'uv run'.") from error
    with psycopg.connect(owner_url) as connection:
        row = connection.execute(
            """
            SELECT (SELECT count(*) FROM product WHERE NOT deleted),
                   (SELECT count(*) FROM sale),
                   (SELECT coalesce(sum(total_minor), 0)::bigint FROM sale),
                   (SELECT count(*) FROM conflict WHERE state <> 'merged'),
                   (SELECT count(*) FROM conflict WHERE state = 'settled')
            """
        ).fetchone()
    assert row is not None, "an aggregate always gives a row"
    return ServerFigures(*row)
