"""Mails the receipts that customers asked for, each once; no log names an address.

A mail that was sent and could not be noted goes out again: twice is better than never.
"""

import asyncio
import logging
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from localdb.domain import email
from localdb.domain.receipt_text import SoldParts, receipt_text
from localdb.domain.records import Payment, Sale, SaleLine, SaleTax, Store
from localdb.errors import Refusal
from sync.protocol.digest import time_ms
from sync.server.backend import Backend
from sync.server.config import ServerConfig
from sync.server.core.ports import Services, Unavailable, Values
from sync.server.jobs.looking import LookLoop
from sync.server.postgres.store import PostgresStore

LOG = logging.getLogger(__name__)
MAILS_MAX = 20
"""In one go, one after the other."""
TIMEOUT_S = 20.0
WAIT_US = 60_000_000
WAIT_US_MAX = 4 * 3_600_000_000
GIVE_UP_US = 5 * 24 * 3_600_000_000
"""RFC 5321, 4.5.4.1: at least four to five days."""
WAITING_MAX = 10_000
Post = Callable[[EmailMessage], None]


class MailRefused(Exception):
    """This mail will never be taken; others may."""


class MailDelayed(Exception):
    """This mail is not taken now; others may be."""


class MailTrouble(Exception):
    """Nothing can be sent now; all is tried again later."""


@dataclass(slots=True)
class _Waiting:
    """A mail that was not taken, and from when on it is tried again."""

    until_us: int = 0
    tries: int = 0


class Mailer:
    """Sends for one organisation at a time; `post` blocks, and raises one of the three above.

    What is not taken waits longer each time, and lets all others go first; after ``GIVE_UP_US``
    it counts as refused. A process that starts anew tries everything at once.
    """

    def __init__(self, store: PostgresStore, services: Services, sender: str, post: Post) -> None:
        self._store = store
        self._services = services
        self._sender = sender
        self._post = post
        self._waiting: dict[str, _Waiting] = {}

    async def catch_up(self, org_id: str) -> int:
        """Send what is due; returns how many were sent. Trouble ends the run until later."""
        sent = 0
        while due := await self._due(org_id):
            for wish in due:
                try:
                    sent += await self._see_to(org_id, wish)
                except MailTrouble as trouble:
                    LOG.warning("receipts cannot be mailed now: %s", trouble)
                    return sent
        return sent

    async def _due(self, org_id: str) -> list[Values]:
        now_us = self._services.now_us()
        waiting = [mail_id for mail_id, one in self._waiting.items() if now_us < one.until_us]
        async with self._store.transaction(org_id) as tx:
            return await tx.mail_due(MAILS_MAX, waiting)

    async def _see_to(self, org_id: str, wish: Values) -> bool:
        """Send one mail; returns whether it went out. A refused one is final, any other waits."""
        mail_id, is_sent = str(wish["id"]), False
        try:
            message = await self._written(org_id, wish)
            if message is not None:
                await asyncio.to_thread(self._post, message)
                is_sent = True
        except MailRefused as refusal:
            LOG.warning("receipt mail %s was refused: %s", mail_id, refusal)
        except Unavailable:
            raise
        except Exception as error:
            # After any error the next look begins with another mail.
            if not self._put_off(mail_id):
                LOG.warning("receipt mail %s is given up", mail_id)
            elif isinstance(error, MailTrouble):
                raise
            else:
                LOG.warning("receipt mail %s waits: %s", mail_id, _said_of(error))
                return False
        self._waiting.pop(mail_id, None)
        async with self._store.transaction(org_id) as tx:
            await tx.mail_done(mail_id, self._services.now_us(), refused=not is_sent)
        return is_sent

    def _put_off(self, mail_id: str) -> bool:
        """Put a mail off, twice as long each time; False when it has waited for too long."""
        now_us = self._services.now_us()
        if now_us > time_ms(mail_id) * 1000 + GIVE_UP_US:
            return False
        if len(self._waiting) >= WAITING_MAX:
            self._waiting.clear()
        one = self._waiting.setdefault(mail_id, _Waiting())
        one.until_us = now_us + min(WAIT_US << one.tries, WAIT_US_MAX)
        one.tries += 1
        return True

    async def _written(self, org_id: str, wish: Values) -> EmailMessage | None:
        async with self._store.transaction(org_id) as tx:
            (sale,) = await tx.facts(Sale.TYPE, [wish["sale_id"]])
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
        return self._message(str(wish["email"]), sold)

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
            smtp = _connected(host, port, is_tls=is_tls)
            try:
                if parts.username:
                    smtp.login(unquote(parts.username), unquote(parts.password or ""))
                smtp.send_message(message)
            finally:
                # An odd reply to QUIT does not undo a mail that was taken: it would go out again.
                with suppress(smtplib.SMTPException, OSError):
                    smtp.quit()
                smtp.close()
        except smtplib.SMTPRecipientsRefused as refused:
            raise _of_this_mail(max(code for code, _ in refused.recipients.values())) from None
        except smtplib.SMTPDataError as answer:
            raise _of_this_mail(answer.smtp_code) from None
        except smtplib.SMTPResponseException as answer:
            # Of the sender's turn only this one is about the mail: it is too large (RFC 1870).
            if answer.smtp_code == _TOO_LARGE:
                raise _of_this_mail(answer.smtp_code) from None
            raise MailTrouble(f"the server said {answer.smtp_code}") from None
        except (smtplib.SMTPNotSupportedError, UnicodeError):
            raise MailRefused("the server takes no such address") from None
        except (OSError, smtplib.SMTPException) as error:
            raise MailTrouble(type(error).__name__) from None

    return post


_PERMANENT, _TOO_LARGE = 500, 552


def _of_this_mail(code: int) -> Exception:
    said = f"the server said {code}"
    return MailRefused(said) if code >= _PERMANENT else MailDelayed(said)


def _said_of(error: Exception) -> str:
    """What a log may say of an error: the text of any but ours may hold an address."""
    return str(error) if isinstance(error, MailDelayed) else type(error).__name__


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
