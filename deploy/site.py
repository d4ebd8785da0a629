"""The web client: what is published, and how it gets to Amplify Hosting."""

import asyncio
import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import aiohttp

from deploy.aws import Client
from deploy.errors import DeployError
from deploy.packaging.archive import EPOCH


BRANCH = "main"
LOOK_EVERY = 1.0
"""Seconds between two looks at a job."""


def configuration(outputs: Mapping[str, str], name: str) -> dict[str, object]:
    """config.json: what a browser must know of the site. The socket is at the page's own host."""
    region = outputs["Region"]
    site = {
        "name": name,
        "region": region,
        "websocket": "/ws",
        "cognito": f"https://cognito-idp.{region}.amazonaws.com/",
        "userPoolId": outputs["UserPoolId"],
        "userPoolClientId": outputs["UserPoolClientId"],
    }
    return {"sites": [site]}


def packed(folder: Path, config: Mapping[str, object]) -> bytes:
    """The built client and its configuration as a zip file, the same for the same content."""
    if not (folder / "index.html").is_file():
        raise DeployError(f"No web client is built in {folder}; run `make ui`.")
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    files["config.json"] = json.dumps(config, indent=2).encode()
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = ZipInfo(name, EPOCH)
            info.compress_type = ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            archive.writestr(info, files[name])
    return buffer.getvalue()


def key(content: bytes) -> str:
    """Where a client is kept in the artifact bucket."""
    return f"web/{hashlib.sha256(content).hexdigest()[:16]}.zip"


async def publish(amplify: Client, app: str, content: bytes) -> None:
    """Have Amplify serve it. All of it is seen at once, or nothing."""
    made = await amplify.create_deployment(appId=app, branchName=BRANCH)
    async with aiohttp.ClientSession() as session:
        # A URL that is signed for exactly this.
        headers = {"Content-Type": "application/zip"}
        async with session.put(made["zipUploadUrl"], data=content, headers=headers) as answer:
            if answer.status >= 300:
                raise DeployError(
                    f"Amplify did not take the web client (status {answer.status}); publish it again."
                )
    job = {"appId": app, "branchName": BRANCH, "jobId": made["jobId"]}
    await amplify.start_deployment(**job)
    while True:
        status = (await amplify.get_job(**job))["job"]["summary"]["status"]
        if status == "SUCCEED":
            return
        if status in ("FAILED", "CANCELLED"):
            raise DeployError(f"Amplify says {status} of the web client; publish it again.")
        await asyncio.sleep(LOOK_EVERY)
