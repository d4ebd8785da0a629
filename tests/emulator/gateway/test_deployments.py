"""Which stage a host and a path lead to."""

from dataclasses import replace

import pytest

from emulator.gateway.deployments import Deployments
from emulator.template.model import DomainName
from tests.emulator.gateway.apis import api


ONE, TWO, HIDDEN = api(id="one0000000"), api(id="two0000000"), api(id="hidden0000")
OWN = api(id="one0000000", stage="dev")
DOMAINS = [
    DomainName("ws.lab.example", {"v1": ("one0000000", "prod"), "": ("two0000000", "prod")}),
    DomainName("hidden.lab.example", {"x": ("hidden0000", "prod")}),
]
DEPLOYMENTS = Deployments(
    [
        replace(ONE, stages={**ONE.stages, **OWN.stages}),
        TWO,
        replace(HIDDEN, endpoint_disabled=True),
    ],
    DOMAINS,
)


@pytest.mark.parametrize(
    ("host", "path", "found"),
    [
        ("localhost:8080", "/dev", "one0000000/dev"),
        ("localhost:8080", "/dev/", "one0000000/dev"),
        ("", "/dev", "one0000000/dev"),
        ("[::1]:8080", "/dev", "one0000000/dev"),
        ("localhost:8080", "/prod", None),  # Two APIs have one.
        ("localhost:8080", "/one0000000/prod", "one0000000/prod"),
        ("localhost:8080", "/two0000000/prod/", "two0000000/prod"),
        ("localhost:8080", "/one0000000/dev", "one0000000/dev"),
        ("localhost:8080", "/hidden0000/prod", None),
        ("localhost:8080", "//dev", None),
        ("localhost:8080", "/", None),
        ("one0000000.execute-api.us-east-1.amazonaws.com", "/prod", "one0000000/prod"),
        ("TWO0000000.execute-api.us-east-1.amazonaws.com:443", "/prod", "two0000000/prod"),
        ("two0000000.execute-api.us-east-1.amazonaws.com", "/dev", None),
        ("hidden0000.execute-api.us-east-1.amazonaws.com", "/prod", None),
        ("other00000.execute-api.us-east-1.amazonaws.com", "/prod", None),
        ("ws.lab.example", "/v1", "one0000000/prod"),
        ("WS.lab.example:8080", "/v1/", "one0000000/prod"),
        ("ws.lab.example", "/", "two0000000/prod"),
        ("ws.lab.example", "/prod", None),
        ("hidden.lab.example", "/x", "hidden0000/prod"),
    ],
)
def test_host_and_path(host: str, path: str, found: str | None) -> None:
    """By AWS's host, by a custom domain's key, and on this machine by the path alone."""
    deployment = DEPLOYMENTS.find(host, path)
    name = deployment and f"{deployment.api.id}/{deployment.stage.name}"
    assert name == found


def test_the_name_that_functions_see() -> None:
    """The API's host on AWS whatever the client wrote, or the custom domain that it used."""
    names = {
        host: getattr(DEPLOYMENTS.find(host, path), "domain_name", None)
        for host, path in (("localhost:8080", "/dev"), ("ws.lab.example:8080", "/v1"))
    }
    assert names == {
        "localhost:8080": "one0000000.execute-api.us-east-1.amazonaws.com",
        "ws.lab.example:8080": "ws.lab.example",
    }


def test_the_paths_on_this_machine() -> None:
    """Short where that is clear; a stage whose endpoint is disabled has none."""
    assert [each.path for each in DEPLOYMENTS] == ["one0000000/prod", "dev", "two0000000/prod"]
