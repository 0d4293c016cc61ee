"""What no till may refuse but a manager must hear of is flagged, each thing once."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator

from localdb.domain.balances import PAID
from localdb.domain.methods import ON_ACCOUNT
from tests.simulation.spending import LIMIT_MINOR
from tests.simulation.views import ServerView, Sight


def oddities_are_flagged(sight: Sight) -> Iterator[str]:
    """Lines given back beyond what was sold, numbers on two receipts, accounts that are overdrawn.

    Each line and each receipt is flagged once.
    """
    raised = _raised(sight.server)
    for what, said in sorted(_expected(sight.server).items()):
        times = raised.pop((*what, said), 0)
        if times != 1:
            yield f"the {what[0]} {what[1]} ({said}) is flagged {times} times"
    yield from _overdrawn(sight.server)
    for record_type, record_id, said in sorted(raised):
        # As it grew it was flagged each time; the last sum is asked for above.
        if (record_type, record_id) not in _expected(sight.server):
            yield f"the {record_type} {record_id} ({said}) is flagged, and nothing is odd about it"


def _expected(server: ServerView) -> dict[tuple[str, str], str]:
    """(record type, id) -> what is odd, by the facts that the server holds."""
    found: dict[tuple[str, str], str] = {}
    lines = server.facts["sale_line"]
    back: Counter[str] = Counter()
    for line in lines.values():
        if line["refund_of"]:
            back[line["refund_of"]] -= line["quantity_milli"]
    for line_id, quantity in back.items():
        if line_id in lines and quantity > lines[line_id]["quantity_milli"]:
            found["sale_line", line_id] = str(quantity)
    numbered = defaultdict(list)
    for sale_id, sale in server.facts["sale"].items():
        numbered[sale["receipt_number"]].append(sale_id)
    for number, ids in numbered.items():
        found |= {("sale", later): number for later in sorted(ids)[1:]}
    return found


def _overdrawn(server: ServerView) -> Iterator[str]:
    """Accounts that paid more than was there and were not flagged, or were without a reason.

    What was there when it was looked at is not known any more: an account is asked for that ends
    overdrawn though nothing but payments took from it, and each flag must name what could be.
    """
    flagged = _overdrafts(server)
    moved = defaultdict(list)
    for values in server.facts["balance_movement"].values():
        moved[values["kind"], values["account_id"]].append(values)
    for (kind, account), movements in sorted(moved.items()):
        sign = 1 if kind == ON_ACCOUNT else -1
        paid = [sign * m["amount"] for m in movements if m["reason"] == PAID]
        rest = [sign * m["amount"] for m in movements if m["reason"] != PAID]
        owed = sum(paid) + sum(rest) - (LIMIT_MINOR if kind == ON_ACCOUNT else 0)
        found = flagged.pop((kind, account), [])
        if owed > 0 and max(rest, default=0) <= 0 <= min(paid, default=0) and not found:
            yield f"the {kind} of {account} is overdrawn by {owed} and not flagged"
        worst = sum(one for one in (*paid, *rest) if one > 0)
        if any(not 0 < sign * said <= worst for said in found):
            yield f"the {kind} of {account} is flagged at {found}, which it never came to"
    for key in sorted(flagged):
        yield f"the {key[0]} of {key[1]} is flagged, and nothing ever moved on it"


def _overdrafts(server: ServerView) -> dict[tuple[str, str], list[int]]:
    """(kind, account) -> the balances at which flags were raised."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in server.references["conflict"].values():
        if row.values["kind"] == "flag" and row.values["record_type"] in ("gift_card", "customer"):
            for kind, sides in json.loads(row.values["fields_json"]).items():
                found[kind, row.values["record_id"]].append(sides["local"])
    return found


def _raised(server: ServerView) -> Counter[tuple[str, str, str]]:
    """(record type, id, what was found) -> how many flags say so, settled ones included."""
    raised: Counter[tuple[str, str, str]] = Counter()
    odd = {"sale_line": "quantity_milli", "sale": "receipt_number"}
    for row in server.references["conflict"].values():
        name = odd.get(row.values["record_type"], "")
        sides = json.loads(row.values["fields_json"]).get(name)
        if row.values["kind"] == "flag" and sides is not None:
            raised[row.values["record_type"], row.values["record_id"], str(sides["local"])] += 1
    return raised
