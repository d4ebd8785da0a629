"""The environment variables that a function sees: Lambda's own, and nothing of this machine's.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from emulator.iam.credentials import Credentials
from emulator.runtime.languages.known import language_of
from emulator.template.model import Function


def function_variables(
    function: Function,
    *,
    region: str,
    credentials: Credentials,
    endpoints: Mapping[str, str],
    search_path: Sequence[Path],
) -> dict[str, str]:
    """Everything but what differs from one environment to the next.

    `endpoints` are the SDK's `AWS_ENDPOINT_URL_<SERVICE>` variables; `search_path` the folders
    that the function's language imports from. Lambda's variables cannot be overridden by the
    template's, except those that AWS leaves open too.
    """
    return {
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TZ": ":UTC",
        **endpoints,
        **function.environment,
        **language_of(function).variables(function, search_path),
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
        "_HANDLER": function.handler,
    }
