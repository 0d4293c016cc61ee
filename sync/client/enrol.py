"""Enrolment: a code becomes this till's token and identity."""

import hashlib
from collections.abc import Callable
from urllib.parse import urlsplit

from sqlalchemy import Connection

from localdb.errors import Refusal
from localdb.queries import here, shifts
from localdb.store import local, outbox, succession, sync_state
from localdb.store.database import Database
from localdb.store.identity import TillIdentity, load_identity, save_identity
from localdb.store.unit_of_work import UnitOfWork
from sync.client.address import is_this_machine
from sync.client.reenrolment import identity_of, keep_in_view, take_identity
from sync.client.token_store import TokenStore
from sync.protocol.gateway import Gateway
from sync.protocol.messages import EnrolReply, EnrolRequest, FormerIdentity

STILL_JOINING = "This till is still preparing what it did. Wait a minute, then try again."
_NOTE = "enrolment"


def enrol(
    database: Database,
    gateway: Gateway,
    tokens: TokenStore,
    *,
    code: str,
    till_name: str,
    within: Callable[[Connection], None] = lambda conn: None,
) -> TillIdentity:
    """Enrol a till: an empty one, a stand-alone one with its history, or one that moves.

    An empty till loads its data next. A stand-alone one goes on selling; ``SyncEngine`` takes its
    history up. A till of a server is let in again or enrolled anew: at its own store with whatever
    waits, at another one only with an empty queue and a closed shift. ``within`` writes into the
    transaction that takes the identity. Called again with the same code after a lost answer, it
    gets the same identity.

    Raises Refusal, and RequestRefused when the server says why not (the code is still good), or
    any other GatewayFault.
    """
    token_hash = hashlib.sha256(token.encode()).hexdigest() if (token := tokens.load()) else ""
    request = database.write(lambda uow: _noted(uow, code.strip(), till_name, token_hash))
    reply = gateway.enrol(request)
    # The token first: an identity without one could only ever be told 401.
    tokens.save(reply.token)

    def take(uow: UnitOfWork) -> TillIdentity:
        identity = _take(uow, reply)
        within(uow.connection)
        return identity

    return database.write(take)


def _noted(uow: UnitOfWork, code: str, till_name: str, token_hash: str) -> EnrolRequest:
    """The request, kept until it is answered: the same code sends the same request again."""
    conn = uow.connection
    was = _former(conn, token_hash)
    if succession.under_way(conn) is not None:
        raise Refusal(STILL_JOINING)
    kept = EnrolRequest.model_validate_json(text) if (text := local.setting(conn, _NOTE)) else None
    request = EnrolRequest(
        code=code,
        till_name=till_name,
        request_id=kept.request_id if kept and kept.code == code else uow.new_id(),
        dseq_after=0 if was is None else succession.delivered_to(conn),
        was=was,
    )
    local.put_setting(conn, _NOTE, request.model_dump_json())
    return request


def _former(conn: Connection, token_hash: str) -> FormerIdentity | None:
    identity = load_identity(conn)
    if identity is None:
        return None
    return FormerIdentity(
        org_id=identity.org_id,
        store_id=identity.store_id,
        device_id=identity.device_id,
        enrolled=bool(sync_state.server_epoch(conn)),
        waiting=outbox.waiting(conn).groups + len(outbox.parked(conn)),
        kept_after=succession.kept_after(conn),
        shift_open=shifts.current(conn) is not None,
        token_hash=token_hash,
        currency=here.store(conn).currency,
    )


def _take(uow: UnitOfWork, reply: EnrolReply) -> TillIdentity:
    conn = uow.connection
    local.put_setting(conn, _NOTE, "")
    former = load_identity(conn)
    if former is not None and former.device_id == reply.device_id:
        # A code for this very till: only its token is new.
        return former
    if former is None:
        identity = identity_of(reply)
        save_identity(conn, identity)
        sync_state.put_server_epoch(conn, reply.epoch)
        if (dead := reply.replaced) is not None:
            # Whatever the server lacks of this till is on its disk, or nowhere.
            held_to = dead.dseq_acknowledged
            note = keep_in_view(uow, dead, held_to, held_to)
            uow.journal(succession.JOURNAL_KIND, {"reason": "replaces", **note})
        return identity
    if sync_state.server_epoch(conn):
        return take_identity(uow, reply, "enrolled")
    return take_identity(uow, reply, succession.JOINED)


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
