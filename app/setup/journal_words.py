"""What the journal's page says."""

import json

from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.domain.records import JournalEntry
from localdb.services.journal_check import Checked


def about() -> str:
    """What the journal is, and what it is not."""
    return translate(
        "Journal",
        "Every sale, refund, shift and drawer event of this till is an entry here. "
        "A changed or missing entry shows when you verify. "
        "Enter the code of a receipt or Z report to find its entry. "
        "This is not a fiscal certification (TSE, NF525).",
    )


def not_allowed() -> str:
    """Said to who may not see it."""
    return translate(
        "Journal", "You don't have permission to view the journal. Ask a manager to sign in."
    )


def no_code() -> tuple[str, str]:
    """Headline and detail for something typed that is no code."""
    return translate("Journal", "That is not a journal code"), translate(
        "Journal",
        "A code has eight letters and digits, such as 7K4M-Q2XP. It is printed near the end of a"
        " receipt, and at the top of a Z report.",
    )


def no_entry(code: str) -> tuple[str, str]:
    """Headline and detail for a code that no entry has."""
    return translate("Journal", "No entry has the code {code}", code=code), translate(
        "Journal",
        "If this till printed it, the entry was changed or removed, or the till was set up again"
        " since. Export the journal, keep the paper, and call support.",
    )


def entries(count: int) -> str:
    """How many entries."""
    if count == 1:
        return translate("Journal", "1 entry")
    return translate("Journal", "{count} entries", count=f"{count:,}")


def extent(count: int, since: str) -> str:
    """How long the journal is."""
    if not count:
        return entries(count)
    return translate("Journal", "{entries}, since {since}", entries=entries(count), since=since)


def progress(checked: Checked) -> str:
    """How far reading is."""
    done, total = f"{checked.entries:,}", f"{checked.total:,}"
    return translate("Journal", "{done} of {total} entries", done=done, total=total)


def broken(seq: int, reason: str) -> tuple[str, str]:
    """Headline and detail where the chain breaks."""
    headline = translate("Journal", "The journal is broken at entry {seq}", seq=f"{seq:,}")
    detail = translate(
        "Journal",
        "{reason}. Entries after this point cannot be trusted."
        " Export the journal and keep it; then call support.",
        reason=f"{reason[:1].upper()}{reason[1:]}",
    )
    return headline, detail


def verified(found: Checked, formats: Formats) -> tuple[str, str]:
    """Headline and detail of a journal that is whole."""
    headline = translate(
        "Journal", "Journal verified: {entries}, unbroken", entries=entries(found.entries)
    )
    last = translate("Journal", "Fingerprint of the last entry:\n{value}", value=found.head)
    if not found.entries:
        return headline, last
    span = translate(
        "Journal",
        "From {first} to {last}",
        first=formats.stamp(found.first_at_us),
        last=formats.stamp(found.last_at_us),
    )
    return headline, f"{span}\n{last}"


def exported(found: Checked, file: str, recipe: str) -> tuple[str, str]:
    """Headline and detail of an export."""
    headline = translate("Journal", "Exported: {entries}", entries=entries(found.entries))
    lines = [file, translate("Journal", "How to verify it: {recipe}", recipe=recipe)]
    if found.broken is not None:
        lines.append(
            translate(
                "Journal",
                "The journal is broken at entry {seq}: {reason}.",
                seq=f"{found.broken.seq:,}",
                reason=found.broken.reason,
            )
        )
    return headline, "\n".join(lines)


def looked_up(code: str, entry: JournalEntry, formats: Formats) -> tuple[str, str]:
    """Headline and detail of the entry that a code was printed for."""
    said = json.loads(entry.payload)
    kind = entry.kind.replace("_", " ").capitalize()
    lines = [f"{kind}, {formats.stamp(entry.at_us)}"]
    if "receipt" in said:
        lines.append(translate("Journal", "Receipt {number}", number=said["receipt"]))
    if "total_minor" in said:
        total = formats.money(said["total_minor"])
        lines.append(translate("Journal", "Total {amount}", amount=total))
    if said.get("z"):
        lines.append(translate("Journal", "Z report {number}", number=said["z"]))
    lines.append(translate("Journal", "Compare this with the paper, then press Verify."))
    headline = translate(
        "Journal", "Entry {seq} has the code {code}", seq=f"{entry.seq:,}", code=code
    )
    return headline, "\n".join(lines)
