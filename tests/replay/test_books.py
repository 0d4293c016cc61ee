"""The books themselves: what differs is found, whatever the order."""

from tests.replay.books import Books, compare, differences, table


def a_shop() -> Books:
    """One sale of two lines, paid by card."""
    books = Books(sales=1)
    books.add_line("b1", "milk", 1000, 129, 0)
    books.add_line("b1", "bread", 2000, 500, 50)
    books.add_takings("b1", 20170101, 629)
    books.add_payment("card", 629)
    books.move_stock("milk", -1000)
    return books


def test_the_order_of_lines_does_not_matter() -> None:
    """Two books with the same lines in another order agree on every figure."""
    other = Books(sales=1)
    other.add_line("b1", "bread", 2000, 500, 50)
    other.add_line("b1", "milk", 1000, 129, 0)
    assert a_shop().line_digest.value == other.line_digest.value


def test_a_line_counted_twice_is_seen() -> None:
    """A repeated line changes the digest: one that cancels repeats would hide it."""
    doubled = a_shop()
    for _ in range(2):
        doubled.add_line("b1", "milk", 1000, 129, 0)
    assert str(doubled.line_digest) != str(a_shop().line_digest)


def test_what_differs_is_marked_and_named() -> None:
    """A cent that moved between two baskets is marked in the table and named."""
    moved = a_shop()
    moved.notes["b1"] -= 1
    moved.notes["b2"] += 1
    rows = compare({"all": a_shop()}, {"all": moved})
    assert [row.name for row in rows if not row.agrees] == ["baskets", "total of every basket"]
    assert "NO" in table(rows)
    assert differences(a_shop(), moved) == [
        "basket b1: 629 in the file, 628 in PostgreSQL",
        "basket b2: None in the file, 1 in PostgreSQL",
    ]


def test_a_store_only_one_side_knows_disagrees() -> None:
    """A store without books on the other side agrees on nothing."""
    rows = compare({"S01": a_shop()}, {})
    assert rows
    assert not any(row.agrees for row in rows)
