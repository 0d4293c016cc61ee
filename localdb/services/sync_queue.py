"""What a manager may do about groups that the server refused."""

from dataclasses import asdict

from localdb.domain.permissions import Permission
from localdb.services import people
from localdb.store import outbox, unaccounted
from localdb.store.unit_of_work import UnitOfWork


def retry(uow: UnitOfWork, dseq: int) -> None:
    """Send a parked group once more, as a new one; raises Refusal when it is not parked."""
    outbox.retry(uow, dseq)


def discard(uow: UnitOfWork, dseq: int) -> None:
    """Give a parked group up: the server's values stand.

    Raises Refusal when no manager is signed in, or when the group holds sales or cash events.
    """
    people.require(uow, Permission.SYNC_QUEUE)
    outbox.discard(uow, dseq)
    uow.journal("group_discarded", {"dseq": dseq})


def note_unaccounted(uow: UnitOfWork) -> None:
    """Take note of what another copy of this till's data did; the journal keeps who did.

    Raises Refusal when no manager is signed in.
    """
    people.require(uow, Permission.SYNC_QUEUE)
    found = unaccounted.unaccounted(uow.connection)
    if found:
        uow.journal("unaccounted_noted", {"noted": [asdict(one) for one in found]})
        unaccounted.clear(uow.connection)
