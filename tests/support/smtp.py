"""A mail server that keeps what it takes: enough of RFC 5321 for one client, with STARTTLS and AUTH."""

import asyncio
import base64
import datetime
import ipaddress
import ssl
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True, slots=True)
class Taken:
    """One message as it arrived."""

    sender: str
    recipient: str
    message: Message
    user: str | None
    encrypted: bool


class SmtpServer:
    """Listens on a port of its own while the context lasts."""

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.taken: list[Taken] = []
        self.refusals: list[str] = []
        """What the next recipients are answered, in order; then they are welcome."""
        self._host = host
        self._tls = tls
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "SmtpServer":
        self._server = await asyncio.start_server(self._serve, self._host, 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(text: str) -> None:
            writer.write(f"{text}\r\n".encode())
            await writer.drain()

        user, encrypted, sender, recipient = None, False, "", ""
        await say("220 test")
        while line := (await reader.readline()).decode().strip():
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case "EHLO":
                    offer = "250-STARTTLS\r\n" if self._tls and not encrypted else ""
                    await say(f"250-test\r\n{offer}250 AUTH PLAIN")
                case "STARTTLS":
                    await say("220 go on")
                    assert self._tls is not None
                    await writer.start_tls(self._tls)
                    encrypted = True
                case "AUTH":
                    _, user, _ = base64.b64decode(rest.split()[1]).decode().split("\0")
                    await say("235 welcome")
                case "MAIL":
                    sender = rest[len("FROM:<") :].partition(">")[0]
                    await say("250 ok")
                case "RCPT":
                    recipient = rest[len("TO:<") :].partition(">")[0]
                    await say(self.refusals.pop(0) if self.refusals else "250 ok")
                case "DATA":
                    await say("354 go on")
                    raw = await reader.readuntil(b"\r\n.\r\n")
                    message = message_from_bytes(raw[:-3], policy=default)
                    self.taken.append(Taken(sender, recipient, message, user, encrypted))
                    await say("250 taken")
                case "QUIT":
                    await say("221 bye")
                    return
                case _:
                    await say("250 ok")


def self_signed(folder: Path, address: str) -> ssl.SSLContext:
    """A server's context; its certificate is `folder/server.pem`, for those who shall trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False
        )
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    secret = folder / "server.key"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return context
