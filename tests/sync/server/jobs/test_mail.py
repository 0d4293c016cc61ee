"""Receipts by mail: each wish is sent once, over a real connection, and no log says where to."""

import logging
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from localdb.domain.records import ReceiptMail
from sync.protocol.messages import SentGroup
from sync.server.backend import Backend
from sync.server.jobs.mail import Mailer, post_over
from tests.sync.server.tills import NEW_ID, Shop, Till, insert

Send = Callable[[], int]


@dataclass(slots=True)
class Mailbox:
    """A mail server on a loopback port; ``gone@...`` is nobody here."""

    url: str = ""
    mails: list[str] = field(default_factory=list)
    is_down: bool = False


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """Speaks as much SMTP as a client needs."""
    box = Mailbox()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("421 come back later" if box.is_down else "220 ready")
            for line in self.rfile:
                match line.split(b" ")[0].strip().upper():
                    case b"QUIT":
                        self.say("221 bye")
                        return
                    case b"RCPT" if b"gone@" in line:
                        self.say("550 nobody here")
                    case b"DATA":
                        self.say("354 go on")
                        box.mails.append(self.read_mail())
                        self.say("250 taken")
                    case _:
                        self.say("250 fine")

        def read_mail(self) -> str:
            lines = []
            while (line := self.rfile.readline().rstrip(b"\r\n")) != b".":
                lines.append(line.decode())
            return "\n".join(lines)

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        box.url = f"smtp://127.0.0.1:{server.server_address[1]}"
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


def wish(till: Till, sale_id: str, address: str) -> SentGroup:
    mail = ReceiptMail(
        id=NEW_ID(), store_id=till.identity.store_id, sale_id=sale_id, email=address, at_us=1
    )
    return till.group(insert(mail))


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
    (mail,) = mailbox.mails
    assert "To: ada@example.org" in mail
    assert "TOTAL EUR" in mail
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
    assert ["To: ada@b.org" in mail for mail in mailbox.mails] == [True]
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
