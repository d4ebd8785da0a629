"""Whether the user pool still stands by an access token.

A signature says that a token was given out. Only the pool knows that its holder has signed out
everywhere since, or was disabled. GetUser, which takes nothing but the token, tells:
https://docs.aws.amazon.com/cognito/latest/developerguide/token-revocation.html
"""

import json
import logging
import urllib.request
from collections.abc import Callable
from urllib.error import HTTPError


log = logging.getLogger(__name__)

Stands = Callable[[str], bool]

TIMEOUT = 2.0

TAKEN_BACK = frozenset({"NotAuthorizedException", "UserNotFoundException"})


def endpoint_of(pool: str, endpoint: str | None) -> str:
    """Where to ask; `endpoint` is `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER`."""
    return endpoint or f"https://cognito-idp.{pool.partition('_')[0]}.amazonaws.com/"


def ask(url: str) -> Stands:
    """Asks the user pools at `url`.

    Where they give no answer the signature, which has been verified, is enough: the chat must not
    stop because Cognito does, and no token is good for longer than an hour.
    """

    def stands(token: str) -> bool:
        request = urllib.request.Request(
            url,
            json.dumps({"AccessToken": token}).encode(),
            {
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": "AWSCognitoIdentityProviderService.GetUser",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT):
                return True
        except HTTPError as error:
            with error:
                if _kind(error.read()) in TAKEN_BACK:
                    return False
            log.warning("the user pool does not say whether a token stands: %d", error.code)
        except OSError as error:
            log.warning("the user pool cannot be asked: %s", type(error).__name__)
        return True

    return stands


def _kind(body: bytes) -> str:
    try:
        return str(json.loads(body)["__type"]).rpartition("#")[2]
    except (LookupError, TypeError, ValueError):
        return ""
