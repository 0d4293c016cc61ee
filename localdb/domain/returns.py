"""What a customer brings back, as the cashier picked it: small enough to keep on disk."""

import json
from dataclasses import dataclass
from typing import Self


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
