"""What AWS refuses, and what the commands say of it."""

import asyncio
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)
from click.testing import CliRunner

from deploy.aws import missing, run
from deploy.commands.deploy import MODULES, deploy
from deploy.errors import DeployError
from deploy.parameters import given, merged, recorded, released, sent
from deploy.releases import Deployment, target_of


def refused(code: str, message: str = "no") -> ClientError:
    """An answer of AWS."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "CreateChangeSet")


@pytest.mark.parametrize(
    ("error", "way_out"),
    [
        (refused("AccessDenied", "not authorized"), "Have that permission added"),
        (refused("ExpiredToken"), "sign in again"),
        (refused("InvalidClientTokenId"), "check --profile"),
        (refused("LimitExceeded", "too many"), "CreateChangeSet failed: too many"),
        (NoCredentialsError(), "aws configure"),
        (NoRegionError(), "--region"),
        (ProfileNotFound(profile="x"), "--profile"),
        (EndpointConnectionError(endpoint_url="http://x"), "Check the network"),
    ],
)
def test_errors_end_in_a_sentence_with_the_way_out(error: Exception, way_out: str) -> None:
    """Whatever botocore raises."""

    async def fails() -> None:
        raise error

    with pytest.raises(DeployError) as caught:
        run(fails())
    assert way_out in caught.value.message


@pytest.mark.parametrize(
    ("code", "message", "wanted"),
    [
        ("404", "", True),
        ("ResourceNotFoundException", "x", True),
        ("ValidationError", "Stack with id x does not exist", True),
        ("ValidationError", "Template format error", False),
        ("AccessDenied", "does not exist", False),
    ],
)
def test_what_is_missing_is_told_from_what_is_wrong(code: str, message: str, wanted: bool) -> None:
    """Else a missing permission would look like an empty account."""
    assert missing(refused(code, message)) is wanted


def test_every_command_has_its_help() -> None:
    """Each is there, and imports."""
    shown = CliRunner().invoke(deploy, ["--help"])
    assert shown.exit_code == 0
    for name in MODULES:
        assert f"\n  {name} " in shown.output
        assert CliRunner().invoke(deploy, [name, "--help"]).exit_code == 0


def test_parameters_must_be_known() -> None:
    """A slip of the pen is no new parameter."""
    document: dict[str, Any] = {"Parameters": {"Site": {}, "BuildId": {}}}
    assert given(["Site=L"], document) == {"Site": "L"}
    for wrong in ("Sites=L", "Site"):
        with pytest.raises(DeployError, match="one of BuildId, Site"):
            given([wrong], document)
    # What the template no longer has is dropped; later values win.
    assert merged(document, {"Old": "1", "Site": "A"}, {"Site": "L"}) == {"Site": "L"}


def test_a_release_is_a_build_with_its_parameters() -> None:
    """New variables need new versions of the functions, as new code does."""
    one = released({"BuildId": "b", "Site": "A"})
    assert released(one) == one
    assert released({"BuildId": "b", "Site": "L"})["ReleaseId"] != one["ReleaseId"]
    assert one["ReleaseId"].startswith("b-")


def test_secrets_are_neither_recorded_nor_lost() -> None:
    """What CloudFormation hides is sent back as: leave it."""
    document: dict[str, Any] = {"Parameters": {"Key": {"NoEcho": True}, "Site": {}}}
    assert recorded(document, {"Key": "k", "Site": "A"}) == {"Key": "****", "Site": "A"}
    assert sent({"Key": "****", "Site": "A"}) == [
        {"ParameterKey": "Key", "UsePreviousValue": True},
        {"ParameterKey": "Site", "ParameterValue": "A"},
    ]


def record(release: str, outcome: str = "good", versions: bool = True) -> Deployment:
    """One that is on record."""
    return Deployment(
        at="",
        build=release,
        kind="deploy",
        outcome=outcome,
        by="",
        parameters={"ReleaseId": release},
        versions={"f": "1"} if versions else {},
    )


def test_one_goes_back_to_what_was_good() -> None:
    """The newest other release that was; never one that failed, nor a web client."""
    history = [record("c"), record("b2", "bad"), record("w", versions=False), record("b1")]
    history.append(record("a"))
    assert target_of(history, "c", None).release == "b1"
    assert target_of(history, "c", "a").release == "a"
    for wanted in ("b2", "w", "c", "zzz"):
        with pytest.raises(DeployError, match="labchat deploy"):
            target_of(history, "c", wanted)
    with pytest.raises(DeployError, match="nothing earlier"):
        target_of([record("c")], "c", None)


def test_work_that_ends_well_returns() -> None:
    """Errors are the exception."""
    assert run(asyncio.sleep(0, 7)) == 7
