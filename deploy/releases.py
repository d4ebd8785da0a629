"""What was built and what was deployed, in the artifact bucket: all that a rollback needs.

builds/BUILD/FUNCTION.zip, template.yaml, build.json    never changed once written
web/BUILD-DIGEST.zip                                    the web client as it was published
deployments/STACK/TIME.json                             one record for each deployment
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import ClientError

from deploy.aws import Client, missing
from deploy.errors import DeployError
from deploy.packaging.build import RECORD, TEMPLATE, Build


@dataclass(frozen=True, slots=True)
class Deployment:
    """What was deployed when, by whom, and how it went."""

    at: str
    """UTC, such as 2026-01-31T09:30:00Z; it also orders the records."""
    build: str
    kind: str
    """`deploy`, `undo` after one that failed its check, `rollback` or `web`."""
    outcome: str
    """`good`, or why it is not."""
    by: str
    """ARN of who did it."""
    previous: str = ""
    """The build before."""
    commit: str = ""
    """Of git, with `+` if the checkout had changes."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    """Published versions by the functions' names."""
    web: str = ""
    """Key of the web client's zip file."""

    @property
    def release(self) -> str:
        """The build together with its parameters."""
        return self.parameters.get("ReleaseId", self.build)

    @property
    def good(self) -> bool:
        """Whether one may go back to it."""
        return self.outcome == "good"


def now() -> str:
    """The time for a record."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Releases:
    """The records and builds of one stack."""

    def __init__(self, s3: Client, bucket: str, stack: str) -> None:
        self._s3 = s3
        self.bucket = bucket
        self._deployments = f"deployments/{stack}/"

    async def upload(self, build: Build, folder: Path) -> int:
        """Store a build. How many files were new; the record comes last."""
        new = 0
        for name in (*(f"{each}.zip" for each in build.packages), TEMPLATE, RECORD):
            content = await asyncio.to_thread((folder / name).read_bytes)
            new += await self._put_once(f"builds/{build.id}/{name}", content)
        return new

    async def template(self, build: str) -> str:
        """The template of a build."""
        try:
            return (await self._get(f"builds/{build}/{TEMPLATE}")).decode()
        except ClientError as error:
            if missing(error):
                raise DeployError(
                    f"There is no build {build} in {self.bucket}; `labchat deploy history` lists "
                    "those that there are."
                ) from None
            raise

    async def put_web(self, key: str, content: bytes) -> None:
        """Store a web client."""
        await self._put_once(key, content)

    async def web(self, key: str) -> bytes:
        """A stored web client."""
        return await self._get(key)

    async def record(self, deployment: Deployment) -> None:
        """Write a deployment down."""
        await self._s3.put_object(
            Bucket=self.bucket,
            Key=f"{self._deployments}{deployment.at}.json",
            Body=json.dumps(asdict(deployment), indent=2).encode(),
            ContentType="application/json",
        )

    async def history(self, limit: int = 20) -> list[Deployment]:
        """The newest deployments, newest first."""
        keys: list[str] = []
        more: dict[str, str] = {}
        while True:
            answer = await self._s3.list_objects_v2(
                Bucket=self.bucket, Prefix=self._deployments, **more
            )
            keys += [each["Key"] for each in answer.get("Contents", [])]
            if not answer.get("IsTruncated"):
                break
            more = {"ContinuationToken": answer["NextContinuationToken"]}
        bodies = await asyncio.gather(*(self._get(key) for key in sorted(keys)[: -limit - 1 : -1]))
        return [Deployment(**json.loads(body)) for body in bodies]

    async def _get(self, key: str) -> bytes:
        answer = await self._s3.get_object(Bucket=self.bucket, Key=key)
        content: bytes = await answer["Body"].read()
        return content

    async def _put_once(self, key: str, content: bytes) -> bool:
        """Whether it was new: a key names its content, so what is there is the same."""
        try:
            await self._s3.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if not missing(error):
                raise
            await self._s3.put_object(Bucket=self.bucket, Key=key, Body=content)
            return True
        return False


def target_of(history: list[Deployment], current: str, wanted: str | None) -> Deployment:
    """The deployment to go back to: the newest good one that is not the current release.

    `wanted` is the beginning of a release. Raises `DeployError` if there is none.
    """
    for each in history:
        other = each.good and each.versions and each.release != current
        if other and each.release.startswith(wanted or ""):
            return each
    if wanted:
        raise DeployError(
            f"No good deployment of {wanted} is on record, or it is what runs; `labchat deploy history` "
            "lists all."
        )
    raise DeployError("There is nothing earlier to go back to; mend the code and deploy it.")
