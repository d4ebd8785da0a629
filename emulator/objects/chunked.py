"""The body of an upload whose checksum comes after it: what SDKs send over TLS.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

from emulator.errors import AwsError


class MalformedChunksError(AwsError):
    """The body is not what its headers say."""

    status, code = 400, "IncompleteBody"


def decode(body: bytes) -> bytes:
    """The content of a body in chunks; the trailer after the last one is dropped."""
    content, rest = bytearray(), body
    while True:
        line, end, rest = rest.partition(b"\r\n")
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError:
            size = -1
        if not end or size < 0 or (size and rest[size : size + 2] != b"\r\n"):
            raise MalformedChunksError("The request body terminated unexpectedly")
        if size == 0:
            return bytes(content)
        content += rest[:size]
        rest = rest[size + 2 :]
