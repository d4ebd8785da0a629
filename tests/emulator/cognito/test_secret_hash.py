"""Clients with a secret (section 7.6)."""

from typing import Any

import pytest
from jose import jwt

from emulator.cognito.secret_hash import secret_hash
from tests.clients.pycognito_client import AWSSRP
from tests.emulator.cognito.bench import Server
from tests.emulator.cognito.stacks import NAMES, PASSWORD


def test_missing_wrong_and_needless(server: Server, name: str) -> None:
    """The published texts."""

    def sign_up(client: str, **more: str) -> Any:
        return server.public.sign_up(ClientId=client, Username=name, Password=PASSWORD, **more)

    errors = server.public.exceptions
    with pytest.raises(
        errors.NotAuthorizedException,
        match="Client secretive is configured with secret but SECRET_HASH was not received",
    ):
        sign_up("secretive")
    with pytest.raises(
        errors.NotAuthorizedException, match="Unable to verify secret hash for client secretive"
    ):
        sign_up("secretive", SecretHash="abc=")
    with pytest.raises(
        errors.InvalidParameterException,
        match="App client names is not configured for secret but secret hash was received",
    ):
        sign_up("names", SecretHash="abc=")
    sign_up("secretive", SecretHash=secret_hash("secretive", "s3cr3t", name))


def test_sign_in_and_refresh(server: Server, name: str) -> None:
    """SRP by pycognito; refreshing takes the hash of the user name or of the sub."""
    server.confirmed(name)
    srp = AWSSRP(
        name,
        PASSWORD,
        pool_id=NAMES.id,
        client_id="secretive",
        client_secret="s3cr3t",
        client=server.public,
    )
    result = srp.authenticate_user()["AuthenticationResult"]
    sub = jwt.get_unverified_claims(result["AccessToken"])["sub"]

    def refresh(**more: str) -> Any:
        parameters = {"REFRESH_TOKEN": result["RefreshToken"], **more}
        return server.public.initiate_auth(
            ClientId="secretive", AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=parameters
        )

    for user in (name, sub):
        assert "AuthenticationResult" in refresh(
            SECRET_HASH=secret_hash("secretive", "s3cr3t", user)
        )
    with pytest.raises(server.public.exceptions.NotAuthorizedException):
        refresh()
    with pytest.raises(server.public.exceptions.NotAuthorizedException):
        refresh(SECRET_HASH=secret_hash("secretive", "s3cr3t", "eve"))
