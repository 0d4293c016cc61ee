"""What no till may refuse but a manager must hear of is flagged, each thing once."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.simulation.views import ServerView, Sight


def oddities_are_flagged(sight: Sight) -> Iterator[str]:
    """A line given back beyond what was sold, and a number on two receipts: flagged once each.

    Cards, points and store credit are no records yet, so that nothing can be overdrawn but a line.
    """
    raised = _raised(sight.server)
    for what, said in sorted(_expected(sight.server).items()):
        times = raised.pop((*what, said), 0)
        if times != 1:
            yield f"the {what[0]} {what[1]} ({said}) is flagged {times} times"
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
