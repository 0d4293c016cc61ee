"""Keeps which groups each device has delivered: one row a group, one number a device."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json

from sync.protocol.messages import SentGroup, Verdict
from sync.protocol.validation import shortened
from sync.server.core.decisions import Decision
from sync.server.core.ports import DeviceRun, GroupPort, Origin, Recorded

OVERRULED_BYTES_MAX = 64 * 1024


@dataclass(slots=True)
class Standing:
    """A batch against the ledger: what was answered before, and what is new."""

    run: DeviceRun
    verdicts: list[Verdict] = field(default_factory=list)
    new: list[SentGroup] = field(default_factory=list)


async def standings(tx: GroupPort, sent: Mapping[str, Sequence[SentGroup]]) -> dict[str, Standing]:
    """Lock the runs of devices and tell the known of their groups from the new.

    After a fork nothing is new: the sender is another machine than the one that numbered these.
    """
    runs = await tx.lock_devices(sent.keys())
    # What a device has not delivered yet cannot be in the ledger, and needs no look.
    old = [
        (device_id, group.dseq)
        for device_id, groups in sent.items()
        for group in groups
        if group.dseq < runs[device_id].expected
    ]
    known = await tx.recorded(old) if old else {}
    return {id_: _standing(id_, runs[id_], groups, known) for id_, groups in sent.items()}


def _standing(
    device_id: str,
    run: DeviceRun,
    sent: Sequence[SentGroup],
    known: Mapping[Origin, Recorded],
) -> Standing:
    found = Standing(run)
    for group in sent:
        recorded = known.get((device_id, group.dseq))
        if recorded is None:
            found.new.append(group)
            continue
        verdict = _again(recorded, group)
        found.verdicts.append(verdict)
        if verdict.kind == "fork":
            found.new.clear()
            break
    return found


def _again(known: Recorded, group: SentGroup) -> Verdict:
    if known.hash == group.hash:
        return Verdict(dseq=group.dseq, **known.verdict)
    detail = "another group is stored under this number: this till was cloned or restored"
    return Verdict(dseq=group.dseq, kind="fork", code="fork", detail=detail)


def verdict_of(dseq: int, decision: Decision, numbers: dict[str, int]) -> Verdict:
    """The verdict on a decision, as the device gets it."""
    return Verdict(
        dseq=dseq,
        kind=decision.kind,
        code=decision.code,
        detail=decision.detail,
        numbers=numbers,
    )


def as_recorded(decision: Decision, verdict: Verdict) -> dict[str, Any]:
    """The verdict as the ledger keeps it, with the values that lost to a policy.

    Of many or long ones it keeps a part: a manager's list has them whole (``conflicts.merged``).
    """
    stored = verdict.model_dump(exclude={"dseq"})
    if not decision.overruled:
        return stored
    kept: list[dict[str, Any]] = []
    size = 0
    for lost in decision.overruled:
        short = {name: _short(value) for name, value in lost.items()}
        size += len(to_json(short))
        if size > OVERRULED_BYTES_MAX:
            stored["overruled_more"] = len(decision.overruled) - len(kept)
            break
        kept.append(short)
    return stored | {"overruled": kept}


def _short(value: Any) -> Any:
    return shortened(value) if isinstance(value, str) else value
