"""Hands mail on to an SMTP server (`--smtp`): what waits in the mailbox, again and again until it
is taken, also after a restart."""

import asyncio
import logging
import re
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

import aiosmtplib

from emulator.clock import Clock
from emulator.cognito.mailbox import Mailbox, Message
from emulator.settings import RelaySettings


logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
GIVE_UP = 86400.0
"""No code is good for longer."""
TIMEOUT = 30.0
TAG = re.compile(r"</?[a-zA-Z][^>]*>")


class Refused(Exception):
    """The relay will never take this message."""


class Relay:
    """Sends what waits."""

    def __init__(self, settings: RelaySettings, mailbox: Mailbox, clock: Clock) -> None:
        self._settings = settings
        self._mailbox = mailbox
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with what waits already."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop; what is left goes out at the next start."""
        # Again and again: before Python 3.12 a cancellation that comes with the very end of a call
        # is lost (https://github.com/python/cpython/issues/86296).
        while self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=0.5)

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            waiting = await self._mailbox.waiting()
            try:
                for message in waiting:
                    await self._hand_on(message)
            except (aiosmtplib.SMTPException, OSError) as error:
                # Never with the message: it holds a code.
                logger.warning(
                    "The mail relay %s:%d did not take mail (%s); the next try is in %d seconds.",
                    self._settings.host,
                    self._settings.port,
                    error,
                    pause,
                )
                await asyncio.sleep(self._clock.duration(pause))
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                pause = FIRST_PAUSE
                await self._mailbox.arrived.wait()

    async def _hand_on(self, message: Message) -> None:
        if message.sent + GIVE_UP > self._clock.now():
            try:
                await self._send(message)
            except Refused as refusal:
                logger.warning("The mail relay refused mail to %r: %s", message.recipient, refusal)
        await self._mailbox.remove(message)

    async def _send(self, message: Message) -> None:
        settings = self._settings
        try:
            mail = written(message, settings.sender)
        except ValueError as error:
            raise Refused(f"not a mail address ({error})") from error
        try:
            await aiosmtplib.send(
                mail,
                sender=settings.sender,
                recipients=[message.recipient],
                hostname=settings.host,
                port=settings.port,
                username=settings.username,
                password=settings.password,
                use_tls=settings.implicit_tls,
                start_tls=settings.start_tls,
                timeout=TIMEOUT,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(refusal.code >= 500 for refusal in error.recipients):
                raise Refused(str(error)) from error
            raise
        except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPSenderRefused) as error:
            if error.code >= 500:
                raise Refused(str(error)) from error
            raise


def written(message: Message, sender: str) -> EmailMessage:
    """As it goes out: HTML where the pool's text is, as on AWS, else plain.

    Raises `ValueError` for addresses that no header can hold.
    """
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = message.recipient
    mail["Subject"] = " ".join(message.subject.split())
    mail["Date"] = formatdate(message.sent)
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    mail.set_content(message.body, subtype="html" if TAG.search(message.body) else "plain")
    return mail
