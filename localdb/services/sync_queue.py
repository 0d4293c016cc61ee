"""What a manager may do about groups that the server refused."""

from localdb.services import people
from localdb.store import outbox
from localdb.store.unit_of_work import UnitOfWork


def retry(uow: UnitOfWork, dseq: int) -> None:
    """Send a parked group once more, as a new one; raises Refusal when it is not parked."""
    outbox.retry(uow, dseq)


def discard(uow: UnitOfWork, dseq: int) -> None:
    """Give a parked group up: the server's values stand.

    Raises Refusal when no manager is signed in, or when the group holds sales or cash events.
    """
    people.require_manager(uow)
    outbox.discard(uow, dseq)
    uow.journal("group_discarded", {"dseq": dseq})
