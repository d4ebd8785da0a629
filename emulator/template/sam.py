"""`Transform: AWS::Serverless-2016-10-31`: SAM's types become CloudFormation's.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html
"""

import copy
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.errors import UsageError


TRANSFORM = "AWS::Serverless-2016-10-31"

_TRANSLATOR = Path(__file__).with_name("sam_translate.py")

_LOCAL = {
    # SAM's type: the property with a local folder, and CloudFormation's for what is packed of it.
    "AWS::Serverless::Function": ("CodeUri", "Code"),
    "AWS::Serverless::LayerVersion": ("ContentUri", "Content"),
}


def uses_sam(document: Mapping[str, Any]) -> bool:
    """Whether the template needs this transform, and no other.

    Raises `UsageError` for transforms that nobody here can carry out.
    """
    named = document.get("Transform") or []
    transforms = named if isinstance(named, list) else [named]
    unknown = [str(each) for each in transforms if each != TRANSFORM]
    if unknown:
        raise UsageError(f"Transform {', '.join(unknown)} is not supported by the emulator.")
    return bool(transforms)


def expand(
    document: Mapping[str, Any], parameters: Mapping[str, str], region: str
) -> dict[str, Any]:
    """The template as CloudFormation. Raises `UsageError` for what SAM does not accept."""
    request = {"template": _with_packages(document), "parameters": dict(parameters)}
    finished = subprocess.run(
        [sys.executable, "-P", str(_TRANSLATOR)],
        input=json.dumps(request).encode(),
        capture_output=True,
        env={"AWS_DEFAULT_REGION": region, "AWS_EC2_METADATA_DISABLED": "true"},
        check=False,
    )
    if finished.returncode:
        reason = finished.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise UsageError(f"The SAM template is not valid: {reason}")
    expanded: dict[str, Any] = json.loads(finished.stdout)
    return expanded


def _with_packages(document: Mapping[str, Any]) -> dict[str, Any]:
    """What `sam package` does before a deployment: code lies in S3, for SAM takes nothing else.

    Where it lies in truth goes into the metadata, as the SAM CLI does for templates of the CDK.
    """
    packed = copy.deepcopy(dict(document))
    common = _section(_section(packed, "Globals"), "Function")
    common_code = common.get("CodeUri")
    if _is_folder(common_code):
        del common["CodeUri"]
    for name, resource in packed["Resources"].items():
        uri, packaged = _LOCAL.get(resource["Type"], ("", ""))
        if not uri:
            continue
        properties = _section(resource, "Properties")
        path = properties.get(uri)
        if uri == "CodeUri" and not {"CodeUri", "InlineCode", "ImageUri"} & properties.keys():
            path = common_code
        if _is_folder(path):
            properties[uri] = f"s3://local/{name}"
            asset = {"aws:asset:path": path, "aws:asset:property": packaged}
            resource["Metadata"] = _section(resource, "Metadata") | asset
    return packed


def _section(mapping: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A part of the template; of one that is malformed the translator speaks."""
    part = mapping.get(name)
    return part if isinstance(part, dict) else {}


def _is_folder(uri: Any) -> bool:
    return isinstance(uri, str) and not uri.startswith("s3://")
