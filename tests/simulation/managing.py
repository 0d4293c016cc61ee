"""What managers do about contradictions and about groups that the server refused."""

import json
import random
from typing import Any

from localdb.domain.records import Conflict
from localdb.queries import conflicts as conflict_queries
from localdb.queries.conflicts import ConflictView
from localdb.services import conflicts, sync_queue
from localdb.store import outbox
from tests.simulation.till import SimTill


def settle(till: SimTill, rng: random.Random) -> None:
    """Settle an open conflict one way or the other; another manager may be doing the same."""
    listed = till.ask(conflict_queries.listed)
    if not listed:
        return
    conflict = rng.choice(listed)
    seen = till.ask(conflict_queries.view, conflict.id)
    if conflict.kind == "unique":
        _settle_code(till, conflict, seen, rng)
    elif conflict.kind == "flag":
        till.write(conflicts.acknowledge, conflict.id)
    else:
        till.write(conflicts.settle, conflict.id, chosen(conflict, rng), seen=seen)


def reopen(till: SimTill, rng: random.Random) -> None:
    """Look again at something that merged without asking."""
    listed = till.ask(lambda conn: conflict_queries.listed(conn, state="merged"))
    if listed:
        till.write(conflicts.reopen, rng.choice(listed).id)


def undo(till: SimTill, rng: random.Random) -> None:
    """Take a settlement back."""
    listed = till.ask(lambda conn: conflict_queries.listed(conn, state="settled"))
    if listed:
        till.write(conflicts.undo, rng.choice(listed).id)


def parked(till: SimTill, rng: random.Random) -> None:
    """Send a refused group again, or give it up."""
    groups = till.ask(outbox.parked)
    if groups:
        service = rng.choice((sync_queue.retry, sync_queue.discard))
        till.write(service, rng.choice(groups).dseq)


def chosen(conflict: Conflict, rng: random.Random) -> dict[str, Any]:
    """One side or the other of a conflict, as what somebody decides."""
    disputed: dict[str, dict[str, Any]] = json.loads(conflict.fields_json)
    side = rng.choice(("local", "remote"))
    return {name: sides[side] for name, sides in disputed.items()}


def _settle_code(till: SimTill, conflict: Conflict, seen: ConflictView, rng: random.Random) -> None:
    claimants = json.loads(conflict.fields_json)["id"]
    loser = claimants[rng.choice(("local", "remote"))]
    code = f"6{rng.randrange(10**9)}" if rng.random() < 0.7 else ""
    till.write(conflicts.settle_shared_code, conflict.id, loser, code, seen=seen)
