"""pycognito, which has no type information: the one place where that matters."""

from typing import Any

import pycognito
from pycognito import aws_srp, exceptions


Cognito: Any = pycognito.Cognito
AWSSRP: Any = aws_srp.AWSSRP
ForceChangePassword: type[Exception] = exceptions.ForceChangePasswordException
SoftwareTokenChallenge: type[Exception] = exceptions.SoftwareTokenMFAChallengeException
