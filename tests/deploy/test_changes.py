"""What a change set would lose is known from its description alone."""

from typing import Any

from deploy.changes import GUARDED, STACK_POLICY, VERSION, Change, forbidden, read


def described(action: str, kind: str, replacement: str = "", *names: str) -> dict[str, Any]:
    """An entry of DescribeChangeSet."""
    change: dict[str, Any] = {
        "Action": action,
        "LogicalResourceId": "It",
        "ResourceType": kind,
        "Details": [{"Target": {"Attribute": "Properties", "Name": name}} for name in names],
    }
    return {"ResourceChange": change | ({"Replacement": replacement} if replacement else {})}


def test_changes_are_read_with_their_reasons() -> None:
    """Names of properties, once each; of other attributes their own name."""
    answer = described("Modify", "AWS::IAM::Role", "False", "Policies", "Policies")
    answer["ResourceChange"]["Details"].append({"Target": {"Attribute": "Tags"}})
    assert read([answer]) == [
        Change("Modify", "It", "AWS::IAM::Role", "False", ("Policies", "Tags"))
    ]


def test_data_that_would_be_lost_is_found() -> None:
    """Replaced, perhaps replaced, or removed; of every guarded type."""
    for kind in GUARDED:
        for change in (("Modify", kind, "True"), ("Modify", kind, "Conditional"), ("Remove", kind)):
            (found,) = forbidden(read([described(*change)]), ())
            assert found.loses == GUARDED[kind]


def test_other_changes_pass() -> None:
    """Additions, changes in place, and whatever holds nothing that people wrote."""
    table = "AWS::DynamoDB::Table"
    harmless = [
        described("Add", table),
        described("Modify", table, "False", "TimeToLiveSpecification"),
        described("Remove", "AWS::IAM::Role"),
        described("Modify", "AWS::Lambda::Permission", "True", "SourceArn"),
        described("Modify", VERSION, "True", "Description"),
    ]
    assert forbidden(read(harmless), ()) == []


def test_what_is_named_may_be_lost() -> None:
    """By its logical id, and nothing else."""
    changes = read([described("Remove", "AWS::S3::Bucket")])
    assert forbidden(changes, ["It"]) == []
    assert forbidden(changes, ["Other"]) == changes


def test_a_version_is_no_replacement_to_people() -> None:
    """Each release makes one; that is what they are for."""
    (change,) = read([described("Modify", VERSION, "True", "Description")])
    assert not change.replaces


def test_the_stack_s_own_policy_guards_the_same() -> None:
    """For whoever updates it without these commands."""
    deny = STACK_POLICY["Statement"][1]
    assert deny["Effect"] == "Deny"
    assert deny["Condition"] == {"StringEquals": {"ResourceType": sorted(GUARDED)}}
