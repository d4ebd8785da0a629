"""S3's errors, and the one document that says them.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from emulator.errors import AwsError
from emulator.iam.sigv4 import (
    IncompleteSignature,
    MissingToken,
    SignatureError,
    UnknownKey,
    UnknownToken,
    WrongTime,
)


class S3Error(AwsError):
    """An error with S3's own code, and what its document says beside code and message."""

    def __init__(self, status: int, code: str, message: str, **details: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.details = details


def access_denied(message: str = "Access Denied") -> S3Error:
    """Not allowed, in whichever way."""
    return S3Error(403, "AccessDenied", message)


def bad_digest(name: str) -> S3Error:
    """What came is not what the checksum of this name was made of."""
    return S3Error(
        400, "BadDigest", f"The {name} you specified did not match the calculated checksum."
    )


def incomplete_body() -> S3Error:
    """The body is not what its headers say."""
    return S3Error(400, "IncompleteBody", "The request body terminated unexpectedly")


def invalid_argument(message: str) -> S3Error:
    """A parameter that cannot be used."""
    return S3Error(400, "InvalidArgument", message)


def malformed_xml() -> S3Error:
    """A body that should be a document of S3's, and is not."""
    return S3Error(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )


def no_such_bucket(name: str) -> S3Error:
    """The template has no such bucket."""
    message = "The specified bucket does not exist"
    return S3Error(404, "NoSuchBucket", message, BucketName=name)


def no_such_key(key: str) -> S3Error:
    """There is no such object."""
    return S3Error(404, "NoSuchKey", "The specified key does not exist.", Key=key)


def no_such_upload(upload: str) -> S3Error:
    """There is no such upload in parts, or it has ended."""
    message = (
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
        "been aborted or completed."
    )
    return S3Error(404, "NoSuchUpload", message, UploadId=upload)


def precondition_failed(name: str) -> S3Error:
    """A header such as `If-Match` does not hold."""
    message = "At least one of the pre-conditions you specified did not hold"
    return S3Error(412, "PreconditionFailed", message, Condition=name)


def too_large(size: int | None, limit: int) -> S3Error:
    """More than may come, of a known size or while it is coming still."""
    proposed = {} if size is None else {"ProposedSize": str(size)}
    message = "Your proposed upload exceeds the maximum allowed size"
    return S3Error(400, "EntityTooLarge", message, **proposed, MaxSizeAllowed=str(limit))


def unsupported(what: str) -> S3Error:
    """An operation of S3 that is not emulated."""
    return S3Error(501, "NotImplemented", f"{what} is not supported by the emulator.")


def of_signature(error: SignatureError, *, presigned: bool) -> S3Error:
    """S3 has names of its own for a signature that is none."""
    match error:
        case MissingToken():
            return access_denied()
        case WrongTime() if presigned:
            return access_denied("Request has expired")
        case WrongTime():
            message = "The difference between the request time and the current time is too large."
            return S3Error(403, "RequestTimeTooSkewed", message)
        case UnknownToken():
            message = "The provided token is malformed or otherwise invalid."
            return S3Error(400, "InvalidToken", message)
        case UnknownKey():
            message = "The AWS Access Key Id you provided does not exist in our records."
            return S3Error(403, "InvalidAccessKeyId", message)
        case IncompleteSignature():
            code = "AuthorizationQueryParametersError" if presigned else None
            return S3Error(400, code or "AuthorizationHeaderMalformed", error.message)
        case _:
            return S3Error(403, "SignatureDoesNotMatch", error.message)
