"""What is told about one conflict whatever is chosen: who, when, what stands, what was decided."""

from dataclasses import dataclass
from typing import Any

from app.conflicts.evidence import evidence
from app.conflicts.state import Rival, SideWords
from app.kit.formats import Formats
from app.kit.translation import translate
from app.kit.words import (
    Wording,
    inside,
    till_words,
    worth_showing,
)
from localdb.domain.methods import GIFT_CARD
from localdb.domain.records import GiftCard
from localdb.domain.resolution import ResolutionStep
from localdb.queries.balances import balance
from localdb.queries.conflicts import ConflictView, Side
from localdb.queries.names import bearer, names
from localdb.services.till import Till

SALES_STAND = "Completed sales stay as they were printed."
_DID = {
    "merged": "Merged without asking",
    "settled": "resolved it",
    "undone": "undid that",
    "reopened": "reopened it",
}


@dataclass(frozen=True, slots=True)
class Story:
    """One conflict as it was found in the database."""

    till: Till
    formats: Formats
    view: ConflictView

    def wording(self) -> Wording:
        """The words for the values in dispute."""
        rows = self.view.fields
        values = [(row.name, v) for row in rows for v in (row.before, row.local, row.remote)]
        return Wording.of(self.till, self.formats, self.view.conflict.record_type, values)

    def sides(self) -> tuple[SideWords, SideWords]:
        """Who stands behind each column, and whose values are in force."""
        view, conflict = self.view, self.view.conflict
        tills = {conflict.device_id: view.local.till}
        if conflict.remote_device_id:
            tills[conflict.remote_device_id] = view.remote.till
        waiting, holding = till_words(conflict, self.till.identity.device_id, tills)
        shown = [row for row in view.fields if row.name != "id"]
        undecided = conflict.state != "settled" and conflict.kind in ("field", "delete")
        ours = undecided and all(row.current == row.local for row in shown)
        theirs = undecided and not ours and all(row.current == row.remote for row in shown)
        return (
            SideWords(waiting, self._who(view.local), holds=ours),
            SideWords(holding, self._who(view.remote), holds=theirs),
        )

    def evidence(self) -> tuple[str, ...]:
        """Who had seen what."""
        if self.view.conflict.kind == "flag":
            return ()
        devices = {*self.view.local.vector, *self.view.remote.vector}
        known = self.till.ask(names, "till", devices)
        ours, theirs = self.sides()
        return evidence(self.view, known, (ours.title, theirs.title))

    def beside(self) -> tuple[tuple[str, str], ...]:
        """The record's fields that nobody disputes, as they stand."""
        others = {n: v for n, v in self.view.others.items() if worth_showing(n) and v}
        record_type = self.view.conflict.record_type
        wording = Wording.of(self.till, self.formats, record_type, others.items())
        return tuple((wording.label(name), wording.value(name, v)) for name, v in others.items())

    def rivals(self, keeper: str) -> tuple[Rival, ...]:
        """The two records that share a code."""
        ids = next(row for row in self.view.fields if row.name == "id")
        ours, _ = self.sides()
        return tuple(
            Rival(
                record_id,
                self._bearer(record_id),
                said,
                keeps=keeper == record_id,
            )
            for record_id, said in (
                (
                    ids.remote,
                    translate("Inbox", "Had it first; scans find this one until you decide."),
                ),
                (
                    ids.local,
                    translate(
                        "Inbox", "Got it on {title}, {who}.", title=inside(ours.title), who=ours.who
                    ),
                ),
            )
        )

    def _bearer(self, record_id: str) -> str:
        """What a manager tells the two by: of cards with one code, what is on each."""
        conflict = self.view.conflict
        if conflict.record_type != GiftCard.TYPE:
            return self.till.ask(bearer, conflict.record_type, record_id)
        amount = self.till.ask(balance, GIFT_CARD, record_id)
        return translate("Inbox", "the card with {amount} on it", amount=self.formats.money(amount))

    def history(self) -> tuple[str, ...]:
        """What was decided so far, oldest first."""
        users = {step.user_id for step in self.view.steps if step.user_id}
        known = self.till.ask(names, "user", users)
        return tuple(self._step(step, known) for step in self.view.steps)

    def settled(self) -> str:
        """Who settled it and when; empty while it is not settled."""
        conflict = self.view.conflict
        if conflict.state != "settled":
            return ""
        who = translate("Inbox", "The tills came to agree by themselves")
        if conflict.settled_by:
            user = str(conflict.settled_by)
            who = translate(
                "Inbox",
                "{user} resolved this",
                user=self.till.ask(names, "user", (user,)).get(user, "A manager"),
            )
        at = conflict.settled_at_us
        when = f" at {self.formats.stamp(at)}" if at else ""
        return translate("Inbox", "{who}{when}. Nothing is left to do.", who=who, when=when)

    def _step(self, step: ResolutionStep, users: dict[str, str]) -> str:
        did = _DID.get(step.did, step.did)
        if step.user_id:
            did = f"{users.get(step.user_id, 'A manager')} {did}"
        elif step.did == "settled":
            did = translate("Inbox", "The tills came to agree")
        said = f"{self.formats.stamp(step.at_us)}: {did}"
        values = self._chosen(step)
        note = f" “{step.note}”" if step.note else ""
        return f"{said}, {values}.{note}" if values else f"{said}.{note}"

    def _chosen(self, step: ResolutionStep) -> str:
        """``Price €4.75 instead of €4.50``."""
        shown = {n: v for n, v in step.chosen.items() if n not in ("id", "deleted")}
        record_type = self.view.conflict.record_type
        pairs = [*shown.items(), *step.replaced.items()]
        wording = Wording.of(self.till, self.formats, record_type, pairs)
        parts = [self._change(name, value, step, wording) for name, value in shown.items()]
        if "deleted" in step.chosen:
            parts.append("deleted" if step.chosen["deleted"] else "kept")
        return ", ".join(parts)

    def _change(self, name: str, value: Any, step: ResolutionStep, wording: Wording) -> str:
        said = f"{wording.label(name)} {wording.value(name, value)}"
        old = step.replaced.get(name, value)
        return (
            said
            if old == value
            else translate(
                "Inbox", "{said} instead of {name}", said=said, name=wording.value(name, old)
            )
        )

    def _who(self, side: Side) -> str:
        at = "" if side.at_us is None else self.formats.stamp(side.at_us)
        return ", ".join(filter(None, (side.user, at)))
