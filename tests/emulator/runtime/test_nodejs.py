"""Node.js functions: our runtime client for them behaves as AWS's does."""

import asyncio
import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from emulator.clock import Entropy
from emulator.errors import UsageError
from emulator.runtime.languages.nodejs import NODE, RUNTIME, NodeJs
from emulator.runtime.packages import Packages
from emulator.template.model import Function, LoggingConfig
from tests.emulator.runtime.workbench import Bench
from tests.fakes import until


pytestmark = [pytest.mark.process]

NODE_22, NODE_24 = "nodejs22.x", "nodejs24.x"


@pytest.mark.parametrize("file", sorted(RUNTIME.glob("*.mjs")), ids=lambda file: file.name)
def test_the_runtime_client_is_valid(file: Path) -> None:
    """Node can parse each of its modules."""
    subprocess.run([NODE, "--check", file], check=True)


@pytest.mark.parametrize(
    ("handler", "files"),
    [
        ("index.handler", {"index.mjs": "export const handler = async (event) => event + 1"}),
        ("index.handler", {"index.js": "exports.handler = async (event) => event + 1"}),
        ("index.handler", {"index.cjs": "exports.handler = async (event) => event + 1"}),
        ("index.a.b", {"index.js": "exports.a = {b: async (event) => event + 1}"}),
        ("src/app.handler", {"src/app.js": "exports.handler = async (event) => event + 1"}),
        (
            "src/app.handler",
            {
                "package.json": '{"type": "module"}',
                "src/app.js": "import {x} from './x.js'; export const handler = (e) => x(e)",
                "src/x.js": "export const x = async (event) => event + 1",
            },
        ),
        (
            "index.handler",
            {"index.mjs": "const one = await 1; export const handler = async (e) => e + one"},
        ),
        (
            "index.handler",
            {
                "index.js": "exports.handler = async (event) => require('own').add(event)",
                "node_modules/own/index.js": "exports.add = (event) => event + 1",
            },
        ),
    ],
)
async def test_where_a_handler_may_be(
    node_bench: Bench, handler: str, files: dict[str, str]
) -> None:
    """CommonJS and ES modules, in folders, nested in exports, with packages beside them."""
    node_bench.add(runtime=NODE_22, handler=handler, files=files)
    assert await node_bench.answer(41) == 42


@pytest.mark.parametrize("runtime", [NODE_22, NODE_24])
@pytest.mark.parametrize(
    ("handler", "files", "error_type", "message"),
    [
        ("index.handler", {"other.js": ""}, "Runtime.ImportModuleError", "find module 'index'"),
        ("index.other", {"index.js": ""}, "Runtime.HandlerNotFound", "index.other is undefined"),
        ("index.x", {"index.js": "exports.x = 1"}, "Runtime.HandlerNotFound", "not a function"),
        ("handler", {"index.js": ""}, "Runtime.MalformedHandlerName", "Bad handler"),
        ("../index.h", {"index.js": ""}, "Runtime.MalformedHandlerName", "not a valid handler"),
        ("index.h", {"index.js": "exports.h = ("}, "Runtime.UserCodeSyntaxError", "SyntaxError"),
        ("index.h", {"index.js": "throw new TypeError('no')"}, "TypeError", "no"),
        ("index.h", {"index.mjs": "throw 'text'"}, "string", "text"),
        (
            "index.h",
            {"index.js": "require('absent')"},
            "Runtime.ImportModuleError",
            "Error: Cannot find module 'absent'",
        ),
        # AWS's client gives a missing import of an ES module no type of its own.
        ("index.h", {"index.mjs": "import 'absent'"}, "Error", "Cannot find package 'absent'"),
        (
            "index.h",
            {"index.js": "exports.h = awslambda.streamifyResponse(async () => {})"},
            "Runtime.MalformedStreamingHandler",
            "does not support",
        ),
    ],
)
async def test_what_cannot_be_loaded(
    node_bench: Bench,
    runtime: str,
    handler: str,
    files: dict[str, str],
    error_type: str,
    message: str,
) -> None:
    """The event gets AWS's error document, and the log says why."""
    node_bench.add(runtime=runtime, handler=handler, files=files)
    result = await node_bench.call()
    document = result.document()
    assert result.error == document["errorType"] == error_type
    assert message in document["errorMessage"]
    assert isinstance(document["trace"], list)
    assert "\tundefined\tERROR\tUncaught Exception \t{" in node_bench.log


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("(event, context, callback) => callback(null, event)", 7),
        ("(event, context, callback) => { setTimeout(() => callback(null, event), 20) }", 7),
        ("(event, context) => context.succeed(event)", 7),
        ("(event, context) => context.done(null, event)", 7),
        ("async (event) => undefined", None),
        # A handler that never answers, once nothing is left to run.
        ("() => {}", None),
        # The answer comes when the event loop is empty …
        (
            """(event, context, callback) => {
                const seen = []; setTimeout(() => seen.push("late"), 20); callback(null, seen);
            }""",
            ["late"],
        ),
        # … unless the function says otherwise.
        (
            """(event, context, callback) => {
                context.callbackWaitsForEmptyEventLoop = false;
                const seen = []; setTimeout(() => seen.push("late"), 300); callback(null, seen);
            }""",
            [],
        ),
    ],
)
async def test_the_ways_to_answer_up_to_node_22(
    node_bench: Bench, source: str, answer: Any
) -> None:
    """By a promise, by callback, or by the methods of the context."""
    node_bench.add(f"export const handler = {source}", runtime=NODE_22)
    assert await node_bench.answer(7) == answer
    assert await node_bench.answer(7) == answer


@pytest.mark.parametrize(
    ("source", "error_type", "message"),
    [
        ("async () => { throw new RangeError('boom') }", "RangeError", "boom"),
        ("() => { throw new RangeError('boom') }", "RangeError", "boom"),
        ("async () => { throw 'text' }", "string", "text"),
        ("(event, context, callback) => callback('text')", "string", "text"),
        ("(event, context) => context.fail(new RangeError('boom'))", "RangeError", "boom"),
        ("async () => 1n", "Error", "Unable to stringify response body"),
        ("async () => new Promise(() => {})", "Runtime.NodeJsExit", "never settled"),
    ],
)
async def test_errors_of_a_handler(
    node_bench: Bench, source: str, error_type: str, message: str
) -> None:
    """They are the event's result; the environment lives on."""
    node_bench.add(f"export const handler = {source}", runtime=NODE_22)
    for _ in range(2):
        result = await node_bench.call()
        document = result.document()
        assert result.error == document["errorType"] == error_type
        assert message in document["errorMessage"]
    assert len(node_bench.logs) == 1
    assert "\tERROR\tInvoke Error \t{" in node_bench.log


async def test_an_error_document_has_a_trace(node_bench: Bench) -> None:
    """The lines of the stack, from the function's own file on."""
    node_bench.add("export const handler = async () => { throw new Error('x') }", runtime=NODE_22)
    trace = (await node_bench.call()).document()["trace"]
    assert trace[0] == "Error: x"
    assert "module.mjs:1:" in trace[1]


@pytest.mark.parametrize(
    ("source", "error_type", "message"),
    [
        (
            "async () => { Promise.reject(new Error('lost')); await new Promise(() => {}) }",
            "Runtime.UnhandledPromiseRejection",
            "Error: lost",
        ),
        (
            "async () => new Promise(() => setImmediate(() => { throw new RangeError('lost') }))",
            "RangeError",
            "lost",
        ),
        ("async () => process.exit(3)", "Runtime.ExitError", "exit status 3"),
        ("async () => process.abort()", "Runtime.ExitError", "signal: aborted"),
    ],
)
async def test_what_ends_the_process(
    node_bench: Bench, source: str, error_type: str, message: str
) -> None:
    """The event gets the reason, its log is complete, and the next event finds a new process."""
    node_bench.add(
        f"const bad = {source}; "
        "export const handler = async (event) => event ? bad() : process.pid",
        runtime=NODE_22,
    )
    before = await node_bench.answer()
    result = await node_bench.call("bad")
    assert result.error == error_type
    assert message in result.document()["errorMessage"]
    assert await node_bench.answer() != before
    log = node_bench.logs[0][2]
    await until(lambda: log.closed)
    assert log.text.count("REPORT RequestId:") == log.text.count("START RequestId:") == 2


async def test_a_timeout(node_bench: Bench) -> None:
    """A busy loop is ended too, and the next event works."""
    node_bench.add(
        """
        export const handler = async (event) => {
            while (event === "hang");
            return process.pid;
        };
        """,
        runtime=NODE_22,
        timeout=1,
    )
    before = await node_bench.answer()
    result = await node_bench.call("hang")
    assert result.error == "Sandbox.Timedout"
    assert await node_bench.answer() != before
    await until(lambda: not psutil.pid_exists(before))


async def test_one_event_at_a_time_in_a_warm_environment(node_bench: Bench) -> None:
    """What a module keeps is kept; events that come together never share a process."""
    node_bench.add(
        """
        let busy = 0;
        const seen = [];
        export const handler = async (event) => {
            seen.push(event);
            busy += 1;
            const together = busy;
            await new Promise((resolve) => setTimeout(resolve, 30));
            busy -= 1;
            return [together, process.pid, seen];
        };
        """,
        runtime=NODE_24,
    )
    first = await node_bench.answer("a")
    assert await node_bench.answer("b") == [1, first[1], ["a", "b"]]
    results = await asyncio.gather(*(node_bench.answer(n) for n in range(4)))
    assert {together for together, _, _ in results} == {1}


async def test_changed_code_is_loaded(node_bench: Bench) -> None:
    """As with Python: the next event finds it; what cannot be loaded leaves the old serving."""
    node_bench.add("export const handler = async () => 1", runtime=NODE_22)
    module = node_bench.folder / "f" / "module.mjs"
    assert await node_bench.answer() == 1
    module.write_text("export const handler = async () => 2")
    node_bench.reload()
    assert await node_bench.answer() == 2
    module.write_text("export const handler =")
    node_bench.reload()
    assert await node_bench.answer() == 2


async def test_the_context_object(node_bench: Bench) -> None:
    """All fields that AWS documents, and the event's trace id in the environment."""
    node_bench.add(
        """
        export const handler = async (event, context) =>
            ({...context, left: context.getRemainingTimeInMillis(), keys: Object.keys(context),
              trace: process.env._X_AMZN_TRACE_ID});
        """,
        runtime=NODE_24,
    )
    first, second = await node_bench.answer(), await node_bench.answer()
    assert first["functionName"] == "f"
    assert first["functionVersion"] == "$LATEST"
    assert first["invokedFunctionArn"].endswith(":function:f")
    assert first["memoryLimitInMB"] == "256"
    assert first["logGroupName"] == "/aws/lambda/f"
    assert first["logStreamName"] == node_bench.logs[0][1]
    assert first["awsRequestId"] in node_bench.log
    assert 0 < first["left"] <= 10_000
    assert {"identity", "clientContext"} < set(first["keys"])
    assert "callbackWaitsForEmptyEventLoop" not in first["keys"], "gone since Node.js 24"
    assert first["trace"] != second["trace"]


async def test_callbacks_are_gone_in_node_24(node_bench: Bench) -> None:
    """A handler with three parameters is refused; a plain result is an answer."""
    node_bench.add("export const handler = (a, b, c) => c(null, 1)", runtime=NODE_24)
    assert (await node_bench.call()).error == "Runtime.CallbackHandlerDeprecated"
    node_bench.add("export const handler = (event) => event + 1", name="g", runtime=NODE_24)
    assert await node_bench.answer(1, "g") == 2


async def test_a_default_export(node_bench: Bench) -> None:
    """Its properties count as exports from Node.js 24 on."""
    source = "export default {handler: async () => 1}"
    node_bench.add(source, name="old", runtime=NODE_22)
    assert (await node_bench.call(name="old")).error == "Runtime.HandlerNotFound"
    node_bench.add(source, name="new", runtime=NODE_24)
    assert await node_bench.answer(name="new") == 1


async def test_the_type_of_an_error_stands_in_a_header(tmp_path: Path) -> None:
    """As the Runtime API asks for; a type that no header can hold stands in the document alone."""
    requests: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    variables = {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.sockets[0].getsockname()[1]}",
        "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs22.x",
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "_HANDLER": "index.handler",
        "_LAMBDA_TELEMETRY_LOG_FD": "1",
    }
    for name in ("Plain", "Ünplain\\n"):
        (tmp_path / "index.js").write_text(f"throw Object.assign(Error(), {{name: '{name}'}})")
        process = await asyncio.create_subprocess_exec(
            NODE, RUNTIME / "bootstrap.mjs", env=variables, stdout=subprocess.DEVNULL
        )
        assert await process.wait() == 129
    server.close()
    await server.wait_closed()
    plain, strange = requests
    assert plain.startswith("POST /2018-06-01/runtime/init/error HTTP/1.1\r\n")
    assert "\r\nLambda-Runtime-Function-Error-Type: Plain\r\n" in plain
    assert "\r\nLambda-Runtime-Function-Error-Type: \r\n" in strange


async def test_what_older_runtimes_did_not_do(node_bench: Bench) -> None:
    """ES syntax in a plain `.js` file fails before Node.js 24, unless NODE_OPTIONS asks for it."""
    files = {"module.js": "export const handler = async () => 1"}
    node_bench.add(name="old", runtime=NODE_22, files=files)
    assert (await node_bench.call(name="old")).error == "Runtime.UserCodeSyntaxError"
    node_bench.add(name="new", runtime=NODE_24, files=files)
    assert await node_bench.answer(name="new") == 1
    options = "--experimental-require-module --experimental-detect-module"
    node_bench.add(name="wanted", runtime=NODE_22, files=files, NODE_OPTIONS=options)
    assert await node_bench.answer(name="wanted") == 1


async def test_the_log_s_text_format(node_bench: Bench) -> None:
    """Time, request id, level and message with tabs between."""
    node_bench.add(
        """
        export const handler = async (event, context) => {
            console.log("said %s", "so", {a: 1});
            console.warn("careful");
            console.debug("detail");
            return context.awsRequestId;
        };
        """,
        runtime=NODE_22,
    )
    request_id = await node_bench.answer()
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    lines = node_bench.log.splitlines()
    assert [line.split()[0] for line in lines[:2]] == ["INIT_START", "START"]
    for line, expected in zip(
        lines[2:5],
        ("INFO\tsaid so { a: 1 }", "WARN\tcareful", "DEBUG\tdetail"),
        strict=True,
    ):
        assert re.fullmatch(f"{stamp}\t{request_id}\t{re.escape(expected)}", line)


async def test_the_log_s_json_format(node_bench: Bench) -> None:
    """One object a line; AWS_LAMBDA_LOG_LEVEL mutes what is below it."""
    node_bench.add(
        """
        export const handler = async (event, context) => {
            console.debug("muted");
            console.info({a: 1});
            console.error("it failed:", new RangeError("boom"));
            return context.awsRequestId;
        };
        """,
        runtime=NODE_22,
        logging=LoggingConfig("JSON"),
    )
    request_id = await node_bench.answer()
    info, error = (
        json.loads(line) for line in node_bench.log.splitlines() if "platform" not in line
    )
    assert (info["level"], info["message"], info["requestId"]) == ("INFO", {"a": 1}, request_id)
    assert (error["level"], error["errorType"], error["errorMessage"]) == (
        "ERROR",
        "RangeError",
        "boom",
    )


async def test_a_record_of_several_lines_is_one_event(node_bench: Bench) -> None:
    """As on AWS: what is logged in one piece is kept in one piece."""
    node_bench.add("export const handler = async () => console.log('a\\nb')", runtime=NODE_22)
    await node_bench.answer()
    assert [message for message in node_bench.logs[0][2].messages if "\tINFO\ta\nb\n" in message]


async def test_the_sdk_is_there_and_finds_the_emulator(node_bench: Bench) -> None:
    """CommonJS and ES modules import it without declaring it; it takes Lambda's variables."""
    body = """
        const client = new DynamoDBClient({});
        const {accessKeyId} = await client.config.credentials();
        const refused = await client.send(new ListTablesCommand({})).catch((error) => error);
        return [accessKeyId, await client.config.region(), refused.address, refused.port];
    """
    names = "{ DynamoDBClient, ListTablesCommand }"
    package = "@aws-sdk/client-dynamodb"
    modules = {
        "esm": f"""import {names} from "{package}";
            import {{ DynamoDBDocumentClient }} from "@aws-sdk/lib-dynamodb";
            export const handler = async () => {{ {body} }};""",
        "cjs": f"""const {names} = require("{package}");
            exports.handler = async () => {{ {body} }};""",
    }
    for name, extension in (("esm", "mjs"), ("cjs", "cjs")):
        files = {f"module.{extension}": modules[name]}
        node_bench.add(name=name, runtime=NODE_22, files=files, AWS_MAX_ATTEMPTS="1")
        access_key_id, *found = await node_bench.answer(name=name)
        assert access_key_id.startswith("ASIA")
        assert found == ["us-east-1", "127.0.0.1", 1], (
            "the endpoint of the workbench, where nobody is"
        )


async def test_what_lies_above_the_folder_is_not_seen(node_bench: Bench) -> None:
    """Neither packages nor files nor the package.json of a checkout around it, as on AWS."""
    around = node_bench.folder / "node_modules" / "around"
    around.mkdir(parents=True)
    (around / "index.js").write_text("module.exports = 1")
    (node_bench.folder / "package.json").write_text('{"type": "module"}')
    (node_bench.folder / "beside.js").write_text("module.exports = 1")
    node_bench.add(
        runtime=NODE_22,
        files={
            # A script, although the package.json above says that there are only modules.
            "module.js": """
                exports.handler = async (name) => {
                    const error = (thrown) => [thrown.code, thrown.message.split("\\n")[0]];
                    try { require(name) } catch (thrown) { var required = error(thrown) }
                    return [required, await import(name).catch(error)];
                };
            """
        },
    )
    required, imported = await node_bench.answer("around")
    assert required == ["MODULE_NOT_FOUND", "Cannot find module 'around'"]
    assert imported[0] == "ERR_MODULE_NOT_FOUND"
    assert imported[1].startswith("Cannot find package 'around' imported from ")
    required, imported = await node_bench.answer("../beside.js")
    assert [required[0], imported[0]] == ["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"]


async def test_the_environment_is_lambda_s(
    node_bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of this machine's, and none of Python's variables."""
    monkeypatch.setenv("LEAK", "1")
    monkeypatch.setenv("NODE_OPTIONS", "--no-such-option")
    node_bench.add("export const handler = async () => process.env", runtime=NODE_22, OWN="2")
    seen = await node_bench.answer()
    assert seen["AWS_EXECUTION_ENV"] == "AWS_Lambda_nodejs22.x"
    assert seen["OWN"] == "2"
    assert not {"LEAK", "NODE_OPTIONS", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"} & set(seen)


def function_in(code: Path) -> Function:
    """A Node.js function whose code lies in a folder."""
    return Function("F", "f", "arn", "index.handler", NODE_22, code)


async def test_declared_packages_are_installed(tmp_path: Path, node_packages: Path) -> None:
    """What package.json declares comes into a folder of its own, not into the function's."""
    code, shared = tmp_path / "code", tmp_path / "shared"
    for folder in (code, shared):
        folder.mkdir()
    (shared / "package.json").write_text('{"name": "shared", "version": "1.0.0"}')
    declared = {"dependencies": {"shared": f"file:{shared}"}}
    (code / "package.json").write_text(json.dumps(declared))
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / node_packages.parent.name).symlink_to(node_packages.parent)
    packages = Packages(tmp_path / "packages", Entropy())
    own, _runtime = await NodeJs().search_path(function_in(code), code, packages)
    assert (own / "shared" / "package.json").is_file()
    assert [file.name for file in code.iterdir()] == ["package.json"]
    again = await NodeJs().search_path(function_in(code), code, packages)
    assert again[0] == own
    (code / "node_modules").mkdir()
    found = await NodeJs().search_path(function_in(code), code, packages)
    assert len(found) == 1, "its own are there"


async def test_packages_of_layers(node_bench: Bench, packages: Packages, tmp_path: Path) -> None:
    """They come before those of the runtime, and those for the one version before those for all;
    CommonJS and ES modules see them."""
    layer = tmp_path / "layer" / "nodejs"
    for folder, answer in (("node22/node_modules", 1), ("node_modules", 2)):
        (layer / folder / "layered").mkdir(parents=True)
        (layer / folder / "layered" / "index.js").write_text(f"module.exports = {answer}")
    node_bench.add(
        """
        import { createRequire } from "node:module";
        import layered from "layered";
        export const handler = async () => [layered, createRequire(import.meta.url)("layered")];
        """,
        runtime=NODE_22,
    )
    function, variables = node_bench.added["f"]
    function = replace(function, layers=(layer.parent,))
    search_path = await NodeJs().search_path(function, function.code, packages)
    assert len(search_path) == 3
    more = NodeJs().variables(function, search_path, keep_bytecode=False)
    node_bench.pool.reload(function, {**variables, **more})
    assert await node_bench.answer() == [1, 1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"dependencies": {"No Name": "1"}}', "It was said"),
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
    ],
)
async def test_packages_that_cannot_be_installed(
    tmp_path: Path, content: str, message: str
) -> None:
    """The start ends with what npm says, or with the file that is no package.json."""
    (tmp_path / "package.json").write_text(content)
    packages = Packages(tmp_path / "packages", Entropy())
    with pytest.raises(UsageError, match=message):
        await NodeJs().search_path(function_in(tmp_path), tmp_path, packages)
