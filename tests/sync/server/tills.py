"""A till as the server sees it: it numbers groups, signs them with its token and reads answers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
import psycopg

from localdb.domain.ids import IdSource
from localdb.domain.journal import FACTS, link, told_of_facts, told_of_sale
from localdb.domain.ops import Group, Op, body_hash, encode
from localdb.domain.records import (
    Barcode,
    Fact,
    JournalEntry,
    Payment,
    Product,
    Record,
    Sale,
    SaleLine,
    StockMovement,
)
from sync.protocol import packing
from sync.protocol.messages import EnrolReply, PullReply, PushReply, SentGroup, Verdict
from sync.server.backend import wall_clock_us
from tests.support.server import Operator

NEW_ID = IdSource(wall_clock_us)
TAX_CLASS = NEW_ID()


def poison(owner_url: str) -> dict[str, Any]:
    """Unknown values of a product that no rule at the door refuses and this database does."""
    with psycopg.connect(owner_url) as connection:
        connection.execute(
            "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'poison'; END $$;"
            "CREATE OR REPLACE TRIGGER poison BEFORE INSERT OR UPDATE ON product FOR EACH ROW"
            " WHEN (NEW.extra ->> 'newer' = 'poison') EXECUTE FUNCTION refuse()"
        )
    return {"newer": "poison"}


class Served(Protocol):
    """A server wherever it runs."""

    @property
    def url(self) -> str: ...


def insert(record: Record) -> Op:
    """The op that creates a record."""
    return Op("insert", record.TYPE, record.id, values=record.values())


def edit(
    record: type[Record],
    id_: str,
    before: dict[str, Any],
    after: dict[str, Any],
    seen: dict[str, int] | None = None,
) -> Op:
    """The op that changes fields of a record."""
    return Op("edit", record.TYPE, id_, before=before, after=after, seen=seen)


def product(**changes: Any) -> Product:
    """A product that nothing is wrong with."""
    id_ = NEW_ID()
    values: dict[str, Any] = {
        "id": id_,
        "sku": f"SKU-{id_[-12:]}",
        "name": "Espresso beans",
        "price_minor": 400,
        "tax_class_id": TAX_CLASS,
    }
    return Product(**values | changes)


def barcode(product_id: str, code: str) -> Barcode:
    """A barcode of a product."""
    return Barcode(id=NEW_ID(), code=code, product_id=product_id)


@dataclass(slots=True)
class Till:
    """An enrolled till with a connection; ``close`` it."""

    http: httpx.Client
    identity: EnrolReply
    dseq: int = 0
    sold: list[Fact] = field(default_factory=list)
    journal: list[JournalEntry] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.identity.device_id

    def group(self, *ops: Op, dseq: int | None = None, **changes: Any) -> SentGroup:
        """The next group, or that of ``dseq``, as it is sent."""
        if dseq is None:
            self.dseq += 1
            dseq = self.dseq
        values: dict[str, Any] = {
            "id": NEW_ID(),
            "device_id": self.id,
            "dseq": dseq,
            "store_id": self.identity.store_id,
            "user_id": None,
            "at_us": wall_clock_us(),
            "ops": ops,
        }
        body = encode(Group(**values | changes))
        return SentGroup(dseq=dseq, hash=body_hash(body), body=body)

    def post(self, groups: Sequence[SentGroup], *, packed: str = "") -> httpx.Response:
        """Send groups and look at the bare answer."""
        message = {"batch_id": NEW_ID(), "groups": [group.model_dump() for group in groups]}
        body = json.dumps(message).encode()
        headers = {"Content-Type": "application/json"}
        if packed:
            body, headers["Content-Encoding"] = packing.pack(packed, body), packed
        return self.http.post("/v1/push", content=body, headers=headers)

    def push(self, *groups: SentGroup) -> list[Verdict]:
        """Send groups; their verdicts."""
        response = self.post(groups)
        assert response.status_code == 200, response.text
        return PushReply.model_validate_json(response.content).verdicts

    def send(self, *ops: Op) -> Verdict:
        """Send one group; its verdict."""
        return self.push(self.group(*ops))[0]

    def pull(self, stream: str = "org", after: int = 0) -> PullReply:
        """One page of a stream."""
        params: dict[str, str | int] = {"epoch": self.identity.epoch, "after": after}
        response = self.http.get(f"/v1/streams/{stream}", params=params)
        assert response.status_code == 200, response.text
        return PullReply.model_validate_json(response.content)

    def pull_all(self, stream: str = "org", after: int = 0) -> PullReply:
        """All pages of a stream as one, checked for gaps."""
        whole = self.pull(stream, after)
        while (page := self.pull(stream, after + len(whole.entries))).entries:
            whole = page.model_copy(update={"entries": [*whole.entries, *page.entries]})
        numbers = [entry.number for entry in whole.entries]
        assert numbers == list(range(after + 1, after + 1 + len(numbers)))
        return whole

    def sale(self, product_id: str, *, quantity_milli: int = 1000, **changes: Any) -> list[Fact]:
        """The facts of one sale of one product at 4.00 by card."""
        total = 400 * quantity_milli // 1000
        common: dict[str, Any] = {"store_id": self.identity.store_id}
        sale = Sale(
            **common
            | {
                "id": NEW_ID(),
                "device_id": self.id,
                "shift_id": NEW_ID(),
                "cashier_id": NEW_ID(),
                "receipt_number": f"S01-{self.identity.till_code}-{self.dseq + 1:06d}",
                "currency": "EUR",
                "total_minor": total,
                "tax_minor": 64,
                "line_count": 1,
                "rung_at_us": wall_clock_us(),
                "business_day": 20260101,
            }
            | changes
        )
        line = SaleLine(
            **common,
            id=NEW_ID(),
            sale_id=sale.id,
            position=0,
            product_id=product_id,
            name="Espresso beans",
            quantity_milli=quantity_milli,
            unit_price_minor=400,
            total_minor=total,
        )
        payment = Payment(
            **common,
            id=NEW_ID(),
            sale_id=sale.id,
            position=0,
            method="card",
            amount_minor=total,
            tendered_minor=total,
        )
        movement = StockMovement(
            **common,
            id=NEW_ID(),
            product_id=product_id,
            quantity_milli=-quantity_milli,
            reason="sale",
            sale_id=sale.id,
            at_us=wall_clock_us(),
        )
        return [sale, line, payment, movement]

    def sell(self, product_id: str, **changes: Any) -> SentGroup:
        """The group of one sale."""
        return self.group(*map(insert, self.sale(product_id, **changes)))

    def journaled(self, facts: list[Fact]) -> list[Fact]:
        """The facts of a sale with the till's next journal entry, as a real till has them."""
        sale = next(fact for fact in facts if isinstance(fact, Sale))
        told = [(fact.TYPE, fact.values()) for fact in facts]
        entry = link(
            self.journal[-1] if self.journal else None,
            entry_id=NEW_ID(),
            store_id=self.identity.store_id,
            device_id=self.id,
            kind=sale.kind,
            payload={**told_of_sale(sale), FACTS: told_of_facts(told)},
            at_us=sale.rung_at_us,
        )
        self.journal.append(entry)
        return [*facts, entry]

    def close(self) -> None:
        """Hang up."""
        self.http.close()


def client(server: Served, token: str = "") -> httpx.Client:
    """A connection to the server that never waits for a proxy."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=server.url, headers=headers, timeout=30, trust_env=False)


def enrolled(server: Served, code: str) -> Till:
    """A till enrolled with a code."""
    with client(server) as http:
        response = http.post("/v1/enrol", json={"code": code, "till_name": "Front"})
    assert response.status_code == 200, response.text
    identity = EnrolReply.model_validate_json(response.content)
    return Till(client(server, identity.token), identity)


@dataclass(slots=True)
class Shop:
    """An organisation with one store, and the tills that were enrolled there."""

    server: Served
    operator: Operator
    org_id: str
    store_id: str
    tills: list[Till] = field(default_factory=list)

    def rows(self, query: str, *params: Any) -> list[tuple[Any, ...]]:
        """What the database shows of this organisation."""
        with psycopg.connect(self.operator.config.database_url.get_secret_value()) as connection:
            connection.execute("SELECT set_config('evertill.org', %s, true)", (self.org_id,))
            return connection.execute(query.encode(), params).fetchall()

    def till(
        self, store_id: str | None = None, code: str = "", *, manages: bool | None = True
    ) -> Till:
        """Enrol another till."""
        store_id = store_id or self.store_id
        code = self.operator.code(self.org_id, store_id, code, manages=manages)
        self.tills.append(enrolled(self.server, code))
        return self.tills[-1]

    def close(self) -> None:
        """Hang all tills up."""
        for till in self.tills:
            till.close()
