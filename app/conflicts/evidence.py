"""Version vectors in plain words: who had seen what."""

from collections.abc import Mapping

from app.kit.translation import translate
from app.kit.words import inside
from localdb.domain.merge import Vector
from localdb.queries.conflicts import ConflictView


def evidence(
    view: ConflictView, tills: Mapping[str, str], titles: tuple[str, str]
) -> tuple[str, ...]:
    """What each side had seen when it made its change; ``tills`` maps device ids to names."""
    waiting, holding = titles
    said = [
        translate(
            "Conflicts",
            "{till} had not yet received the latest change of {other}.",
            till=waiting,
            other=inside(_name(tills, device)),
        )
        for device in sorted(unseen(view))
    ]
    if not said:
        said = [
            translate(
                "Conflicts",
                "{till} had received everything that {other} had sent by then.",
                till=waiting,
                other=inside(holding),
            )
        ]
    return (*said, _order(view, waiting, holding))


def unseen(view: ConflictView) -> dict[str, int]:
    """Device -> its last change that the waiting side did not know; its own are known to it."""
    seen: Vector = view.local.vector
    return {
        device: number
        for device, number in view.remote.vector.items()
        if seen.get(device, 0) < number and device != view.conflict.device_id
    }


def _order(view: ConflictView, waiting: str, holding: str) -> str:
    mine, other = view.local.at_us, view.remote.at_us
    if mine is None or other is None:
        return translate("Conflicts", "When {till} changed it is not known.", till=inside(holding))
    minutes = abs(mine - other) // 60_000_000
    first, second = (waiting, holding) if mine < other else (holding, waiting)
    apart = (
        translate("Inbox", "within a minute of")
        if minutes == 0
        else translate("Inbox", "{minutes} min before", minutes=minutes)
    )
    return translate(
        "Inbox",
        "{first} changed it {apart} {second} (by each till's clock).",
        first=first,
        apart=apart,
        second=inside(second),
    )


def _name(tills: Mapping[str, str], device: str) -> str:
    return tills.get(device) or translate("Inbox", "another till")
