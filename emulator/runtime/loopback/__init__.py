"""How functions reach AWS's host names without leaving this machine: a hook for each language."""

import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path

from botocore.httpsession import DEFAULT_CA_BUNDLE


PYTHON = Path(__file__).with_name("loopback.py")
NODE = Path(__file__).with_name("loopback.cjs")

AWS_DOMAINS = ("amazonaws.com", "amazonaws.com.cn", "api.aws", "on.aws")
"""https://docs.aws.amazon.com/general/latest/gr/rande.html"""


def trust_bundle(file: Path, authority: bytes) -> Path:
    """Write a PEM file with an authority and all that functions would trust without it.

    They may call any host on the internet too, so the public ones that botocore brings and those
    of this machine stay in force.
    """
    sources = [DEFAULT_CA_BUNDLE, ssl.get_default_verify_paths().cafile]
    public = [Path(source).read_bytes() for source in sources if source and Path(source).is_file()]
    file.write_bytes(b"\n".join([authority, *public]))
    return file


def loopback_variables(port: int, custom: Iterable[str], bundle: Path) -> Mapping[str, str]:
    """What functions need for it: where the emulator listens, for which domains, whom to trust.

    `bundle` is a PEM file with the emulator's authority and all public ones, for the clients of
    Python take it in place of what they bring themselves; Node adds it to its own.
    """
    return {
        "_LOOPBACK_PORT": str(port),
        "_LOOPBACK_DOMAINS": ",".join([*AWS_DOMAINS, *custom]),
        "AWS_CA_BUNDLE": str(bundle),
        "REQUESTS_CA_BUNDLE": str(bundle),
        "SSL_CERT_FILE": str(bundle),
        "NODE_EXTRA_CA_CERTS": str(bundle),
        "NODE_OPTIONS": f'--require "{NODE}"',
    }
