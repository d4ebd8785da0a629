"""AWS::S3::Bucket as a `Bucket`."""

from emulator.template.model import Bucket
from emulator.template.physical import Physical
from emulator.template.reader import Reader


NO_EFFECT = {
    "BucketEncryption",
    "BucketName",
    "LifecycleConfiguration",
    "OwnershipControls",
    "PublicAccessBlockConfiguration",
    "Tags",
    "VersioningConfiguration",
}


def bucket(reader: Reader, known: Physical) -> Bucket:
    """Build the bucket with the origins that its CORS rules let in."""
    rules = reader.section("CorsConfiguration").get("CorsRules", [])
    origins = [str(origin) for rule in rules for origin in rule.get("AllowedOrigins", [])]
    reader.finish(NO_EFFECT)
    return Bucket(reader.resource.logical_id, known.ref, tuple(dict.fromkeys(origins)))
