"""Which groups a disaster took, so that the oracles ask for no more than what can still be had."""

from dataclasses import dataclass, field

from localdb.domain.ops import body_hash, decode
from sync.server.core.ports import Origin, Recorded, Store, Transaction
from tests.simulation.server import Drive
from tests.simulation.till import SimTill

NIL = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Lost:
    """A group that is on no disk and not on the server."""

    device_id: str
    dseq: int
    till: str
    is_number_taken: bool = False
    """Whether the server held another group of that number already, and had applied it: a copy of
    the till had used the number too, and of this group only the lost disk knew."""


@dataclass(slots=True)
class Losses:
    """What is on no till's disk any more, and what is nowhere."""

    only_on_server: dict[str, str] = field(default_factory=dict)
    """Group id -> body, of groups that no till could send again."""
    ids: set[str] = field(default_factory=set)
    """Ids of the groups that are nowhere, and of the facts in them."""
    lost: list[Lost] = field(default_factory=list)

    def a_disk_is_gone(
        self, till: SimTill, tills: list[SimTill], ledger: dict[Origin, Recorded]
    ) -> None:
        """What the till made and no disk holds is the server's alone, or nobody's."""
        kept = {id_ for one in tills if one.on for id_ in one.outbox_ids()}
        for id_, body in till.made.items():
            if id_ not in kept:
                self.only_on_server[id_] = body
        self.server_went_back(ledger, till.name)

    def server_went_back(self, ledger: dict[Origin, Recorded], till: str = "") -> None:
        """What only the server had, and has no more, is nobody's."""
        for id_, body in list(self.only_on_server.items()):
            group = decode(body)
            known = ledger.get((group.device_id, group.dseq))
            if known is None or known.hash != body_hash(body):
                del self.only_on_server[id_]
                self.ids |= {id_, *(op.id for op in group.ops if op.kind == "insert")}
                taken = known is not None and known.verdict["kind"] != "rejected"
                self.lost.append(Lost(group.device_id, group.dseq, till, taken))


def ledger_of(store: Store, drive: Drive, org_id: str) -> dict[Origin, Recorded]:
    """Every verdict that the server has recorded."""
    found: dict[Origin, Recorded] = drive(_ledger(store, org_id))
    return found


async def _ledger(store: Store, org_id: str) -> dict[Origin, Recorded]:
    async with store.transaction(org_id) as transaction:
        return await everything_recorded(transaction)


async def everything_recorded(transaction: Transaction) -> dict[Origin, Recorded]:
    """The whole ledger of the tills of an organisation."""
    tills = [row.values["id"] for row in await transaction.references("till", None, NIL, 10**6)]
    # Who stood alone has a till record under the name that it had then, and no device.
    devices = [id_ for id_ in tills if await transaction.registered(id_) is not None]
    runs = await transaction.lock_devices(devices)
    origins = [(id_, n) for id_, run in runs.items() for n in range(1, run.expected)]
    return await transaction.recorded(origins)
