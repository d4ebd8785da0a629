"""`multipart/form-data` as it comes: first the fields, then the file, nothing of it held in memory."""

from collections.abc import AsyncIterator

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from emulator.objects.errors import S3Error


_MOST_BEFORE_FILE = 20_000
"""Bytes of the fields; https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""


class Form:
    """A form that is being read. What follows the file is not looked at, as on S3."""

    def __init__(self, content_type: str, body: AsyncIterator[bytes]) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            message = "Bucket POST must be of the enclosure-type multipart/form-data"
            raise S3Error(412, "PreconditionFailed", message)
        self.filename = ""
        self._body = body
        self._fields: dict[str, str] = {}
        self._size = 0
        self._name = ""
        self._value = bytearray()
        self._header = (bytearray(), bytearray())
        self._disposition = ""
        self._file: list[bytes] | None = None
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_part_data": self._data,
                "on_part_end": self._end,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_end,
            },
        )

    async def fields(self) -> dict[str, str]:
        """The fields before the file, by name in lower case; raises `S3Error` if there is no file."""
        while self._file is None:
            if not await self._read():
                message = "POST requires exactly one file upload per request."
                raise S3Error(400, "InvalidArgument", message)
        return self._fields

    async def content(self) -> AsyncIterator[bytes]:
        """The bytes of the file; raises `S3Error` if the form ends within it."""
        assert self._file is not None
        while True:
            taken, self._file = self._file, []
            for piece in taken:
                yield piece
            if self._ended:
                return
            if not await self._read():
                raise _malformed()

    async def _read(self) -> bool:
        """Take the next piece of the body, if there is one."""
        piece = await anext(self._body, None)
        if piece is None:
            return False
        try:
            self._parser.write(piece)
        except (FormParserError, UnicodeDecodeError):
            raise _malformed() from None
        return True

    def _begin(self) -> None:
        self._value = bytearray()
        self._disposition = ""

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header[0].extend(data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])

    def _header_end(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = value.decode("utf-8")
        self._header = (bytearray(), bytearray())

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"").decode("utf-8").lower()
        if self._name == "file" and self._file is None:
            self._file = []
            self.filename = options.get(b"filename", b"").decode("utf-8")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._ended:
            return
        if self._file is not None:
            self._file.append(data[start:end])
            return
        self._size += end - start
        if self._size > _MOST_BEFORE_FILE:
            message = "Your POST request fields preceding the upload file were too large."
            raise S3Error(400, "MaxPostPreDataLengthExceeded", message)
        self._value += data[start:end]

    def _end(self) -> None:
        if self._file is not None:
            self._ended = True
        elif self._name:
            self._fields[self._name] = self._value.decode("utf-8")


def _malformed() -> S3Error:
    message = "The body of your POST request is not well-formed multipart/form-data."
    return S3Error(400, "MalformedPOSTRequest", message)
