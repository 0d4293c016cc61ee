"""How much of the engine a campaign reached, and why it never reaches the rest.

What is named here is out of reach of one thread, one process and messages that only our own
programs write; other tests hold it. A name that was reached after all is told, so that the list
stays true.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ENGINE = (
    "sync/client/*",
    "sync/server/core/*",
    "localdb/store/outbox.py",
    "localdb/store/replica.py",
    "localdb/store/succession.py",
)
"""What a campaign should reach every branch of."""
THREADS = "threads or tasks wait for each other, and one thread does everything here"
SCREENS = "only a screen or a command asks this"
FOREIGN = "no program of ours says or answers this: the tests of both sides' doors hold it"
LARGE = "groups, pages or batches larger than any history makes"
SYSTEM = "the machine fails or differs: folders, keyrings, sockets, certificates"
OLDER = "an older server, which knows no such request"
TOO_MUCH = "a backup older than the server declares, or tills by the dozen: none are made here"
OUT_OF_REACH: Mapping[str, str] = {
    "sync/client/channel.py": THREADS,
    "sync/client/background.py": THREADS,
    "sync/server/core/combining.py": THREADS,
    "sync/server/core/push.py::going_together": THREADS,
    "sync/server/core/push.py::Pusher._together": THREADS,
    "sync/client/engine.py::SyncEngine._channel": THREADS,
    "sync/client/bootstrap.py::load_now": THREADS,
    "sync/client/unreachable.py": SYSTEM,
    "sync/client/token_store.py": SYSTEM,
    "sync/client/enrol.py::server_address": SCREENS,
    "sync/client/status_publisher.py::StatusPublisher.publish": SCREENS,
    "sync/client/status_publisher.py::StatusPublisher.answered_for": SCREENS,
    "sync/server/core/edits.py::Editor.create.attempt": SCREENS,
    "sync/server/core/push.py::log_doubts": SCREENS,
    "sync/client/http_replies.py::fault_of": FOREIGN,
    "sync/client/http_gateway.py::HttpGateway._post": FOREIGN,
    "sync/client/http_gateway.py::HttpGateway.pull": FOREIGN,
    "sync/client/http_gateway.py::HttpGateway.claim": FOREIGN,
    "sync/client/http_gateway.py::HttpGateway.snapshot_page": FOREIGN,
    "sync/client/http_gateway.py::HttpGateway.checkpoint_digests": FOREIGN,
    "sync/client/bootstrap.py::_check_progress": FOREIGN,
    "sync/client/pull.py::_check": FOREIGN,
    "sync/client/push.py::_check": FOREIGN,
    "sync/server/core/admission.py::admit": FOREIGN,
    "sync/server/core/admission.py::_belonging": FOREIGN,
    "sync/server/core/found.py::_read": FOREIGN,
    "sync/server/core/streams.py::stream_state": FOREIGN,
    "sync/server/core/edits.py::_own_device": FOREIGN,
    "sync/client/http_gateway.py::HttpGateway._content": LARGE,
    "sync/client/giving_back.py::_batches": LARGE,
    "sync/client/integrity.py::Check._count": LARGE,
    "sync/client/integrity.py::Check._load_page": LARGE,
    "localdb/store/replica.py::apply_ahead": LARGE,
    "localdb/store/succession.py::readdress": LARGE,
    "sync/client/reenrolment.py::Reenrolment._reenrol": OLDER,
    "sync/client/giving_back.py::give_back": OLDER,
    "sync/client/restored.py::_bring_back": TOO_MUCH,
    "sync/server/core/reenrolment.py::_check_few": TOO_MUCH,
    "sync/server/core/devices.py::Devices._remember": TOO_MUCH,
}
"""``file::function``, or a whole ``file`` -> why not every branch of it is reached by a history."""


@dataclass(frozen=True, slots=True)
class Share:
    """Branches, and how many of them were taken."""

    taken: int = 0
    there: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.taken + other.taken, self.there + other.there)

    @property
    def percent(self) -> float:
        """100 where there are none."""
        return 100.0 * self.taken / self.there if self.there else 100.0


@dataclass(frozen=True, slots=True)
class Reached:
    """What a campaign came to."""

    all: Share
    within: Share
    """Without what is out of reach."""
    missed: Mapping[str, int]
    """``file::function`` -> branches that were not taken, of what is within reach."""
    surprises: tuple[str, ...]
    """Named as out of reach, and all of it was reached."""


def reached(report: Mapping[str, Any], named: Mapping[str, str] = OUT_OF_REACH) -> Reached:
    """Sum up a report of coverage, as its ``json`` command writes it, by functions."""
    whole = within = Share()
    missed: dict[str, int] = {}
    surprises: list[str] = []
    for file, found in report["files"].items():
        for function, one in found["functions"].items():
            summary = one["summary"]
            share = Share(summary["covered_branches"], summary["num_branches"])
            name = f"{file}::{function}"
            whole += share
            if name in named or file in named:
                if name in named and not summary["missing_lines"] and share.taken == share.there:
                    surprises.append(name)
                continue
            within += share
            if share.there > share.taken:
                missed[name] = share.there - share.taken
    return Reached(whole, within, missed, tuple(surprises))


def told(found: Reached, named: Mapping[str, str] = OUT_OF_REACH) -> str:
    """The shares and what was missed, most branches first."""
    lines = [
        f"{found.all.percent:.1f} % of {found.all.there} branches were taken; of the"
        f" {found.within.there} within reach {found.within.percent:.1f} %"
    ]
    by_count = sorted(found.missed.items(), key=lambda one: (-one[1], one[0]))
    lines += [f"  {count:3} not taken in {name}" for name, count in by_count]
    lines += [f"  out of reach: {name}: {why}" for name, why in named.items()]
    lines += [f"  named as out of reach, and reached: {name}" for name in found.surprises]
    return "\n".join(lines)
