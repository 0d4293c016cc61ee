"""Many enrolled tills without a program: who they are, and the sales they send."""

import gzip
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from app.demo.server import DemoServer
from localdb.domain import journal
from localdb.domain.cart import Cart, CartLine
from localdb.domain.ids import IdSource
from localdb.domain.money import Currency
from localdb.domain.ops import Group, Op, body_hash, encode
from localdb.domain.records import JournalEntry, Record, Store
from localdb.domain.sale import SaleContext, complete
from localdb.domain.tax import Rate, Taxes, TaxRule
from localdb.domain.tender import Tender
from localdb.domain.terms import Terms
from localdb.domain.totals import totals
from sync.protocol.messages import EnrolReply, PushRequest, SentGroup
from sync.server.backend import Backend, open_backend, real_services, wall_clock_us
from sync.server.config import ServerConfig
from sync.server.core import tokens
from sync.server.core.admission import Device
from sync.server.core.enrolment import Enrolling, Wanted
from sync.server.core.ports import Successor

LINES_MAX = 8
BUSINESS_DAY = 2026_09_21
NEW_ID = IdSource(wall_clock_us)
TAXES = Taxes(
    {
        id_: TaxRule(id_, name, True, (Rate(name, rate_ppm),))
        for id_, name, rate_ppm in (
            ("01890000-0000-7000-8000-0000000000a1", "7 %", 70_000),
            ("01890000-0000-7000-8000-0000000000a2", "19 %", 190_000),
        )
    }
)


@dataclass
class FleetTill:
    """One till: its token, and where its journal and its numbers stand."""

    reply: EnrolReply
    host: str
    dseq: int = 0
    last: JournalEntry | None = None

    @property
    def device(self) -> Device:
        """As the server knows it."""
        reply = self.reply
        return Device(reply.org_id, reply.device_id, reply.store_id, reply.till_code)

    def request(self, sales: int) -> bytes:
        """The whole HTTP request that pushes its next sales."""
        groups = [self.group() for _ in range(sales)]
        message = PushRequest(batch_id=NEW_ID(), groups=groups)
        body = gzip.compress(message.model_dump_json().encode(), compresslevel=1)
        head = (
            f"POST /v1/push HTTP/1.1\r\nHost: {self.host}\r\n"
            f"Authorization: Bearer {self.reply.token}\r\nEvertill-Protocol: 1\r\n"
            "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def group(self) -> SentGroup:
        """Its next sale."""
        self.dseq += 1
        at_us = wall_clock_us()
        records = (*self._sale(at_us), self._link(at_us))
        ops = tuple(Op("insert", r.TYPE, r.id, values=r.values()) for r in records)
        device, store = self.reply.device_id, self.reply.store_id
        body = encode(Group(NEW_ID(), device, self.dseq, store, device, at_us, ops))
        return SentGroup(dseq=self.dseq, hash=body_hash(body), body=body)

    def _sale(self, at_us: int) -> tuple[Record, ...]:
        device_id = self.reply.device_id
        context = SaleContext(
            store_id=self.reply.store_id,
            device_id=device_id,
            shift_id=device_id,
            cashier_id=device_id,
            receipt_number=f"{self.reply.store_code}-{self.reply.till_code}-{self.dseq:06}",
            currency="EUR",
            rung_at_us=at_us,
            business_day=BUSINESS_DAY,
            terms=Terms(TAXES),
            new_id=NEW_ID,
        )
        cart = Cart().add(*(_line(number) for number in range(1 + self.dseq % LINES_MAX)))
        tender = Tender(totals(cart, Terms(TAXES)).total_minor, Currency.of("EUR")).pay_cash()
        return complete(cart, tender, context)

    def _link(self, at_us: int) -> JournalEntry:
        self.last = journal.link(
            self.last,
            entry_id=NEW_ID(),
            store_id=self.reply.store_id,
            device_id=self.reply.device_id,
            kind="sale",
            payload={"dseq": self.dseq},
            at_us=at_us,
        )
        return self.last


def _line(number: int) -> CartLine:
    product_id = NEW_ID()
    tax_class_id = tuple(TAXES.rules)[number % 2]
    price_minor = 99 + 37 * number
    return CartLine(
        id=NEW_ID(),
        product_id=product_id,
        name=f"Product {number}",
        sku=f"SKU{number}",
        quantity_milli=1000,
        unit_price_minor=price_minor,
        list_price_minor=price_minor,
        tax_class_id=tax_class_id,
    )


async def enrolled(server: DemoServer, stores: int, tills: int) -> list[FleetTill]:
    """Tills of one organisation, spread evenly over its stores."""
    config = ServerConfig(database_url=SecretStr(server.database_url))
    async with open_backend(config, real_services()) as backend:
        return await enrolled_at(backend, stores, tills, urlsplit(server.url).netloc)


async def enrolled_at(backend: Backend, stores: int, tills: int, host: str = "") -> list[FleetTill]:
    """The same at a server without HTTP."""
    org_id = await backend.devices.create_org("Bench")
    made: list[FleetTill] = []
    for number in range(stores):
        store = Store(id=NEW_ID(), code=f"S{number:02}", name=f"Store {number}")
        await backend.records.create(org_id, store)
        count = len(range(number, tills, stores))
        made += await _enrolled_in(backend, org_id, store, count, host)
    # In turn, as a till of each store comes after a till of the store before.
    return sorted(made, key=lambda till: till.reply.till_code)


async def _enrolled_in(
    backend: Backend, org_id: str, store: Store, count: int, host: str
) -> list[FleetTill]:
    """All tills of a store in one transaction: a thousand codes would take minutes."""
    services = backend.services
    tills = []
    async with backend.store.transaction(org_id) as tx:
        enrolling = Enrolling(tx, services, backend.editor)
        epoch = await tx.epoch()
        for _ in range(count):
            token = tokens.make(org_id, tokens.TOKEN_SECRET_BYTES, services.random_bytes)
            secret = tokens.read(token)
            assert secret is not None
            wanted = Wanted(store.id, "", "Bench", Successor(), manages=False)
            made, _ = await enrolling.enrol(wanted, secret.hash)
            reply = EnrolReply(
                device_id=made.device.device_id,
                token=token,
                org_id=org_id,
                store_id=store.id,
                store_code=store.code,
                till_code=made.device.till_code,
                epoch=epoch,
            )
            tills.append(FleetTill(reply, host))
    return tills
