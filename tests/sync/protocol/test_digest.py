"""The till's side of the digest; that PostgreSQL says the same is tested with the server."""

from localdb.domain.records import Customer
from sync.protocol.digest import as_known, row_text, table_digest


def test_the_text_of_a_row_is_canonical() -> None:
    """Keys by length then bytes, nothing that is null, text as it is."""
    values = {"name": 'Café "x"\n', "id": "1", "é": 2, "deleted": False, "extra": {"b": None}}
    assert row_text(values, 3) == (
        '3|{"id": "1", "é": 2, "name": "Café \\"x\\"\\n", "extra": {}, "deleted": false}'
    )


def test_the_order_of_rows_does_not_matter() -> None:
    """Two sides read in different orders and agree."""
    rows = [({"id": str(n)}, n) for n in range(10)]
    assert table_digest(rows) == table_digest(reversed(rows))


def test_any_change_shows() -> None:
    """A value, a version or a row more makes another digest."""
    base = table_digest([({"id": "1", "price": 5}, 1)])
    assert table_digest([({"id": "1", "price": 6}, 1)]) != base
    assert table_digest([({"id": "1", "price": 5}, 2)]) != base
    assert table_digest([({"id": "1", "price": 5}, 1), ({"id": "2"}, 1)]) != base


def test_an_empty_table_has_a_digest() -> None:
    """Nothing is a count of 0 and all zeros."""
    assert table_digest([]) == (0, "0" * 32)


def test_a_field_that_the_server_has_never_heard_of_is_left_out() -> None:
    """While it holds its default: what somebody gave it was sent, and is kept there."""
    declared = [f.name for f in Customer.fields() if f.name != "tax_exempt"]
    plain = Customer(id="1", name="Grace").values()
    known = {name: value for name, value in plain.items() if name != "tax_exempt"}
    assert as_known(Customer, plain, declared) == known
    exempt = {**plain, "tax_exempt": True}
    assert as_known(Customer, exempt, declared) == exempt
    assert as_known(Customer, plain, [*declared, "tax_exempt"]) == plain


def test_a_server_that_does_not_name_its_fields_declares_all() -> None:
    """It is of an earlier release, and what differs is what differed before."""
    plain = Customer(id="1", name="Grace").values()
    assert as_known(Customer, plain, []) == plain
