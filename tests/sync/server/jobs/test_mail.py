"""Receipts by mail: each wish is sent once, over a real connection, and no log says where to."""

import logging
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from localdb.domain.receipt_text import SoldParts, receipt_text
from localdb.domain.records import ReceiptMail
from sync.protocol.messages import SentGroup
from sync.server.backend import Backend
from sync.server.jobs import mail
from sync.server.jobs.mail import Mailer, post_over
from tests.sync.server.tills import NEW_ID, Shop, Till, insert

Send = Callable[[], int]


@dataclass(slots=True)
class Mailbox:
    """A mail server on a loopback port; ``gone@...`` is nobody here."""

    url: str = ""
    mails: list[str] = field(default_factory=list)
    is_down: bool = False
    asked: list[bytes] = field(default_factory=list)
    """Every recipient that was named."""


def answer_to(recipient: bytes) -> str:
    """Nothing for one at whom the line breaks off."""
    known = {b"gone@": "550 nobody here", b"full@": "452 no room", b"cut@": ""}
    return next((said for name, said in known.items() if name in recipient), "250 fine")


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks as much SMTP as a client needs."""

    def __init__(self, box: Mailbox) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.box = box
        box.url = f"smtp://127.0.0.1:{self.server_address[1]}"


class Session(socketserver.StreamRequestHandler):
    """One connection to it."""

    server: MailServer

    def handle(self) -> None:
        """Answer until the other side ends it."""
        self.say("421 come back later" if self.server.box.is_down else "220 ready")
        for line in self.rfile:
            answer = self.answer_to(line)
            if not answer:
                return
            self.say(answer)

    def answer_to(self, line: bytes) -> str:
        """What there is to say to a command; nothing to end."""
        match line.split(b" ")[0].strip().upper():
            case b"RCPT":
                self.server.box.asked.append(line)
                return answer_to(line)
            case b"DATA":
                self.say("354 go on")
                return self.take(self.read_mail())
            case _:
                return "250 fine"

    def take(self, text: str) -> str:
        """Keep a mail, unless it is too large."""
        if "To: large@" in text:
            return "552 too large"
        self.server.box.mails.append(text)
        return "250 taken"

    def read_mail(self) -> str:
        """The lines up to the single dot."""
        lines = []
        while (line := self.rfile.readline().rstrip(b"\r\n")) != b".":
            lines.append(line.decode())
        return "\n".join(lines)

    def say(self, text: str) -> None:
        """One line."""
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server that answers."""
    box = Mailbox()
    with MailServer(box) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield box
        server.shutdown()
        thread.join()


@pytest.fixture
def send(shop: Shop, mailbox: Mailbox) -> Send:
    """Sends what is due; how many went out."""

    async def job(backend: Backend) -> int:
        post = post_over(mailbox.url)
        mailer = Mailer(backend.store, backend.services, "Shop <till@example.org>", post)
        return await mailer.catch_up(shop.org_id)

    return lambda: shop.operator.run(job)


ALL_DAYS_US = mail.GIVE_UP_US + 1_000_000


def sent_by_one(shop: Shop, mailbox: Mailbox, *ahead_us: int) -> list[int]:
    """What one process sends at moments so far ahead of now."""
    services, ahead = shop.operator.services, 0

    async def job(backend: Backend) -> list[int]:
        nonlocal ahead
        later = replace(services, now_us=lambda: services.now_us() + ahead)
        mailer = Mailer(backend.store, later, "till@example.org", post_over(mailbox.url))
        found = []
        for us in ahead_us:
            ahead = us
            found.append(await mailer.catch_up(shop.org_id))
        return found

    return shop.operator.run(job)


def wish(till: Till, sale_id: str, address: str) -> SentGroup:
    asked = ReceiptMail(
        id=NEW_ID(), store_id=till.identity.store_id, sale_id=sale_id, email=address, at_us=1
    )
    return till.group(insert(asked))


def sold(till: Till) -> tuple[SentGroup, str]:
    """A sale of a line paid in cash, and its id."""
    facts = till.sale(NEW_ID())
    return till.group(*map(insert, facts)), facts[0].id


def test_a_receipt_is_mailed_once(
    shop: Shop, mailbox: Mailbox, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    """Also one wished for before its sale arrived; what it says is what was stored."""
    caplog.set_level(logging.DEBUG)
    till = shop.till()
    group, sale_id = sold(till)
    till.push(group, wish(till, sale_id, "ada@example.org"))
    till.push(wish(till, NEW_ID(), "too.early@example.org"))
    assert (send(), send()) == (1, 0)
    (text,) = mailbox.mails
    assert "To: ada@example.org" in text
    assert "TOTAL EUR" in text
    assert "ada@" not in caplog.text


def test_what_is_refused_keeps_nobody_waiting(
    shop: Shop, mailbox: Mailbox, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody's address, and one that no till should have sent, are seen to once and for all."""
    till = shop.till()
    group, sale_id = sold(till)
    bad = "x@example.org\nBcc: all@example.org"
    till.push(group, *(wish(till, sale_id, to) for to in ("gone@b.org", bad, "ada@b.org")))
    assert (send(), send()) == (1, 0)
    assert ["To: ada@b.org" in text for text in mailbox.mails] == [True]
    assert shop.rows("SELECT count(*) FROM mail_done WHERE refused") == [(2,)]
    assert "gone@" not in caplog.text


def test_trouble_is_waited_out(shop: Shop, mailbox: Mailbox, send: Send) -> None:
    """A mail server that is away, or does not answer at all, loses no wish."""
    till = shop.till()
    group, sale_id = sold(till)
    till.push(group, wish(till, sale_id, "ada@example.org"))
    mailbox.is_down = True
    assert send() == 0
    good, mailbox.url = mailbox.url, "smtp://127.0.0.1:1"
    assert send() == 0
    mailbox.is_down, mailbox.url = False, good
    assert send() == 1


def test_one_mail_that_is_not_taken_holds_no_other_up(
    shop: Shop, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither for good (too large, an address beyond ASCII), nor for now, nor one not written."""
    till = shop.till()
    broken, broken_id = sold(till)
    group, sale_id = sold(till)
    monkeypatch.setattr(mail, "MAILS_MAX", 2)

    def written(parts: SoldParts) -> str:
        if parts.sale.id == broken_id:
            raise ValueError("no time zone of ada@b.org")
        return receipt_text(parts)

    monkeypatch.setattr(mail, "receipt_text", written)
    unlucky = ["full@b.org", "full@c.org", "large@b.org", "jörg@bücher.example"]
    till.push(broken, group, wish(till, broken_id, "broken@b.org"))
    till.push(*(wish(till, sale_id, to) for to in [*unlucky, "ada@b.org"]))
    assert sent_by_one(shop, mailbox, 0, 0, 61_000_000) == [1, 0, 0]
    # Each again a minute later, and not before.
    assert sum(b"full@" in one for one in mailbox.asked) == 4
    assert shop.rows("SELECT count(*) FROM mail_done WHERE refused") == [(2,)]
    assert "@b.org" not in caplog.text
    # A process that starts anew knows nothing of it; after days it gives up.
    assert sent_by_one(shop, mailbox, ALL_DAYS_US, ALL_DAYS_US) == [0, 0]
    assert sum(b"full@" in one for one in mailbox.asked) == 6
    assert shop.rows("SELECT count(*) FROM mail_done WHERE refused") == [(5,)]


def test_trouble_begins_with_another_mail_the_next_time(shop: Shop, mailbox: Mailbox) -> None:
    """Where the line breaks off each time at one mail, the others go out all the same."""
    till = shop.till()
    group, sale_id = sold(till)
    till.push(group, *(wish(till, sale_id, f"{name}@b.org") for name in ("cut", "ada")))
    assert sent_by_one(shop, mailbox, 0, 0) == [0, 1]
