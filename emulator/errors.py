"""The errors that leave the emulator, and who sees them.

LabchatError
├── UsageError      the person at the terminal: one sentence, with the way out; exit code 2
└── AwsError        an AWS client: an HTTP status, AWS's error type and its message
    └── (each service defines its own subclasses beside its code)
"""


class LabchatError(Exception):
    """Base of every error that this program raises on purpose."""


class UsageError(LabchatError):
    """Something the person who runs the emulator can mend; the message says how."""


class AwsError(LabchatError):
    """An error of an AWS service: subclasses fix `status` and `code`, AWS's error type name."""

    status = 400
    code = "InternalFailure"

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message
