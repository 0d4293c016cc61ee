"""Enrolment: a code becomes this till's token and identity."""

from urllib.parse import urlsplit

from localdb.errors import Refusal
from localdb.store import sync_state
from localdb.store.database import Database
from localdb.store.identity import TillIdentity, load_identity, save_identity
from localdb.store.unit_of_work import UnitOfWork
from sync.client.address import is_this_machine
from sync.client.token_store import TokenStore
from sync.protocol.gateway import Gateway
from sync.protocol.messages import EnrolReply, EnrolRequest

HAS_IDENTITY = (
    "This till is already set up. A till that holds sales cannot be enrolled yet: "
    "enrol a new data folder, and keep this one."
)


def enrol(
    database: Database, gateway: Gateway, tokens: TokenStore, *, code: str, till_name: str
) -> TillIdentity:
    """Enrol an empty till; the bootstrap comes next.

    Raises Refusal, before the code is spent, when the till already has an identity
    (stand-alone or enrolled), and any GatewayFault.
    """
    if database.identity is not None:
        raise Refusal(HAS_IDENTITY)
    reply = gateway.enrol(EnrolRequest(code=code.strip(), till_name=till_name))
    # The token first: an identity without one could only ever be told 401.
    tokens.save(reply.token)
    return database.write(lambda uow: _take_identity(uow, reply))


def _take_identity(uow: UnitOfWork, reply: EnrolReply) -> TillIdentity:
    if load_identity(uow.connection) is not None:
        raise Refusal(HAS_IDENTITY)
    identity = TillIdentity(
        org_id=reply.org_id,
        store_id=reply.store_id,
        device_id=reply.device_id,
        till_code=reply.till_code,
        store_code=reply.store_code,
    )
    save_identity(uow.connection, identity)
    sync_state.put_server_epoch(uow.connection, reply.epoch)
    return identity


def server_address(text: str) -> str:
    """The base URL in what a person typed; plain HTTP is taken only on this machine.

    Raises Refusal, because the till's token would otherwise travel readable by all.
    """
    address = text.strip() if "://" in text else f"https://{text.strip()}"
    url = urlsplit(address)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise Refusal("This is not a server address. It looks like https://pos.example.com.")
    if url.scheme == "http" and not is_this_machine(address):
        raise Refusal("The server address must begin with https://.")
    return f"{url.scheme}://{url.netloc}{url.path.rstrip('/')}"
