"""How browsers reach the edge and the objects: under which names, and with `--tls`, by which proof."""

import logging
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from emulator.certificates import Authority, context_from, held_to, names_in
from emulator.clock import Clock
from emulator.errors import UsageError
from emulator.hosts import served_names
from emulator.settings import Settings


logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Front:
    """What browsers see of this machine."""

    names: list[str]
    """Host names and addresses, the one for URLs first."""
    tls: ssl.SSLContext | None = None
    trusted: bytes = b""
    """PEM of the authority that vouches for it, if it is not a public one."""

    @property
    def secure(self) -> str:
        """What `http` and `ws` are followed by."""
        return "s" if self.tls else ""


def front(settings: Settings, clock: Clock) -> Front:
    """As the options say. Raises `UsageError` if a certificate of the person's own is unusable."""
    names = served_names(settings.host)
    if settings.tls_certificate is not None:
        return _own(settings.tls_certificate, settings.tls_key or settings.tls_certificate, names)
    if not settings.tls:
        return Front(names)
    authority = _authority(settings.authority_file.parent, names, clock)
    context = authority.server_context(names, settings.data_dir / "tmp")
    return Front(names, context, authority.pem)


def _own(certificate: Path, key: Path, names: list[str]) -> Front:
    try:
        # A certificate with a wildcard alone names no host that could stand in a URL.
        named = names_in(certificate) or names
        return Front(named, context_from(certificate, key), certificate.read_bytes())
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError.
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"--tls-cert {certificate} and --tls-key {key} cannot be used ({reason}); give PEM "
            "files, the certificate with its intermediate ones, the key without a password."
        ) from error


def _authority(folder: Path, names: list[str], clock: Clock) -> Authority:
    """The one that devices trust already, or a new one if it can no longer serve."""
    try:
        authority = Authority.load(folder, clock)
        if authority.lasts() and authority.may_vouch_for(names):
            return authority
    except (OSError, ValueError, x509.ExtensionNotFound):
        logger.debug("no certificate authority that can be used", exc_info=True)
    authority = Authority.create(f"labchat on {names[0]}", clock, held_to(names))
    authority.save(folder)
    logger.warning(
        "A new certificate authority was made: devices must be told to trust %s", folder / "ca.pem"
    )
    return authority
