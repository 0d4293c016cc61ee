"""What a customer brings back, as the cashier picked it: small enough to keep on disk."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from localdb.domain.permissions import Approval, Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Parts of a stored sale that come back."""

    sale_id: str
    quantities: tuple[tuple[str, int], ...]
    """Line as sold -> thousandths, with the sign they were sold with."""
    damaged: tuple[str, ...] = ()
    """Lines whose goods do not go back on the shelf."""
    note: str = ""
    """Why, in the cashier's words."""

    def to_json(self) -> str:
        """The return as compact JSON."""
        values = {
            "sale_id": self.sale_id,
            "quantities": self.quantities,
            "damaged": self.damaged,
            "note": self.note,
        }
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The return in a JSON text of ``to_json``; raises ValueError for anything else."""
        try:
            values = json.loads(text)
            return cls(
                sale_id=str(values["sale_id"]),
                quantities=tuple((str(line), int(milli)) for line, milli in values["quantities"]),
                damaged=tuple(map(str, values["damaged"])),
                note=str(values["note"]),
            )
        except (TypeError, KeyError, RecursionError) as error:
            raise ValueError("this is not a return") from error


@dataclass(frozen=True, slots=True)
class Leave:
    """What somebody allowed on the way to a refund; None where nobody was asked."""

    refund: Approval | None = None
    otherwise: Approval | None = None
    """To pay out in another way than the money came."""


NO_LEAVE = Leave()


@dataclass(frozen=True, slots=True)
class Pending:
    """A return under way, with the leave it has so far."""

    wanted: Return
    leave: Leave = NO_LEAVE

    def to_json(self) -> str:
        """The return and the leave as compact JSON."""
        values = {"wanted": self.wanted.to_json(), "leave": asdict(self.leave)}
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What is in a JSON text of ``to_json``; raises ValueError for anything else."""
        try:
            values = json.loads(text)
            leave = {name: _approval(given) for name, given in values["leave"].items()}
            return cls(Return.from_json(values["wanted"]), Leave(**leave))
        except (TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValueError("this is not a return") from error


def _approval(values: dict[str, Any] | None) -> Approval | None:
    if values is None:
        return None
    return Approval(**{**values, "permission": Permission(values["permission"])})
