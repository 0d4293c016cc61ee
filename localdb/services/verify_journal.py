"""Verifies an exported journal of Evertill with Python 3 alone: FILE [CODE FROM PAPER].

Copied beside each export: it must import nothing of the program it judges.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SIX = ("previous_hash", "device_id", "seq", "kind", "at_us", "payload")
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def main(arguments: list[str]) -> int:
    """Say whether the chain holds, and which entry a code stands for; 0 when all is well."""
    if len(arguments) not in (1, 2):
        print("usage: verify_journal.py FILE [CODE]")
        return 2
    wanted = arguments[1].upper().replace("-", "") if len(arguments) == 2 else ""
    wanted = wanted.replace("I", "1").replace("L", "1").replace("O", "0")
    previous, number, proved, with_code = "0" * 64, 0, 0, []
    for entry in entries(Path(arguments[0])):
        number += 1
        wrong = fault(entry, previous, number)
        if wrong:
            print(f"The chain breaks at entry {number}: {wrong}.")
            print("Entries after this point cannot be trusted.")
            return 1
        previous = entry["hash"]
        proved += "facts" in json.loads(entry["payload"])
        if wanted and code(previous) == wanted:
            with_code.append(entry)
    print(f"All {number} entries hold, {proved} of them with all that was written with them.")
    print(f"The last hash is {previous}, on paper {code(previous)}.")
    for entry in with_code:
        print(f"Entry {entry['seq']} has this code: {entry['kind']} {entry['payload']}")
    if wanted and not with_code:
        print(f"No entry has the code {wanted}: what was printed with it is not in this journal.")
        return 1
    return 0


def entries(file: Path) -> Iterator[dict[str, Any]]:
    """One entry a line."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def fault(entry: dict[str, Any], previous: str, number: int) -> str:
    """What is wrong with an entry; empty when it holds."""
    if entry["seq"] != number:
        return f"it is numbered {entry['seq']}"
    if entry["previous_hash"] != previous:
        return "it does not follow from the one before it"
    if sha256(compact([entry[name] for name in SIX])) != entry["hash"]:
        return "it was changed after it was written"
    told = json.loads(entry["payload"]).get("facts")
    if told is None:
        return ""
    facts = entry.get("facts", [])
    texts = sorted(compact([name, filled(values)]) for name, values in facts)
    if len(texts) != told["count"] or sha256("\n".join(texts)) != told["sha256"]:
        return "a sale or something else that was written with it was changed"
    return ""


def filled(values: dict[str, Any]) -> dict[str, Any]:
    """The values that count."""
    return {name: value for name, value in values.items() if value and name != "store_id"}


def compact(value: Any) -> str:
    """Compact ASCII JSON with sorted keys."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def sha256(text: str) -> str:
    """In hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def code(entry_hash: str) -> str:
    """What stands on paper for a hash, without its dash."""
    bits = int(entry_hash[:10], 16)
    return "".join(LETTERS[bits >> shift & 31] for shift in range(35, -1, -5))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
