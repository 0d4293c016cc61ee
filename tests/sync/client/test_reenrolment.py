"""What a till that takes another identity keeps in mind."""

from pathlib import Path

import pytest

from localdb.store import sync_state
from sync.client.reenrolment import take_identity
from sync.protocol.messages import EnrolReply
from tests.support.shops import small_shop

NEW_DEVICE = "01a0c450-6c00-7004-a11f-c510e2327ade"


@pytest.mark.parametrize(("known", "after"), [("before", "before"), ("", "now")])
def test_a_new_identity_does_not_hide_that_the_server_was_restored(
    tmp_path: Path, known: str, after: str
) -> None:
    """The epoch it knew stays until what the restore lost of other tills was given back."""
    with small_shop(tmp_path) as shop:
        was = shop.till.identity
        reply = EnrolReply(
            device_id=NEW_DEVICE,
            token="a token",
            org_id=was.org_id,
            store_id=was.store_id,
            store_code=was.store_code,
            till_code="T09",
            epoch="now",
        )
        if known:
            shop.till.write(lambda uow: sync_state.put_server_epoch(uow.connection, known))
        shop.till.write(lambda uow: take_identity(uow, reply, "enrolled"))
        assert shop.till.ask(sync_state.server_epoch) == after
