"""What a manager may do about refused groups."""

from pathlib import Path

import pytest

from localdb.errors import Refusal
from localdb.queries import sync_view
from localdb.services import catalogue, sync_queue
from localdb.store import outbox
from tests.support.shops import Shop, small_shop
from tests.support.verdicts import record_verdict


def parked(shop: Shop) -> int:
    """A new category that the server refused; its group's dseq."""
    shop.till.write(catalogue.add_category, "Garden")
    with shop.database.read() as connection:
        dseq = outbox.next_batch(connection, 1000, 10**9)[-1].dseq
    shop.till.write(record_verdict, dseq, "rejected", "unknown_store", "no such store", {})
    return dseq


def test_a_retry_queues_the_group_again_and_leaves_nothing_parked(tmp_path: Path) -> None:
    """The old group is spent, the new one waits."""
    with small_shop(tmp_path) as shop:
        dseq = parked(shop)
        before = shop.till.ask(sync_view.queue)
        shop.till.write(sync_queue.retry, dseq)
        after = shop.till.ask(sync_view.queue)
        assert [group.dseq for group in before.parked] == [dseq]
        assert after.parked == ()
        assert after.waiting.groups == before.waiting.groups + 1


def test_only_a_manager_discards(tmp_path: Path) -> None:
    """A cashier cannot throw work away."""
    with small_shop(tmp_path) as shop:
        dseq = parked(shop)
        shop.till.sign_in(shop.cashier)
        with pytest.raises(Refusal, match="manager"):
            shop.till.write(sync_queue.discard, dseq)
        shop.till.sign_in(shop.manager)
        shop.till.write(sync_queue.discard, dseq)
        assert shop.till.ask(sync_view.queue).parked == ()


def test_what_is_undelivered_can_be_read_outside(tmp_path: Path) -> None:
    """The export names the refused group and its reason."""
    with small_shop(tmp_path) as shop:
        parked(shop)
        text = shop.till.ask(sync_view.undelivered)
        assert "unknown_store" in text
        assert "Garden" in text
