"""Registers a till: by a code, or in the place of another device."""

import re
from dataclasses import dataclass

from localdb.domain.ops import Op
from localdb.domain.records import Store, Till
from sync.protocol.messages import EnrolReply, EnrolRequest, FormerIdentity, Replaced, SalesProof
from sync.server.core.admission import Device
from sync.server.core.edits import Editor
from sync.server.core.ports import EnrolmentCode, Registered, Services, Successor, Transaction
from sync.server.core.taking import Pushed


class BadCode(Exception):
    """An enrolment that cannot be; ``code`` says why, and the enrolment code is still good."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Wanted:
    """A device to be; without a ``till_code`` it gets the store's next."""

    store_id: str
    till_code: str
    name: str
    successor: Successor
    manages: bool
    """Whether people, settings and the like may be changed at it."""


@dataclass(frozen=True, slots=True)
class Enrolling:
    """A transaction that adds devices."""

    tx: Transaction
    services: Services
    editor: Editor

    async def enrol(self, wanted: Wanted, token_hash: str) -> tuple[Registered, Pushed]:
        """Add a device and its till record; the caller announces what that did."""
        taken = await self.tx.lock_till_codes(wanted.store_id)
        device = Device(
            self.tx.org_id,
            self.services.new_id(),
            wanted.store_id,
            next_till_code(taken, wanted.till_code),
            manages=wanted.manages,
        )
        now_us = self.services.now_us()
        await self.tx.insert_device(device, wanted.name, token_hash, now_us, wanted.successor)
        till = Till(
            id=device.device_id,
            store_id=wanted.store_id,
            code=device.till_code,
            name=wanted.name,
        )
        op = Op("insert", Till.TYPE, till.id, values=till.values())
        pushed = await self.editor.within(self.tx, [op])
        successor = wanted.successor
        return Registered(device, wanted.name, successor.replaces, successor.dseq_after), pushed


async def reply_to(tx: Transaction, made: Registered, token: str) -> EnrolReply:
    """The answer to a new device, with what is known of the device that it replaces."""
    device = made.device
    assert device.store_id is not None, "tills stand in stores"
    key = (Store.TYPE, device.store_id)
    store = (await tx.lock_rows([key]))[key]
    return EnrolReply(
        device_id=device.device_id,
        token=token,
        org_id=device.org_id,
        store_id=device.store_id,
        store_code=store.values["code"],
        till_code=device.till_code,
        epoch=await tx.epoch(),
        dseq_after=made.dseq_acknowledged,
        replaced=None if made.replaces is None else await _replaced(tx, made.replaces),
    )


async def _replaced(tx: Transaction, device_id: str) -> Replaced | None:
    former = await tx.registered(device_id)
    if former is None:
        return None
    held = await tx.holdings(device_id)
    return Replaced(
        device_id=device_id,
        till_code=former.device.till_code,
        dseq_acknowledged=held.dseq_acknowledged,
        sales=SalesProof(count=held.sales, total_minor=held.sales_minor),
        journal_head=held.journal_head,
    )


# ---------------------------------------------------------------- by a code


async def place_of(tx: Transaction, device_id: str) -> tuple[str, str]:
    """Store and till code for whoever takes a device's place; raises BadCode."""
    dead = await tx.registered(device_id)
    if dead is None or dead.device.store_id is None:
        raise BadCode("device_unknown", "there is no such till")
    return dead.device.store_id, series_of(dead.device.till_code)


async def place_again(tx: Transaction, device_id: str) -> tuple[str, str]:
    """Store and till code of a till that is to be let in again; raises BadCode."""
    till = await tx.registered(device_id)
    if till is None or till.device.store_id is None:
        raise BadCode("device_unknown", "there is no such till")
    if till.device.revoked_at is not None:
        raise BadCode("device_revoked", "this till was revoked; make a code that replaces it")
    return till.device.store_id, till.device.till_code


async def let_in_again(tx: Transaction, device_id: str, request: EnrolRequest) -> Registered | None:
    """The till that a code renews, if it is the one that asks; raises BadCode.

    None for one whose token was replaced without its knowing: another copy of it is at work with
    the new one, and this one needs an identity of its own.
    """
    till = await tx.registered(device_id)
    if till is None or request.was is None or request.was.device_id != device_id:
        code = till.device.till_code if till else "that is gone"
        raise BadCode("other_till", f"this code lets till {code} in again, with its own data")
    if request.was.token_hash and await tx.device_by_token(request.was.token_hash) is None:
        return None
    return till


async def at_its_place(tx: Transaction, code: EnrolmentCode, request: EnrolRequest) -> str | None:
    """The till that asks, where a new till's code is used at one that is enrolled in this store.

    It stays what it is, as with a code for this very till: its number is not another's. It must
    prove that it is that till by the token it has; one that lost it needs a code for itself.
    """
    was = request.was
    if was is None or not was.enrolled or code.replaces or code.till_code:
        return None
    former = await tx.registered(was.device_id) if await _proves_itself(tx, was) else None
    if former is None:
        return None
    is_here = former.device.store_id == code.store_id
    # Groups that a restored server lost and the till no longer keeps are missing.
    is_whole = was.kept_after <= former.dseq_acknowledged
    return was.device_id if is_here and is_whole else None


async def _proves_itself(tx: Transaction, was: FormerIdentity) -> bool:
    """Whether the asking till has the token of the live device that it claims to be."""
    proven = await tx.device_by_token(was.token_hash) if was.token_hash else None
    return proven is not None and proven.device_id == was.device_id and proven.revoked_at is None


async def till_code_for(tx: Transaction, code: EnrolmentCode, request: EnrolRequest) -> str:
    """The till code that a new device asks for; raises BadCode when it is another till's.

    A till that was here before keeps its number, in the next series.
    """
    if code.renews or code.replaces:
        return series_of(code.till_code)
    if code.till_code:
        await check_free(tx, code.store_id, code.till_code)
        return code.till_code
    former = await tx.registered(request.was.device_id) if request.was else None
    if former is None or former.device.store_id != code.store_id:
        return ""
    return series_of(former.device.till_code)


async def manages_there(tx: Transaction, code: EnrolmentCode, request: EnrolRequest) -> bool:
    """Whether a new device manages: as its code says, or as usual; raises BadCode.

    Usual is what the till was before, or the till that it replaces; else a plain till,
    unless no till of the organisation manages.
    """
    manages, was = code.manages, request.was
    if manages is None:
        former = code.replaces or code.renews
        if former is None and was and was.enrolled and await _proves_itself(tx, was):
            former = was.device_id
        before = await tx.registered(former) if former else None
        manages = before.device.manages if before else await tx.managing_tills() == 0
    if was is not None and not was.enrolled and not manages:
        raise BadCode(
            "must_manage",
            "this till brings people, taxes and settings of its own: ask for a code that was made"
            " with --manages",
        )
    return manages


async def check_free(tx: Transaction, store_id: str, till_code: str) -> None:
    """Raise BadCode where a till of the store has this code already, or ever had it."""
    if till_code in await tx.lock_till_codes(store_id):
        raise BadCode(
            "till_code_taken",
            f"till {till_code} is there already; choose another code, or use --replaces",
        )


async def answered_before(
    tx: Transaction, code: EnrolmentCode, request: EnrolRequest
) -> Registered:
    """The device that this very request got, if its answer was lost; raises BadCode.

    One that has delivered something has got its answer: asking again is a copy of it.
    """
    same = request.request_id is not None and request.request_id == code.request_id
    made = await tx.registered(code.device_id) if same and code.device_id else None
    went_on = made is not None and made.dseq_acknowledged > request.dseq_after
    if made is None or (went_on and code.renews is None):
        raise BadCode("code_used", "this enrolment code was used before")
    return made


async def successor_of(tx: Transaction, code: EnrolmentCode, request: EnrolRequest) -> Successor:
    """What an enrolling till replaces or continues; raises BadCode when it may not enrol here."""
    was = request.was
    if was is None:
        return Successor(code.replaces)
    if not was.enrolled:
        if was.currency not in ("", code.store_currency):
            raise BadCode(
                "currency_differs",
                f"this till has sold in {was.currency}, the store sells in {code.store_currency}",
            )
        return Successor(code.replaces, dseq_after=request.dseq_after)
    former = await tx.registered(was.device_id)
    _check_move(tx.org_id, code, was, former, request.dseq_after)
    if former is None:
        # The server lost the device in a restore, and perhaps all it had delivered.
        return Successor(code.replaces, dseq_after=min(was.kept_after, request.dseq_after))
    after = min(request.dseq_after, former.dseq_acknowledged)
    return Successor(code.replaces or was.device_id, dseq_after=max(after, was.kept_after))


def _check_move(
    org_id: str,
    code: EnrolmentCode,
    was: FormerIdentity,
    former: Registered | None,
    dseq_after: int,
) -> None:
    if was.org_id != org_id:
        raise BadCode(
            "other_organisation",
            "this till belongs to another organisation: enrol a new data folder, and keep this one",
        )
    if was.store_id == code.store_id:
        return
    if was.shift_open:
        raise BadCode("shift_open", "a shift is open on this till: close it, then move the till")
    missing = was.waiting + max(0, dseq_after - (former.dseq_acknowledged if former else 0))
    if missing:
        raise BadCode(
            "queue_not_empty",
            f"{missing} things that this till did in its store are not at the server yet: let it"
            " sync there first, then move it",
        )


# ---------------------------------------------------------------- till codes


def series_of(till_code: str) -> str:
    """A till's code without the letter of its series: ``T03`` for ``T03C``."""
    found = re.fullmatch(r"(.*\d)[B-Z]", till_code)
    return found[1] if found else till_code


def next_till_code(taken: set[str], wanted: str = "") -> str:
    """A code that no till of the store ever had: receipt numbers contain it.

    ``T03`` becomes ``T03B`` when it is taken, then ``T03C``; with nothing wanted, ``T01`` on.
    """
    if not wanted:
        used = [int(found[1]) for code in taken if (found := re.match(r"T(\d+)", code))]
        return f"T{max(used, default=0) + 1:02d}"
    series = "".join(chr(letter) for letter in range(ord("B"), ord("Z") + 1))
    candidates = [wanted, *(wanted + letter for letter in series)]
    candidates += [f"{wanted}-{number}" for number in range(27, len(taken) + 29)]
    return next(code for code in candidates if code not in taken)
