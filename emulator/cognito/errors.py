"""Cognito's errors: one class for each type that the service model declares (reference section 2).

Messages are AWS's published texts and therefore often stand at the place that raises them; those
that several places share are the default of the class.
"""

from emulator.errors import AwsError


class CognitoError(AwsError):
    """Base of all of them. Every client error is a 400 (reference section 1.4)."""

    text = ""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(self.text if message is None else message)


class InvalidParameter(CognitoError):
    """A parameter breaks a constraint or makes no sense here."""

    code = "InvalidParameterException"


class Serialization(CognitoError):
    """The body is not JSON, or a member has the wrong JSON type."""

    code = "SerializationException"


class UnknownOperation(CognitoError):
    """No such operation, or one that this emulator does not have."""

    code = "UnknownOperationException"


class AccessDenied(CognitoError):
    """The operation exists, but not at this address."""

    code = "AccessDeniedException"


class InternalError(CognitoError):
    """A defect of the emulator; the text never says more."""

    status = 500
    code = "InternalErrorException"
    text = "Internal error; the emulator's log has the details."


class ResourceNotFound(CognitoError):
    """Unknown pool or client."""

    code = "ResourceNotFoundException"


class NotAuthorized(CognitoError):
    """Wrong credentials, tokens or sessions."""

    code = "NotAuthorizedException"
    text = "Incorrect username or password."


class UserNotFound(CognitoError):
    """No such user, where the client may know that."""

    code = "UserNotFoundException"
    text = "User does not exist."


class UserNotConfirmed(CognitoError):
    """Sign-up was not completed."""

    code = "UserNotConfirmedException"
    text = "User is not confirmed."


class PasswordResetRequired(CognitoError):
    """An administrator reset the password."""

    code = "PasswordResetRequiredException"
    text = "Password reset required for the user"


class UsernameExists(CognitoError):
    """The user name is taken."""

    code = "UsernameExistsException"
    text = "User already exists"


class AliasExists(CognitoError):
    """The e-mail address or phone number is the verified alias of somebody else."""

    code = "AliasExistsException"
    text = "An account with the given email already exists."


class GroupExists(CognitoError):
    """The group's name is taken."""

    code = "GroupExistsException"
    text = "A group with the name already exists."


class InvalidPassword(CognitoError):
    """The password breaks the pool's policy."""

    code = "InvalidPasswordException"


class CodeMismatch(CognitoError):
    """A wrong code."""

    code = "CodeMismatchException"
    text = "Invalid verification code provided, please try again."


class ExpiredCode(CognitoError):
    """An old code, or none was ever sent."""

    code = "ExpiredCodeException"
    text = "Invalid code provided, please request a code again."


class LimitExceeded(CognitoError):
    """Too many guesses, or too many requests of one kind for one user."""

    code = "LimitExceededException"
    text = "Attempt limit exceeded, please try after some time."


class SoftwareTokenNotFound(CognitoError):
    """The pool does not use authenticator apps, or the user has none."""

    code = "SoftwareTokenMFANotFoundException"
    text = "Software Token MFA has not been enabled by the userPool"


class EnableSoftwareToken(CognitoError):
    """A wrong code while an authenticator app is being set up."""

    code = "EnableSoftwareTokenMFAException"
    text = "Code mismatch"


class UnsupportedUserState(CognitoError):
    """The user's status does not allow this."""

    code = "UnsupportedUserStateException"


class UnsupportedOperation(CognitoError):
    """The client's settings do not allow this."""

    code = "UnsupportedOperationException"


class UnsupportedTokenType(CognitoError):
    """A token of another kind was expected."""

    code = "UnsupportedTokenTypeException"


class Unauthorized(CognitoError):
    """The token belongs to another client."""

    code = "UnauthorizedException"


class RefreshTokenReuse(CognitoError):
    """A refresh token that rotation has replaced."""

    code = "RefreshTokenReuseException"
    text = "Refresh token has been invalidated by rotation"


class UserLambdaValidation(CognitoError):
    """A trigger function refused."""

    code = "UserLambdaValidationException"


class UnexpectedLambda(CognitoError):
    """A trigger function could not be run, or took too long."""

    code = "UnexpectedLambdaException"


class InvalidLambdaResponse(CognitoError):
    """A trigger function returned something else than its event."""

    code = "InvalidLambdaResponseException"
    text = "Unrecognizable lambda output"
