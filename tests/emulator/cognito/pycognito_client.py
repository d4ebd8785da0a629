"""pycognito, which has no type information: the one place that says so."""

from typing import Any

from pycognito import Cognito as _Cognito  # type: ignore[import-untyped]
from pycognito.aws_srp import AWSSRP as _AWSSRP  # type: ignore[import-untyped]
from pycognito.exceptions import (  # type: ignore[import-untyped]
    ForceChangePasswordException as _ForceChangePasswordException,
)


Cognito: Any = _Cognito
AWSSRP: Any = _AWSSRP
ForceChangePassword: type[Exception] = _ForceChangePasswordException
