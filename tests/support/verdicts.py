"""A verdict of the server on one group, recorded at a till."""

from collections.abc import Mapping

from localdb.store import outbox
from localdb.store.unit_of_work import UnitOfWork
from sync.protocol.messages import Verdict, VerdictKind


def record_verdict(
    uow: UnitOfWork,
    dseq: int,
    kind: VerdictKind,
    code: str,
    detail: str,
    numbers: Mapping[str, int],
) -> None:
    """Record what the server says of group ``dseq``."""
    verdict = Verdict(dseq=dseq, kind=kind, code=code, detail=detail, numbers=dict(numbers))
    outbox.record_verdicts(uow, [verdict])
