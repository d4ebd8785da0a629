"""Stands in for DNS in ministack's functions: where the management API of an API is.

On AWS a function opens `https://{domainName}/{stage}`. Here that name leads nowhere, so the SDK's
own variable says where to go instead; the test writes the address into a file once the API is made.
"""

import os
from pathlib import Path


_address = Path(os.environ["MANAGEMENT_URL_FILE"])
if _address.is_file():
    os.environ["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"] = _address.read_text()
