"""The environment variables that a function sees: Lambda's own, and nothing of this machine's.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from emulator.iam.credentials import Credentials
from emulator.runtime.code.paths import in_layers, joined, library_path
from emulator.runtime.languages.known import language_of
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
    that the function's language imports from; with `keep_bytecode` it may keep in its code folder
    what it has compiled. Lambda's variables cannot be overridden by the template's, except those
    that AWS leaves open too.
    """
    language = language_of(function)
    level = function.logging.application_level
    return {
        "LANG": "C.UTF-8",
        "LD_LIBRARY_PATH": joined(library_path(function)),
        "PATH": joined(["/usr/local/bin", "/usr/bin", "/bin", *in_layers(function, "bin")]),
        "TZ": ":UTC",
        **endpoints,
        **function.environment,
        **_node_options(endpoints, function),
        **language.variables(function, search_path, keep_bytecode=keep_bytecode),
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": function.logging.format,
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        **({"AWS_LAMBDA_LOG_LEVEL": level} if function.logging.json else {}),
        "AWS_REGION": region,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "LAMBDA_TASK_ROOT": str(function.code),
        "_HANDLER": function.handler,
    }


def _node_options(endpoints: Mapping[str, str], function: Function) -> dict[str, str]:
    """The template's options for Node come after the emulator's, not in their place."""
    options = [
        own["NODE_OPTIONS"] for own in (endpoints, function.environment) if "NODE_OPTIONS" in own
    ]
    return {"NODE_OPTIONS": " ".join(options)} if options else {}
