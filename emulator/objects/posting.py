"""PostObject: an upload by an HTML form, held to the policy that somebody signed for it.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
"""

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import Response

from emulator.iam.credentials import Principal
from emulator.iam.sigv4 import SignatureError, Verifier
from emulator.objects import xml
from emulator.objects.call import Call, header_value, kept, pieces
from emulator.objects.errors import access_denied, invalid_argument, of_signature
from emulator.objects.form import Form
from emulator.objects.index import Stored
from emulator.objects.post_policy import check
from emulator.objects.store import ObjectStore
from emulator.template.model import Bucket


async def post(
    store: ObjectStore, verifier: Verifier, bucket: Bucket, request: Request, now: float
) -> Response:
    """Store the file of the form. Who may, is known before the first byte of it is taken."""
    form = Form(request.headers.get("content-type", ""), pieces(request))
    fields = await form.fields()
    principal = _signer(verifier, fields)
    limits = check(fields["policy"], fields, bucket.name, now)
    if not fields.get("key"):
        raise invalid_argument(
            "Bucket POST must contain a field named 'key'.  If it is specified, please check the "
            "order of the fields."
        )
    key = fields["key"].replace("${filename}", form.filename)
    call = Call(request, bucket, key, principal)
    call.require("s3:PutObject", call.arn)
    headers = kept(fields)
    async with store.sink(fields) as sink:
        async for piece in form.content():
            await sink.write(piece)
            limits.check(sink.size)
        limits.check_end(sink.size)
        await sink.check(fields)
        content = await sink.finish()
    stored = await store.put(bucket.name, key, content, headers)
    return _answer(request, bucket, stored, fields)


def _signer(verifier: Verifier, fields: Mapping[str, str]) -> Principal:
    if "policy" not in fields:
        raise access_denied()
    try:
        return verifier.verify_form(fields, "s3")
    except SignatureError as error:
        raise of_signature(error, presigned=False) from error


def _answer(
    request: Request, bucket: Bucket, stored: Stored, fields: Mapping[str, str]
) -> Response:
    """As the form asks for it: a page to go on to, or a status; 204 unless it is a known one."""
    etag = f'"{stored.etag}"'
    location = f"{request.base_url!s}{bucket.name}/{quote(stored.key)}"
    headers = {"etag": etag, "location": location}
    redirect = urlsplit(fields.get("success_action_redirect", ""))
    if redirect.scheme in {"http", "https"} and redirect.netloc:
        added = urlencode({"bucket": bucket.name, "key": stored.key, "etag": etag})
        query = f"{redirect.query}&{added}" if redirect.query else added
        target = urlunsplit(redirect._replace(query=query))
        return Response(status_code=303, headers={**headers, "location": header_value("l", target)})
    status = fields.get("success_action_status")
    if status == "201":
        nodes = [
            ("Location", location),
            ("Bucket", bucket.name),
            ("Key", stored.key),
            ("ETag", etag),
        ]
        answer = xml.answer("PostResponse", nodes, 201)
        answer.headers.update(headers)
        return answer
    return Response(status_code=200 if status == "200" else 204, headers=headers)
