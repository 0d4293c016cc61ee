"""What goes wrong is logged with where it was, and without whose data it was about."""

import asyncio
import logging

import pytest
from pydantic import ValidationError

from localdb.domain.records import Customer
from sync.protocol.messages import EnrolRequest, RowImage
from sync.server.api.middleware import JsonLines
from sync.server.core.ports import Race, StoreError, Transaction
from sync.server.core.taking import held_by
from tests.sync.server.contract import NEW_ID, Contract, row_of
from tests.sync.server.contract import contract as contract
from tests.sync.server.tills import Shop

EMAIL, PHONE = "ada.lovelace@example.org", "+44 20 7946 0991"


def logged(error: BaseException) -> str:
    """The line that the server writes about an error."""
    record = logging.LogRecord(
        "x", logging.ERROR, "", 0, "failed", None, (type(error), error, None)
    )
    record.exc_info = (type(error), error, error.__traceback__)
    return JsonLines().format(record)


def test_an_error_of_the_database_names_places_and_no_values(contract: Contract) -> None:
    """Neither a parameter nor the row it met is in the log or in what a group's verdict says."""
    ada = row_of(Customer(id=NEW_ID(), name=EMAIL, email=EMAIL, phone=PHONE))

    async def twice(tx: Transaction) -> None:
        await tx.insert_rows("customer", [ada])
        await tx.insert_rows("customer", [ada])

    with pytest.raises(Race) as raced:
        contract.within(twice)
    assert EMAIL not in logged(raced.value)
    assert PHONE not in logged(raced.value)


def test_a_value_that_the_database_refuses_is_not_repeated(shop: Shop) -> None:
    """PostgreSQL's text quotes it, with the line it stood in."""

    async def job() -> None:
        broken = row_of(Customer(id=NEW_ID(), name="Ada", email=EMAIL), unknown=PHONE + "\x00")
        async with (
            shop.operator.backend() as backend,
            backend.store.transaction(shop.org_id) as tx,
        ):
            await tx.insert_rows("customer", [broken])

    with pytest.raises(StoreError) as refused:
        asyncio.run(job())
    line = logged(refused.value)
    assert EMAIL not in line
    assert "bulk.py" in line


def test_a_message_that_is_refused_is_not_repeated() -> None:
    """Also in the text of the error itself."""
    with pytest.raises(ValidationError) as refused:
        RowImage.model_validate({"type": "customer", "id": EMAIL, "values": PHONE})
    with pytest.raises(ValidationError) as other:
        EnrolRequest.model_validate({"code": EMAIL * 9})
    assert EMAIL not in logged(refused.value) + logged(other.value)
    assert PHONE not in logged(refused.value)


def test_what_any_error_says_may_be_a_customers() -> None:
    """Places and kinds are logged, of the one behind it too; the text only of our own kinds."""
    try:
        try:
            {"": 1}[EMAIL]
        except KeyError as error:
            raise ValueError(PHONE) from error
    except ValueError as error:
        line = logged(error)
    assert "KeyError" in line
    assert "ValueError" in line
    assert "test_private_errors.py" in line
    assert EMAIL not in line
    assert PHONE not in line
    assert "no such table" in logged(StoreError("no such table"))


def test_a_held_group_names_the_kind_of_its_fault_alone() -> None:
    """The verdict goes to the till and stays in the ledger; Python's text may quote a customer."""
    decision = held_by(ValueError(f"invalid literal: {EMAIL}"))
    assert (decision.kind, decision.code) == ("held", "unexpected_error")
    assert decision.detail == "ValueError"
