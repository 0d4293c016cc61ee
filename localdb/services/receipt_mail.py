"""A customer's receipt by e-mail: noted here also offline, sent by the server."""

from localdb.domain import email
from localdb.domain.records import ReceiptMail, Sale
from localdb.errors import Refusal
from localdb.store.unit_of_work import UnitOfWork


def queue(uow: UnitOfWork, sale_id: str, address: str) -> ReceiptMail:
    """Have the receipt of a sale sent; raises Refusal for what is no address.

    The address stands in this one fact, and in no log, journal or audit entry.
    """
    if uow.get(Sale, sale_id) is None:
        raise Refusal("This sale isn't on this till.")
    mail = ReceiptMail(
        id=uow.new_id(),
        store_id=uow.identity.store_id,
        sale_id=sale_id,
        email=email.checked(address),
        at_us=uow.now_us,
    )
    uow.insert(mail)
    return mail
