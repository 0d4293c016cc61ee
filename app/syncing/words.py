"""What the sync is up to, in the words of a shop."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from app.kit.translation import translate
from app.kit.words import age_words, record_words
from localdb.domain.ops import Group, never_discarded
from localdb.queries.file_damage import FileDamage
from localdb.queries.sync_view import ParkedGroup
from sync.client.status import Connection, SyncStatus, Unaccounted

Tone = Literal["success", "info", "warning", "error"]

_PLURALS = {
    "sale": ("sale", "sales"),
    "product": ("product", "products"),
    "category": ("category", "categories"),
    "balance_movement": ("balance movement", "balance movements"),
    "audit_entry": ("audit entry", "audit entries"),
    "receipt_mail": ("receipt by e-mail", "receipts by e-mail"),
    "price_list": ("price list", "price lists"),
    "gift_card": ("gift card", "gift cards"),
    "held_cart": ("held sale", "held sales"),
    "stock_movement": ("stock movement", "stock movements"),
    "shift_event": ("cash event", "cash events"),
    "conflict": ("resolved conflict", "resolved conflicts"),
    "tax_class": ("tax class", "tax classes"),
    "journal_entry": ("journal entry", "journal entries"),
}
_REASONS: Mapping[str, str] = {
    "invalid": "The server rejected a value in this change.",
    "hash_mismatch": "This change arrived damaged.",
    "fact_contradicts": "The server holds something else under the same number.",
    "fact_edited": "Recorded sales cannot be changed.",
    "id_edited": "Recorded sales cannot be changed.",
}
_OTHER_REASON = "The server rejected a value in this change."


@dataclass(frozen=True, slots=True)
class ConnectionWords:
    """How till and server stand, in a headline and a sentence."""

    headline: str
    said: str
    tone: Tone
    icon: str


def connection_words(status: SyncStatus) -> ConnectionWords:
    """The headline of the panel."""
    match status.connection:
        case Connection.ONLINE if status.waiting:
            return ConnectionWords(
                translate("Sync", "Syncing"),
                translate("Sync", "Everything waiting is sent automatically."),
                "info",
                "sync-busy",
            )
        case Connection.ONLINE:
            return ConnectionWords(
                translate("Sync", "Connected"),
                translate("Sync", "All sales and changes are on the server."),
                "success",
                "sync-ok",
            )
        case Connection.AUTH:
            return ConnectionWords(
                translate("Sync", "Till not recognised"),
                translate(
                    "Sync",
                    "The server no longer accepts this till. Nothing is lost: sales are kept "
                    "here. Ask your administrator for a new enrolment code.",
                ),
                "error",
                "lock",
            )
        case Connection.REVOKED if status.locked:
            return ConnectionWords(
                translate("Sync", "Locked by the server"),
                translate(
                    "Sync",
                    "This till has been deactivated. You can finish the open sale and save a "
                    "support file, but no new sale can begin. Ask your administrator.",
                ),
                "error",
                "lock",
            )
        case Connection.REVOKED:
            return ConnectionWords(
                translate("Sync", "Till deactivated"),
                translate(
                    "Sync",
                    "This till has been deactivated. It will lock once its remaining sales have "
                    "been sent.",
                ),
                "error",
                "lock",
            )
        case Connection.UPDATE_NEEDED:
            return ConnectionWords(
                translate("Sync", "Update needed to sync"),
                translate(
                    "Sync",
                    "Evertill is too old for this server. You can keep selling; sales are kept "
                    "here.",
                ),
                "warning",
                "import",
            )
        case _:
            return ConnectionWords(
                translate("Sync", "Offline"),
                translate(
                    "Sync", "You can keep selling. Sales are sent when the connection is back."
                ),
                "warning",
                "sync-offline",
            )


def counted(record_type: str, count: int) -> str:
    """So many of a kind: ``3 sales``."""
    plain = record_words(record_type).lower()
    one, many = _PLURALS.get(record_type, (plain, f"{plain}s"))
    return f"{count:,} {one if count == 1 else many}"


def skew_words(skew_us: int) -> str:
    """How far this till's clock is off, and what to do."""
    apart = age_words(abs(skew_us))
    side = "slow" if skew_us > 0 else "fast"
    return translate(
        "Sync",
        "This till's clock is {apart} {side}. Correct it: the time is printed on receipts.",
        apart=apart,
        side=side,
    )


def store_words(odd: Mapping[str, tuple[str, str]]) -> str:
    """What of the store's record names nothing real, what is used instead, and what to do."""
    said = [
        translate(
            "Sync",
            "The {value} of this store, “{value2}”, cannot be used. The till goes on with {used}.",
            value=_STORE_FIELDS[name],
            value2=held[:SHOWN_MAX],
            used=used,
        )
        for name, (held, used) in odd.items()
    ]
    return " ".join(
        [*said, translate("Sync", "Have the store corrected on the server.")] if said else []
    )


_STORE_FIELDS = {"code": "code", "timezone": "time zone"}
SHOWN_MAX = 40


def damage_words(found: FileDamage, stamp: Callable[[int], str], is_enrolled: bool) -> str:
    """What is damaged in the data file, what still works, and what to do."""
    said = translate(
        "Sync",
        "Part of this till's data file is damaged (found {found_us}). You can keep selling, but "
        "what needs the damaged part will fail.",
        found_us=stamp(found.found_us),
    )
    copy = translate(
        "Sync",
        "close Evertill and copy the whole folder {parent} to another disk.",
        parent=found.file.parent,
    )
    if is_enrolled:
        todo = translate(
            "Sync",
            "Sales go on being sent to the server. Do this today: wait until all are sent, "
            "{copy} Then put the newest backup in place with `evertill restore`: what the "
            "server has is loaded again.",
            copy=copy,
        )
    else:
        todo = translate(
            "Sync",
            "Do this today: {copy} `evertill restore` puts a backup in place, but without what "
            "was sold after it: ask your administrator first.",
            copy=copy,
        )
    again = translate("Sync", "If damage is found again, replace the disk.")
    return translate(
        "Sync",
        "{said}\n{todo}\n{again} For support: {names}.",
        said=said,
        todo=todo,
        again=again,
        names=", ".join(found.names),
    )


def unaccounted_words(found: Unaccounted, money: Callable[[int], str]) -> str:
    """What another copy of this till's data did, as far as anybody can say."""
    if found.given_by:
        return translate(
            "Sync",
            "After the server was restored, another till handed over changes {first:,} to "
            "{held_to:,} as this till's. This till does not know them. If its data was put back "
            "from an older copy, restore it once more with `evertill restore`. If not, look at "
            "the sales of that day under these receipt numbers: they may have been made up.",
            first=found.first,
            held_to=found.held_to,
        )
    last = max(found.first - 1, found.held_to)
    said = translate(
        "Sync",
        "The server holds all {sales:,} sales of till {till_code} that reached it, {total}.",
        sales=found.sales,
        till_code=found.till_code,
        total=money(found.total_minor),
    )
    if found.held_to >= found.first:
        said += translate(
            "Sync",
            " Its changes {first:,} to {held_to:,} were not in this till's data and have been "
            "loaded.",
            first=found.first,
            held_to=found.held_to,
        )
    return translate(
        "Sync",
        "{said} What it sold after change {last:,} and did not send is only on the other copy, "
        "if that still exists: compare with its receipts.",
        said=said,
        last=last,
    )


def parked_words(parked: ParkedGroup) -> tuple[str, str]:
    """What a refused group holds, and why it was refused."""
    if parked.verdict == "fork":
        reason = translate(
            "Sync", "Another till, or this one before a restore, already used this number."
        )
    else:
        reason = _REASONS.get(parked.code, _OTHER_REASON)
    detail = f" ({parked.detail})" if parked.detail else ""
    return group_words(parked.group), reason + detail


def group_words(group: Group) -> str:
    """What a group is about: the most telling of its rows, counted."""
    types = [op.type for op in group.ops]
    leading = types[0] if types else "change"
    new = any(op.kind == "insert" and op.type == leading for op in group.ops)
    return f"{counted(leading, types.count(leading))} {'added' if new else 'changed'}"


def holds_facts(group: Group) -> bool:
    """Whether a group holds sales or cash events, which are never thrown away."""
    return any(never_discarded(op) for op in group.ops)
