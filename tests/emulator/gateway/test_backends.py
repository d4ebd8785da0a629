"""Integrations that are no Lambda proxies: what they send, and what becomes of the answer."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from emulator.gateway.backends import Backends
from emulator.listeners import bind_loopback, port_of, serving
from emulator.template.model import Backend, IntegrationResponse
from tests.emulator.gateway.apis import api
from tests.fakes import FakeInvoker, failure


EVENT = {
    "headers": {"X-Who": "ada"},
    "multiValueHeaders": {"X-Who": ["ada", "bob"]},
    "queryStringParameters": {"page": "2"},
    "stageVariables": {"place": "there", "fn": "echo:live"},
    "requestContext": {
        "connectionId": "abc=",
        "identity": {"sourceIp": "192.0.2.1"},
        "requestTimeEpoch": 5,
    },
    "body": '{"name":"Ada \\"L\\"","list":[1,2]}',
    "isBase64Encoded": False,
}


@dataclass
class Web:
    """An HTTP server that remembers what it was asked, and backends that may call it."""

    url: str = ""
    status: int = 200
    asked: list[dict[str, Any]] = field(default_factory=list)
    functions: FakeInvoker = field(default_factory=FakeInvoker)

    async def answer(self, request: Request) -> Response:
        body = (await request.body()).decode()
        seen = {"method": request.method, "path": request.url.path, "body": body}
        self.asked.append({**seen, "query": dict(request.query_params), "headers": request.headers})
        return PlainTextResponse('{"heard":"you"}', self.status)

    async def call(self, backend: Backend, event: Any = None) -> dict[str, Any]:
        """The answer of a backend, as a proxy result or a function's error."""
        served = replace(api(), backends={"integrations/x": backend})
        backends = Backends([served], self.functions)
        result = await backends.invoke("integrations/x", json.dumps(event or EVENT).encode())
        await backends.close()
        document: dict[str, Any] = result.document()
        return document


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    made, listener = Web(), bind_loopback()
    methods = ["GET", "POST", "PUT"]
    app = Starlette(routes=[Route("/{path:path}", made.answer, methods=methods)])
    made.url = f"http://127.0.0.1:{port_of(listener)}"
    async with serving(app, listener):
        yield made


async def test_an_http_proxy(web: Web) -> None:
    """The message goes on as it is, and the answer comes back with its status."""
    web.status = 404
    answer = await web.call(Backend("HTTP_PROXY", f"{web.url}/${{stageVariables.place}}", "PUT"))
    assert answer == {"statusCode": 404, "body": '{"heard":"you"}'}
    (asked,) = web.asked
    assert (asked["method"], asked["path"], asked["body"]) == ("PUT", "/there", EVENT["body"])


async def test_request_parameters(web: Web) -> None:
    """From headers, query, body, context, stage variables and text to header, query and path."""
    parameters = {
        "integration.request.header.Who": "route.request.header.X-Who",
        "integration.request.header.All": "route.request.multivalueheader.X-Who",
        "integration.request.header.Connection-Id": "context.connectionId",
        "integration.request.header.Ip": "context.identity.sourceIp",
        "integration.request.header.At": "context.requestTimeEpoch",
        "integration.request.header.Fixed": "'fixed'",
        "integration.request.header.Missing": "route.request.header.None",
        "integration.request.querystring.page": "route.request.querystring.page",
        "integration.request.querystring.second": "route.request.body.list[1]",
        "integration.request.path.where": "stageVariables.place",
    }
    await web.call(Backend("HTTP_PROXY", f"{web.url}/in/{{where}}", parameters=parameters))
    (asked,) = web.asked
    assert asked["path"] == "/in/there"
    assert asked["query"] == {"page": "2", "second": "2"}
    names = ("who", "all", "connection-id", "ip", "at", "fixed")
    values = ["ada", "ada,bob", "abc=", "192.0.2.1", "5", "fixed"]
    assert [asked["headers"][name] for name in names] == values
    assert "missing" not in asked["headers"]


async def test_templates_in_both_directions(web: Web) -> None:
    """The request is made by a template, and so is what the client gets."""
    request = (
        '#set($in = $input.path("$")){"n":"$util.escapeJavaScript($in.name)",'
        '"l":$input.json("$.list"),"c":"$context.connectionId","v":"$stageVariables.place",'
        '"o":[#foreach($i in $in.list)$i#if($foreach.hasNext),#end#end]}'
    )
    response = IntegrationResponse("$default", '<$input.path("$.heard")>')
    backend = Backend("HTTP", web.url, templates={"$default": request}, responses=(response,))
    assert await web.call(backend) == {"statusCode": 200, "body": "<you>"}
    assert json.loads(web.asked[0]["body"]) == {
        "n": 'Ada "L"',
        "l": [1, 2],
        "c": "abc=",
        "v": "there",
        "o": [1, 2],
    }


@pytest.mark.parametrize(
    ("status", "expected"), [(200, 200), (404, 404), (418, 418), (500, 200), (301, 200)]
)
async def test_statuses_of_http(web: Web, status: int, expected: int) -> None:
    """Only a status that a response of its own is there for becomes the client's."""
    web.status = status
    responses = (IntegrationResponse("/4\\d{2}/"), IntegrationResponse("$default"))
    answer = await web.call(Backend("HTTP", web.url, responses=responses))
    assert answer["statusCode"] == expected


@pytest.mark.parametrize(
    ("passthrough", "templates", "passes"),
    [
        ("WHEN_NO_MATCH", {}, True),
        ("WHEN_NO_MATCH", {"other": "x"}, True),
        ("WHEN_NO_TEMPLATES", {}, True),
        ("WHEN_NO_TEMPLATES", {"other": "x"}, False),
        ("NEVER", {}, False),
        ("NEVER", {"$default": "made"}, True),
    ],
)
async def test_passthrough(
    web: Web, passthrough: str, templates: dict[str, str], passes: bool
) -> None:
    """Without a template the body goes on, or nothing does."""
    answer = await web.call(Backend("HTTP", web.url, templates=templates, passthrough=passthrough))
    assert ("statusCode" in answer) is passes
    assert len(web.asked) == passes
    if not passes:
        assert passthrough in answer["errorMessage"]


async def test_a_template_by_expression(web: Web) -> None:
    """`TemplateSelectionExpression` picks it; `$default` takes the rest."""
    backend = Backend(
        "HTTP",
        web.url,
        templates={"a": "A", "$default": "D"},
        template_selection="$request.body.kind",
    )
    for body in ('{"kind":"a"}', '{"kind":"b"}', "no JSON", ""):
        await web.call(backend, EVENT | {"body": body})
    assert [asked["body"] for asked in web.asked] == ["A", "D", "D", "D"]


async def test_a_mock() -> None:
    """Its own template says the status; a response makes the body."""
    mock = Backend("MOCK", "", templates={"$default": '{"statusCode": 200}'})
    assert await Web().call(mock) == {"statusCode": 200, "body": ""}
    pong = replace(
        mock, responses=(IntegrationResponse("/200/", '{"id":"$context.connectionId"}'),)
    )
    assert await Web().call(pong) == {"statusCode": 200, "body": '{"id":"abc="}'}
    refused = replace(
        pong,
        templates={"$default": '{"statusCode": 403}'},
        responses=(IntegrationResponse("/403/", "no"),),
    )
    assert await Web().call(refused) == {"statusCode": 403, "body": "no"}
    assert "statusCode" in (await Web().call(replace(mock, templates={})))["errorMessage"]


async def test_a_function_as_it_is() -> None:
    """It gets what the template makes, by a stage variable's name; its result is the body."""
    web = Web(functions=FakeInvoker(echo=lambda event: {"got": event}))
    backend = Backend(
        "AWS", "${stageVariables.fn}", templates={"$default": '{"x":"$context.connectionId"}'}
    )
    answer = await web.call(backend)
    assert json.loads(answer["body"]) == {"got": {"x": "abc="}}
    assert web.functions.events == [("echo", {"x": "abc="})]


async def test_a_function_s_error_by_its_message() -> None:
    """A pattern on the message maps it; without one the client sees the error as the result."""
    web = Web(functions=FakeInvoker(echo=lambda event: failure("Bad: no name")))
    backend = Backend("AWS", "echo")
    answer = await web.call(backend)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["errorMessage"] == "Bad: no name"
    mapped = IntegrationResponse("/Bad.*/", '$input.path("$.errorMessage")')
    answer = await web.call(replace(backend, responses=(mapped,)))
    assert answer == {"statusCode": 500, "body": "Bad: no name"}


async def test_backends_that_cannot_be_called() -> None:
    """They end as a function's error does: the client gets the gateway's own frame."""
    nobody = Backend("HTTP_PROXY", "http://127.0.0.1:9/")
    assert (await Web().call(nobody))["errorType"] == "BackendFault"
    broken = Backend("MOCK", "", templates={"$default": "#if($x)"})
    assert (await Web().call(broken))["errorType"] == "TemplateFault"
    filtered = Backend("MOCK", "", templates={"$default": '$input.path("$..a[?(@.b)]")'})
    assert (await Web().call(filtered))["errorType"] == "TemplateFault"


async def test_proxies_pass() -> None:
    """A function's name goes on untouched; one with a stage variable is filled in."""
    functions = FakeInvoker(echo=lambda event: {"statusCode": 200})
    backends = Backends([api()], functions)
    for name in ("echo", "${stageVariables.fn}"):
        await backends.invoke(name, json.dumps(EVENT).encode())
    assert [name for name, _ in functions.events] == ["echo", "echo"]
