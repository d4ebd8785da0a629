"""The real template and packages, deployed by the real commands to another implementation of AWS.

It evaluates the functions' roles, so that what passes here has the permissions that it needs.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pycognito.aws_srp import AWSSRP
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.deploy.builds import built, with_handlers, with_template
from tests.deploy.cloud import Cloud
from tests.support.people import LOBBY, PASSWORD, Person, new_id


pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]

QUICK = ("--yes", "--watch", "0")


@dataclass(frozen=True, slots=True)
class Deployed:
    """A chat that runs there."""

    cloud: Cloud
    build: Path
    outputs: dict[str, str]
    url: str

    def apply(self, build: Path, *options: str, good: bool = True) -> str:
        """Deploy a build over it."""
        return self.cloud.deploy("apply", *QUICK, "--packages", str(build), *options, good=good)

    def sign_up(self, email: str) -> None:
        """As a browser does; the code that is mailed is taken as typed in."""
        client = self.cloud.client("cognito-idp")
        client.sign_up(
            ClientId=self.outputs["UserPoolClientId"],
            Username=email,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": email}],
        )
        client.admin_confirm_sign_up(UserPoolId=self.outputs["UserPoolId"], Username=email)

    def tokens(self, email: str) -> dict[str, str]:
        """By SRP, as browsers do."""
        srp = AWSSRP(
            email,
            PASSWORD,
            self.outputs["UserPoolId"],
            self.outputs["UserPoolClientId"],
            client=self.cloud.client("cognito-idp"),
        )
        result: dict[str, str] = srp.authenticate_user()["AuthenticationResult"]
        return result

    def live(self) -> dict[str, str]:
        """The versions that the aliases name, by function."""
        client = self.cloud.client("lambda")
        names = [each["FunctionName"] for each in client.list_functions()["Functions"]]
        return {
            name: client.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
            for name in names
        }

    def history(self) -> list[dict[str, Any]]:
        """The records, newest first."""
        found: list[dict[str, Any]] = json.loads(self.cloud.deploy("history", "--json"))
        return found


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An empty account."""
    made = Cloud(tmp_path_factory.mktemp("cloud"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def deployed(cloud: Cloud, packages: Path) -> Deployed:
    """From the empty account to a chat whose health check passes."""
    assert "labchat deploy init" in cloud.deploy("plan", "--packages", str(packages), good=False)
    cloud.deploy("init")
    # Its addresses are known only after it is made; AWS's are as well, but they lead to AWS.
    first = ("--no-smoke", "--parameter", "YearlyBackups=false")
    cloud.deploy("apply", *QUICK, "--packages", str(packages), *first)
    outputs = json.loads(cloud.deploy("outputs", "--json"))
    url = f"ws://{cloud.address(outputs['ApiId'])}"
    made = Deployed(cloud, packages, outputs, url)
    made.apply(packages, "--parameter", f"SocketUrl={url}")
    return made


class Visitor(Person):
    """Somebody on the socket of a deployed chat."""

    url: str

    async def connect(self) -> None:
        """Open the socket."""
        protocols = ["labchat.v1", f"jwt.{self.token}"]
        self.socket = await connect(self.url, subprotocols=protocols, open_timeout=60)  # type: ignore[arg-type]
        self._reader = asyncio.create_task(self._read(self.socket))


def visitor(deployed: Deployed, token: str) -> Visitor:
    """Not connected yet."""
    made = Visitor(None, token)  # type: ignore[arg-type]
    made.url = deployed.url
    return made


@pytest.fixture(scope="module")
def token(deployed: Deployed) -> str:
    """Ada's."""
    deployed.sign_up("ada@lab.example")
    return deployed.tokens("ada@lab.example")["AccessToken"]


async def test_two_people_chat(deployed: Deployed, token: str) -> None:
    """Sign-up, sign-in by SRP, socket, message, push: every function under its own role."""
    deployed.sign_up("bob@lab.example")
    other = deployed.tokens("bob@lab.example")["AccessToken"]
    async with visitor(deployed, token) as ada, visitor(deployed, other) as bob:
        for name, each in (("Ada", ada), ("Bob", bob)):
            assert (await each.call("hello", v=1, name=name, within=60))["ok"]
        reply = await ada.say("over AWS", ids=[new_id(1)], rid=LOBBY)
        assert reply["msgs"][0]["ok"]
        assert (await bob.heard("over AWS", within=60))["body"] == "over AWS"


@pytest.mark.parametrize("kind", ["none", "tampered", "id"])
async def test_only_access_tokens_open_a_socket(deployed: Deployed, token: str, kind: str) -> None:
    """The authorizer that is deployed refuses all else."""
    tokens = await asyncio.to_thread(deployed.tokens, "ada@lab.example")
    bad = {"none": "", "tampered": token[:-8] + "AAAAAAAA", "id": tokens["IdToken"]}[kind]
    with pytest.raises(InvalidStatus):
        await visitor(deployed, bad).connect()


def test_strangers_do_not_sign_up(deployed: Deployed) -> None:
    """The trigger that is deployed knows the list."""
    with pytest.raises(ClientError, match="not on the lab's list"):
        deployed.sign_up("eve@elsewhere.example")


def _without(action: str) -> Callable[[str], str]:
    return lambda text: text.replace(f"                  - {action}\n", "")


def _replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


MISSING = {
    "connect may not remember": _replaced(
        "Action: dynamodb:PutItem\n", "Action: dynamodb:DescribeTable\n"
    ),
    "message may not post": _replaced(
        "Action: execute-api:ManageConnections", "Action: execute-api:Invoke"
    ),
    "message may not query an index": _replaced(
        "              - Effect: Allow\n                Action: dynamodb:Query\n",
        "              - Effect: Allow\n                Action: dynamodb:DescribeTable\n",
    ),
    "message may not write": _without("dynamodb:PutItem"),
    "message may not read": _without("dynamodb:GetItem"),
    "posts on another stage": _replaced("${Api}/ws/POST/", "${Api}/other/POST/"),
    "connect on another table": _replaced(
        "Action: dynamodb:PutItem\n                Resource: !GetAtt ConnectionTable.Arn",
        "Action: dynamodb:PutItem\n                Resource: !GetAtt ChatTable.Arn",
    ),
    "health may not sign in": _replaced(
        "Action: cognito-idp:AdminInitiateAuth", "Action: cognito-idp:AdminGetUser"
    ),
}
"""Permissions taken away; the check after a deployment must find each."""

IN_SHORT = ["message may not post"]


def _missing_is_found(deployed: Deployed, tmp_path: Path, name: str) -> None:
    spoilt = with_template(deployed.build, tmp_path / "spoilt", MISSING[name])
    said = deployed.apply(spoilt, good=False)
    assert "The health check failed" in said
    undone, failed, *_ = deployed.history()
    assert (failed["kind"], failed["outcome"] == "good") == ("deploy", False)
    assert (undone["kind"], undone["outcome"]) == ("undo", "good")
    assert undone["versions"] == deployed.live()


@pytest.mark.parametrize("name", IN_SHORT)
def test_a_missing_permission_is_found_and_undone(
    deployed: Deployed, tmp_path: Path, name: str
) -> None:
    """The check fails, the command says so, and the stack is as it was, down to the roles."""
    _missing_is_found(deployed, tmp_path, name)


@pytest.mark.soak
@pytest.mark.parametrize("name", sorted(MISSING.keys() - {*IN_SHORT}))
def test_every_missing_permission_is_found(deployed: Deployed, tmp_path: Path, name: str) -> None:
    """As above, for all of them."""
    _missing_is_found(deployed, tmp_path, name)


async def test_new_code_and_back_under_an_open_socket(
    deployed: Deployed, token: str, tmp_path: Path
) -> None:
    """An update and its rollback both reach a socket that was open before them."""
    edited = with_handlers(
        tmp_path / "handlers", "chat/sessions.py", "batch=fields.BATCH", "batch=7"
    )
    second = await asyncio.to_thread(built, tmp_path / "second", edited)
    async with visitor(deployed, token) as ada:
        before = (await ada.call("hello", v=1, within=60))["limits"]["batch"]
        live = await asyncio.to_thread(deployed.live)
        await asyncio.to_thread(deployed.apply, second)
        assert (await ada.call("hello", v=1, within=60))["limits"]["batch"] == 7
        said = await asyncio.to_thread(deployed.cloud.deploy, "rollback")
        assert "runs again" in said
        assert (await ada.call("hello", v=1, within=60))["limits"]["batch"] == before != 7
        moved = await asyncio.to_thread(deployed.live)
    assert moved.keys() == live.keys()
    assert [each["kind"] for each in deployed.history()[:2]] == ["rollback", "deploy"]
    # The stack itself knows, so that the next failure does not bring the left build back.
    assert "Nothing changes." in deployed.cloud.deploy("plan", "--packages", str(deployed.build))


def test_an_update_that_fails_changes_nothing(deployed: Deployed, tmp_path: Path) -> None:
    """CloudFormation puts everything back, and the command names the resource and the reason."""
    broken = with_template(
        deployed.build,
        tmp_path / "broken",
        lambda text: text.replace(
            "S3Key: !Sub builds/${BuildId}/MessageFunction.zip", "S3Key: nowhere.zip"
        ),
    )
    live = deployed.live()
    said = deployed.apply(broken, good=False)
    assert "UPDATE_ROLLBACK_COMPLETE" in said
    assert "MessageFunction" in said
    assert deployed.live() == live
    assert deployed.history()[0]["outcome"] != "good"


def test_data_is_not_replaced_unasked(deployed: Deployed, tmp_path: Path) -> None:
    """Neither by plan nor by apply; the sentence names the table and the way out."""
    renamed = with_template(
        deployed.build,
        tmp_path / "renamed",
        lambda text: text.replace(
            "  ChatTable:\n    Type: AWS::DynamoDB::Table\n    DeletionPolicy: Retain\n"
            "    UpdateReplacePolicy: Retain\n    Properties:\n",
            "  ChatTable:\n    Type: AWS::DynamoDB::Table\n    DeletionPolicy: Retain\n"
            "    UpdateReplacePolicy: Retain\n    Properties:\n      TableName: other\n",
        ),
    )
    for command in (("plan",), ("apply", *QUICK)):
        said = deployed.cloud.deploy(*command, "--packages", str(renamed), good=False)
        assert "replaces ChatTable and loses messages" in " ".join(said.split())
    tables = deployed.cloud.client("dynamodb").list_tables()["TableNames"]
    assert "other" not in tables
    summaries = deployed.cloud.client("cloudformation").list_change_sets(StackName="labchat")
    assert not [each for each in summaries["Summaries"] if each["ExecutionStatus"] == "AVAILABLE"]


@pytest.mark.soak
def test_people_write_to_each_other_under_load(deployed: Deployed) -> None:
    """The load test finds nothing lost, and leaves no account behind."""
    options = ("--people", "4", "--seconds", "3", "--rate", "2", "--json")
    said = deployed.cloud.deploy("load", *options)
    result = json.loads(said[: said.rindex("}") + 1])
    assert (result["sent"], result["refused"], result["lost"]) == (6, 0, 0)
    assert result["heard"]["p50"] > 0
    pool = deployed.outputs["UserPoolId"]
    users = deployed.cloud.client("cognito-idp").list_users(UserPoolId=pool)["Users"]
    emails = [a["Value"] for u in users for a in u["Attributes"] if a["Name"] == "email"]
    assert not [each for each in emails if each.startswith("load-")]


def test_logs_status_and_metrics_are_read(deployed: Deployed) -> None:
    """From CloudWatch, for people."""
    assert "START" in deployed.cloud.deploy("logs", "Authorizer", "--since", "1h")
    assert "there are Access, Authorizer" in deployed.cloud.deploy("logs", "Nobody", good=False)
    said = deployed.cloud.deploy("status")
    assert "Stack labchat is UPDATE_" in said
    assert "labchat-HealthAlarm" in said
    figures = json.loads(deployed.cloud.deploy("metrics", "--hours", "2", "--json"))
    assert len(figures["hours"]) == 2
    assert "write units" in figures["figures"]


@pytest.mark.soak
def test_the_chat_gets_a_public_address(deployed: Deployed) -> None:
    """CloudFront before the API; then the functions take sockets of that page and no other.

    Amplify Hosting and budgets are not there; tests/deploy/test_site.py has what publishes.
    """
    options = ("WebOrigin=lab.pages.example", "MonthlyBudget=10", "AlarmEmail=")
    given = [part for option in options for part in ("--parameter", option)]
    before = json.loads(deployed.cloud.deploy("outputs", "--json"))
    deployed.cloud.deploy("web", "--yes", *given, "--client", str(_client(deployed)))
    outputs = json.loads(deployed.cloud.deploy("outputs", "--json"))
    domain = outputs["SiteUrl"].removeprefix("https://")
    assert before["SocketUrl"] != outputs["SocketUrl"] == f"wss://{domain}/ws"
    client = deployed.cloud.client("lambda")
    (name,) = [each for each in deployed.live() if "AuthorizerFunction" in each]
    config = client.get_function_configuration(FunctionName=name, Qualifier="live")
    assert config["Environment"]["Variables"]["ALLOWED_ORIGINS"] == f"https://{domain}"
    # Back to where this test's sockets can be opened.
    deployed.apply(deployed.build, "--parameter", f"SocketUrl={deployed.url}")


def _client(deployed: Deployed) -> Path:
    folder = deployed.cloud.folder / "client"
    folder.mkdir(exist_ok=True)
    (folder / "index.html").write_text("<!doctype html>")
    return folder


def test_taking_it_down_keeps_what_people_wrote(deployed: Deployed) -> None:
    """Only the stack's name, said again, takes it down; tables stay."""
    assert "nothing was removed" in deployed.cloud.deploy(
        "destroy", "--yes-really", "other", good=False
    )
    said = deployed.cloud.deploy("destroy", "--yes-really", "labchat")
    assert "Kept: DynamoDB::Table" in said
    tables = deployed.cloud.client("dynamodb").list_tables()["TableNames"]
    assert deployed.outputs["ChatTableName"] in tables
    assert not deployed.cloud.client("lambda").list_functions()["Functions"]
    assert "no stack labchat" in deployed.cloud.deploy("outputs", good=False)
