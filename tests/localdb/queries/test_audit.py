"""The audit log: what each filter lets through."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from localdb.domain.permissions import Permission, Request
from localdb.queries import audit
from localdb.queries.audit import AuditFilter
from localdb.services import people
from tests.support.shops import MANAGER_PIN, Shop, small_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A pay-out allowed by Ada for Grace, then something Grace did, an hour apart."""
    with small_shop(tmp_path) as made:
        made.till.sign_in(made.cashier)
        request = Request(permission=Permission.PAID_OUT, words="100% wool", amount_minor=500)
        made.till.write(people.approve, request, made.manager.id, MANAGER_PIN)
        made.clock.advance_s(3600)
        made.till.write(people.audit, "note", detail="a note", amount_minor=-20)
        yield made


def found(shop: Shop, wanted: AuditFilter, limit: int = 200) -> list[str]:
    return [view.entry.action for view in shop.till.ask(audit.entries, wanted, limit)]


def test_everything_is_there_with_its_names_the_newest_first(shop: Shop) -> None:
    """Who, who allowed it, what and how much."""
    [note, paid_out] = shop.till.ask(audit.entries, AuditFilter())
    assert (note.user_name, note.approver_name, note.entry.amount_minor) == ("Grace", "", -20)
    assert (paid_out.user_name, paid_out.approver_name) == ("Grace", "Ada")
    assert shop.till.ask(audit.actions) == ["note", "paid_out"]


def test_each_filter_lets_through_its_own(shop: Shop) -> None:
    """Person (who did it or allowed it), action, approvals, words in it or in a name, time."""
    everything = ["note", "paid_out"]
    at_us = shop.till.ask(audit.entries, AuditFilter())[0].entry.at_us
    for wanted, expected in (
        (AuditFilter(user_id=shop.manager.id), ["paid_out"]),
        (AuditFilter(user_id=shop.cashier.id), everything),
        (AuditFilter(action="note"), ["note"]),
        (AuditFilter(only_approved=True), ["paid_out"]),
        (AuditFilter(text="WOOL"), ["paid_out"]),
        (AuditFilter(text="ada"), ["paid_out"]),
        (AuditFilter(text=" grace "), everything),
        (AuditFilter(text="100%"), ["paid_out"]),
        (AuditFilter(text="%"), ["paid_out"]),
        (AuditFilter(text="_"), []),
        (AuditFilter(text="\ud800"), []),
        (AuditFilter(from_us=at_us), ["note"]),
        (AuditFilter(until_us=at_us), ["paid_out"]),
        (AuditFilter(from_us=at_us, text="wool"), []),
    ):
        assert found(shop, wanted) == expected, wanted
    assert found(shop, AuditFilter(), limit=1) == ["note"]


def test_somebody_not_known_here_is_said_so(shop: Shop) -> None:
    """An entry of another store's person shows, with what is known of it."""
    view = shop.till.ask(audit.entries, AuditFilter(only_approved=True))[0]
    stranger = replace(view.entry, id=shop.milk.id, approved_by=shop.bread.id)
    shop.till.write(lambda uow: uow.insert(stranger))
    names = {v.approver_name for v in shop.till.ask(audit.entries, AuditFilter(action="paid_out"))}
    assert names == {"Ada", "Unknown user"}
