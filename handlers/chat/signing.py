"""Signature Version 4 of posts to sockets, with the day's key kept.

botocore signs any request to any service; that generality takes most of a post's time. Here all but
path, time and body is the same from post to post, and is worked out once.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import time
from dataclasses import dataclass, field


ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "execute-api"


@dataclass
class Signer:
    """Signs for one host with one set of credentials."""

    host: str
    region: str
    access_key: str
    secret_key: str
    token: str = ""
    _day: str = ""
    _key: bytes = field(default=b"", repr=False)

    def headers(self, method: str, canonical_path: str, body: bytes, now: int) -> dict[str, str]:
        """The headers that make a request a signed one; `now` is in seconds.

        `canonical_path` is the path with every segment encoded once more than it is sent.
        """
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
        scope = f"{stamp[:8]}/{self.region}/{SERVICE}/aws4_request"
        token = f"\nx-amz-security-token:{self.token}" if self.token else ""
        signed = "host;x-amz-date" + (";x-amz-security-token" if self.token else "")
        request = (
            f"{method}\n{canonical_path}\n\nhost:{self.host}\nx-amz-date:{stamp}{token}\n\n"
            f"{signed}\n{hashlib.sha256(body).hexdigest()}"
        )
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = f"{ALGORITHM}\n{stamp}\n{scope}\n{digest}"
        signature = hmac.digest(self._key_of(stamp[:8]), text.encode(), "sha256").hex()
        headers = {
            "Authorization": f"{ALGORITHM} Credential={self.access_key}/{scope},"
            f"SignedHeaders={signed},Signature={signature}",
            "X-Amz-Date": stamp,
        }
        if self.token:
            headers["X-Amz-Security-Token"] = self.token
        return headers

    def _key_of(self, day: str) -> bytes:
        if day != self._day:
            key = f"AWS4{self.secret_key}".encode()
            for part in (day, self.region, SERVICE, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._day, self._key = day, key
        return self._key
