"""A return as it is kept on disk."""

import pytest

from localdb.domain.permissions import Approval, Permission
from localdb.domain.returns import Leave, Pending, Return
from tests.localdb.domain.build import numbered_id

PICKED = Return(
    sale_id=numbered_id(1),
    quantities=((numbered_id(2), 1000), (numbered_id(3), -525)),
    damaged=(numbered_id(2),),
    note="“Zu klein”",
)


def test_a_return_survives_the_disk() -> None:
    """What is read is what was kept."""
    assert Return.from_json(PICKED.to_json()) == PICKED


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"sale_id": 1, "quantities": 3}', "null"])
def test_what_is_no_return_is_a_value_error(text: str) -> None:
    """A damaged file is told apart from a bug."""
    with pytest.raises(ValueError, match=r".*"):
        Return.from_json(text)


def test_the_leave_goes_with_it() -> None:
    """After a power cut nobody is asked for a PIN again."""
    given = Approval(
        permission=Permission.REFUND, user_id=numbered_id(4), approved_by=numbered_id(5)
    )
    pending = Pending(PICKED, Leave(refund=given))
    assert Pending.from_json(pending.to_json()) == pending
    for text in ("[]", '{"wanted": "{}", "leave": {}}', '{"leave": 1}'):
        with pytest.raises(ValueError, match="not a return"):
            Pending.from_json(text)
