"""A stand-in for the server, in a process of its own: what it sends is real, what it does is not.

It answers at once and keeps nothing, so that what is measured is the till. Run by ``running``.
"""

import argparse
import gzip
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from localdb.domain.records import RECORDS
from sync.protocol.folded import fields_of, folded_reference
from sync.protocol.limits import PAGE_ENTRIES_MAX
from tests.bench.catalogue import SampleCatalogue, SnapshotRow
from tests.bench.world import EPOCH
from tests.support.clock import MOMENT_US

OTHER_TILL = "01890000-0000-7000-8000-0000000000b2"
FOREVER = 1_000_000_000
NOBODY = "01890000-0000-7000-8000-000000000000"


class Script:
    """What to answer; ``expired`` cursors are refused once, which makes the till load afresh."""

    def __init__(
        self, products: int, store_id: str, page_rows: int, changes: int, expired: bool
    ) -> None:
        self._catalogue = SampleCatalogue(products)
        self._store_id = store_id
        self._changes = changes
        self._expired = expired
        self._pages = dict(self._render(page_rows)) if page_rows else {}

    def get(self, path: str, query: dict[str, str]) -> tuple[int, bytes]:
        """Status and packed body."""
        if path == "/v1/me":
            return 200, _packed(self._me())
        if path == "/v1/snapshot":
            heads = {"org": 0, self._store_id: 0}
            body = {"epoch": EPOCH, "heads": heads, "rows": self._catalogue.counts}
            return 200, _packed(body)
        if path.startswith("/v1/snapshot"):
            return 200, self._pages[path.removeprefix("/v1/"), query.get("after", "")]
        if path.startswith("/v1/streams/"):
            return self._stream(path.rpartition("/")[2], int(query["after"]))
        return 404, _packed({"status": 404, "code": "none", "title": "There is no such page."})

    def post(self, path: str, body: bytes) -> bytes:
        """Every token is taken, every claim granted, and everything uploaded is applied."""
        if path == "/v1/token":
            return _packed({"server_time_us": MOMENT_US})
        request = json.loads(body)
        if path == "/v1/found":
            return _packed({"taken": 0})
        if path == "/v1/runs":
            return _packed({"acknowledged": {}})
        if path == "/v1/claims":
            granted = {"subject_id": request["subject_id"], "granted": request["amount"]}
            return _packed(granted)
        verdicts = [{"dseq": group["dseq"], "kind": "applied"} for group in request["groups"]]
        reply = {"batch_id": request["batch_id"], "epoch": EPOCH, "verdicts": verdicts}
        return _packed({**reply, "server_time_us": MOMENT_US})

    def _stream(self, stream: str, after: int) -> tuple[int, bytes]:
        if self._expired:
            self._expired = False
            return 410, _packed({"status": 410, "code": "cursor_expired", "title": "Too old."})
        head = self._changes if stream == "org" else after
        numbers = range(after + 1, min(after + PAGE_ENTRIES_MAX, head) + 1)
        entries = [self._entry(number) for number in numbers]
        reply = {"epoch": EPOCH, "stream": stream, "head": head, "entries": entries}
        return 200, _packed({**reply, "server_time_us": MOMENT_US})

    def _entry(self, number: int) -> dict[str, Any]:
        """Another till changed the price of one product after the other."""
        row = self._catalogue.product(number % self._catalogue.products)
        values = {**row.values, "price_minor": 100 + number % 900}
        changed = SnapshotRow(row.type, row.id, values, number + 1, {OTHER_TILL: number})
        entry = {"number": number, "device_id": OTHER_TILL, "dseq": number, "at_us": MOMENT_US}
        return entry | {"rows": [_image(changed)]}

    def _me(self) -> dict[str, Any]:
        ids = {"org_id": NOBODY, "store_id": self._store_id, "device_id": NOBODY}
        sales = {"count": 0, "total_minor": 0}
        rest = {"dseq_acknowledged": 0, "epoch": EPOCH, "sales": sales, "journal_head": ""}
        return ids | rest

    def _render(self, rows_max: int) -> Iterator[tuple[tuple[str, str], bytes]]:
        after: dict[str, str] = {}
        for page in self._catalogue.pages(rows_max):
            fields = fields_of(RECORDS[page.type])
            rows = (folded_reference(fields, r.values, r.version, r.vector) for r in page.rows)
            cells = list(itertools.chain.from_iterable(rows))
            body = {"type": page.type, "fields": fields, "cells": cells}
            body["next_after"] = page.next_after
            yield (f"snapshot/{page.type}", after.get(page.type, "")), _packed(body)
            after[page.type] = page.next_after
        at = ""
        for stock in self._catalogue.stock_pages():
            levels = {"number": 0, "levels": stock.levels, "next_after": stock.next_after}
            yield ("snapshot-stock", at), _packed(levels)
            at = stock.next_after


def _image(row: SnapshotRow) -> dict[str, Any]:
    return {
        "type": row.type,
        "id": row.id,
        "version": row.version,
        "vector": row.vector,
        "values": row.values,
    }


def _packed(body: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps(body).encode(), compresslevel=1)


class Handler(BaseHTTPRequestHandler):
    """HTTP for the script."""

    script: ClassVar[Script]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self._send(*self.script.get(parts.path, query))

    def do_POST(self) -> None:
        body = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"])))
        self._send(200, self.script.post(self.path, body))

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
        """Quiet."""


@contextmanager
def running(
    products: int,
    store_id: str,
    *,
    page_rows: int = 0,
    changes: int = FOREVER,
    expired: bool = False,
) -> Iterator[str]:
    """The peer in a child process until the block ends; its URL.

    ``page_rows`` is the page size it can be bootstrapped with (0 for none), ``changes`` how many
    changes of other tills there are to pull.
    """
    words = [str(products), store_id, str(page_rows), str(changes), str(int(expired))]
    command = [sys.executable, "-m", "tests.bench.peer", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def main(argv: Sequence[str] | None = None) -> None:
    """Serve until terminated; the first line on standard output is the URL."""
    parser = argparse.ArgumentParser()
    for name in ("products", "store_id", "page_rows", "changes", "expired"):
        parser.add_argument(name, type=str if name == "store_id" else int)
    wanted = parser.parse_args(argv)
    Handler.script = Script(
        wanted.products, wanted.store_id, wanted.page_rows, wanted.changes, bool(wanted.expired)
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
