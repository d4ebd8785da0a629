"""Where code lies: what `Code` of a function and `Content` of a layer name."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.errors import UsageError
from emulator.template.reader import Reader


@dataclass(frozen=True, slots=True)
class CodePaths:
    """Finds folders and zip files on this machine."""

    base: Path
    """The template's folder, to which paths in it are relative."""
    packages: Path | None = None
    """Folder of zip files, named after logical ids or names, that are run instead."""

    def find(self, reader: Reader, prop: str, name: str) -> Path:
        """The folder or zip file behind a property; `name` is the resource's name on AWS.

        A template that is deployed names a package in S3; where its source lies stands in the
        metadata that the CDK and the SAM CLI agreed upon, or in place of the package, as
        `aws cloudformation package` takes it:
        https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-cdk-testing.html
        https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html
        """
        value = reader.get(prop)
        if self.packages is not None:
            return self._package(reader, self.packages, name)
        path = self.base / _local(reader, prop, value)
        if not path.exists():
            raise UsageError(f"{reader.where}: its code {path.resolve()} does not exist.")
        return path.resolve()

    def package(self, name: str) -> Path | None:
        """The zip file of a name among the packages, if there is one."""
        if self.packages is None or Path(name).name != name:
            return None
        path = self.packages / f"{name}.zip"
        return path.resolve() if path.is_file() else None

    def _package(self, reader: Reader, packages: Path, name: str) -> Path:
        logical_id = reader.resource.logical_id
        found = self.package(logical_id) or self.package(name)
        if found is None:
            raise UsageError(
                f"{reader.where}: its package {packages / logical_id}.zip is missing, and so is "
                f"{name}.zip; build it, or start without --packages."
            )
        return found


def _local(reader: Reader, prop: str, value: Any) -> str:
    metadata = reader.resource.metadata
    if metadata.get("aws:asset:path") and metadata.get("aws:asset:property") == prop:
        return str(metadata["aws:asset:path"])
    if isinstance(value, str) and value and "://" not in value:
        return value
    raise UsageError(
        f"{reader.where}: where its source code lies is not said. Add to the resource: "
        f"Metadata: {{'aws:asset:path': FOLDER_OR_ZIP, 'aws:asset:property': {prop}}}; "
        "or start with --packages and the folder that its zip file is in."
    )
