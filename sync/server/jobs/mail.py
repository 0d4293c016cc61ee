"""Mails the receipts that customers asked for, each once; where to is written in no log.

A mail that was sent and could not be noted goes out again: twice is better than never.
"""

import asyncio
import logging
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from localdb.domain import email
from localdb.domain.receipt_text import SoldParts, receipt_text
from localdb.domain.records import Payment, Sale, SaleLine, SaleTax, Store
from localdb.errors import Refusal
from sync.server.backend import Backend
from sync.server.config import ServerConfig
from sync.server.core.ports import Services, Values
from sync.server.jobs.looking import LookLoop
from sync.server.postgres.store import PostgresStore

LOG = logging.getLogger(__name__)
MAILS_MAX = 20
"""In one go, one after the other."""
TIMEOUT_S = 20.0
Post = Callable[[EmailMessage], None]


class MailRefused(Exception):
    """This mail will never be taken; others may."""


class MailTrouble(Exception):
    """Nothing can be sent now; it is tried again."""


class Mailer:
    """Sends for one organisation at a time; `post` blocks, and raises one of the two above."""

    def __init__(self, store: PostgresStore, services: Services, sender: str, post: Post) -> None:
        self._store = store
        self._services = services
        self._sender = sender
        self._post = post

    async def catch_up(self, org_id: str) -> int:
        """Send what is due; how many were sent. Trouble ends it, to be tried again later."""
        sent = 0
        while due := await self._due(org_id):
            for mail_id, message in due:
                refused = message is None
                try:
                    if message is not None:
                        await asyncio.to_thread(self._post, message)
                        sent += 1
                except MailRefused:
                    LOG.warning("receipt mail %s was refused", mail_id)
                    refused = True
                except MailTrouble as trouble:
                    LOG.warning("receipts cannot be mailed now: %s", trouble)
                    return sent
                async with self._store.transaction(org_id) as tx:
                    await tx.mail_done(mail_id, self._services.now_us(), refused=refused)
        return sent

    async def _due(self, org_id: str) -> list[tuple[str, EmailMessage | None]]:
        async with self._store.transaction(org_id) as tx:
            due = await tx.mail_due(MAILS_MAX)
            found = []
            for values in due:
                (sale,) = await tx.facts(Sale.TYPE, [values["sale_id"]])
                store = await tx.reference(Store.TYPE, sale["store_id"])
                sold = SoldParts(
                    store=Store.from_values(dict(store.values)) if store else _nameless(sale),
                    sale=Sale.from_values(dict(sale)),
                    lines=[
                        SaleLine.from_values(dict(one))
                        for one in await tx.parts_of_sale(SaleLine.TYPE, sale["id"])
                    ],
                    taxes=[
                        SaleTax.from_values(dict(one))
                        for one in await tx.parts_of_sale(SaleTax.TYPE, sale["id"])
                    ],
                    payments=[
                        Payment.from_values(dict(one))
                        for one in await tx.parts_of_sale(Payment.TYPE, sale["id"])
                    ],
                )
                found.append((str(values["id"]), self._message(str(values["email"]), sold)))
            return found

    def _message(self, address: str, sold: SoldParts) -> EmailMessage | None:
        """None for an address that mail cannot go to: tills are not the only ones that push."""
        try:
            to = email.checked(address)
        except Refusal:
            return None
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = to
        message["Subject"] = " ".join(f"{sold.store.name}: {sold.sale.receipt_number}".split())
        message.set_content(receipt_text(sold))
        return message


def _nameless(sale: Values) -> Store:
    return Store(id=sale["store_id"], code="-", name="Receipt", currency=sale["currency"])


def post_over(url: str) -> Post:
    """Sends over an SMTP server: ``smtp://name:password@host:587`` or ``smtps://...``."""
    parts = urlsplit(url)
    host, is_tls = parts.hostname or "", parts.scheme == "smtps"
    port = parts.port or (465 if is_tls else 587)

    def post(message: EmailMessage) -> None:
        try:
            with _connected(host, port, is_tls=is_tls) as smtp:
                if parts.username:
                    smtp.login(unquote(parts.username), unquote(parts.password or ""))
                smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            codes = {code for code, _ in refused.recipients.values()}
            if all(code >= _PERMANENT for code in codes):
                raise MailRefused from None
            raise MailTrouble(f"the server said {sorted(codes)}") from None
        except smtplib.SMTPResponseException as answer:
            raise MailTrouble(f"the server said {answer.smtp_code}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise MailTrouble(type(error).__name__) from None

    return post


_PERMANENT = 500


def _connected(host: str, port: int, *, is_tls: bool) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if is_tls:
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=context)
    smtp = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    smtp.ehlo()
    if smtp.has_extn("starttls"):
        smtp.starttls(context=context)
    return smtp


def mail_loop(backend: Backend, config: ServerConfig) -> LookLoop:
    """Mails what comes; without a server to send over, everything waits."""
    url = config.smtp_url.get_secret_value()
    mailer = Mailer(backend.store, backend.services, config.mail_from, post_over(url))
    return LookLoop(backend.store, "mail", mailer.catch_up if url else _waits, config.listen_url)


async def _waits(_org_id: str) -> int:
    return 0
