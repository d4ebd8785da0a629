"""The environment variables that a function sees: Lambda's own, and nothing of this machine's.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from emulator.iam.credentials import Credentials
from emulator.runtime.code.paths import in_layers, library_path, node_path
from emulator.template.model import Function


def function_variables(
    function: Function,
    *,
    region: str,
    credentials: Credentials,
    endpoints: Mapping[str, str],
    search_path: Sequence[Path],
    keep_bytecode: bool = False,
) -> dict[str, str]:
    """Everything but what differs from one environment to the next.

    `endpoints` are the SDK's `AWS_ENDPOINT_URL_<SERVICE>` variables; `search_path` the folders
    that Python imports from, the function's own code first; with `keep_bytecode` it may keep there
    what it has compiled. Lambda's variables cannot be overridden by the template's, except those
    that AWS leaves open too.
    """
    own_path = function.environment.get("PYTHONPATH", "").split(":")
    return {
        "LANG": "C.UTF-8",
        "LD_LIBRARY_PATH": _joined(library_path(function)),
        "PATH": _joined(["/usr/local/bin", "/usr/bin", "/bin", *in_layers(function, "bin")]),
        "TZ": ":UTC",
        **_node_variables(function),
        **endpoints,
        **function.environment,
        **_node_options(endpoints, function),
        # Where packages are is this machine's matter; the template may add folders.
        "PYTHONPATH": _joined([*search_path, *filter(None, own_path)]),
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_REGION": region,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "LAMBDA_TASK_ROOT": str(function.code),
        # The code folder is read-only on AWS, and it is the person's own.
        **({} if keep_bytecode else {"PYTHONDONTWRITEBYTECODE": "1"}),
        "_HANDLER": function.handler,
    }


def _node_options(endpoints: Mapping[str, str], function: Function) -> dict[str, str]:
    """The template's options for Node come after the emulator's, not in their place."""
    options = [
        own["NODE_OPTIONS"] for own in (endpoints, function.environment) if "NODE_OPTIONS" in own
    ]
    return {"NODE_OPTIONS": " ".join(options)} if options else {}


def _node_variables(function: Function) -> dict[str, str]:
    is_node = function.runtime.startswith("nodejs")
    return {"NODE_PATH": _joined(node_path(function))} if is_node else {}


def _joined(folders: Sequence[str | Path]) -> str:
    return ":".join(map(str, folders))
