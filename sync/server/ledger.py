"""What each device has delivered: one row per group, one number per device."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.protocol.messages import SentGroup, Verdict
from sync.server.admission import Device
from sync.server.decisions import Decision
from sync.server.ports import DeviceRun, GroupPort, Recorded


@dataclass(slots=True)
class Standing:
    """A batch against the ledger: what was answered before, and what is new."""

    run: DeviceRun
    verdicts: list[Verdict] = field(default_factory=list)
    new: list[SentGroup] = field(default_factory=list)


async def standing(tx: GroupPort, device: Device, sent: Sequence[SentGroup]) -> Standing:
    """Lock the device's run of groups and tell the known from the new.

    After a fork nothing is new: the sender is another machine than the one that numbered these.
    """
    found = Standing(await tx.lock_device(device.device_id))
    known = await tx.recorded(device.device_id, [group.dseq for group in sent])
    for group in sent:
        if group.dseq not in known:
            found.new.append(group)
            continue
        verdict = _again(known[group.dseq], group)
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
    """What the device is told of a decision."""
    return Verdict(
        dseq=dseq,
        kind=decision.kind,
        code=decision.code,
        detail=decision.detail,
        numbers=numbers,
    )


def as_recorded(decision: Decision, verdict: Verdict) -> dict[str, Any]:
    """The verdict as the ledger keeps it, with the values that lost to a policy."""
    stored = verdict.model_dump(exclude={"dseq"})
    return stored | ({"overruled": list(decision.overruled)} if decision.overruled else {})
