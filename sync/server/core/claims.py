"""Grants what must happen once across tills: which till may use how much of one thing.

A claim reserves a thing for one till for two minutes. It holds no lock: a till that dies blocks
others no longer than that, and what it used counts from its facts as soon as they arrive.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from localdb.domain.methods import ON_ACCOUNT
from localdb.domain.records import Customer, HeldCart, SaleLine
from sync.protocol.messages import ClaimReply, ClaimRequest
from sync.server.core.admission import Device
from sync.server.core.ports import Claim, Services, Store, Transaction
from sync.server.core.taking import retried


@dataclass(frozen=True, slots=True)
class Thing:
    """What can be used up: ``base`` and what the facts add; ``sign`` -1 where they use it up.

    ``with_device`` has it already, as a recalled cart.
    """

    base: int = 0
    sign: int = 1
    with_device: str | None = None


class Claims:
    """Grants and refuses by the stored facts and the claims of other devices."""

    def __init__(self, store: Store, services: Services) -> None:
        self._store = store
        self._services = services

    async def ask(self, device: Device, wish: ClaimRequest) -> ClaimReply:
        """Decide a claim; the reply says how much of the wanted amount the device has."""
        return await retried(lambda: self._asked(device, wish))

    async def _asked(self, device: Device, wish: ClaimRequest) -> ClaimReply:
        now_us = self._services.now_us()
        async with self._store.transaction(device.org_id) as tx:
            claims = await tx.lock_claims(wish.kind, wish.subject_id, now_us)
            others = [claim for claim in claims if claim.device_id != device.device_id]
            reply = await _decided(tx, device, wish, others)
            until_us = now_us + reply.good_s * 1_000_000
            claim = Claim(device.device_id, reply.granted, wish.after, until_us)
            await tx.put_claim(wish.kind, wish.subject_id, claim)
        return reply


async def _decided(
    tx: Transaction, device: Device, wish: ClaimRequest, others: Sequence[Claim]
) -> ClaimReply:
    thing = await _thing(tx, wish)
    if thing is None:
        return ClaimReply(subject_id=wish.subject_id, granted=wish.amount)
    after = {claim.device_id: claim.after for claim in others} | {device.device_id: wish.after}
    moved = await tx.moved(wish.kind, wish.subject_id)
    since = await tx.moved_since(wish.kind, wish.subject_id, after)
    reserved = still_claimed(thing, since, others)
    there = thing.base + thing.sign * (moved - since.get(device.device_id, 0))
    granted = max(0, min(wish.amount, there - sum(reserved.values())))
    held_by = None
    if granted < wish.amount:
        held_by = max(reserved, key=lambda id_: reserved[id_], default=thing.with_device)
    return ClaimReply(subject_id=wish.subject_id, granted=granted, held_by=held_by)


def still_claimed(
    thing: Thing, since: Mapping[str, int], claims: Sequence[Claim]
) -> dict[str, int]:
    """Device -> what it was granted and has not used yet; those that used it all are left out.

    ``since`` is what each device brought after the number it claimed from.
    """
    rests = {c.device_id: c.amount + thing.sign * since.get(c.device_id, 0) for c in claims}
    return {device_id: rest for device_id, rest in rests.items() if rest > 0}


async def _thing(tx: Transaction, wish: ClaimRequest) -> Thing | None:
    """What the server knows of a thing; None for one that no till has delivered."""
    if wish.kind == "held_cart":
        cart = await tx.reference(HeldCart.TYPE, wish.subject_id)
        if cart is None:
            return None
        waits = cart.values["state"] == "held" and not cart.values["deleted"]
        return Thing(int(waits), with_device=None if waits else cart.stamp.device_id)
    if wish.kind == "sale_line":
        sold = await tx.facts(SaleLine.TYPE, [wish.subject_id])
        quantity = int(sold[0]["quantity_milli"]) if sold else 0
        return Thing(abs(quantity), 1 if quantity > 0 else -1) if quantity else None
    if wish.kind == ON_ACCOUNT:
        customer = await tx.reference(Customer.TYPE, wish.subject_id)
        return Thing(int(customer.values["credit_limit_minor"]), -1) if customer else None
    return Thing()
