"""The proof that an app client with a secret sends along (reference section 7.6). Pure."""

import base64
import hmac

from emulator.cognito.errors import InvalidParameter, NotAuthorized
from emulator.template.model import UserPoolClient


def secret_hash(client_id: str, secret: str, username: str) -> str:
    """Base64 of HMAC-SHA256 over user name and client id."""
    mac = hmac.digest(secret.encode(), (username + client_id).encode(), "sha256")
    return base64.b64encode(mac).decode()


def check(client: UserPoolClient, sent: str | None, *usernames: str) -> None:
    """Refuse a missing, wrong or needless hash; any of `usernames` may be the hashed one."""
    if client.secret is None:
        if sent is not None:
            raise InvalidParameter(
                f"App client {client.id} is not configured for secret but secret hash was received"
            )
        return
    if sent is None:
        raise NotAuthorized(
            f"Client {client.id} is configured with secret but SECRET_HASH was not received"
        )
    expected = [secret_hash(client.id, client.secret, name).encode() for name in usernames]
    if not any(hmac.compare_digest(hash_, sent.encode()) for hash_ in expected):
        raise NotAuthorized(f"Unable to verify secret hash for client {client.id}")


def check_plain(client: UserPoolClient, sent: str | None) -> None:
    """The same for the two operations that take the secret itself (sections 2.6 and 2.7)."""
    if client.secret is None:
        return
    if sent is None or not hmac.compare_digest(client.secret.encode(), sent.encode()):
        raise NotAuthorized(f"Unable to verify secret for client {client.id}")
