"""The gateway from outside: refusals, `@connections`, the other listeners."""

import json
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.flow.conftest import Account
from tests.support.people import Person, site
from tests.support.server import Server


pytestmark = pytest.mark.process


@pytest.mark.parametrize(
    ("protocols", "status"),
    [
        ([], 401),
        (["labchat.v1"], 401),
        (["labchat.v1", "jwt.not-a-token"], 401),
        (["labchat.v1", "jwt.e30.e30.e30"], 401),
    ],
)
async def test_without_a_valid_token_there_is_no_socket(
    server: Server, protocols: list[str], status: int
) -> None:
    """The upgrade is answered with an HTTP status and AWS's JSON."""
    with pytest.raises(InvalidStatus) as refusal:
        await connect(server.urls["websocket"], subprotocols=protocols or None)  # type: ignore[arg-type]
    assert refusal.value.response.status_code == status
    assert json.loads(refusal.value.response.body or b"")["message"] == "Unauthorized"


async def test_an_id_token_is_no_access_token(server: Server, ada: Account) -> None:
    """A token with its payload changed is refused as well."""
    head, payload, signature = ada.token.split(".")
    forged = ".".join([head, payload[:-4] + "AAAA", signature])
    with pytest.raises(InvalidStatus) as refusal:
        await connect(server.urls["websocket"], subprotocols=["labchat.v1", f"jwt.{forged}"])  # type: ignore[list-item]
    assert refusal.value.response.status_code == 401


async def test_the_subprotocol_is_echoed_without_the_token(server: Server, ada: Account) -> None:
    """`$connect` chooses; the token never comes back."""
    async with Person(server, ada.token) as person:
        assert person.socket is not None
        assert person.socket.subprotocol == "labchat.v1"


async def test_unknown_stages_are_forbidden(server: Server) -> None:
    """A path that is no stage's opens no socket."""
    url = server.urls["websocket"].rpartition("/")[0] + "/nowhere"
    with pytest.raises(InvalidStatus) as refusal:
        await connect(url)
    assert refusal.value.response.status_code == 403


@pytest.mark.parametrize("listener", ["ui", "aws"])
def test_a_plain_request_on_a_stage_needs_an_upgrade(server: Server, listener: str) -> None:
    """426, as on AWS."""
    url = f"{server.urls[listener]}/{server.urls['websocket'].rpartition('/')[2]}"
    assert _fetch(url)[0] == 426


async def test_a_post_from_outside_reaches_the_client(server: Server, ada: Account) -> None:
    """boto3 with the operator's credentials posts, asks and closes; afterwards the id is gone."""
    management = server.client("apigatewaymanagementapi")
    async with Person(server, ada.token) as person:
        assert person.socket is not None
        connection = _connection_id(server, ada)
        management.post_to_connection(ConnectionId=connection, Data=b'{"t":"test"}')
        while {"t": "test"} not in person.pushes:
            await person.call("ping")
        description = management.get_connection(ConnectionId=connection)
        assert description["Identity"]["SourceIp"] == "127.0.0.1"
        management.delete_connection(ConnectionId=connection)
        await person.socket.wait_closed()
        assert person.socket.close_code == 1000
        with pytest.raises(management.exceptions.GoneException):
            management.post_to_connection(ConnectionId=connection, Data=b"late")


def test_unsigned_calls_are_refused(server: Server) -> None:
    """`@connections`, DynamoDB and Cognito's admin calls need the operator's signature."""
    for path, target in (
        ("/ws/@connections/AAAAAAAAAAAAAAA=", ""),
        ("/", "DynamoDB_20120810.ListTables"),
        ("/", "AWSCognitoIdentityProviderService.ListUsers"),
    ):
        request = urllib.request.Request(
            server.urls["aws"] + path, b"{}", {"X-Amz-Target": target} if target else {}
        )
        status, body = _fetch(request)
        assert status in {400, 403}
        assert "Missing" in body


def test_the_edge_offers_no_admin_calls(server: Server) -> None:
    """Signed Cognito operations are not reachable where browsers are."""
    client = server.client("cognito-idp", endpoint_url=f"{server.urls['ui']}/cognito/")
    with pytest.raises(ClientError):
        client.list_users(UserPoolId=site(server)["userPoolId"])
    users = server.client("cognito-idp").list_users(UserPoolId=site(server)["userPoolId"])
    assert "Users" in users


def test_foreign_names_are_turned_away(server: Server) -> None:
    """A web site that resolves to this machine cannot reach the AWS endpoint (DNS rebinding)."""
    request = urllib.request.Request(server.urls["mail"], headers={"Host": "evil.example"})
    assert _fetch(request)[0] == 400


def test_objects_go_in_and_out(server: Server) -> None:
    """boto3 stores, reads and removes an attachment in the template's bucket."""
    bucket = _bucket(server)
    s3 = server.client("s3", endpoint_url=server.urls["objects"])
    s3.put_object(Bucket=bucket, Key="a/b.txt", Body=b"content", ContentType="text/plain")
    answer = s3.get_object(Bucket=bucket, Key="a/b.txt")
    assert answer["Body"].read() == b"content"
    assert answer["ContentType"] == "text/plain"
    s3.delete_object(Bucket=bucket, Key="a/b.txt")
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="a/b.txt")


def _fetch(request: str | urllib.request.Request) -> tuple[int, str]:
    """Status and body, whichever status it is."""
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as refusal:
        answer = refusal
    with answer:
        return int(answer.status), answer.read().decode()


def _bucket(server: Server) -> str:
    _, text = _fetch(server.urls["console"])
    return str(text.partition("Buckets")[2].partition("<code>")[2].partition("<")[0])


def _connection_id(server: Server, account: Account) -> str:
    """The newest connection of an account, from the connections table."""
    client = server.client("dynamodb")
    table = next(name for name in client.list_tables()["TableNames"] if "conn" in name.lower())
    rows = client.query(
        TableName=table,
        KeyConditionExpression="pk = :shard",
        ExpressionAttributeValues={":shard": {"S": "CONN#0"}},
    )["Items"]
    own = [row for row in rows if row["uid"]["S"] == account.sub]
    return str(max(own, key=lambda row: int(row["exp"]["N"]))["sk"]["S"])
